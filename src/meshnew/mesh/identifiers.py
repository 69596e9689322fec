"""Identifiers derived from the spec: unique in the mesh, and none too long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from meshnew.errors import UsageError
from meshnew.mesh import access, names
from meshnew.mesh.models import MeshSpec, ProjectSpec

RESERVED_REPOSITORIES = frozenset({"mesh", "template", "interfaces"})


class Identifier(NamedTuple):
    """A name derived from the spec.

    Attributes:
        space: `role`, `schema`, `relation`, `repository` or `team`; names are unique within one.
        name: the identifier itself.
        origin: the thing it belongs to, in the user's words.
    """

    space: str
    name: str
    origin: str


def clashes(mesh: MeshSpec, projects: dict[str, ProjectSpec]) -> Iterator[names.Problem]:
    """Say for each derived identifier that is taken twice or too long what to change."""
    seen: dict[tuple[str, str], str] = {}
    for space, name, origin in _derived(mesh, projects):
        if len(name) > names.MAX_IDENTIFIER:
            yield names.Problem(
                f"{origin} needs the {space} `{name}` of {len(name)} "
                f"characters; identifiers end at {names.MAX_IDENTIFIER}",
                "Choose a shorter name.",
            )
        other = seen.setdefault((space, name), origin)
        if other != origin:
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


def _derived(mesh: MeshSpec, projects: dict[str, ProjectSpec]) -> Iterator[Identifier]:
    for name in sorted(RESERVED_REPOSITORIES):
        yield Identifier("repository", name, f"the mesh's own repository {name}")
    yield Identifier("team", mesh.platform_team.name, "the platform team")
    for person in people(mesh, projects.values()):
        yield Identifier("role", person, f"the login of {person}")
    for reader in mesh.readers:
        yield Identifier("role", reader, f"reader {reader}")
    for name, project in projects.items():
        yield from _of_project(name)
        for domain, spec in project.domains.items():
            origin = f"domain {domain} of project {name}"
            yield from _of_domain(domain, spec.members, origin)
            if spec.team != mesh.platform_team.name:
                yield Identifier("team", spec.team, origin)


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


def people(mesh: MeshSpec, projects: Iterable[ProjectSpec]) -> list[str]:
    """Everyone who has a login: the platform team and the members of all domains."""
    found = set(mesh.platform_team.members)
    for project in projects:
        for domain in project.domains.values():
            found |= set(domain.members)
    return sorted(found)
