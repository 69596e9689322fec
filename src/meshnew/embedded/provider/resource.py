"""What all resources share: their life as Terraform sees it, locks, and errors as diagnostics.

A resource says three things: what is there (`get`), make it so (`put`) and take it away
(`remove`). `put` serves create and update alike and may be repeated: after a crash
between an effect and Terraform's note of it, the same apply carries on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

import psycopg
from psycopg import Connection
from tf.schema import Attribute, Schema
from tf.types import Bool, Number, Set, String

from meshnew.embedded.platform import Embedded
from meshnew.embedded.postgres import CLUSTER
from meshnew.embedded.records import DATABASE as RECORDS
from meshnew.embedded.records import LOCK
from meshnew.embedded.whole import Ask, Row
from meshnew.errors import MeshnewError, PlatformError

State = dict[str, Any]
Cursor = Connection[tuple[Any, ...]]

_ATTEMPTS = 4
# What a dbt run that replaces tables at this moment can do to a change of rights.
_PASSING = (
    psycopg.errors.InternalError_,  # tuple concurrently updated
    psycopg.errors.DeadlockDetected,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UniqueViolation,
)


def text(name: str, about: str, *, key: bool = False, optional: bool = False) -> Any:
    """A string attribute; one that is part of the resource's key is replaced, not changed."""
    return Attribute(
        name,
        String(),
        about,
        required=not optional,
        optional=optional,
        requires_replace=key,
    )


def flag(name: str, about: str) -> Any:
    """A true or false attribute."""
    return Attribute(name, Bool(), about, required=True)


def number(name: str, about: str) -> Any:
    """A whole number."""
    return Attribute(name, Number(), about, required=True)


def strings(name: str, about: str) -> Any:
    """An attribute that is a set of strings."""
    return Attribute(name, Set(String()), about, required=True)


def deviations(name: str, about: str) -> Any:
    """What is there but must not be: reading lists it, every plan wants it empty."""
    return Attribute(name, Set(String()), about, computed=True, default=[])


def one(connection: Cursor, query: str, key: str) -> list[Row]:
    """Rows of a query of which the column `key`, its first, has this value; without it."""
    # A constant of ours: Postgres looks up the one key, as it sees through the outer query.
    asked = f"select * from ({query}) as found where key = %s"  # noqa: S608
    return [row[1:] for row in connection.execute(asked.encode(), [key]).fetchall()]


