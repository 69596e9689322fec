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
from meshnew.mesh.models import MeshSpec, ProjectSpec
from meshnew.provision import backends, connections, hosted, providers

LAYERS = ("mesh", "domain", "project")
"""Layers in the order in which they are applied; destroyed the other way round."""

MODULES_FROM_STACK = "../../../modules"
ON_A_LAPTOP: dict[str, Any] = {
    "terraform": {"required_version": ">= 1.5", "backend": {"local": {}}}
}
_AROUND = ("terraform", "provider", "variable")

Variables = dict[str, Any]


@dataclass(frozen=True)
class Stack:
    """One Terraform root module.

    Attributes:
        layer: one of `LAYERS`.
        name: of the mesh, the domain or the project.
        modules: platform (`warehouse`, `forge`, `runtime`) -> (kind, variables).
        around: what main.tf.json holds beside them: backend, providers, variables.
    """

    layer: str
    name: str
    modules: dict[str, tuple[str, Variables]] = field(hash=False)
    around: Variables = field(hash=False, default_factory=lambda: dict(ON_A_LAPTOP))

    @property
    def label(self) -> str:
        """How messages and records name the stack, such as `domain flights`."""
        return f"{self.layer} {self.name}"

    @property
    def parallelism(self) -> int:
        """How many resources are worked on at once: Postgres refuses two changes of a role."""
        return 1 if "postgres" in {kind for kind, _ in self.modules.values()} else 10

    def document(self) -> dict[str, Any]:
        """What main.tf.json holds."""
        return {
            **self.around,
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
    around = {key: document[key] for key in _AROUND if key in document}
    return Stack(layer, name, modules, around)


def mesh_stack(mesh: Mesh, departing: Iterable[str] = ()) -> Stack:
    """Logins, the platform team and the mesh's own repositories.

    Args:
        mesh: the mesh.
        departing: logins to keep although the spec has them no more.
    """
    spec = mesh.spec
    logins: dict[str, Variables] = {
        name: {"comment": "person"} for name in sorted({*mesh.people, *departing})
    }
    logins |= {name: {"comment": "reader"} for name in spec.readers}
    repositories: dict[str, Variables] = {
        MESH_REPOSITORY: {"description": f"The mesh {spec.name}: mesh.yml and projects"},
        TEMPLATE: {"description": "The template all projects are rendered from"},
        INTERFACES: {"description": "What each project promises to others"},
    }
    warehouse: Variables = {"database": _database(spec), "logins": logins}
    forge: Variables = {
        "repositories": repositories,
        "platform_team": {
            "name": spec.platform_team.name,
            "members": spec.platform_team.members,
        },
    }
    if spec.hosted:
        for name, known in logins.items():
            known.update(hosted.login(spec, name))
        for name, repository in repositories.items():
            repository.update(hosted.mesh_repository(mesh, name))
        warehouse |= hosted.mesh_warehouse(mesh)
        forge |= hosted.mesh_forge(mesh)
    return _stack(mesh, "mesh", spec.name, warehouse=warehouse, forge=forge)


def domain_stack(mesh: Mesh, domain: str) -> Stack:
    """Schemas, roles and the team of a domain: what outlives its project."""
    spec = mesh.domains[domain]
    own = access.domain_memberships(domain, spec.members, mesh.readers(domain))
    schemas: dict[str, Variables] = {
        grant.name: {
            "owner": grant.owner,
            "makers": [grant.owner],
            "users": list(grant.readers),
            "readers": list(grant.readers),
        }
        for grant in access.domain_schemas(domain, spec.members)
    }
    warehouse: Variables = {
        "database": _database(mesh.spec),
        "domain": domain,
        "roles": _roles(mesh, mesh.project_of[domain], domain, access.DOMAIN_ROLES),
        "schemas": schemas,
        "memberships": _memberships(own),
        "allowed_members": _allowed(mesh, domain),
    }
    shared_team = spec.team == mesh.spec.platform_team.name
    forge: Variables = {"teams": {} if shared_team else {spec.team: {"members": spec.members}}}
    if mesh.spec.hosted:
        for name, settings in schemas.items():
            settings.update(hosted.schema(mesh.spec, domain, name))
        warehouse |= hosted.domain_warehouse(mesh, domain)
        forge |= hosted.domain_forge(mesh)
    return _stack(mesh, "domain", domain, warehouse=warehouse, forge=forge)


def project_stack(mesh: Mesh, project: str, present: Iterable[str]) -> Stack:
    """Identities, memberships, repository and jobs of a project: what dies with it.

    Args:
        mesh: the mesh.
        project: the project's name.
        present: domains that are provisioned or about to be; a consumed domain
            that is not among them is pending and left out.
    """
    spec = mesh.projects[project]
    modules = {"forge": _project_forge(mesh, project, spec)}
    if spec.domains:
        inputs = sorted(set(spec.consumes) & set(present))
        modules["warehouse"] = {
            "database": _database(mesh.spec),
            "project": project,
            "roles": _roles(mesh, project, project, access.PROJECT_ROLES),
            "memberships": _memberships(access.project_memberships(project, spec.domains, inputs)),
        }
        if mesh.spec.hosted:
            modules["warehouse"] |= hosted.project_warehouse(mesh, project)
        if mesh.spec.runtime.kind != "forge":  # whose jobs stand in the repository itself
            modules["runtime"] = _project_runtime(mesh, project, spec)
    return _stack(mesh, "project", project, **modules)


def _stack(mesh: Mesh, layer: str, name: str, **modules: Variables) -> Stack:
    spec = mesh.spec
    kinds = {of: (getattr(spec, of).kind, variables) for of, variables in modules.items()}
    if not spec.hosted:
        return Stack(layer, name, kinds)
    used = providers.of((of, kind) for of, (kind, _) in kinds.items())
    around: Variables = {
        "terraform": {
            "required_version": providers.REQUIRED_VERSION,
            "required_providers": {
                item.name: {"source": item.source, "version": item.version} for item in used
            },
            "backend": backends.backend(spec.state, spec.name, layer, name),
        },
        "provider": {item.name: item.settings(spec) for item in used},
    }
    asked = json.dumps(modules)
    declared = {name: about for name, about in _VARIABLES.items() if f"${{var.{name}}}" in asked}
    return Stack(layer, name, kinds, around | ({"variable": declared} if declared else {}))


_VARIABLES: dict[str, Variables] = {
    "drop_data": {
        "type": "bool",
        "default": False,
        "description": "Whether taking schemas down may take their tables with them.",
    },
    "secrets": {
        "type": "map(string)",
        "default": {},
        "ephemeral": True,
        "sensitive": True,
        "description": "Environment => private key, password or token of its identity; never kept.",
    },
    "starter": {
        "type": "bool",
        "default": False,
        "description": "Whether production has not run yet: jobs then compare with nothing.",
    },
    "unpushed": {
        "type": "bool",
        "default": False,
        "description": "Whether nothing was pushed yet: who provisions may then push first.",
    },
}
"""Variables of root modules: what a person says at the moment, and no spec."""


def _database(spec: MeshSpec) -> str:
    return hosted.databases(spec)[0] if spec.hosted else spec.name


def _project_forge(mesh: Mesh, project: str, spec: ProjectSpec) -> Variables:
    access_of = {domain.team: "write" for domain in spec.domains.values()}
    first = next(iter(spec.domains.values()), None)
    description = spec.description or (first.description if first else f"Package {project}")
    found: Variables = {
        "repository": {"name": project, "description": description},
        "access": access_of | {mesh.spec.platform_team.name: "maintain"},
        "protected_branches": {"main": {"checks": ["ci"], "approvals": mesh.spec.approvals}},
    }
    if mesh.spec.hosted:
        found["protected_branches"]["main"]["checks"] = hosted.checks(mesh.spec)
        found |= hosted.project_forge(mesh, project)
        if spec.domains and mesh.spec.runtime.kind == "forge":
            found["environments"] = connections.environments(mesh.spec, project)
    return found


def _project_runtime(mesh: Mesh, project: str, spec: ProjectSpec) -> Variables:
    if mesh.spec.runtime.kind == "dbt_cloud":
        return connections.dbt_cloud(mesh, project)
    jobs = {"deploy": {"command": f"meshnew run {project} deploy"}} | {
        name: {"command": f"meshnew run {project} {name}", "schedule": job.schedule}
        for name, job in spec.jobs.items()
    }
    return {"project": project, "jobs": jobs}


def _roles(
    mesh: Mesh, project: str, name: str, roles: Iterable[access.Role]
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {
        role.of(name): {"login": role in access.LOGINS} for role in roles
    }
    if mesh.spec.hosted:
        for role, settings in found.items():
            settings.update(hosted.role(mesh, project, role))
    return found


def _memberships(memberships: Iterable[access.Membership]) -> dict[str, dict[str, str]]:
    return {f"{m.role}/{m.member}": {"role": m.role, "member": m.member} for m in memberships}


def _allowed(mesh: Mesh, domain: str) -> dict[str, list[str]]:
    """Role of the domain -> everyone whom the spec lets hold it, whichever stack grants it."""
    roles = [role.of(domain) for role in access.DOMAIN_ROLES]
    return {role: sorted(mesh.holders.get(role, ())) for role in roles}
