"""Tables and views of the warehouse: which are there, and dropping one but nothing on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection

_KINDS = {"r": "table", "p": "table", "v": "view", "m": "materialized view"}
# A drop waits for whoever reads the relation, and everybody else would wait for the drop.
_PATIENCE = "10s"


def named(connection: Connection[tuple[Any, ...]], schemas: Iterable[str]) -> set[str]:
    """Tables and views in some schemas, as `schema.name`."""
    rows = connection.execute(
        "select n.nspname || '.' || c.relname from pg_class c "
        "join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = any(%s) and c.relkind = any(%s)",
        [list(schemas), list(_KINDS)],
    )
    return {str(name) for (name,) in rows}


def drop(
    connection: Connection[tuple[Any, ...]], owners: Mapping[str, str]
) -> tuple[list[str], dict[str, str]]:
    """Drop relations, those first on which no other one hangs.

    Args:
        connection: as somebody who may act as the owners.
        owners: `schema.name` -> role to drop it as.

    Returns:
        What is gone, and what stays with the reason.
    """
    gone: list[str] = []
    left = dict.fromkeys(sorted(owners), "")
    while True:
        before = len(left)
        for relation in list(left):
            why = _drop(connection, relation, owners[relation])
            if why is None:
                del left[relation]
                gone.append(relation)
            else:
                left[relation] = why
        if not left or len(left) == before:
            return gone, left


def _drop(connection: Connection[tuple[Any, ...]], relation: str, owner: str) -> str | None:
    """Drop one relation; why it stays, or None once it is not there."""
    import psycopg
    from psycopg import sql

    schema, _, name = relation.partition(".")
    row = connection.execute(
        "select relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where nspname = %s and relname = %s and relkind = any(%s)",
        [schema, name, list(_KINDS)],
    ).fetchone()
    if row is None:
        return None
    what, found = sql.SQL(_KINDS[row[0]]), sql.Identifier(schema, name)
    try:
        with connection.transaction():
            connection.execute(sql.SQL("set local role {}").format(sql.Identifier(owner)))
            connection.execute(sql.SQL("set local lock_timeout = {}").format(_PATIENCE))
            connection.execute(sql.SQL("drop {} {}").format(what, found))
    except psycopg.errors.DependentObjectsStillExist as error:
        hanging = (error.diag.message_detail or "something depends on it").splitlines()
        return "; ".join(hanging) + ": whoever made that drops it"
    except psycopg.errors.LockNotAvailable:
        return "it is being read"
    except psycopg.errors.InsufficientPrivilege:
        return f"it does not belong to {owner}"
    return None
