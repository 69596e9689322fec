"""new: ask, write projects/NAME.yml, then do what apply does for a project not yet rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from meshnew.errors import UsageError
from meshnew.mesh import identifiers, loom, names, write
from meshnew.mesh.mesh import Mesh
from meshnew.mesh.models import ProjectSpec
from meshnew.mesh.place import PROJECTS
from meshnew.operations import records
from meshnew.operations.apply import Applied, apply
from meshnew.operations.locks import alone
from meshnew.operations.parallel import meanwhile
from meshnew.operations.plan import Plan, make_plan
from meshnew.operations.repositories import repository
from meshnew.operations.session import Session
from meshnew.scaffold import answers as spec_answers
from meshnew.scaffold import render

KINDS = ("domain", "package")


@dataclass(frozen=True)
class Proposal:
    """A project as it would be created.

    Attributes:
        name: its name.
        spec: what projects/NAME.yml will hold.
        plan: what Terraform and the rest will do.
    """

    name: str
    spec: ProjectSpec
    plan: Plan | None = field(default=None, hash=False)

    @property
    def files(self) -> tuple[str, ...]:
        """Files that the template renders, relative to the project."""
        return self.plan.files.get(self.name, ()) if self.plan else ()

    @property
    def text(self) -> str:
        """Text of projects/NAME.yml."""
        return write.text_of(self.spec, "project")

    def to(self, mesh: Mesh) -> Mesh:
        """The mesh with the project in it.

        Raises:
            UsageError: it has come in since this was proposed.
        """
        if self.name in mesh.projects:
            raise _exists(self.name)
        return mesh.with_project(self.name, self.spec)

    def write(self, session: Session) -> None:
        """Write its file and commit it to the mesh's repository."""
        path = _file(session, self.name)
        for left in path.parent.glob(f".{path.name}.*"):  # by a `new` killed as it wrote
            left.unlink()
        write.write_text(path, self.text)
        session.journal.note(step="write", file=f"{PROJECTS}/{self.name}.yml")
        _commit(session, self.name)


def propose(
    session: Session, kind: str, name: str, data: Mapping[str, Any], *, ask: bool
) -> Proposal:
    """Ask what is not known and say what would be created; nothing changes.

    Args:
        session: the session.
        kind: one of `KINDS`.
        name: the project's name.
        data: answers given.
        ask: prompt for the rest on the terminal.

    Raises:
        UsageError: the name, an answer or the resulting spec is not valid.
    """
    mesh = session.mesh
    _check(mesh, kind, name)
    known = spec_answers.to_ask(mesh, kind, name)
    spec_answers.refuse_decided(data, known)

    def questions() -> dict[str, Any]:
        return render.questions(
            session.template,
            known | dict(data),
            ask=ask,
            known=frozenset(known),
            suggested=spec_answers.suggested(mesh, name, session.actor),
        )

    with _reading_template(session, ask=ask):
        if ask:
            answers = questions()
        else:
            with meanwhile(questions) as answered:
                session.warm()
                answers = answered()
    spec = spec_answers.to_spec(kind, name, answers | dict(data), mesh.spec.template.version)
    proposed = mesh.with_project(name, spec)
    identifiers.refuse_clashes(proposed.spec, proposed.projects, where=name)
    loom.refuse_circles(proposed.projects, where=name)
    return Proposal(name, spec)


@contextmanager
def _reading_template(session: Session, *, ask: bool) -> Iterator[None]:
    """Say what takes its time; where questions come, nothing else may be on the screen."""
    text = "Read the template"
    if ask:
        session.journal.progress.say(f"{text} and its questions")
        yield
        return
    with session.journal.passing(text):
        yield


def with_plan(session: Session, proposal: Proposal) -> Proposal:
    """The proposal together with what Terraform would do; nothing changes."""
    trial = session.on(proposal.to(session.mesh))
    plan = make_plan(trial, [proposal.name], render=True)
    return replace(proposal, plan=plan)


