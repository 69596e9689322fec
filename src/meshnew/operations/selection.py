"""Which stacks a command works on, and which domains count as present."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from meshnew.mesh.mesh import Mesh
from meshnew.operations.records import provisioned
from meshnew.operations.session import Session
from meshnew.provision import compose
from meshnew.provision.compose import Stack


@dataclass(frozen=True)
class Selection:
    """What one command provisions and renders.

    Attributes:
        projects: the projects asked for, and those that waited for one of their domains.
        present: domains that are provisioned once the command is through.
        stacks: stacks in order of layers.
        pending: project -> domains it consumes that are not present.
    """

    projects: list[str]
    present: frozenset[str]
    stacks: list[Stack]
    pending: dict[str, list[str]]


def select(session: Session, names: Iterable[str], *, everything: bool = False) -> Selection:
    """Stacks of the named projects, of their domains, and of the mesh.

    A domain that a selected project consumes is selected as well where it is
    already provisioned, because its stack knows who may read it. A project
    that waited for a domain that is now provisioned is selected too.
    """
    mesh = session.mesh
    done = provisioned(session)
    before = {name for layer, name in done if layer == "domain"}
    asked = mesh.select(names, everything=everything)
    present = frozenset(before & set(mesh.domains)) | set(_domains(mesh, asked))
    waited = [
        name
        for name in mesh.projects
        if name not in asked
        and ("project", name) in done
        and set(mesh.projects[name].consumes) & (present - before)
    ]
    projects = asked + waited
    consumed = {domain for name in projects for domain in mesh.projects[name].consumes}
    domains = sorted(set(_domains(mesh, projects)) | (consumed & present))
    stacks = [compose.mesh_stack(mesh)]
    stacks += [compose.domain_stack(mesh, domain) for domain in domains]
    stacks += [compose.project_stack(mesh, name, present) for name in projects]
    pending = {
        name: sorted(set(mesh.projects[name].consumes) - present)
        for name in projects
        if set(mesh.projects[name].consumes) - present
    }
    return Selection(projects, present, stacks, pending)


def _domains(mesh: Mesh, projects: Iterable[str]) -> list[str]:
    return [domain for name in projects for domain in mesh.projects[name].domains]
