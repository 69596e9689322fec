"""Names: which ones a mesh accepts, and whether all derived identifiers are unique."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from meshnew.mesh import access

if TYPE_CHECKING:
    from meshnew.mesh.models import MeshSpec, ProjectSpec

MAX_IDENTIFIER = 63
"""Longest identifier in bytes that PostgreSQL keeps without cutting it."""

PATTERN = r"^[a-z](_?[a-z0-9])*$"

RESERVED_REPOSITORIES = frozenset({"mesh", "template", "interfaces"})

# Words that SQL engines refuse as bare identifiers (PostgreSQL's reserved words
# and those Snowflake, BigQuery and Databricks add), and names the platforms use.
RESERVED_WORDS = frozenset(
    """
    all alter analyse analyze and any array as asc assert_rows_modified asymmetric at
    authorization between binary both by case cast check collate collation column
    concurrently connect constraint contains create cross cube current current_catalog
    current_date current_role current_schema current_time current_timestamp current_user
    database default define deferrable delete desc distinct do drop else end enum escape
    except exclude exists extract false fetch following for foreign freeze from full grant
    group grouping groups hash having if ignore ilike in increment initially inner insert
    intersect interval into is isnull issue join lateral leading left like limit localtime
    localtimestamp lookup merge minus natural new no not notnull null nulls of offset on
    only option or order organization outer over overlaps partition placing preceding
    primary proto public qualify range recursive references regexp respect returning
    revoke right rlike rollup row rows sample schema select session_user set similar some
    start struct symmetric system_user table tablesample then to trailing treat trigger
    true try_cast unbounded union unique unnest update user using values variadic verbose
    view when whenever where window with within account admin information_schema meshnew
    meshnew_records nobody none postgres root sys system template0 template1
    """.split()
)


def problem(name: str) -> str | None:
    """Say why a name is not allowed, or None where it is.

    A name is lower snake case ASCII, begins with a letter, has no doubled or
    trailing underscore, is no SQL keyword and fits an identifier.
    """
    if not re.fullmatch(PATTERN, name, flags=re.ASCII):
        return (
            f"`{name}` is not a valid name: use lower case letters, digits and single "
            "underscores, beginning with a letter, such as `flight_delays`"
        )
    if name in RESERVED_WORDS or name.startswith("pg_"):
        return f"`{name}` is reserved by databases: choose another name, such as `{name}_data`"
    if len(name) > MAX_IDENTIFIER:
        return f"`{name}` has {len(name)} characters: identifiers end at {MAX_IDENTIFIER}"
    return None


@dataclass(frozen=True)
class Identifier:
    """A name derived from the spec.

    Attributes:
        space: `role`, `schema`, `repository` or `team`; names are unique within one.
        name: the identifier itself.
        origin: the thing it belongs to, in the user's words.
    """

    space: str
    name: str
    origin: str


def clashes(mesh: MeshSpec, projects: dict[str, ProjectSpec]) -> Iterator[str]:
    """Say for each derived identifier that is taken twice or too long what to change."""
    seen: dict[tuple[str, str], str] = {}
    for item in _derived(mesh, projects):
        if len(item.name) > MAX_IDENTIFIER:
            yield (
                f"{item.origin} needs the {item.space} `{item.name}` of {len(item.name)} "
                f"characters; identifiers end at {MAX_IDENTIFIER}: choose a shorter name"
            )
        other = seen.setdefault((item.space, item.name), item.origin)
        if other != item.origin:
            yield (
                f"{item.origin} and {other} would both have the {item.space} "
                f"`{item.name}`: rename one of them"
            )


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
    for grant in access.domain_schemas(domain, members):
        yield Identifier("schema", grant.name, origin)


def people(mesh: MeshSpec, projects: Iterable[ProjectSpec]) -> list[str]:
    """Everyone who has a login: the platform team and the members of all domains."""
    found = set(mesh.platform_team.members)
    for project in projects:
        for domain in project.domains.values():
            found |= set(domain.members)
    return sorted(found)
