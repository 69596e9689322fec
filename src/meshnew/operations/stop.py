"""stop: end what the embedded platform keeps running."""

from __future__ import annotations

from pathlib import Path

from meshnew.mesh.place import find_root
from meshnew.operations.workspace import refuse_links_out


def stop(folder: Path) -> bool:
    """Stop Postgres of the mesh that `folder` lies in.

    Returns:
        Whether it was running.

    Raises:
        SpecError: a folder of the mesh is a link out of it.
    """
    from meshnew.embedded.platform import Embedded

    # The spec is not read: a mesh whose files are broken can be stopped too.
    root = find_root(folder)
    refuse_links_out(root)
    postgres = Embedded(root, "").postgres
    running = postgres.is_running()
    if running:
        postgres.stop()
    return running
