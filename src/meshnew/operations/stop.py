"""stop: end what the embedded platform keeps running."""

from __future__ import annotations

from pathlib import Path

from meshnew.mesh.load import find_root


def stop(folder: Path) -> bool:
    """Stop Postgres of the mesh that `folder` lies in.

    Returns:
        Whether it was running.
    """
    from meshnew.embedded.platform import Embedded

    # The spec is not read: a mesh whose files are broken can be stopped too.
    postgres = Embedded(find_root(folder), "").postgres
    running = postgres.is_running()
    if running:
        postgres.stop()
    return running
