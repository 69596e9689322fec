"""From the spec to stacks: which modules a stack has, and what they are given.

Pure functions. A stack is a Terraform root module with a state of its own; its
`main.tf.json` is data, never templated text. The variables are the access
model, expanded: modules of every platform get the same ones
(terraform_modules/<platform>/README.md).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from meshnew.mesh import access
from meshnew.mesh.mesh import INTERFACES, MESH_REPOSITORY, TEMPLATE, Mesh
from meshnew.mesh.models import ProjectSpec

LAYERS = ("mesh", "domain", "project")
"""Layers in the order in which they are applied; destroyed the other way round."""

MODULES_FROM_STACK = "../../../modules"

Variables = dict[str, Any]


@dataclass(frozen=True)
class Stack:
    """One Terraform root module.

    Attributes:
        layer: one of `LAYERS`.
        name: of the mesh, the domain or the project.
        modules: platform (`warehouse`, `forge`, `runtime`) -> (kind, variables).
    """

    layer: str
    name: str
    modules: dict[str, tuple[str, Variables]] = field(hash=False)

    @property
    def label(self) -> str:
        """How messages and records name the stack, such as `domain flights`."""
        return f"{self.layer} {self.name}"

    def document(self) -> dict[str, Any]:
        """What main.tf.json holds."""
        return {
            "terraform": {"required_version": ">= 1.5", "backend": {"local": {}}},
            "module": {
                platform: {"source": f"{MODULES_FROM_STACK}/{platform}/{kind}/{self.layer}"}
                | variables
                for platform, (kind, variables) in self.modules.items()
            },
        }

    @property
    def digest(self) -> str:
        """Changes when, and only when, what the stack asks for changes.

        Who may be in a role follows from the other projects' specs and grants nothing:
        without it a project's edit would make every domain it reads look edited.
        """
        document = self.document()
        document["module"].get("warehouse", {}).pop("allowed_members", None)
        text = json.dumps(document, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def from_document(layer: str, name: str, document: dict[str, Any]) -> Stack:
    """The stack that a main.tf.json was written from: the inverse of `Stack.document`."""
    modules = {}
    for platform, variables in document["module"].items():
        kind = variables["source"].removeprefix(f"{MODULES_FROM_STACK}/").split("/")[1]
        modules[platform] = (kind, {k: v for k, v in variables.items() if k != "source"})
    return Stack(layer, name, modules)


def mesh_stack(mesh: Mesh, departing: Iterable[str] = ()) -> Stack:
    """Logins, the platform team and the mesh's own repositories.

    Args:
        mesh: the mesh.
        departing: logins to keep although the spec has them no more.
    """
    spec = mesh.spec
    logins = {name: {"comment": "person"} for name in sorted({*mesh.people, *departing})}
    logins |= {name: {"comment": "reader"} for name in spec.readers}
    repositories = {
        MESH_REPOSITORY: {"description": f"The mesh {spec.name}: mesh.yml and projects"},
        TEMPLATE: {"description": "The template all projects are rendered from"},
        INTERFACES: {"description": "What each project promises to others"},
    }
    return Stack(
        "mesh",
        spec.name,
        {
            "warehouse": (spec.warehouse.kind, {"database": spec.name, "logins": logins}),
            "forge": (
                spec.forge.kind,
                {
                    "repositories": repositories,
                    "platform_team": {
                        "name": spec.platform_team.name,
                        "members": spec.platform_team.members,
                    },
                },
            ),
        },
    )


def domain_stack(mesh: Mesh, domain: str) -> Stack:
    """Schemas, roles and the team of a domain: what outlives its project."""
    spec = mesh.domains[domain]
    own = access.domain_memberships(domain, spec.members, mesh.readers(domain))
    warehouse = {
        "database": mesh.spec.name,
        "domain": domain,
        "roles": _roles(domain, access.DOMAIN_ROLES),
        "schemas": {
            grant.name: {
                "owner": grant.owner,
                "makers": [grant.owner],
                "users": list(grant.readers),
                "readers": list(grant.readers),
            }
            for grant in access.domain_schemas(domain, spec.members)
        },
        "memberships": _memberships(own),
        "allowed_members": _allowed(mesh, domain),
    }
    shared_team = spec.team == mesh.spec.platform_team.name
    teams = {} if shared_team else {spec.team: {"members": spec.members}}
    return Stack(
        "domain",
        domain,
        {
            "warehouse": (mesh.spec.warehouse.kind, warehouse),
            "forge": (mesh.spec.forge.kind, {"teams": teams}),
        },
    )


def project_stack(mesh: Mesh, project: str, present: Iterable[str]) -> Stack:
    """Identities, memberships, repository and jobs of a project: what dies with it.

    Args:
        mesh: the mesh.
        project: the project's name.
        present: domains that are provisioned or about to be; a consumed domain
            that is not among them is pending and left out.
    """
    spec = mesh.projects[project]
    modules: dict[str, tuple[str, Variables]] = {
        "forge": (mesh.spec.forge.kind, _project_forge(mesh, project, spec))
    }
    if spec.domains:
        inputs = sorted(set(spec.consumes) & set(present))
        modules["warehouse"] = (
            mesh.spec.warehouse.kind,
            {
                "database": mesh.spec.name,
                "project": project,
                "roles": _roles(project, access.PROJECT_ROLES),
                "memberships": _memberships(
                    access.project_memberships(project, spec.domains, inputs)
                ),
            },
        )
        modules["runtime"] = (mesh.spec.runtime.kind, _project_runtime(project, spec))
    return Stack("project", project, modules)


def _project_forge(mesh: Mesh, project: str, spec: ProjectSpec) -> Variables:
    access_of = {domain.team: "write" for domain in spec.domains.values()}
    first = next(iter(spec.domains.values()), None)
    description = spec.description or (first.description if first else f"Package {project}")
    return {
        "repository": {"name": project, "description": description},
        "access": access_of | {mesh.spec.platform_team.name: "maintain"},
        "protected_branches": {"main": {"checks": ["ci"], "approvals": mesh.spec.approvals}},
    }


def _project_runtime(project: str, spec: ProjectSpec) -> Variables:
    jobs = {"deploy": {"command": f"meshnew run {project} deploy"}} | {
        name: {"command": f"meshnew run {project} {name}", "schedule": job.schedule}
        for name, job in spec.jobs.items()
    }
    return {"project": project, "jobs": jobs}


def _roles(name: str, roles: Iterable[access.Role]) -> dict[str, dict[str, Any]]:
    return {role.of(name): {"login": role in access.LOGINS} for role in roles}


def _memberships(memberships: Iterable[access.Membership]) -> dict[str, dict[str, str]]:
    return {f"{m.role}/{m.member}": {"role": m.role, "member": m.member} for m in memberships}


def _allowed(mesh: Mesh, domain: str) -> dict[str, list[str]]:
    """Role of the domain -> everyone whom the spec lets hold it, whichever stack grants it."""
    roles = [role.of(domain) for role in access.DOMAIN_ROLES]
    return {role: sorted(mesh.holders.get(role, ())) for role in roles}
