"""Where a mesh is, and where what belongs to it lies."""

from __future__ import annotations

from pathlib import Path

from meshnew.errors import UsageError

MESH_FILE = "mesh.yml"
PROJECTS = "projects"
CHECKOUTS_FOLDER = "checkouts"


def find_root(start: Path) -> Path:
    """The folder of the mesh that `start` lies in.

    Raises:
        UsageError: there is no mesh.yml in `start` or above it.
    """
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        # A clone of the mesh's own repository among its checkouts is no mesh of its own.
        if (
            candidate.parent.name == CHECKOUTS_FOLDER
            and (candidate.parents[1] / MESH_FILE).is_file()
        ):
            continue
        if (candidate / MESH_FILE).is_file():
            return candidate
    raise UsageError(
        f"no {MESH_FILE} in {start} or above it",
        fix="Go to the folder of a mesh, name it with -C DIR, or make one: meshnew init DIR",
    )
