"""Stacks applied, and the spec they were applied from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from meshnew.operations.session import Session


@dataclass(frozen=True)
class StackRecord:
    """What is remembered of a stack.

    Attributes:
        digest: of what it asked for when it was applied.
        applied_at: when something of it was last changed.
        looked_at: when it was last compared with the platform.
        drift: what that found changed behind the spec's back; empty once it is healed.
        modules: digest of the Terraform modules it was applied with.
    """

    digest: str
    applied_at: datetime
    looked_at: datetime | None
    drift: list[str] = field(hash=False)
    modules: str | None = None


def provisioned(session: Session) -> dict[tuple[str, str], str]:
    """(layer, name) of each stack that was applied -> digest of what it asked for."""
    return {key: record.digest for key, record in stacks(session).items()}


def stacks(session: Session) -> dict[tuple[str, str], StackRecord]:
    """What is remembered of each stack that was applied, by (layer, name)."""
    with session.embedded.records() as connection:
        rows = connection.execute(
            "select layer, name, digest, applied_at, looked_at, drift, modules from stacks"
        ).fetchall()
    return {(layer, name): StackRecord(*rest) for layer, name, *rest in rows}


def stack_applied(session: Session, layer: str, name: str, digest: str, engine: str) -> None:
    """Remember that a stack is as it was asked for, by the modules of this meshnew."""
    from meshnew.provision import modules

    with session.embedded.records() as connection:
        connection.execute(
            """
            insert into stacks (layer, name, digest, applied_at, engine, looked_at, modules)
            values (%s, %s, %s, now(), %s, now(), %s)
            on conflict (layer, name) do update
            set digest = excluded.digest, applied_at = excluded.applied_at,
                engine = excluded.engine, looked_at = excluded.looked_at,
                modules = excluded.modules, drift = '[]'
            """,
            (layer, name, digest, engine, modules.digest()),
        )


def stacks_looked(session: Session, drift: dict[tuple[str, str], list[str]]) -> None:
    """Remember what comparing stacks with the platform found, just now."""
    from psycopg.types.json import Jsonb

    with session.embedded.records() as connection, connection.cursor() as cursor:
        cursor.executemany(
            "update stacks set looked_at = now(), drift = %s where layer = %s and name = %s",
            [(Jsonb(found), layer, name) for (layer, name), found in drift.items()],
        )


def stack_gone(session: Session, layer: str, name: str) -> None:
    """Forget a stack that was destroyed."""
    with session.embedded.records() as connection:
        connection.execute("delete from stacks where layer = %s and name = %s", (layer, name))


def homes(session: Session) -> dict[str, str]:
    """Domain whose stack was applied -> the project it was last in."""
    with session.embedded.records() as connection:
        rows = connection.execute(
            "select name, project from stacks where layer = 'domain' and project is not null"
        ).fetchall()
    return dict(rows)


def specs(session: Session) -> dict[str, Any]:
    """File of the spec -> what it said when it was last applied."""
    with session.embedded.records() as connection:
        return dict(connection.execute("select file, spec from specs").fetchall())


def specs_applied(
    session: Session, known: dict[str, Any], gone: list[str], homes: dict[str, str]
) -> None:
    """Remember what files of the spec said, forget others, and where domains live."""
    from psycopg.types.json import Jsonb

    with session.embedded.records() as connection, connection.transaction():
        for file, data in known.items():
            connection.execute(
                "insert into specs values (%s, %s) "
                "on conflict (file) do update set spec = excluded.spec",
                (file, Jsonb(data)),
            )
        connection.execute("delete from specs where file = any(%s)", (gone,))
        for domain, project in homes.items():
            connection.execute(
                "update stacks set project = %s where layer = 'domain' and name = %s",
                (project, domain),
            )