def create(
    session: Session,
    proposal: Proposal,
    *,
    deploys: bool = True,
    confirm: Callable[[Proposal], bool],
) -> Applied | None:
    """Show what would be created, then write and commit the spec and do what apply does.

    Args:
        session: the session.
        proposal: from `propose`.
        deploys: whether dbt runs.
        confirm: shown the proposal with its plan; nothing is done where it says no.

    Returns:
        What was done; None where `confirm` said no.

    Raises:
        UsageError: somebody else has made the project, or is making it.
    """
    with _alone(session, proposal.name):
        return apply(
            session,
            [proposal.name],
            deploys=deploys,
            confirm=lambda plan: confirm(replace(proposal, plan=plan)),
            addition=proposal,
        )


def finish(session: Session, name: str, *, deploys: bool = True) -> Applied | None:
    """Do whatever is still to be done for a project whose spec is written.

    Raises:
        UsageError: somebody else is doing it.
    """
    with _alone(session, name):
        return _finish(session, name, deploys)


def _finish(session: Session, name: str, deploys: bool) -> Applied | None:
    _commit(session, name)
    return apply(session, [name], deploys=deploys, confirm=lambda _: True)


def _commit(session: Session, name: str) -> None:
    kind = session.mesh.project(name).kind
    repository.commit(session, f"Add {kind} {name}", [_file(session, name)])


def _alone(session: Session, name: str) -> AbstractContextManager[None]:
    """Refuse a second `new` of the same name: it would take the first for a killed one."""
    refusal = UsageError(
        f"project {name} exists: another meshnew command is making it",
        fix="Wait for it, then see what it made: meshnew status",
    )
    return alone(session.mesh.home / f"new-{name}.lock", refusal)


def is_unfinished(session: Session, kind: str, name: str, data: Mapping[str, Any]) -> bool:
    """Whether a `new` of this project was interrupted, so that it can be carried on.

    Raises:
        UsageError: it was, and `data` says something else than its file does.
    """
    spec = session.mesh.projects.get(name)
    if spec is None or spec.kind != kind or _is_made(session, name, spec):
        return False
    there = spec_answers.from_spec(name, spec)
    for key, value in data.items():
        if (there.get(key) or None) != (value or None):
            raise UsageError(
                f"{PROJECTS}/{name}.yml is there and says {key}: {there.get(key) or 'nothing'}",
                where="answers",
                fix=f"Edit {PROJECTS}/{name}.yml, then: meshnew apply {name}",
            )
    return True


def _is_made(session: Session, name: str, spec: ProjectSpec) -> bool:
    """Whether a project was once provisioned, rendered and deployed, whatever came after."""
    stacks = {("project", name), *(("domain", domain) for domain in spec.domains)}
    record = records.projects(session).get(name)
    deployed = not spec.domains or name in records.last_runs(session, passed=True)
    rendered = record is not None and record.template_version is not None
    # The last that apply does: a kill just before it is not the end either.
    remembered = f"{PROJECTS}/{name}.yml" in records.specs(session)
    return stacks <= records.provisioned(session).keys() and rendered and deployed and remembered


def _file(session: Session, name: str) -> Path:
    return session.mesh.root / PROJECTS / f"{name}.yml"


def check_name(kind: str, name: str) -> None:
    """Refuse what no mesh could have.

    Raises:
        UsageError: it is no kind of project, or no name of one.
    """
    if kind not in KINDS:
        raise UsageError(
            f"`{names.shown(kind)}` is no kind of project",
            where="KIND",
            fix=f"Kinds: {', '.join(KINDS)}",
        )
    if found := names.problem(name):
        raise UsageError(found.what, where="NAME", fix=found.fix)
    if name in identifiers.RESERVED_REPOSITORIES:
        raise UsageError(
            f"`{name}` is a repository of the mesh itself", where="NAME", fix="Choose another name."
        )


def _check(mesh: Mesh, kind: str, name: str) -> None:
    check_name(kind, name)
    if name in mesh.projects:
        raise _exists(name)


def _exists(name: str) -> UsageError:
    return UsageError(
        f"project {name} exists: {PROJECTS}/{name}.yml",
        fix=f"To finish or change it, edit that file and run: meshnew apply {name}",
    )
