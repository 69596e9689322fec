"""Which check a repository's changes need, and how it is run."""

from __future__ import annotations

from meshnew.mesh.mesh import MESH_REPOSITORY
from meshnew.operations.changes import mesh_change
from meshnew.operations.changes.ci import ci
from meshnew.operations.session import Session


def run_checks(session: Session, repository: str, number: int) -> bool:
    """Run the required check of a change on its head and report it to the forge.

    Args:
        session: the session.
        repository: a project's, or the mesh's own.
        number: of the change.

    Returns:
        Whether it passed; a repository without a check has none that could fail.
    """
    if repository == MESH_REPOSITORY:
        return mesh_change.check(session, number)
    if repository not in session.mesh.projects:
        return True
    return ci(session, repository, number).ok
