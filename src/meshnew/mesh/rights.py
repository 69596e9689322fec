"""The access model of a whole mesh: what each login may do in each schema."""

from __future__ import annotations

from collections.abc import Iterable

from meshnew.mesh import access
from meshnew.mesh.mesh import Mesh


def logins(mesh: Mesh) -> dict[str, str]:
    """Everybody who may log in -> what they are, in the user's words.

    People, readers and the loaders of raw data; not what builds and checks projects.
    """
    found = {access.Role.LOADER.of(domain): f"loader of {domain}" for domain in mesh.domains}
    found |= dict.fromkeys(mesh.people, "")
    for name in mesh.people:
        teams = [domain for domain, spec in mesh.domains.items() if name in spec.members]
        parts = [f"member of {', '.join(teams)}"] if teams else []
        parts += ["platform team"] if name in mesh.spec.platform_team.members else []
        found[name] = "; ".join(parts)
    return found | dict.fromkeys(mesh.spec.readers, "reader")


def rights(mesh: Mesh, roles: Iterable[str]) -> dict[tuple[str, str], frozenset[access.Privilege]]:
    """(role, schema) -> privileges, rights held through memberships included.

    Pairs without any right are left out; CI schemas, which come and go, are not in it.
    """
    schemas: list[access.SchemaGrant] = []
    memberships: list[access.Membership] = []
    for domain, spec in mesh.domains.items():
        schemas += access.domain_schemas(domain, spec.members)
        memberships += access.domain_memberships(domain, spec.members, mesh.readers(domain))
    for name, project in mesh.projects.items():
        if project.domains:
            memberships += access.project_memberships(name, project.domains, project.consumes)
    return access.rights(schemas, memberships, roles)
