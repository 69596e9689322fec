"""Changes: a branch of a project, opened, listed and merged; a merge deploys."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from meshnew.errors import ForgeError, UsageError
from meshnew.forge import Change, git
from meshnew.operations import records
from meshnew.operations.rendering import tag_package
from meshnew.operations.run import Deployed, deploy
from meshnew.operations.session import CHECKOUTS, Session, require_rendered
from meshnew.scaffold import render


@dataclass(frozen=True)
class Merged:
    """A merged change and the deploy it started."""

    change: Change
    deployed: list[Deployed] = field(default_factory=list)


def open_change(
    session: Session, project: str, branch: str, *, title: str | None, body: str = ""
) -> Change:
    """Propose a pushed branch; an open change of the same branch is brought up to date."""
    require_rendered(session, project)
    with session.journal.step(f"Open a change in {project}", project=project, branch=branch):
        return session.forge.open_change(
            project,
            branch,
            title=title or session.forge.subject(project, branch) or branch,
            author=session.actor,
            body=body,
        )


def list_changes(session: Session, project: str | None, state: str) -> list[Change]:
    """Changes of one project, or of all."""
    if project is not None:
        session.mesh.project(project)
    return session.forge.changes(project, state=state)


def merge(
    session: Session,
    project: str,
    number: int,
    *,
    run: bool = True,
    break_consumers: bool = False,
) -> Merged:
    """Merge a change as one of the owners, then deploy the project.

    Args:
        session: the session.
        project: its name.
        number: the change's number.
        run: deploy afterwards; projects without models have nothing to deploy.
        break_consumers: let the deploy take products away although others read them.
    """
    require_rendered(session, project)
    with session.journal.step(f"Merge change {number} of {project}", project=project):
        change = session.forge.merge_change(project, number, actor=session.actor)
        _remember_version(session, project)
        if project == session.mesh.spec.package:
            tag_package(session)
    spec = session.mesh.projects[project]
    wanted = [project] if run and spec.domains else []
    deployed = deploy(session, wanted, break_consumers=break_consumers)
    return Merged(change, deployed)


def project_here(session: Session, folder: Path) -> str | None:
    """The project whose checkout a folder lies in."""
    checkouts = session.mesh.root / CHECKOUTS
    if not folder.resolve().is_relative_to(checkouts):
        return None
    parts = folder.resolve().relative_to(checkouts).parts
    return parts[0] if parts else None


def require_project(session: Session, given: str | None, folder: Path) -> str:
    """The project named, or the one whose checkout the command was given in.

    Raises:
        UsageError: neither.
    """
    if project := given or project_here(session, folder):
        return project
    raise UsageError(
        "no project named", fix="Name it, or give the command inside checkouts/PROJECT."
    )


def change_here(session: Session, project: str, folder: Path) -> int | None:
    """The open change of the branch that is checked out where the command was given."""
    if project_here(session, folder) != project:
        return None
    try:
        branch = git.current_branch(folder)
    except ForgeError:
        return None
    open_ = session.forge.changes(project)
    return next((change.number for change in open_ if change.branch == branch), None)


def _remember_version(session: Session, project: str) -> None:
    text = session.forge.file(project, render.ANSWERS_FILE)
    if text and (version := render.recorded_version(text)):
        spec = session.mesh.projects[project]
        records.project_rendered(session, project, spec.kind, version)