class Resource:
    """One kind of resource.

    Attributes:
        kind: its type's name without the provider's prefix.
        about: one line for the schema.
        attributes: made by `text`, `flag`, `strings` and `deviations`.
        key: names of the attributes that identify one; joined by `/` they are its import id.
    """

    kind: ClassVar[str]
    about: ClassVar[str]
    attributes: ClassVar[tuple[Any, ...]]
    key: ClassVar[tuple[str, ...]]

    def __init__(self, embedded: Embedded, drop_data: bool) -> None:
        self.embedded = embedded
        self.drop_data = drop_data

    def get(self, state: State) -> State | None:
        """What is there, None if it is not. `state` has at least the key."""
        raise NotImplementedError

    def put(self, wanted: State) -> None:
        """Make it so, whatever was there before."""
        raise NotImplementedError

    def remove(self, state: State) -> None:
        """Take it away; gone already is fine."""
        raise NotImplementedError

    @classmethod
    def get_name(cls) -> str:
        """Type name for tf."""
        return cls.kind

    @classmethod
    def get_schema(cls) -> Any:
        """Schema for tf."""
        return Schema(version=1, attributes=list(cls.attributes), description=cls.about)

    def validate(self, _diagnostics: Any, _type_name: str, _config: State) -> None:
        """Terraform has checked types and required attributes already."""

    def upgrade(self, _context: Any, _version: int, old: State) -> State:
        """The first version of every schema needs no upgrade."""
        return old

    def plan(self, _context: Any, _current: State | None, planned: State) -> State:
        """Plan every deviation away."""
        return planned | {a.name: a.default for a in self.attributes if a.computed}

    def create(self, context: Any, planned: State) -> State | None:
        """Terraform's create. Without a result the next apply repeats it."""
        return self._guard(context, planned, None, lambda: self._put(planned))

    def read(self, context: Any, current: State) -> State | None:
        """Terraform's refresh; the old state stays where the platform does not answer."""
        return self._guard(context, current, current, lambda: self.look(current))

    def update(self, context: Any, current: State, planned: State) -> State | None:
        """Terraform's update; a failed one leaves the old state to be tried again."""
        return self._guard(context, planned, current, lambda: self._put(planned))

    def delete(self, context: Any, current: State) -> State | None:
        """Terraform's delete; a refused one keeps the state."""

        def gone() -> None:
            try:
                self.remove(current)
            except PlatformError:
                if self._reachable(current):
                    raise

        return self._guard(context, current, current, gone)

    def import_(self, context: Any, id: str) -> State | None:  # noqa: A002
        """Terraform's import; the id is the key's values joined by `/`."""
        parts = id.split("/")
        if len(parts) != len(self.key):
            wanted = "/".join(self.key).upper()
            context.diagnostics.add_error(
                f"{id} is not an id of {context.type_name}", f"Write it as {wanted}."
            )
            return None
        state = dict(zip(self.key, parts, strict=True))
        found = self._guard(context, state, None, lambda: self.look(state))
        if found is None and not context.diagnostics.has_errors():
            context.diagnostics.add_error(
                f"there is no {context.type_name} {id}", "Check its name with `meshnew psql`."
            )
        return found

    @contextmanager
    def session(self, database: str = CLUSTER) -> Iterator[Cursor]:
        """A connection to look with."""
        lent = {CLUSTER: self.embedded.cluster, RECORDS: self.embedded.records}.get(database)
        # No connection to another database outlasts this: somebody may want to drop that.
        with lent() if lent else self.embedded.postgres.connect(database) as connection:
            yield connection

    @contextmanager
    def asking(self, database: str = CLUSTER) -> Iterator[Ask]:
        """Questions about one thing each; see `Embedded.still`."""
        if (whole := self.embedded.whole) is None:
            with self.session(database) as connection:
                yield partial(one, connection)
        else:
            yield lambda query, key: whole.rows(
                database, query, key, partial(self._all, database, query)
            )

    def _all(self, database: str, query: str) -> list[Row]:
        with self.session(database) as connection:
            return connection.execute(query.encode()).fetchall()

    @contextmanager
    def change(self, database: str = CLUSTER) -> Iterator[Cursor]:
        """A transaction to change rights and objects in, one at a time in a database.

        Parallel changes of the same catalogue rows fail in PostgreSQL, they do not wait.
        """
        with self.session(database) as connection, connection.transaction():
            connection.execute("set local lock_timeout = '2min'")
            connection.execute("select pg_advisory_xact_lock(%s)", [LOCK])
            yield connection

    @contextmanager
    def records(self) -> Iterator[Cursor]:
        """A transaction in the platform's records."""
        with self.embedded.records() as connection, connection.transaction():
            yield connection

    def look(self, state: State) -> State | None:
        """What is there; nothing is where the database it would lie in is gone."""
        try:
            found = self.get(state)
        except PlatformError:
            if self._reachable(state):
                raise
            return None
        return None if found is None else {a.name: None for a in self.attributes} | found

    def _put(self, wanted: State) -> State:
        for attempt in range(_ATTEMPTS):
            try:
                self.put(wanted)
                break
            except _PASSING:
                if attempt == _ATTEMPTS - 1:
                    raise
        return wanted

    def has_database(self, name: str) -> bool:
        """Whether there is a database of this name."""
        query = "select from pg_database where datname = %s"
        with self.session() as server:
            return server.execute(query, [name]).fetchone() is not None

    def _reachable(self, state: State) -> bool:
        """Whether the database a resource lies in is there; without it the resource is not."""
        return "database" not in state or self.has_database(state["database"])

    def _guard(
        self,
        context: Any,
        state: State,
        fallback: State | None,
        act: Callable[[], State | None],
    ) -> State | None:
        """Turn whatever goes wrong into a diagnostic: what, where, and what to do."""
        try:
            return act()
        except MeshnewError as error:
            what, fix = error.what, error.fix
        except psycopg.Error as error:
            what = error.diag.message_primary or str(error)
            hints = (error.diag.message_detail, error.diag.message_hint)
            fix = " ".join(hint for hint in hints if hint) or "Run the command again."
        except Exception as error:
            what = f"unexpected {type(error).__name__}: {error}"
            fix = "This is a fault of meshnew: please report it with this message."
        where = "/".join(str(state.get(name)) for name in self.key)
        context.diagnostics.add_error(what, f"{context.type_name} {where}: {fix}")
        return fallback
