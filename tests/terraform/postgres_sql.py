"""What cyrilgdn/postgresql would execute for planned resources, as far as our modules use it.

Ours, for a real server that has no such provider: the grants that a module plans
are carried out and tried. `make conformance` does the same with the real one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.matrix import Connection
from tests.terraform.real import Plan

Values = dict[str, Any]


def quoted(name: str) -> str:
    return "public" if name == "public" else f'"{name}"'


def role(values: Values) -> Iterator[str]:
    yield f"create role {quoted(values['name'])} {'login' if values['login'] else 'nologin'}"


def schema(values: Values) -> Iterator[str]:
    owner = f" authorization {quoted(values['owner'])}" if values.get("owner") else ""
    yield f"create schema {quoted(values['name'])}{owner}"


def function(values: Values) -> Iterator[str]:
    arguments = ", ".join(f"{arg['name']} {arg['type']}" for arg in values["arg"])
    security = " security definer" if values["security_definer"] else ""
    yield (
        f"create function {quoted(values['schema'])}.{quoted(values['name'])} ({arguments}) "
        f"returns {values['returns']} language {values['language']}{security} "
        f"as $function${values['body']}$function$"
    )


def grant_role(values: Values) -> Iterator[str]:
    yield f"grant {quoted(values['grant_role'])} to {quoted(values['role'])}"


def grant(values: Values) -> Iterator[str]:
    """Everything is revoked first, as the provider does: what is stated is all there is."""
    where = {
        "database": f"database {quoted(values['database'])}",
        "schema": f"schema {quoted(values['schema'] or '')}",
        "table": f"all tables in schema {quoted(values['schema'] or '')}",
    }[values["object_type"]]
    yield f"revoke all privileges on {where} from {quoted(values['role'])}"
    if values["privileges"]:
        granted = ", ".join(values["privileges"])
        yield f"grant {granted} on {where} to {quoted(values['role'])}"


def default_privileges(values: Values) -> Iterator[str]:
    yield (
        f"alter default privileges for role {quoted(values['owner'])} "
        f"in schema {quoted(values['schema'])} grant {', '.join(values['privileges'])} "
        f"on {values['object_type']}s to {quoted(values['role'])}"
    )


# In the order of what depends on what.
STATEMENTS: dict[str, Callable[[Values], Iterator[str]]] = {
    "postgresql_role": role,
    "postgresql_schema": schema,
    "postgresql_function": function,
    "postgresql_grant": grant,
    "postgresql_default_privileges": default_privileges,
    "postgresql_grant_role": grant_role,
}


def carry_out(server: Connection, plan: Plan) -> None:
    """Execute what a plan would create; the database is there already."""
    for kind, statements in STATEMENTS.items():
        for values in plan.all(kind):
            for statement in statements(values):
                server.execute(statement.encode())
