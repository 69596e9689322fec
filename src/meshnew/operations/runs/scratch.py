"""The schema in which a change is checked: made for one run, dropped whatever becomes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from filelock import Timeout

from meshnew.mesh.access import Role, ci_schema
from meshnew.mesh.names import CI
from meshnew.operations.runs import jobs
from meshnew.operations.session import Session

if TYPE_CHECKING:
    from psycopg import Connection

_OWNED = """
    select pg_get_userbyid(nspowner), nspname from pg_namespace
    where pg_get_userbyid(nspowner) = any (%s) order by nspname
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
    found = _leftovers(session, [project]).get(project, [])
    _drop(session, project, found)
    return [ci_schema(project, number) for number in found]


def sweep(session: Session, projects: Iterable[str]) -> list[str]:
    """Drop what killed runs of any project left; a project that is being checked is left alone."""
    dropped = []
    for project in _leftovers(session, projects):
        try:
            with jobs.lock(session, project, CI, timeout=0):
                dropped += drop_leftovers(session, project)
        except Timeout:
            continue
    return dropped


def _connect(session: Session, project: str) -> Connection[tuple[Any, ...]]:
    return session.embedded.warehouse(Role.CI.of(project))


def _leftovers(session: Session, projects: Iterable[str]) -> dict[str, list[int]]:
    """Project -> numbers of the CI schemas that are there and its own; none without any."""
    owners = {Role.CI.of(project): project for project in projects}
    found: dict[str, list[int]] = {}
    with session.embedded.warehouse() as connection:
        for owner, name in connection.execute(_OWNED, [list(owners)]):
            prefix = ci_schema(owners[owner], 0).removesuffix("0")
            number = name.removeprefix(prefix)
            if name.startswith(prefix) and number.isdecimal():
                found.setdefault(owners[owner], []).append(int(number))
    return found


def _drop(session: Session, project: str, numbers: Iterable[int]) -> None:
    listed = list(numbers)
    if not listed:
        return
    with _connect(session, project) as connection:
        for number in listed:
            connection.execute("select meshnew.drop_ci_schema(%s)", [number])
