"""Identifiers derived from the spec: unique in the mesh, and none too long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from meshnew.errors import UsageError
from meshnew.mesh import access, names
from meshnew.mesh.models import MeshSpec, ProjectSpec

RESERVED_REPOSITORIES = frozenset({"mesh", "template", "interfaces"})
LONGEST = {
    "embedded": names.MAX_IDENTIFIER,
    "postgres": names.MAX_IDENTIFIER,
    "snowflake": 255,
    "bigquery": 1024,
    "databricks": 255,
}
"""Warehouse -> characters that a role or schema may have there."""
GROUP = 64
"""Characters that Google takes before the `@` of a group."""
SERVICE_ACCOUNT = range(6, 31)
"""Characters that Google takes for the name of a service account."""


class Identifier(NamedTuple):
    """A name derived from the spec.

    Attributes:
        space: `role`, `group`, `schema`, `relation`, `service account`, `repository`, `team` or
            `state`; names are unique within one.
        name: the identifier itself.
        origin: the thing it belongs to, in the user's words.
    """

    space: str
    name: str
    origin: str


def clashes(mesh: MeshSpec, projects: dict[str, ProjectSpec]) -> Iterator[names.Problem]:
    """Say for each derived identifier that is taken twice or too long what to change."""
    seen: dict[tuple[str, str], str] = {}
    most = dict.fromkeys(("role", "schema", "relation"), LONGEST[mesh.warehouse.kind])
    most["service account"] = SERVICE_ACCOUNT[-1]
    most["group"] = GROUP
    derived = list(_derived(mesh, projects))
    if mesh.warehouse.kind == "bigquery":
        derived += _groups(mesh.name, derived)
    for space, name, origin in derived:
        longest = most.get(space, names.MAX_IDENTIFIER)
        if len(name) > longest:
            yield names.Problem(
                f"{origin} needs the {space} `{name}` of {len(name)} "
                f"characters; {_ending(space)} end at {longest}",
                "Choose a shorter name.",
            )
        if space == "service account" and len(name) < SERVICE_ACCOUNT[0]:
            yield names.Problem(
                f"{origin} needs the service account `{name}` of {len(name)} characters; they "
                f"begin at {SERVICE_ACCOUNT[0]}",
                "Choose a longer name.",
            )
        other = seen.setdefault((space, name), origin)
        if other != origin and space != "group":  # the role was told already
            yield names.Problem(
                f"{origin} and {other} would both have the {space} `{name}`",
                "Rename one of them.",
            )


def refuse_clashes(
    mesh: MeshSpec,
    projects: dict[str, ProjectSpec],
    *,
    where: str = "",
    fix: str = "Choose another name.",
) -> None:
    """Refuse names that would not be unique.

    Raises:
        UsageError: with all of them.
    """
    if problems := list(clashes(mesh, projects)):
        what = "\n".join(clash.what for clash in problems)
        raise UsageError(what, where=where, fix=fix)


def _ending(space: str) -> str:
    words = {"service account": "service accounts", "group": "addresses of groups"}
    return words.get(space, "identifiers")


def _derived(mesh: MeshSpec, projects: dict[str, ProjectSpec]) -> Iterator[Identifier]:
    for name in sorted(RESERVED_REPOSITORIES):
        yield Identifier("repository", name, f"the mesh's own repository {name}")
    yield Identifier("team", mesh.platform_team.name, "the platform team")
    for person in people(mesh, projects.values()):
        yield Identifier("role", person, f"the login of {person}")
    for reader in mesh.readers:
        yield Identifier("role", reader, f"reader {reader}")
    if mesh.warehouse.kind == "bigquery":
        yield from _service_accounts(mesh, projects)
    if mesh.state.kind == "pg":
        yield from _states(mesh, projects, mesh.state.prefix)
    for name, project in projects.items():
        yield from _of_project(name)
        for domain, spec in project.domains.items():
            origin = f"domain {domain} of project {name}"
            yield from _of_domain(domain, spec.members, origin)
            if spec.team != mesh.platform_team.name:
                yield Identifier("team", spec.team, origin)


def _groups(mesh: str, derived: Iterable[Identifier]) -> list[Identifier]:
    """What is before the `@` of the groups that roles are at Google."""
    roles = [found for found in derived if found.space == "role"]
    return [Identifier("group", f"{mesh}-{role.name}", role.origin) for role in roles]


def _of_project(name: str) -> Iterator[Identifier]:
    origin = f"project {name}"
    yield Identifier("repository", name, origin)
    for role in access.PROJECT_ROLES:
        yield Identifier("role", role.of(name), origin)
    yield Identifier("schema", access.ci_schema(name, 999_999), origin)


def _of_domain(domain: str, members: Iterable[str], origin: str) -> Iterator[Identifier]:
    for role in access.DOMAIN_ROLES:
        yield Identifier("role", role.of(domain), origin)
    for kind in access.SCHEMAS:
        yield Identifier("schema", access.schema(domain, kind), origin)
    for member in members:
        yield Identifier("schema", access.dev_schema(domain, member), origin)
    # The longest that the template names after it, as dbt calls it in a unit test. What a team
    # adds needs no less room.
    yield Identifier("relation", f"__dbt__cte__{domain}_example_rows", origin)


def _service_accounts(mesh: MeshSpec, projects: dict[str, ProjectSpec]) -> Iterator[Identifier]:
    """What signs in to Google Cloud and is no person."""
    signing = [(reader, f"reader {reader}") for reader in mesh.readers]
    for name, project in projects.items():
        if project.domains:
            signing += [(role.of(name), f"project {name}") for role in access.PROJECT_ROLES]
        for domain in project.domains:
            signing.append((access.Role.LOADER.of(domain), f"domain {domain} of project {name}"))
    for role, origin in signing:
        yield Identifier("service account", role.replace("_", "-"), origin)


def _states(mesh: MeshSpec, projects: dict[str, ProjectSpec], prefix: str) -> Iterator[Identifier]:
    """Schemas in which Terraform keeps the states."""
    yield Identifier("state", names.state_schema(prefix, "mesh", mesh.name), "the mesh")
    for name, project in projects.items():
        origin = f"project {name}"
        yield Identifier("state", names.state_schema(prefix, "project", name), origin)
        for domain in project.domains:
            origin = f"domain {domain} of project {name}"
            yield Identifier("state", names.state_schema(prefix, "domain", domain), origin)


def people(mesh: MeshSpec, projects: Iterable[ProjectSpec]) -> list[str]:
    """Everyone who has a login: the platform team and the members of all domains."""
    found = set(mesh.platform_team.members)
    for project in projects:
        for domain in project.domains.values():
            found |= set(domain.members)
    return sorted(found)
