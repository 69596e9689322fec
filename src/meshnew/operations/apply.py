"""apply: do what a plan says, then deploy what has to be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from meshnew.errors import MeshnewError
from meshnew.forge import Change
from meshnew.mesh.mesh import Mesh
from meshnew.operations import records
from meshnew.operations.parallel import each, meanwhile
from meshnew.operations.plan import Plan, compare, edited, new_projects
from meshnew.operations.repositories import foundation, rendering, repository
from meshnew.operations.repositories.ahead import Ahead
from meshnew.operations.runs import publishing
from meshnew.operations.runs.run import Deployed, deploy
from meshnew.operations.session import Session
from meshnew.operations.stacks import applied, provisioning
from meshnew.operations.stacks.selection import select
from meshnew.provision.compose import LAYERS
from meshnew.provision.terraform import Runner


class Addition(Protocol):
    """A project that the spec does not have yet."""

    def to(self, mesh: Mesh) -> Mesh:
        """The mesh with it.

        Raises:
            UsageError: the mesh has it already.
        """

    def write(self, session: Session) -> None:
        """Write it into the spec and commit it."""


@dataclass(frozen=True)
class Applied:
    """What apply did."""

    plan: Plan
    changes: list[Change] = field(default_factory=list)
    deployed: list[Deployed] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            **self.plan.to_json(),
            "changes": [
                {"repository": change.repository, "number": change.number, "title": change.title}
                for change in self.changes
            ],
            "runs": [
                {"project": done.project, "run": done.run, "ok": done.ok, "waiting": done.waiting}
                for done in self.deployed
            ],
        }


def apply(
    session: Session,
    names: Iterable[str],
    *,
    everything: bool = False,
    with_data: bool = False,
    deploys: bool = True,
    confirm: Callable[[Plan], bool],
    addition: Addition | None = None,
) -> Applied | None:
    """Do what `make_plan` shows, then deploy what has to be.

    Args:
        session: the session.
        names: projects.
        everything: all projects of the mesh.
        with_data: a schema that goes, as a departing member's dev schema or those of a domain
            that left its project do, may hold tables.
        deploys: whether dbt runs where it has to; otherwise it is said what is to be run.
        confirm: shown the plan; nothing is done where it says no.
        addition: a project that is to be added to the spec once the plan is confirmed.

    Returns:
        What was done; None where `confirm` said no.

    Raises:
        ConflictError: a re-rendering needs a person; everything else was done. Or the
            folder has edits in files that others changed too; then nothing was.
    """
    with Ahead() as ahead:
        with session.terraform(drop_data=with_data) as runner:
            repository.update(session)
            session = session.reloaded()
            if addition:
                session = session.on(addition.to(session.mesh))
            selection = select(session, runner, names, everything=everything, with_data=with_data)
            if addition:
                # What is as it was applied is not looked at; should it have been lost, this
                # fails, and whoever carries on looks at all of it.
                selection, _ = edited(session, runner, selection, whole=True)
            plan = compare(session, runner, selection, ahead if addition else None)
            if not deploys:
                plan = replace(plan, undeployed={}, later=plan.undeployed)
            if not plan.empty and not confirm(plan):
                return None
            # First: whatever stops the rest, the repository says what is wanted.
            if addition:
                addition.write(session)
            repository.keep(session, selection.projects, everything=everything)
            _provision(session, runner, plan, ahead)
        return _finish(session, plan, ahead)


def _provision(session: Session, runner: Runner, plan: Plan, ahead: Ahead) -> None:
    session.journal.note(step="plan", spec=plan.headline, will=plan.sentences)
    # Once a lost schema is made again, nothing else tells that it wants to be filled.
    records.projects_due(session, plan.undeployed | plan.later)

    def begin(layer: str) -> None:
        if layer == LAYERS[0]:  # the repository of the template is there now
            foundation.ensure(session)
            ahead.begin(session, new_projects(plan.renderings))

    provisioning.apply(session, runner, plan.stacks, after=begin)
    provisioning.destroy(session, runner, plan.departures)
    provisioning.let_go(session, runner, plan.selection)


def _finish(session: Session, plan: Plan, ahead: Ahead) -> Applied:
    """Render, publish and deploy; a project that cannot be rendered stops only itself."""
    failure: MeshnewError | None = None
    opened: list[Change | None] = []
    # What was rendered ahead declares its interface before it is pushed.
    trees = ahead.trees()
    early = [name for name in plan.undeclared if name in trees]
    with meanwhile(lambda: publishing.declare(session, early, trees)):
        try:
            opened = each(lambda item: rendering.carry_out(session, item, ahead), plan.renderings)
        except MeshnewError as error:
            failure = error
        rendering.remember(session, plan.renderings)
    there = [name for name in plan.selection.projects if session.forge.has_content(name)]
    late = [name for name in plan.undeclared if name in there and name not in early]
    publishing.declare(session, late, ahead.trees())
    deployed = deploy(session, [name for name in plan.undeployed if name in there])
    if failure is not None:
        raise failure
    applied.remember(session, plan.selection.projects)
    return Applied(plan, [change for change in opened if change], deployed)
