"""Runs that were made: which, and what is kept of them."""

from __future__ import annotations

from meshnew.errors import UsageError
from meshnew.operations import records
from meshnew.operations.records import RunRecord
from meshnew.operations.runs import jobs
from meshnew.operations.session import Session


def runs(session: Session, project: str | None, limit: int) -> list[RunRecord]:
    """The latest runs, the newest first.

    Raises:
        UsageError: there is no such project.
    """
    if project is not None:
        session.mesh.project(project)
    return records.runs(session, project, limit)


def run(session: Session, run: str) -> RunRecord:
    """One run.

    Raises:
        UsageError: there is none of that id.
    """
    found = records.run(session, run)
    if found is None:
        raise UsageError(f"no run `{run}`", fix="See: meshnew runs")
    return found


def files(session: Session, run: RunRecord) -> list[str]:
    """What is kept of a run, as paths from the mesh's folder."""
    folder = jobs.artifacts(session, run.id)
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path.relative_to(session.mesh.root).as_posix() for path in found]
