"""The mesh's own repository: the mesh's folder is a checkout of it."""

from __future__ import annotations

from pathlib import Path

from meshnew.errors import ForgeError
from meshnew.forge import git
from meshnew.mesh.mesh import MESH_REPOSITORY
from meshnew.operations.session import Session


def connect(session: Session) -> None:
    """Make the mesh's folder a checkout of its repository, and let plain git reach the forge."""
    git.connect(
        session.mesh.root,
        session.forge.url(MESH_REPOSITORY),
        environ=session.forge.environment(),
    )


def commit(session: Session, message: str, paths: list[Path]) -> None:
    """Commit the given files and push main; other edits of the user stay as they are.

    Raises:
        ForgeError: somebody else pushed something that does not merge by itself.
    """
    with session.journal.step("Commit to the mesh's repository", message=message):
        git.commit_paths(session.mesh.root, message, paths, author=session.actor)
        push(session)


def push(session: Session) -> None:
    """Push the commits of the mesh's folder; others' commits come under them."""
    # The mesh may have moved since: plain git finds the forge by a path.
    connect(session)
    environ = session.forge.environment()
    try:
        git.push(session.mesh.root, environ=environ, branch="main")
    except ForgeError:
        git.rebase(session.mesh.root, environ=environ)
        git.push(session.mesh.root, environ=environ, branch="main")
