"""Changes: a branch proposed, checked, approved and merged; a merge deploys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from meshnew.dbt import standby
from meshnew.errors import ForgeError, MeshnewError, UsageError
from meshnew.forge import Approval, Change, Check, Comment, Lack, Owners, git
from meshnew.mesh.mesh import MESH_REPOSITORY
from meshnew.operations import records
from meshnew.operations.apply import Applied
from meshnew.operations.changes import breaking, mesh_change
from meshnew.operations.changes.checks import run_checks
from meshnew.operations.repositories.rendering import tag_package
from meshnew.operations.runs.run import Deployed, deploy
from meshnew.operations.session import CHECKOUTS, Session, require_repository
from meshnew.scaffold import render


@dataclass(frozen=True)
class Merged:
    """A merged change, the deploy it started, and for one of the mesh what was applied."""

    change: Change
    deployed: list[Deployed] = field(default_factory=list)
    applied: Applied | None = None


@dataclass(frozen=True)
class Review:
    """What somebody looks at who is to approve or merge a change.

    Attributes:
        change: the change.
        owners: who must approve it, by files.
        approvals: all that were given, for earlier commits too.
        checks: what checks found on the commit it proposes.
        lacks: what is missing before it may be merged.
        takes: what it takes from consumers that read it now, as its check found.
        comments: what was said of it.
        diff: what it does to main.
    """

    change: Change
    owners: list[Owners]
    approvals: list[Approval]
    checks: list[Check]
    lacks: list[Lack]
    takes: list[str]
    comments: list[Comment]
    diff: str = ""


def open_change(
    session: Session, repository: str, branch: str, *, title: str | None, body: str = ""
) -> Change:
    """Propose a pushed branch; an open change of the same branch is brought up to date.

    One of the mesh is planned at once: that takes seconds, and is what its reviewers look at.
    """
    require_repository(session, repository)
    with session.journal.step(f"Open a change in {repository}", project=repository, branch=branch):
        opened = session.forge.open_change(
            repository,
            branch,
            title=title or session.forge.subject(repository, branch) or branch,
            author=session.actor,
            body=body,
        )
    if repository == MESH_REPOSITORY and not session.forge.runs_checks:
        mesh_change.check(session, opened.number)
    return opened


def list_changes(session: Session, repository: str | None, state: str) -> list[Change]:
    """Changes of one repository, or of all."""
    if repository not in {None, MESH_REPOSITORY}:
        session.mesh.project(str(repository))
    return session.forge.changes(repository, state=state)


def review(session: Session, repository: str, number: int, *, diff: bool = True) -> Review:
    """All that is known of a change; `diff` leaves its text out."""
    require_repository(session, repository)
    forge = session.forge
    change = forge.change(repository, number)
    checks = forge.checks(repository, change.head)
    return Review(
        change=change,
        owners=forge.owners(repository, number),
        approvals=forge.approvals(repository, number),
        checks=checks,
        lacks=forge.awaits(change),
        takes=_taken(session, checks) if change.state == "open" else [],
        comments=forge.comments(repository, number),
        diff=forge.diff(repository, number) if diff else "",
    )


def check(session: Session, repository: str, number: int) -> bool:
    """Run the checks that a change needs on the commit it proposes now; whether they passed."""
    require_repository(session, repository)
    if session.forge.runs_checks:
        raise UsageError(
            "the forge's own CI runs the checks of changes, not meshnew",
            fix="Push to the branch, or start its jobs again on the page of the change.",
        )
    change = session.forge.change(repository, number)
    if change.state != "open":
        raise UsageError(
            f"change {number} of {repository} is {change.state}: there is nothing to check",
            fix=f"See which are open: meshnew change list {repository}",
        )
    return run_checks(session, repository, number)


def approve(session: Session, repository: str, number: int) -> Review:
    """Approve what a change proposes now, as an owner; what it lacks then."""
    require_repository(session, repository)
    with session.journal.step(f"Approve change {number} of {repository}", project=repository):
        session.forge.approve_change(repository, number, actor=session.actor)
    return review(session, repository, number, diff=False)


def comment(session: Session, repository: str, number: int, body: str) -> None:
    """Say something of a change, whatever its state."""
    require_repository(session, repository)
    if not body.strip():
        raise UsageError("there is nothing to say", fix='Give it: --body "Looks good"')
    with session.journal.step(f"Comment change {number} of {repository}", project=repository):
        session.forge.comment_change(repository, number, body, actor=session.actor)


def close(session: Session, repository: str, number: int) -> Change:
    """Close a change unmerged, as its author or an owner; its branch goes.

    Raises:
        ForgeError: the actor is neither, or it was merged.
    """
    require_repository(session, repository)
    change = session.forge.change(repository, number)
    if change.state == "merged":
        raise ForgeError(
            f"change {number} of {repository} is merged",
            fix="Propose the opposite: git revert, push a branch, meshnew change open",
        )
    with session.journal.step(f"Close change {number} of {repository}", project=repository):
        return session.forge.close_change(repository, number, actor=session.actor)


def merge(
    session: Session,
    repository: str,
    number: int,
    *,
    run: bool = True,
    break_consumers: bool = False,
) -> Merged:
    """Merge a change as one who may write there, then deploy the project or apply the mesh.

    On a hosted forge what follows is its CI's: it deploys the project, or applies the mesh.

    Args:
        session: the session.
        repository: a project's, or the mesh's own.
        number: the change's number.
        run: deploy afterwards; projects without models have nothing to deploy.
        break_consumers: take products away although others read them.

    Raises:
        ForgeError: a check or an approval is missing; all of them are named.
        RunError: its deploy would refuse it, and main be ahead of production.
    """
    require_repository(session, repository)
    if session.forge.runs_checks:
        with session.journal.step(f"Merge change {number} of {repository}", project=repository):
            return Merged(session.forge.merge_change(repository, number, actor=session.actor))
    mesh = repository == MESH_REPOSITORY
    change = session.forge.change(repository, number)
    if mesh:
        mesh_change.require_ready(session, number)
    with standby.another() if run and not mesh else nullcontext():
        _check_if_that_is_all(session, change)
    if not break_consumers:
        _refuse_to_take(session, change)
    with session.journal.step(f"Merge change {number} of {repository}", project=repository):
        change = session.forge.merge_change(repository, number, actor=session.actor)
        if not mesh:
            _remember_version(session, repository)
        if repository == session.mesh.spec.package:
            tag_package(session)
    if mesh:
        return _applied(session, change, run=run)
    spec = session.mesh.projects[repository]
    wanted = [repository] if run and spec.domains else []
    deployed = deploy(session, wanted, break_consumers=break_consumers)
    return Merged(change, deployed)


def _applied(session: Session, change: Change, *, run: bool) -> Merged:
    """Bring the mesh's folder to a merged change and apply it."""
    done = mesh_change.merged(session, change.number, run=run)
    return Merged(change, done.deployed if done else [], done)


