"""Connections that are lent out again: to open one takes longer than most questions."""

from __future__ import annotations

import select
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection

    from meshnew.embedded.postgres import Postgres

_KEPT = 8


class Connections:
    """Connections of the superuser to one database, each lent to one borrower at a time.

    Args:
        postgres: the server.
        database: which of its databases; while one is open, nobody can drop that.
    """

    def __init__(self, postgres: Postgres, database: str) -> None:
        self._postgres = postgres
        self._database = database
        self._idle: list[Connection[tuple[Any, ...]]] = []
        weakref.finalize(self, _close, self._idle)

    @contextmanager
    def lend(self) -> Iterator[Connection[tuple[Any, ...]]]:
        """One of them; each statement is a transaction of its own.

        Raises:
            PlatformError: the server or the database is not there.
        """
        connection = self._take()
        try:
            yield connection
        except BaseException:
            # Nobody knows what it is in the middle of.
            connection.close()
            raise
        self._idle.append(connection)
        _close(self._idle, keep=_KEPT)

    def _take(self) -> Connection[tuple[Any, ...]]:
        while (connection := _pop(self._idle)) is not None:
            # An idle server says nothing, unless it goes.
            if not select.select([connection.fileno()], [], [], 0)[0]:
                return connection
            connection.close()
        return self._postgres.connect(self._database)


def _pop(idle: list[Connection[tuple[Any, ...]]]) -> Connection[tuple[Any, ...]] | None:
    try:
        return idle.pop()
    except IndexError:  # another thread was quicker
        return None


def _close(idle: list[Connection[tuple[Any, ...]]], keep: int = 0) -> None:
    while len(idle) > keep and (connection := _pop(idle)) is not None:
        connection.close()
