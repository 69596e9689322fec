"""destroy: check everything first, then take down what the spec had built up."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from meshnew.errors import ConflictError
from meshnew.forge import git
from meshnew.mesh.access import domain_schemas
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
    projects = mesh.select(names, everything=everything)
    _refuse_consumed(session, projects)
    domains = [domain for name in projects for domain in mesh.projects[name].domains]
    tables = {} if with_data else _tables(session, domains)
    with session.terraform(drop_data=with_data) as runner:
        plans = _plans(session, runner, projects, domains, tables, everything=everything)
        found = Destruction(projects, plans, tables, everything and not tables)
        if not confirm(found):
            return None
        session.journal.note(step="plan", will=found.sentences)
        checkouts = _removable_checkouts(session, projects)
        if not found.everything:
            _leave_the_mesh(session, projects)
        provisioning.destroy(session, runner, plans)
    _forget(session, found, checkouts)
    return found


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


def _tables(session: Session, domains: Iterable[str]) -> dict[str, int]:
    """Schema -> number of tables and views in it, for schemas of the domains that hold any."""
    members = {domain: session.mesh.domains[domain].members for domain in domains}
    schemas = [g.name for domain, who in members.items() for g in domain_schemas(domain, who)]
    if ("mesh", session.mesh.spec.name) not in records.provisioned(session):
        return {}
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


def _plans(
    session: Session,
    runner: Runner,
    projects: list[str],
    domains: list[str],
    tables: dict[str, int],
    *,
    everything: bool,
) -> list[StackPlan]:
    """Plans to destroy; a domain one of whose schemas holds tables is left standing whole."""
    mesh = session.mesh
    present = {name for layer, name in records.provisioned(session) if layer == "domain"}
    stacks: list[Stack] = []
    if everything and not tables:
        stacks.append(compose.mesh_stack(mesh))
    for domain in domains:
        owned = {grant.name for grant in domain_schemas(domain, mesh.domains[domain].members)}
        if not owned & set(tables):
            stacks.append(compose.domain_stack(mesh, domain))
    stacks += [compose.project_stack(mesh, name, present) for name in projects]
    return provisioning.plan(session, runner, stacks, destroy=True)


def _leave_the_mesh(session: Session, projects: list[str]) -> None:
    """Remove the projects from the spec and from the interfaces before anything is dropped.

    In this order a crash leaves things standing that nobody asks for, which
    repeating the command takes down; never a spec that asks for what is gone.
    """
    publishing.withdraw(session, projects)


def _forget(session: Session, found: Destruction, checkouts: list[Path]) -> None:
    """Remove what only served the projects: working copies, records, their spec."""
    mesh = session.mesh
    for folder in [*checkouts, *(mesh.home / "work" / name for name in found.projects)]:
        shutil.rmtree(folder, ignore_errors=True)
    if found.everything:
        session.embedded.postgres.stop()
        shutil.rmtree(mesh.home)
        return
    for name in found.projects:
        records.project_gone(session, name)
    paths = [mesh.root / PROJECTS / f"{name}.yml" for name in found.projects]
    for path in paths:
        path.unlink(missing_ok=True)
    repository.commit(session, f"Remove {', '.join(found.projects)}", paths)


def _removable_checkouts(session: Session, names: Iterable[str]) -> list[Path]:
    """Checkouts that hold no work which is not pushed; others are left to their owner."""
    folders = [session.mesh.root / CHECKOUTS / name for name in names]
    return [folder for folder in folders if (folder / ".git").exists() and git.is_pushed(folder)]
