"""Try every right that the access model knows on a real Postgres, as the role."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import product
from typing import Any

import psycopg

from meshnew.mesh.access import Privilege

Connection = psycopg.Connection[tuple[Any, ...]]

ATTEMPTS = {
    Privilege.SELECT: "select * from {table}",
    Privilege.WRITE: "insert into {table} values (1)",
    Privilege.CREATE: "create table {schema}.another (x integer)",
    Privilege.DROP: "drop table {table}",
}


def deviations(
    server: Connection,
    roles: Iterable[str],
    probes: Mapping[str, str],
    expected: Mapping[tuple[str, str], Collection[Privilege]],
) -> list[str]:
    """What a role may do and should not, or should and may not; each try is rolled back.

    Args:
        server: connected as a superuser.
        roles: roles to try as.
        probes: schema -> a table in it.
        expected: (role, schema) -> privileges.
    """
    return [
        f"{role}: {privilege} in {schema}"
        for role, schema, privilege in product(roles, probes, Privilege)
        if tried(server, role, schema, probes[schema], privilege)
        != (privilege in expected.get((role, schema), ()))
    ]


def tried(server: Connection, role: str, schema: str, table: str, privilege: Privilege) -> bool:
    """Whether a role may."""
    if privilege is Privilege.USAGE:
        row = server.execute(
            "select has_schema_privilege(%s, %s, 'usage')", [role, schema]
        ).fetchone()
        return bool(row and row[0])
    statement = ATTEMPTS[privilege].format(table=table, schema=f'"{schema}"')
    try:
        with server.transaction(force_rollback=True):
            server.execute(f'set local role "{role}"'.encode())
            server.execute(statement.encode())
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True
