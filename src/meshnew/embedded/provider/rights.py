"""Rights in one schema, read from PostgreSQL's catalogue and changed with GRANT and REVOKE."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from psycopg.sql import SQL, Composed, Identifier

from meshnew.embedded.provider.closed_database import grantee
from meshnew.embedded.provider.resource import Cursor
from meshnew.embedded.whole import Ask

_VERBS = {
    "USAGE": "use",
    "CREATE": "make things in",
    "SELECT": "read",
    "INSERT": "insert into",
    "DELETE": "delete from",
    "REFERENCES": "refer to",
    "TRIGGER": "put triggers on",
    "MAINTAIN": "do upkeep on",
}


class Right(NamedTuple):
    """One entry of an access control list.

    Attributes:
        scope: `schema`, `relation`, `default` (what a maker will make in the schema) or
            `everywhere` (what a maker will make in any schema).
        kind: word that GRANT wants before the object: SCHEMA, TABLE, SEQUENCE, TABLES ...
        object: the relation's name, the maker's name, or the schema's.
        role: who holds it; `public` is everybody.
        privilege: SELECT, USAGE ...
        grantable: whether the holder may pass it on.
    """

    scope: str
    kind: str
    object: str
    role: str
    privilege: str
    grantable: bool = False

    def describe(self, schema: str) -> str:
        """The right in words, such as `tableau may read flights_raw.landings`."""
        verb = _VERBS.get(self.privilege, self.privilege.lower())
        verb = f"let others {verb}" if self.grantable else verb
        place = {
            "schema": schema,
            "relation": f"{schema}.{self.object}",
            "default": f"the {self.kind.lower()} that {self.object} makes in {schema}",
            "everywhere": f"the {self.kind.lower()} that {self.object} makes in any schema",
        }
        return f"{self.role} may {verb} {place[self.scope]}"


@dataclass(frozen=True)
class Found:
    """What is there.

    Attributes:
        schema: name of the schema.
        owner: who owns it.
        relations: relation that can be selected from -> its owner.
        rights: all rights in the schema but those that owners have on what is their own.
    """

    schema: str
    owner: str
    relations: dict[str, str] = field(default_factory=dict)
    rights: frozenset[Right] = frozenset()

    def wanted(
        self,
        makers: Iterable[str],
        creators: Iterable[str],
        users: Iterable[str],
        readers: Iterable[str],
    ) -> frozenset[Right]:
        """The rights that should be there, and no others."""
        makers, readers = set(makers), set(readers)
        in_schema = {("USAGE", role) for role in {self.owner, *users}}
        in_schema |= {("CREATE", role) for role in {self.owner, *creators}}
        return frozenset(
            {Right("schema", "SCHEMA", self.schema, role, right) for right, role in in_schema}
            | {
                Right("relation", "TABLE", relation, reader, "SELECT")
                for relation, maker in self.relations.items()
                for reader in readers - {maker}
                if maker in makers
            }
            | {
                Right("default", "TABLES", maker, reader, "SELECT")
                for maker in makers
                for reader in readers - {maker}
            }
        )


OWNERS = "select nspname as key, pg_get_userbyid(nspowner) from pg_namespace"
"""Who owns a schema."""
_RELATIONS = """
    select nspname as key, relname, pg_get_userbyid(relowner)
    from pg_class join pg_namespace n on n.oid = relnamespace
    where relkind in ('r', 'v', 'm', 'f', 'p')
"""
_KIND = """
    case defaclobjtype when 'r' then 'TABLES' when 'S' then 'SEQUENCES'
        when 'f' then 'FUNCTIONS' when 'T' then 'TYPES' else 'SCHEMAS' end
"""
_ENTRY = """
    case grantee when 0 then 'public' else pg_get_userbyid(grantee) end,
    privilege_type, is_grantable
"""
# Owners' rights on their own schema count: a schema whose owner lost CREATE is no use.
_RIGHTS = f"""
with lists as (
    select nspname as key, 'schema' as scope, 'SCHEMA' as kind, nspname as object,
        0::oid as own, coalesce(nspacl, acldefault('n', nspowner)) as acl
    from pg_namespace
    union all
    select nspname, 'relation', case relkind when 'S' then 'SEQUENCE' else 'TABLE' end,
        relname, relowner, relacl
    from pg_class join pg_namespace n on n.oid = relnamespace where relacl is not null
    union all
    select nspname, 'relation', 'TABLE', relname, relowner, attacl
    from pg_attribute join pg_class c on c.oid = attrelid
    join pg_namespace n on n.oid = relnamespace
    where attacl is not null and not attisdropped
    union all
    select nspname, 'default', {_KIND}, pg_get_userbyid(defaclrole), defaclrole, defaclacl
    from pg_default_acl join pg_namespace n on n.oid = defaclnamespace
)
select distinct key, scope, kind, object, {_ENTRY}
from lists, aclexplode(acl) where grantee <> own or grantee = 0
"""  # noqa: S608
# By who makes things: such a right holds in every schema that they make some in.
_EVERYWHERE = f"""
    select pg_get_userbyid(defaclrole) as key, 'everywhere', {_KIND},
        pg_get_userbyid(defaclrole), {_ENTRY}
    from pg_default_acl, aclexplode(defaclacl)
    where defaclnamespace = 0 and defaclobjtype in ('r', 'S', 'n')
        and (grantee <> defaclrole or grantee = 0)
"""  # noqa: S608


def look(ask: Ask, schema: str, makers: Iterable[str]) -> Found | None:
    """Read all rights in a schema, or None where there is no such schema.

    Args:
        ask: the database that the schema lies in.
        schema: its name.
        makers: roles of whom also counts what they give away in every schema.
    """
    owner = ask(OWNERS, schema)
    if not owner:
        return None
    rows = [*ask(_RIGHTS, schema), *(row for maker in makers for row in ask(_EVERYWHERE, maker))]
    relations: dict[str, str] = dict(ask(_RELATIONS, schema))
    return Found(schema, owner[0][0], relations, frozenset(Right(*row) for row in rows))


def grant(connection: Cursor, schema: str, right: Right) -> None:
    """Give a right."""
    connection.execute(_statement(SQL("grant"), SQL("to"), schema, right))


def revoke(connection: Cursor, schema: str, right: Right) -> None:
    """Take a right away, and with it whatever its holder gave to others."""
    cascade = SQL(" cascade") if right.scope in {"schema", "relation"} else SQL("")
    connection.execute(_statement(SQL("revoke"), SQL("from"), schema, right) + cascade)


def _statement(verb: SQL, direction: SQL, schema: str, right: Right) -> Composed:
    privilege, kind, role = SQL(right.privilege), SQL(right.kind), grantee(right.role)
    place = Identifier(schema)
    if right.scope in {"schema", "relation"}:
        target = place if right.scope == "schema" else Identifier(schema, right.object)
        words = SQL("{} {} on {} {} {} {}")
        return words.format(verb, privilege, kind, target, direction, role)
    within = SQL(" in schema {}").format(place) if right.scope == "default" else SQL("")
    words = SQL("alter default privileges for role {}{} {} {} on {} {} {}")
    maker = Identifier(right.object)
    return words.format(maker, within, verb, privilege, kind, direction, role)