def _taken(session: Session, checks: Iterable[Check]) -> list[str]:
    """What a change takes from consumers that read it, as its checks found."""
    runs = [records.run(session, item.run) for item in checks if item.run]
    return [sentence for run in runs if run for sentence in run.summary.get("takes", [])]


def _refuse_to_take(session: Session, change: Change) -> None:
    if change.state != "open":
        return
    broken = _taken(session, session.forge.checks(change.repository, change.head))
    if broken and not session.forge.awaits(change):
        breaking.refuse(
            broken,
            where=f"change {change.number} of {change.repository}",
            undone="merged",
            command=f"change merge {change.repository} {change.number}",
        )


def _check_if_that_is_all(session: Session, change: Change) -> None:
    """Run checks that have no result yet, unless the change lacks something else as well."""
    forge, repository = session.forge, change.repository
    if change.state != "open" or session.actor not in forge.may_merge(repository):
        return
    known = {item.name for item in forge.checks(repository, change.head) if item.is_over}
    unknown = set(forge.protection(repository).checks) - known
    if unknown and len(forge.awaits(change)) == len(unknown):
        run_checks(session, repository, change.number)


def find_change(session: Session, words: Sequence[str], folder: Path) -> tuple[str, int]:
    """The change that `[PROJECT] [NUMBER]` names; what is left out is taken from the checkout.

    Raises:
        UsageError: no project is named, or its checkout is on a branch without an open change.
    """
    named = [word for word in words if not word.isdigit()]
    numbers = [int(word) for word in words if word.isdigit()]
    if len(named) > 1 or len(numbers) > 1:
        raise UsageError(
            f"`{' '.join(words)}` names no change", fix="Say PROJECT NUMBER, such as: flights 3"
        )
    repository = require_project(session, named[0] if named else None, folder)
    number = numbers[0] if numbers else change_here(session, repository, folder)
    if number is None:
        raise UsageError(
            f"no change of {repository} named",
            fix=f"Give its number; see which there are: meshnew change list {repository}",
        )
    return repository, number


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
    except MeshnewError:
        return None
    open_ = session.forge.changes(project)
    return next((change.number for change in open_ if change.branch == branch), None)


def _remember_version(session: Session, project: str) -> None:
    text = session.forge.file(project, render.ANSWERS_FILE)
    if text and (version := render.recorded_version(text)):
        spec = session.mesh.projects[project]
        records.project_rendered(session, project, spec.kind, version)
