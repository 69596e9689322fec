"""Who may do what in a schema, authoritatively: what is not stated is drift."""

from __future__ import annotations

from functools import partial

from meshnew.embedded.provider import rights
from meshnew.embedded.provider.resource import Resource, State, deviations, one, strings, text
from meshnew.embedded.provider.rights import Found, Right
from meshnew.embedded.provider.warehouse import refuse_data
from meshnew.errors import PlatformError

_SETS = ("makers", "creators", "users", "readers")


class SchemaAccess(Resource):
    """All rights in one schema, whoever granted them."""

    kind = "schema_access"
    about = (
        "All rights in one schema but its owner's: those stated are there, for relations of "
        "today and tomorrow, and no others, whoever granted them."
    )
    key = ("database", "schema")
    attributes = (
        text("database", "Database that the schema lies in.", key=True),
        text("schema", "The schema.", key=True),
        strings("makers", "Roles whose relations in the schema the readers read."),
        strings("creators", "Roles that may make relations, beside the owner."),
        strings("users", "Roles that may use the schema, beside the owner."),
        strings("readers", "Roles that read every relation the makers made or will make."),
        deviations("strangers", "Rights that are there and must not be."),
    )

    def get(self, state: State) -> State | None:
        """The rights as they are; a reader who misses one relation is not counted as one."""
        makers = state.get("makers")
        with self.asking(state["database"]) as ask:
            found = rights.look(ask, state["schema"], makers or ())
        if found is None:
            return None
        if makers is None:  # imported: whoever makes things for others here
            makers = sorted({r.object for r in found.rights if r.scope == "default"})
            makers = makers or [found.owner]
        in_schema = [r for r in found.rights if r.scope == "schema" and r.role != found.owner]
        actual = {
            "makers": makers,
            "creators": sorted({r.role for r in in_schema if r.privilege == "CREATE"}),
            "users": sorted({r.role for r in in_schema if r.privilege == "USAGE"}),
            "readers": _readers(found, makers),
        }
        key = {name: state[name] for name in self.key}
        return key | actual | {"strangers": _strangers(found, actual, state.get("readers") or [])}

    def put(self, wanted: State) -> None:
        """Revoke what must not be there, then grant what is missing."""
        schema = wanted["schema"]
        with self.change(wanted["database"]) as connection:
            for change in (rights.revoke, rights.grant):
                found = rights.look(partial(one, connection), schema, wanted["makers"])
                if found is None:
                    raise PlatformError(
                        f"there is no schema {schema}",
                        fix="`meshnew apply` makes the schemas of a domain.",
                    )
                should = found.wanted(**{name: wanted[name] for name in _SETS})
                have = found.rights
                todo = have - should if change is rights.revoke else should - have
                for right in sorted(todo):
                    change(connection, schema, right)

    def remove(self, state: State) -> None:
        """Close the schema to all but its owner, unless it holds tables."""
        schema = state["schema"]
        with self.change(state["database"]) as connection:
            if not self.drop_data:
                # Asked here too: access goes first, and a schema that stays keeps it.
                refuse_data(connection, schema)
            found = rights.look(partial(one, connection), schema, ())
            if found is None:
                return
            for right in sorted(found.rights - found.wanted((), (), (), ())):
                rights.revoke(connection, schema, right)


def _readers(found: Found, makers: list[str]) -> list[str]:
    """Roles that read everything the makers made or will make."""
    candidates = {right.role for right in found.rights if right.privilege == "SELECT"}

    def complete(role: str) -> bool:
        needed = {right for right in found.wanted(makers, (), (), (role,)) if right.role == role}
        tables = {right for right in needed if right.scope != "schema"}
        return bool(tables) and tables <= found.rights

    return sorted(filter(complete, candidates))


def _strangers(found: Found, actual: dict[str, list[str]], promised: list[str]) -> list[str]:
    """In words: what no set of `actual` explains, and what the owner lacks.

    A promised reader who misses one relation is missing from the readers already; what
    the reader does have is nobody else's.
    """
    readers = {*actual["readers"], *promised}
    explained = found.wanted(**(actual | {"readers": readers}))
    lacking = {r for r in explained - found.rights if r.scope == "schema"}
    words = [right.describe(found.schema) for right in found.rights - explained]
    words += [_cannot(right, found.schema) for right in lacking]
    return sorted(set(words))


def _cannot(right: Right, schema: str) -> str:
    return right.describe(schema).replace(" may ", " may not ", 1)
