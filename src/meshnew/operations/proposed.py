"""A mesh on a hosted forge: what is wanted is proposed as a change, and where that stands."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meshnew.errors import UsageError
from meshnew.forge import Change, Check, history
from meshnew.mesh.mesh import MESH_REPOSITORY
from meshnew.mesh.names import DEPLOY
from meshnew.mesh.place import MESH_FILE, PROJECTS
from meshnew.mesh.write import write_text
from meshnew.operations.new import Proposal
from meshnew.operations.parallel import ENGINES, each
from meshnew.operations.repositories.proposing import checked_out, push_branch
from meshnew.operations.repositories.repository import SPEC
from meshnew.operations.session import Session
from meshnew.provision.connections import environments

APPLY = "apply"
"""Name of the job by which the mesh's CI applies what was merged."""


@dataclass(frozen=True)
class Standing:
    """Where a project stands, on its way from a change of the mesh to its first deploy.

    Attributes:
        project: its name.
        state: `absent`, `proposed`, `merged`, `pending` (its first deploy waits), `failed` or
            `deployed`.
        what: the same for a person.
        fix: what takes it on; empty where nothing is to be done.
        change: number of the change that proposes it.
        changes: numbers of the open changes of its own repository, where that was asked.
        differs: what apply would do to its stacks, where that was asked.
    """

    project: str
    state: str
    what: str
    fix: str = ""
    change: int | None = None
    changes: tuple[int, ...] = ()
    differs: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether nothing is to be done."""
        return self.state == "deployed" and not (self.changes or self.differs)

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "project": self.project, "state": self.state, "what": self.what, "fix": self.fix,
            "change": self.change, "changes": list(self.changes), "differs": list(self.differs),
        }  # fmt: skip


def require_there(session: Session) -> None:
    """Refuse to propose anything to a mesh that is not on its forge yet.

    Raises:
        UsageError: with who makes it, and how.
    """
    if not session.forge.has_content(MESH_REPOSITORY):
        raise UsageError(
            "the mesh is not on its forge yet, so nothing can be proposed there",
            where=session.mesh.spec.name,
            fix="Whoever may provision makes it, from this folder: meshnew apply --all --merged",
        )


def propose(session: Session, proposal: Proposal) -> Change:
    """Open a change of the mesh that adds a project; nothing is written to the folder here.

    Raises:
        UsageError: the mesh is not on its forge yet.
        ConflictError: somebody else's work is on a branch of that name.
    """

    def write(folder: Path) -> None:
        write_text(folder / PROJECTS / f"{proposal.name}.yml", proposal.text)

    title = f"Add {proposal.spec.kind} {proposal.name}"
    opened = _open(session, _branch(proposal.name), title, write)
    assert opened is not None  # noqa: S101  (a project that main has is not proposed)
    return opened


def propose_edits(session: Session, names: Iterable[str], *, everything: bool) -> Change | None:
    """Open a change of the mesh with what was edited of the spec in its folder.

    Args:
        session: the session.
        names: projects whose files are meant, besides mesh.yml.
        everything: the files of all projects, removed ones too.

    Returns:
        The change; None where main says the same already.

    Raises:
        UsageError: the mesh is not on its forge yet.
    """
    root, asked = session.mesh.root, {MESH_FILE, *(f"{PROJECTS}/{name}.yml" for name in names)}

    def write(folder: Path) -> None:
        files = {path.relative_to(base) for base in (root, folder) for path in _spec(base)}
        for file in files:
            if everything or file.as_posix() in asked:
                _same(root / file, folder / file)

    return _open(session, f"meshnew/apply-{session.actor}", "Edit the spec of the mesh", write)


def _open(
    session: Session, branch: str, title: str, write: Callable[[Path], None]
) -> Change | None:
    require_there(session)
    forge = session.forge
    with (
        session.journal.step(f"Propose to the mesh: {title}"),
        checked_out(session, MESH_REPOSITORY) as folder,
    ):
        write(folder)
        if not history.edited(folder):
            return None
        push_branch(session, folder, branch, title, author=session.actor)
        return forge.open_change(MESH_REPOSITORY, branch, title=title, author=session.actor)


def standing(session: Session, project: str) -> Standing:
    """Where a project stands; asked of the forge alone."""
    return all_standing(session, [project])[0]


def all_standing(session: Session, projects: Iterable[str]) -> list[Standing]:
    """Where projects stand, in their order; what proposes them is asked for once."""
    # A hosted forge would refuse to list the changes of a repository that is not there.
    there = session.forge.exists(MESH_REPOSITORY)
    proposing = {
        change.branch: change
        for change in reversed(session.forge.changes(MESH_REPOSITORY) if there else [])
    }

    def one(project: str) -> Standing:
        if not there:
            return Standing(project, "absent", f"{project} is not in the mesh")
        if change := proposing.get(_branch(project)):
            return _proposed(session, project, change)
        return _in_the_mesh(session, project)

    return each(one, projects, workers=ENGINES)


def _in_the_mesh(session: Session, project: str) -> Standing:
    """Where a project stands that no change proposes."""
    forge = session.forge
    if forge.file(MESH_REPOSITORY, f"{PROJECTS}/{project}.yml") is None:
        return Standing(project, "absent", f"{project} is not in the mesh")
    head = forge.head(project)
    if head is None:
        return _merged(session, project)
    spec = session.mesh.projects.get(project)
    if spec is not None and not spec.domains:
        return Standing(project, "deployed", f"{project} is rendered; a package is not deployed")
    return _deployed(session, project, forge.checks(project, head))


def _proposed(session: Session, project: str, change: Change) -> Standing:
    lacks = [str(item) for item in session.forge.awaits(change)]
    words = f"change {change.number} of the mesh proposes {project}"
    merge = f"meshnew change merge {MESH_REPOSITORY} {change.number}"
    what = f"{words}, and lacks: {'; '.join(lacks)}" if lacks else f"{words}, and can be merged"
    return Standing(project, "proposed", what, "" if lacks else merge, change.number)


def _merged(session: Session, project: str) -> Standing:
    head = session.forge.head(MESH_REPOSITORY) or ""
    runs = [item for item in session.forge.checks(MESH_REPOSITORY, head) if _is(item, APPLY)]
    what = f"{project} is merged, and the mesh's CI applies it"
    if runs and runs[-1].state == "failed":
        page = runs[-1].page or "see its page"
        return Standing(
            project,
            "failed",
            f"{project} is merged, and the mesh's CI could not apply it: {page}",
            "Mend what its log names, then start its job again.",
        )
    return Standing(project, "merged", what, "Give the same command again in a while.")


def _deployed(session: Session, project: str, checks: Iterable[Check]) -> Standing:
    runs = [item for item in checks if _is(item, DEPLOY)]
    if any(item.state == "passed" for item in runs):
        return Standing(project, "deployed", f"{project} is deployed")
    secrets = _secrets(session, project)
    if runs and runs[-1].state == "running":
        return Standing(project, "pending", f"{project} is being deployed")
    if runs:
        page = f": {runs[-1].page}" if runs[-1].page else ""
        return Standing(project, "failed", f"the deploy of {project} failed{page}", secrets)
    return Standing(project, "pending", f"the first deploy of {project} is pending", secrets)


def _secrets(session: Session, project: str) -> str:
    """Which secrets a project's jobs need, and how they are started once they are there."""
    if session.mesh.spec.runtime.kind != "forge":
        return "Its jobs run in dbt Cloud: see there."
    found = environments(session.mesh.spec, project)
    parts = (f"{', '.join(about['secrets'])} in {name}" for name, about in found.items())
    return f"It needs secrets in its environments: {'; '.join(parts)}. Then start its job {DEPLOY}."


def _is(check: Check, job: str) -> bool:
    """Whether a check is of a job; GitHub names one within another `deploy / run`."""
    return check.name.partition(" ")[0] == job


def _branch(project: str) -> str:
    return f"meshnew/new-{project}"


def _spec(folder: Path) -> list[Path]:
    return [path for pattern in SPEC for path in folder.glob(pattern)]


def _same(source: Path, target: Path) -> None:
    if not source.is_file():
        target.unlink(missing_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
