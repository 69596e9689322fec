"""Meshes that the warehouse modules of every kind are given, and what each role must then hold.

Both come from the access model as data: variables are its expansion, as meshnew
composes it, and the expected rights its matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from meshnew.mesh import access
from meshnew.mesh.access import Membership, Privilege, Role

Variables = dict[str, Any]
Matrix = dict[tuple[str, str], frozenset[Privilege]]

KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAmeshnewpublichalf"
ISSUED_TO = "repo:skyline/{}:environment:production"


@dataclass(frozen=True)
class Domain:
    """A domain and the project of the same name that builds it."""

    members: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    consumes: tuple[str, ...] = ()


Mesh = dict[str, Domain]

ONE: Mesh = {"flights": Domain(("ada", "grace"), ("tableau",))}
THREE: Mesh = {
    "flights": Domain(("ada", "grace"), ("tableau",), ("airports", "weather")),
    "airports": Domain(("amir", "grace"), (), ("flights",)),
    "weather": Domain(("wilma",), ("tableau", "ada"), ("flights", "airports")),
}

PLATFORM: dict[str, Variables] = {
    "embedded": {"database": "skyline"},
    "postgres": {"database": "skyline"},
    "snowflake": {
        "database": "ANALYTICS",
        "databases": {"development": "ANALYTICS_DEV", "ci": "ANALYTICS_CI", "raw": "RAW"},
    },
    "bigquery": {
        "database": "skyline-data",
        "databases": {"development": "skyline-dev", "ci": "skyline-ci", "raw": "skyline-raw"},
        "location": "europe-west6",
        "settings": {"customer": "C012abcd", "group_domain": "skyline.test"},
    },
    "databricks": {
        "database": "analytics",
        "databases": {"development": "analytics_dev", "ci": "analytics_ci", "raw": "raw"},
    },
}
LABELS = {"owner": "Ada@skyline.test", "cost_center": "4711"}


def _platform(kind: str, *names: str) -> Variables:
    return {name: value for name, value in PLATFORM[kind].items() if name in names}


def mesh_variables(kind: str, mesh: Mesh) -> Variables:
    people = sorted({member for domain in mesh.values() for member in domain.members})
    readers = sorted({name for domain in mesh.values() for name in domain.readers} - set(people))
    logins: dict[str, Variables] = {name: {"comment": "person"} for name in people}
    if kind in ("bigquery", "databricks"):
        logins = {name: {"principal": f"{name}@skyline.test"} for name in people}
    logins |= {name: {"comment": "reader", "person": False} for name in readers}
    named = _platform(kind, "database", "databases", "location", "settings")
    return named | {"logins": logins, "labels": LABELS}


def domain_variables(kind: str, mesh: Mesh, name: str) -> Variables:
    domain = mesh[name]
    databases = PLATFORM[kind].get("databases", {})

    def lies_in(schema: str) -> str | None:
        if schema == access.schema(name, "raw"):
            return databases.get("raw")
        dev = {access.dev_schema(name, member) for member in domain.members}
        return databases.get("development") if schema in dev else None

    views_of = {access.schema(name, "products"): [access.schema(name, "private")]}
    schemas = {
        grant.name: {
            "owner": grant.owner,
            "makers": [grant.owner],
            "users": list(grant.readers),
            "readers": list(grant.readers),
            "database": lies_in(grant.name),
            "views_of": views_of.get(grant.name, []),
        }
        for grant in access.domain_schemas(name, domain.members)
    }
    return _platform(kind, "database", "location", "settings") | {
        "domain": name,
        "labels": LABELS | {"domain": name},
        "memberships": _keyed(access.domain_memberships(name, domain.members, domain.readers)),
        "roles": {role.of(name): {"login": role in access.LOGINS} for role in access.DOMAIN_ROLES},
        "schemas": schemas,
    }


def project_variables(kind: str, mesh: Mesh, name: str) -> Variables:
    roles = {role.of(name): {"login": True} for role in access.PROJECT_ROLES}
    users = [*roles, Role.DEVELOPER.of(name)]
    return _platform(kind, "database", "databases", "settings") | {
        "project": name,
        "labels": LABELS | {"project": name},
        "memberships": _keyed(access.project_memberships(name, [name], mesh[name].consumes)),
        "roles": roles,
        "compute": {name: {"users": users}},
    }


def schemas(mesh: Mesh) -> list[access.SchemaGrant]:
    return [
        grant
        for name, domain in mesh.items()
        for grant in access.domain_schemas(name, domain.members)
    ]


def memberships(mesh: Mesh) -> set[Membership]:
    found: set[Membership] = set()
    for name, domain in mesh.items():
        found |= set(access.domain_memberships(name, domain.members, domain.readers))
        found |= set(access.project_memberships(name, [name], domain.consumes))
    return found


def everybody(mesh: Mesh) -> list[str]:
    roles = {role.of(name) for name in mesh for role in Role}
    people = {who for domain in mesh.values() for who in (*domain.members, *domain.readers)}
    return sorted(roles | people)


def expected(mesh: Mesh) -> Matrix:
    """(role, schema) -> privileges, as the access model has them."""
    return access.rights(schemas(mesh), memberships(mesh), everybody(mesh))


def effective(direct: dict[tuple[str, str], set[Privilege]], joined: set[Membership]) -> Matrix:
    """What direct rights and memberships come to, whatever warehouse they were planned on."""
    roles = {role for role, _ in direct} | {m.member for m in joined} | {m.role for m in joined}
    held: dict[str, set[str]] = {role: {role} for role in roles}
    for _ in roles:
        for membership in joined:
            held[membership.member] |= held[membership.role]
    found: dict[tuple[str, str], set[Privilege]] = {}
    for role, acts_as in held.items():
        for (holder, schema), privileges in direct.items():
            if holder in acts_as:
                found.setdefault((role, schema), set()).update(privileges)
    return {key: frozenset(privileges) for key, privileges in found.items()}


def _keyed(joined: list[Membership]) -> dict[str, dict[str, str]]:
    return {f"{m.role}/{m.member}": {"role": m.role, "member": m.member} for m in joined}
