"""The access model, stated once as data.

Everything that grants, plans or tests a right derives from these tables: the
Terraform modules get them expanded for a domain or a project, and the tests
hold a real database against `rights`.

One switch decides what others may read: a model with `access: public` is built
into the products schema, and only that schema is open to consumers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Privilege(StrEnum):
    """What a role may do in a schema. WRITE is insert, update, delete and truncate."""

    USAGE = "usage"
    CREATE = "create"
    SELECT = "select"
    WRITE = "write"
    DROP = "drop"


class Role(StrEnum):
    """Roles of a domain and identities of a project; the value is the name's suffix."""

    OWNER = "owner"
    DEVELOPER = "developer"
    CONSUMER = "consumer"
    LOADER = "loader"
    TRANSFORMER = "transformer"
    CI = "ci"

    def of(self, name: str) -> str:
        """Name of this role for a domain or project."""
        return f"{name}_{self}"


DOMAIN_ROLES = (Role.OWNER, Role.DEVELOPER, Role.CONSUMER, Role.LOADER)
PROJECT_ROLES = (Role.TRANSFORMER, Role.CI)
LOGINS = frozenset({Role.LOADER, Role.TRANSFORMER, Role.CI})


@dataclass(frozen=True)
class SchemaRule:
    """One kind of schema of a domain.

    Attributes:
        suffix: what follows the domain's name.
        maker: the role that owns the schema and whatever is built in it.
        readers: roles that read all relations in it, those made tomorrow too.
    """

    suffix: str
    maker: Role
    readers: tuple[Role, ...]


SCHEMAS: dict[str, SchemaRule] = {
    "private": SchemaRule("", Role.OWNER, (Role.DEVELOPER,)),
    "products": SchemaRule("_products", Role.OWNER, (Role.DEVELOPER, Role.CONSUMER)),
    "raw": SchemaRule("_raw", Role.LOADER, (Role.OWNER, Role.DEVELOPER)),
}

# Identity of a project -> the role it holds in each of the project's own domains.
OWN_DOMAIN: dict[Role, Role] = {Role.TRANSFORMER: Role.OWNER, Role.CI: Role.DEVELOPER}

# Roles of a domain that become consumers of what its project consumes and of
# the sibling domains of the same project. The owner, not the transformer: what
# is built runs as the owner.
READS_INPUTS = (Role.OWNER, Role.DEVELOPER)


def schema(domain: str, kind: str) -> str:
    """Name of a domain's schema of a kind of `SCHEMAS`."""
    return f"{domain}{SCHEMAS[kind].suffix}"


def dev_schema(domain: str, member: str) -> str:
    """Name of the schema in which one member develops for one domain."""
    return f"{domain}_dev_{member}"


def ci_schema(project: str, change: int) -> str:
    """Name of the schema in which a change of a project is checked."""
    return f"ci_{project}_{change}"


@dataclass(frozen=True, order=True)
class Membership:
    """`member` has all rights of `role`."""

    role: str
    member: str


@dataclass(frozen=True)
class SchemaGrant:
    """A schema with who owns it, who makes relations in it and who reads them."""

    name: str
    owner: str
    readers: tuple[str, ...] = ()


def domain_schemas(domain: str, members: Iterable[str]) -> list[SchemaGrant]:
    """Schemas of a domain: one of each kind, and a dev schema for each member."""
    grants = [
        SchemaGrant(schema(domain, kind), rule.maker.of(domain), _names(domain, rule.readers))
        for kind, rule in SCHEMAS.items()
    ]
    return grants + [SchemaGrant(dev_schema(domain, member), member) for member in members]


def domain_memberships(
    domain: str, members: Iterable[str], readers: Iterable[str]
) -> list[Membership]:
    """People of the domain's team develop; people and tools named readers consume."""
    return [Membership(Role.DEVELOPER.of(domain), member) for member in members] + [
        Membership(Role.CONSUMER.of(domain), reader) for reader in readers
    ]


def project_memberships(
    project: str, domains: Iterable[str], inputs: Iterable[str]
) -> list[Membership]:
    """What a project's identities and its domains' roles join.

    Args:
        project: the project's name.
        domains: the project's own domains.
        inputs: domains whose products it may read.
    """
    own = list(domains)
    joined = {
        Membership(held.of(domain), identity.of(project))
        for domain in own
        for identity, held in OWN_DOMAIN.items()
    }
    for domain in own:
        read = (set(inputs) | set(own)) - {domain}
        joined |= {
            Membership(Role.CONSUMER.of(other), role.of(domain))
            for other in read
            for role in READS_INPUTS
        }
    return sorted(joined)


def rights(
    schemas: Iterable[SchemaGrant], memberships: Iterable[Membership], roles: Iterable[str]
) -> dict[tuple[str, str], frozenset[Privilege]]:
    """What each role may do in each schema, rights held through memberships included.

    Returns:
        (role, schema) -> privileges; pairs without any right are left out.
    """
    held = _closure(memberships)
    matrix: dict[tuple[str, str], frozenset[Privilege]] = {}
    for role in roles:
        acts_as = held.get(role, frozenset()) | {role}
        for grant in schemas:
            privileges: set[Privilege] = set()
            if grant.owner in acts_as:
                privileges |= set(Privilege)
            if acts_as & set(grant.readers):
                privileges |= {Privilege.USAGE, Privilege.SELECT}
            if privileges:
                matrix[role, grant.name] = frozenset(privileges)
    return matrix


def _names(domain: str, roles: Iterable[Role]) -> tuple[str, ...]:
    return tuple(role.of(domain) for role in roles)


def _closure(memberships: Iterable[Membership]) -> dict[str, frozenset[str]]:
    """Member -> every role it holds, directly or through another role."""
    direct: dict[str, set[str]] = {}
    for membership in memberships:
        direct.setdefault(membership.member, set()).add(membership.role)

    def walk(member: str, seen: frozenset[str]) -> frozenset[str]:
        found = frozenset(direct.get(member, set())) - seen
        for role in sorted(found):
            found |= walk(role, seen | found)
        return found

    return {member: walk(member, frozenset()) for member in direct}
