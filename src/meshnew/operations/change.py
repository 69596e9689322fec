"""Changes: a branch of a project, opened, listed and merged; a merge deploys."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from meshnew.errors import ForgeError, UsageError
from meshnew.forge import Change, git
from meshnew.mesh.mesh import MESH_REPOSITORY
from meshnew.operations import mesh_change, records, repository
from meshnew.operations.apply import Applied
from meshnew.operations.rendering import tag_package
from meshnew.operations.run import Deployed, deploy
from meshnew.operations.session import CHECKOUTS, Session, require_rendered, require_repository
from meshnew.scaffold import render


@dataclass(frozen=True)
class Merged:
    """A merged change, the deploy it started, and for one of the mesh what was applied."""

    change: Change
    deployed: list[Deployed] = field(default_factory=list)
    applied: Applied | None = None


def open_change(
    session: Session, project: str, branch: str, *, title: str | None, body: str = ""
) -> Change:
    """Propose a pushed branch; an open change of the same branch is brought up to date."""
    require_repository(session, project)
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
    if project not in (None, MESH_REPOSITORY):
        session.mesh.project(project)
    return session.forge.changes(project, state=state)


def merge(session: Session, project: str, number: int, *, run: bool = True) -> Merged:
    """Merge a change as one of the owners, then deploy the project or apply the mesh.

    Args:
        session: the session.
        project: its name.
        number: the change's number.
        run: deploy afterwards; projects without models have nothing to deploy.
    """
    if project == MESH_REPOSITORY:
        return _merge_mesh(session, number, run=run)
    require_rendered(session, project)
    with session.journal.step(f"Merge change {number} of {project}", project=project):
        change = session.forge.merge_change(project, number, actor=session.actor)
        _remember_version(session, project)
        if project == session.mesh.spec.package:
            tag_package(session)
    spec = session.mesh.projects[project]
    deployed = deploy(session, [project]) if run and spec.domains else []
    return Merged(change, deployed)


def _merge_mesh(session: Session, number: int, *, run: bool) -> Merged:
    """Merge a change of the mesh that its plan foresees, bring the folder to it and apply it."""
    forge, name = session.forge, MESH_REPOSITORY
    change = forge.change(name, number)
    if change.state == "open":
        mesh_change.require_ready(session, number)
        found = {item.name: item.state for item in forge.checks(name, change.head)}
        passed = found.get(mesh_change.CHECK) == "passed"
        if not passed and not mesh_change.check(session, number):
            report = next(c for c in forge.checks(name, change.head) if c.name == mesh_change.CHECK)
            raise ForgeError(
                f"change {number} of the mesh cannot be applied:\n{report.summary}",
                fix=f"Mend it on branch {change.branch} and push that.",
            )
    with session.journal.step(f"Merge change {number} of {name}", project=name):
        change = forge.merge_change(name, number, actor=session.actor)
    if not run:
        repository.come_to_main(session)
        return Merged(change)
    applied = mesh_change.merged(session, number)
    return Merged(change, applied.deployed if applied else [], applied)


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
