"""The schema in which a change is checked: made for one run, dropped whatever becomes of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from filelock import Timeout

from meshnew.mesh.access import Role, ci_schema
from meshnew.operations import jobs
from meshnew.operations.session import Session

if TYPE_CHECKING:
    from psycopg import Connection

_OWNED = """
    select nspname from pg_namespace
    where pg_get_userbyid(nspowner) = %s and nspname ~ %s order by nspname
"""


@contextmanager
def schema(session: Session, project: str, number: int) -> Iterator[str]:
    """The CI schema of a change (0: main itself); what killed runs left goes first.

    The caller holds the lock of the project's checks, so whatever is there is a leftover.
    """
    drop_leftovers(session, project)
    with _connect(session, project) as connection:
        connection.execute("select meshnew.create_ci_schema(%s)", [number])
    try:
        yield ci_schema(project, number)
    finally:
        _drop(session, project, [number])


def drop_leftovers(session: Session, project: str) -> list[str]:
    """Drop the CI schemas of a project's killed runs; the lock of its checks is held."""
    found = _leftovers(session, project)
    _drop(session, project, found)
    return [ci_schema(project, number) for number in found]


def sweep(session: Session, projects: Iterable[str]) -> list[str]:
    """Drop what killed runs of any project left; a project that is being checked is left alone."""
    dropped = []
    for project in projects:
        try:
            with jobs.lock(session, project, jobs.CI, timeout=0):
                dropped += drop_leftovers(session, project)
        except Timeout:
            continue
    return dropped


def _connect(session: Session, project: str) -> Connection[tuple[Any, ...]]:
    return session.embedded.warehouse(Role.CI.of(project))


def _leftovers(session: Session, project: str) -> list[int]:
    prefix = ci_schema(project, 0).removesuffix("0")
    with session.embedded.warehouse() as connection:
        asked = [Role.CI.of(project), f"^{re.escape(prefix)}[0-9]+$"]
        rows = connection.execute(_OWNED, asked).fetchall()
    return [int(name.removeprefix(prefix)) for (name,) in rows]


def _drop(session: Session, project: str, numbers: Iterable[int]) -> None:
    listed = list(numbers)
    if not listed:
        return
    with _connect(session, project) as connection:
        for number in listed:
            connection.execute("select meshnew.drop_ci_schema(%s)", [number])
