"""destroy: check everything first, then take down what the spec had built up."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from meshnew.errors import ConflictError
from meshnew.forge import history
from meshnew.mesh.place import PROJECTS
from meshnew.operations import records
from meshnew.operations.repositories import repository
from meshnew.operations.runs import publishing
from meshnew.operations.session import CHECKOUTS, Session
from meshnew.operations.stacks import applied, provisioning
from meshnew.operations.stacks.leftovers import belonging_to, leftovers, schemas
from meshnew.operations.stacks.leftovers import tables as tables_in
from meshnew.operations.stacks.selection import select
from meshnew.provision import compose
from meshnew.provision.compose import Stack
from meshnew.provision.plan import StackPlan
from meshnew.provision.terraform import Runner
from meshnew.provision.words import sentences


@dataclass(frozen=True)
class Destruction:
    """What would be taken down.

    Attributes:
        projects: projects that go.
        plans: a saved Terraform plan each, in order of layers.
        kept: schema that stays because it holds tables -> how many.
        everything: the whole mesh goes, with the platform's own repositories.
        traces: projects that are in the spec no more and that a destroy which was killed
            has not forgotten yet.
    """

    projects: list[str]
    plans: list[StackPlan]
    kept: dict[str, int] = field(hash=False)
    everything: bool
    traces: list[str] = field(default_factory=list)

    @property
    def sentences(self) -> list[str]:
        """What will be done, in the user's words; last layer first, as it is done."""
        return sentences(reversed(self.plans))


def destroy(
    session: Session,
    names: Iterable[str],
    *,
    everything: bool = False,
    with_data: bool = False,
    confirm: Callable[[Destruction], bool],
) -> Destruction | None:
    """Take projects down, or with `everything` the mesh.

    Args:
        session: the session.
        names: projects.
        everything: all projects and what the mesh itself has.
        with_data: also schemas that hold tables, with their tables.
        confirm: shown what will go; nothing is done where it says no.

    Returns:
        What was taken down; None where `confirm` said no.

    Raises:
        ConflictError: other projects consume a product of these.
        UsageError: the mesh's folder is on another branch than main.
    """
    with session.terraform(drop_data=with_data) as runner:
        repository.require_main(session)
        session = session.reloaded()
        wanted = [] if everything else list(names)
        found = _look(session, runner, wanted, everything=everything, with_data=with_data)
        if not confirm(found):
            return None
        session.journal.note(step="plan", will=found.sentences)
        checkouts = _removable_checkouts(session, [*found.projects, *found.traces])
        if not found.everything:
            _leave_the_mesh(session, found.projects, wanted)
        provisioning.destroy(session, runner, found.plans)
        if not found.everything:
            after = session.reloaded()
            provisioning.let_go(after, runner, select(after, runner, []))
    _forget(session, found, checkouts)
    return found


def _look(
    session: Session, runner: Runner, names: list[str], *, everything: bool, with_data: bool
) -> Destruction:
    """Check and plan; nothing changes."""
    mesh, left = session.mesh, leftovers(session.mesh, records.provisioned(session))
    wanted = [*mesh.projects, *(name for _, name in left)] if everything else names
    there = belonging_to(runner, wanted, left)
    remembered = records.projects(session).keys() - mesh.projects.keys()
    traces = sorted(remembered if everything else remembered & set(wanted))
    left_over = {stack.name for stack in there} | set(traces)
    projects = mesh.select(
        name for name in wanted if name in mesh.projects or name not in left_over
    )
    _refuse_consumed(session, projects)
    stacks = _stacks(session, projects) + there
    tables = {} if with_data else tables_in(session, stacks)
    # A domain one of whose schemas holds tables is left standing whole.
    stacks = [stack for stack in stacks if not schemas(stack) & set(tables)]
    if everything and not tables:
        stacks.insert(0, compose.mesh_stack(mesh))
    plans = provisioning.plan(session, runner, stacks, destroy=True)
    return Destruction(projects, plans, tables, everything and not tables, traces)


def _stacks(session: Session, projects: list[str]) -> list[Stack]:
    """Domain and project stacks of the projects."""
    mesh = session.mesh
    present = {name for layer, name in records.provisioned(session) if layer == "domain"}
    domains = [domain for name in projects for domain in mesh.projects[name].domains]
    return [compose.domain_stack(mesh, domain) for domain in domains] + [
        compose.project_stack(mesh, name, present) for name in projects
    ]


def _leave_the_mesh(session: Session, projects: list[str], wanted: list[str]) -> None:
    """Remove projects from the interfaces, and `wanted` from the spec, before the rest.

    In this order a crash leaves things standing that nobody asks for, which
    repeating the command takes down; never a spec that asks for what is gone.
    """
    if projects:
        publishing.withdraw(session, projects)
    if not wanted:
        return
    paths = [session.mesh.root / PROJECTS / f"{name}.yml" for name in wanted]
    for path in paths:
        path.unlink(missing_ok=True)
    repository.commit(session, f"Remove {', '.join(wanted)}", paths)


def _refuse_consumed(session: Session, projects: list[str]) -> None:
    mesh = session.mesh
    staying = [
        name for name, spec in mesh.projects.items() if spec.domains and name not in projects
    ]
    if mesh.spec.package in projects and staying:
        raise ConflictError(
            f"is the internal package that {', '.join(staying)} import",
            where=mesh.spec.package,
            fix="It goes with the mesh: meshnew destroy --all",
        )
    for name in projects:
        others = [other for other in mesh.consumers(name) if other not in projects]
        if others:
            read = {domain for other in others for domain in mesh.projects[other].consumes}
            domains = ", ".join(sorted(read & set(mesh.projects[name].domains)))
            files = ", ".join(f"{PROJECTS}/{other}.yml" for other in others)
            raise ConflictError(
                f"{', '.join(others)} may read data products of {domains}",
                where=name,
                fix=f"Remove {domains} from `consumes` in {files}, apply, then repeat.",
            )


def _forget(session: Session, found: Destruction, checkouts: list[Path]) -> None:
    """Remove what only served the projects: working copies, records, their spec."""
    mesh, names = session.mesh, [*found.projects, *found.traces]
    for folder in [*checkouts, *(mesh.home / "work" / name for name in names)]:
        shutil.rmtree(folder, ignore_errors=True)
    if found.everything:
        with session.journal.passing("Stop Postgres and remove its data"):
            session.embedded.postgres.stop()
            # Renamed first: half of a data folder would keep the next Postgres from starting.
            gone = mesh.home.with_name(f"{mesh.home.name}.removed")
            shutil.rmtree(gone, ignore_errors=True)
            mesh.home.rename(gone)
            shutil.rmtree(gone)
        return
    applied.forget(session, names)
    for name in names:
        records.project_gone(session, name)


def _removable_checkouts(session: Session, names: Iterable[str]) -> list[Path]:
    """Checkouts that hold no work which is not pushed; others are left to their owner."""
    folders = [session.mesh.root / CHECKOUTS / name for name in names]
    return [folder for folder in folders if history.is_pushed(folder)]
