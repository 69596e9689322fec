"""destroy: check everything first, then take down what the spec had built up."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from meshnew.errors import ConflictError
from meshnew.forge import git
from meshnew.mesh.load import PROJECTS
from meshnew.operations import provisioning, publishing, records, repository
from meshnew.operations.session import CHECKOUTS, Session
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
    """

    projects: list[str]
    plans: list[StackPlan]
    kept: dict[str, int] = field(hash=False)
    everything: bool

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
    """
    mesh = session.mesh
    orphans = _orphans(session)
    wanted = [*mesh.projects, *(name for _, name in orphans)] if everything else list(names)
    left = [(layer, name) for layer, name in orphans if name in wanted]
    projects = mesh.select(set(wanted) - {name for _, name in left if name not in mesh.projects})
    _refuse_consumed(session, projects)
    with session.terraform(drop_data=with_data) as runner:
        stacks = _stacks(session, runner, projects, left)
        tables = {} if with_data else _tables(session, stacks)
        # A domain one of whose schemas holds tables is left standing whole.
        stacks = [stack for stack in stacks if not _schemas(stack) & set(tables)]
        if everything and not tables:
            stacks.insert(0, compose.mesh_stack(mesh))
        plans = provisioning.plan(session, runner, stacks, destroy=True)
        found = Destruction(projects, plans, tables, everything and not tables)
        if not confirm(found):
            return None
        session.journal.note(step="plan", will=found.sentences)
        checkouts = _removable_checkouts(session, projects)
        if not found.everything and projects:
            # First out of the interfaces: a crash leaves things standing that repeating the
            # command takes down, never a promise of what is gone.
            publishing.withdraw(session, projects)
        provisioning.destroy(session, runner, plans)
    _forget(session, found, checkouts)
    return found


def _orphans(session: Session) -> list[tuple[str, str]]:
    """(layer, name) of stacks that stand and that the spec no longer describes."""
    mesh = session.mesh
    known: dict[str, Iterable[str]] = {"domain": mesh.domains, "project": mesh.projects}
    return [
        (layer, name)
        for layer, name in records.provisioned(session)
        if layer in known and name not in known[layer]
    ]


def _stacks(
    session: Session, runner: Runner, projects: list[str], orphans: list[tuple[str, str]]
) -> list[Stack]:
    """Domain and project stacks of the projects, and those that were left over."""
    mesh = session.mesh
    present = {name for layer, name in records.provisioned(session) if layer == "domain"}
    found = [
        compose.domain_stack(mesh, domain)
        for name in projects
        for domain in mesh.projects[name].domains
    ]
    found += [compose.project_stack(mesh, name, present) for name in projects]
    return found + [runner.applied(layer, name) for layer, name in orphans]


def _refuse_consumed(session: Session, projects: list[str]) -> None:
    mesh = session.mesh
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


def _schemas(stack: Stack) -> set[str]:
    """Schemas that a stack makes."""
    return set(stack.modules.get("warehouse", ("", {}))[1].get("schemas", {}))


def _tables(session: Session, stacks: Iterable[Stack]) -> dict[str, int]:
    """Schema -> number of tables and views in it, for schemas of the stacks that hold any."""
    if ("mesh", session.mesh.spec.name) not in records.provisioned(session):
        return {}
    schemas = sorted({schema for stack in stacks for schema in _schemas(stack)})
    with session.embedded.warehouse() as connection:
        rows = connection.execute(
            """
            select schema.nspname, count(*)
            from pg_class as relation
            join pg_namespace as schema on schema.oid = relation.relnamespace
            where schema.nspname = any(%s) and relation.relkind in ('r', 'p', 'v', 'm', 'f')
            group by schema.nspname
            """,
            (schemas,),
        ).fetchall()
    return dict(sorted(rows))


def _forget(session: Session, found: Destruction, checkouts: list[Path]) -> None:
    """Remove what only served the projects: working copies, records, their spec."""
    mesh = session.mesh
    for folder in [*checkouts, *(mesh.home / "work" / name for name in found.projects)]:
        shutil.rmtree(folder, ignore_errors=True)
    if found.everything:
        session.embedded.postgres.stop()
        # Renamed first: half of a data folder would keep the next Postgres from starting.
        gone = mesh.home.with_name(f"{mesh.home.name}.removed")
        shutil.rmtree(gone, ignore_errors=True)
        mesh.home.rename(gone)
        shutil.rmtree(gone)
        return
    for name in found.projects:
        records.project_gone(session, name)
    if not found.projects:
        return
    paths = [mesh.root / PROJECTS / f"{name}.yml" for name in found.projects]
    for path in paths:
        path.unlink(missing_ok=True)
    repository.commit(session, f"Remove {', '.join(found.projects)}", paths)


def _removable_checkouts(session: Session, names: Iterable[str]) -> list[Path]:
    """Checkouts that hold no work which is not pushed; others are left to their owner."""
    folders = [session.mesh.root / CHECKOUTS / name for name in names]
    return [folder for folder in folders if (folder / ".git").exists() and git.is_pushed(folder)]
