"""Which stacks a command works on, and which domains count as present."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from meshnew.errors import UsageError
from meshnew.mesh.mesh import Mesh
from meshnew.operations.records import homes as homes_of
from meshnew.operations.records import provisioned
from meshnew.operations.session import Session
from meshnew.operations.stacks.applied import applied
from meshnew.operations.stacks.leftovers import (
    Applied,
    leftovers,
    refuse_consumed,
    refuse_renamed,
    schemas,
    tables,
)
from meshnew.provision import compose
from meshnew.provision.compose import Stack

if TYPE_CHECKING:
    from meshnew.provision.terraform import Runner


@dataclass(frozen=True)
class Selection:
    """What one command provisions and renders.

    Attributes:
        projects: the projects asked for, and those that waited for one of their domains.
        present: domains that are provisioned once the command is through.
        stacks: stacks in order of layers.
        pending: project -> domains it consumes that are not present.
        departing: logins that the spec has no more.
        held: those of them that must stay because a stack that is left over has them.
        left: stacks that the spec no longer describes and that stay.
        going: stacks of domains that left a selected project.
        kept: of such domains those that stay, as they hold tables: schema -> how many.
    """

    projects: list[str]
    present: frozenset[str]
    stacks: list[Stack]
    pending: dict[str, list[str]]
    departing: frozenset[str]
    held: frozenset[str]
    left: list[tuple[str, str]]
    going: list[Stack]
    kept: dict[str, dict[str, int]] = field(hash=False)


def select(
    session: Session,
    runner: Runner,
    names: Iterable[str],
    *,
    everything: bool = False,
    with_data: bool = False,
    strict: bool = True,
) -> Selection:
    """Stacks of the named projects, of their domains, and of the mesh.

    A domain that a selected project consumes is selected as well where it is
    already provisioned, because its stack knows who may read it. A project
    that waited for a domain that is now provisioned is selected too, and one that
    consumed a domain which leaves a selected project.

    Args:
        session: the session.
        runner: an engine.
        names: of projects.
        everything: select all projects of the spec.
        with_data: let domains go that hold tables.
        strict: refuse a spec that cannot be applied; whoever only looks passes over that.

    Raises:
        UsageError: a project is not known, or a domain was renamed.
        ConflictError: a domain leaves its project and is still consumed.
    """
    mesh, done = session.mesh, provisioned(session)
    left = leftovers(mesh, done)
    _refuse_renamed_mesh(mesh, done)
    asked = mesh.select(names, everything=everything)
    before = {name for layer, name in done if layer == "domain"}
    present = frozenset(before & set(mesh.domains)) | set(_domains(mesh, asked))
    leaving = _leaving(session, left, asked)
    if strict:
        refuse_renamed(mesh, runner, left)
        refuse_consumed(mesh, leaving)
    more = [*_waiting(mesh, done, present), *_consumed_before(session, leaving)]
    projects = asked + [name for name in dict.fromkeys(more) if name not in asked]
    departing = _departing(mesh, runner, done)
    consumed = {domain for name in projects for domain in mesh.projects[name].consumes}
    letting_go = {domain for domain in before if departing & _members(runner, domain)}
    domains = sorted(
        set(_domains(mesh, projects)) | (consumed & present) | (letting_go & set(mesh.domains))
    )
    stacks = [compose.mesh_stack(mesh, departing)]
    stacks += [compose.domain_stack(mesh, domain) for domain in domains]
    stacks += [compose.project_stack(mesh, name, present) for name in projects]
    absent = {name: sorted(mesh.pending_inputs(name, present)) for name in projects}
    pending = {name: domains for name, domains in absent.items() if domains}
    going, kept = _going(session, runner, leaving, with_data=with_data)
    gone = {stack.name for stack in going}
    staying = [(layer, name) for layer, name in left if layer != "domain" or name not in gone]
    held = {who for layer, name in staying if layer == "domain" for who in _members(runner, name)}
    return Selection(
        projects,
        present,
        stacks,
        pending,
        departing,
        departing & held,
        [item for item in staying if item[1] not in kept],
        going,
        kept,
    )


def _leaving(
    session: Session, left: Iterable[tuple[str, str]], asked: Iterable[str]
) -> dict[str, str]:
    """Domains that stand and are in no project any more -> the asked project they were in."""
    homes, wanted = homes_of(session), set(asked)
    return {
        name: homes[name] for layer, name in left if layer == "domain" and homes.get(name) in wanted
    }


def _consumed_before(session: Session, leaving: Iterable[str]) -> Iterator[str]:
    """Projects that were applied as consumers of domains that leave."""
    before = applied(session) if leaving else None
    for name, spec in before.projects.items() if before else ():
        if name in session.mesh.projects and set(spec.consumes) & set(leaving):
            yield name


def _going(
    session: Session, runner: Runner, leaving: Mapping[str, str], *, with_data: bool
) -> tuple[list[Stack], dict[str, dict[str, int]]]:
    """Of domains that leave the stacks to take down, and what keeps the others."""
    stacks = [runner.applied("domain", name) for name in leaving]
    found = {} if with_data else tables(session, stacks)
    # A domain one of whose schemas holds tables is left standing whole.
    kept = {
        stack.name: here
        for stack in stacks
        if (here := {name: found[name] for name in sorted(schemas(stack) & set(found))})
    }
    return [stack for stack in stacks if stack.name not in kept], kept


def _refuse_renamed_mesh(mesh: Mesh, done: Applied) -> None:
    for layer, name in done:
        if layer == "mesh" and name != mesh.spec.name:
            raise UsageError(
                f"the mesh is {name} and its data lies in the database of that name",
                where="mesh.yml: name",
                fix=f"Name it {name} again; a mesh of another name is a new one: meshnew init",
            )


def _waiting(mesh: Mesh, done: Applied, present: frozenset[str]) -> Iterator[str]:
    """Projects that were applied without a domain they consume and that is present now.

    Told by what they were applied as, not by what this command adds: whoever was
    interrupted in between finds them again.
    """
    for name, spec in mesh.projects.items():
        applied = done.get(("project", name))
        if applied in (None, compose.project_stack(mesh, name, present).digest):
            continue
        inputs = set(spec.consumes) & present
        without = [{domain} for domain in inputs] + [inputs]
        if any(
            applied == compose.project_stack(mesh, name, present - missing).digest
            for missing in without
            if missing
        ):
            yield name


def _departing(mesh: Mesh, runner: Runner, done: Applied) -> frozenset[str]:
    """Logins that the mesh was applied with and has no more.

    They own their dev schemas, which go with the domain layer: so they go after it.
    """
    stack = runner.known("mesh", mesh.spec.name) if ("mesh", mesh.spec.name) in done else None
    if stack is None:
        return frozenset()
    logins = stack.modules["warehouse"][1]["logins"]
    return frozenset(logins) - set(mesh.people) - set(mesh.spec.readers)


def _members(runner: Runner, domain: str) -> set[str]:
    """Whom a domain's stack was last written to let in."""
    stack = runner.known("domain", domain)
    memberships = stack.modules["warehouse"][1]["memberships"] if stack else {}
    return {item["member"] for item in memberships.values()}


def _domains(mesh: Mesh, projects: Iterable[str]) -> list[str]:
    return [domain for name in projects for domain in mesh.projects[name].domains]
