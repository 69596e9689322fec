"""What a table holds, asked in the warehouse: its columns, and which tests its rows would pass."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

from meshnew.errors import UsageError

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composable, Composed

    Db = Connection[tuple[Any, ...]]

ROWS = 200_000
"""Rows that are looked at; more would make others wait."""
_FEWER = 5_000
_PATIENCE = "30s"
_MOST_VALUES = 12
_ROWS_A_VALUE = 5  # fewer, and the values may be chance
_TEXT = ("text", "character varying", "character")
_NO_EQUALITY = {"json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle"}
_NO_KEY = re.compile(r"numeric|real|double|boolean|json|xml|bytea|.*\[\]")
_KEY_NAME = re.compile(r"(.*_)?(id|key|code|uuid|number|no)")
# Text that holds nothing else may as well have its type; a code such as 007 is no number.
_WRITTEN = {
    "integer": r"^(0|-?[1-9]\d{0,8})$",
    "bigint": r"^(0|-?[1-9]\d{0,17})$",
    "numeric": r"^-?(0|[1-9]\d*)(\.\d+)?$",
    "date": r"^\d{4}-\d\d-\d\d$",
    "timestamp": r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?$",
}
_COLUMNS = """
    select c.relname, coalesce(obj_description(c.oid, 'pg_class'), ''), a.attname,
        format_type(a.atttypid, a.atttypmod), coalesce(col_description(c.oid, a.attnum), ''),
        quote_ident(a.attname)
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname = %s and c.relkind in ('r', 'p', 'v', 'm', 'f')
    order by c.relname, a.attnum
"""


@dataclass(frozen=True)
class Column:
    """A column as the warehouse has it.

    Attributes:
        name: its name.
        data_type: its type, with size and precision.
        description: its comment, if it has one.
        sql: its name as SQL has to write it.
    """

    name: str
    data_type: str
    description: str = ""
    sql: str = ""

    @property
    def quoted(self) -> bool:
        """Whether SQL has to write it in quotes."""
        return self.sql.startswith('"')


@dataclass(frozen=True)
class Table:
    """A table or view of the warehouse."""

    schema: str
    name: str
    description: str = ""
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True)
class Seen:
    """What the rows say of one column.

    Attributes:
        filled: rows in which it has a value.
        distinct: how many different values.
        written: type in which all its texts are written, empty where there is none.
        values: value -> rows, where there are few; empty otherwise.
    """

    filled: int
    distinct: int
    written: str = ""
    values: dict[str, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Profile:
    """What the rows of a table say.

    Attributes:
        table: the table.
        rows: rows that were looked at.
        whole: whether those are all.
        columns: what they say of each column.
        key: columns that tell the rows apart; none where none were found.
    """

    table: Table
    rows: int
    whole: bool
    columns: dict[str, Seen] = field(hash=False)
    key: tuple[str, ...] = ()


def tables(connection: Db, schema: str) -> dict[str, Table]:
    """Tables and views of a schema by name."""
    found: dict[str, tuple[str, list[Column]]] = {}
    for name, said, column, kind, comment, quoted in connection.execute(_COLUMNS, [schema]):
        columns = found.setdefault(name, (said, []))[1]
        if column is not None:
            columns.append(Column(column, kind, comment, quoted))
    return {
        name: Table(schema, name, said, tuple(columns)) for name, (said, columns) in found.items()
    }


def profile(connection: Db, table: Table) -> Profile:
    """Look at the rows of a table: all of them, or the first ones of a big one.

    Raises:
        UsageError: it takes too long even so.
    """
    from psycopg import errors

    for limit in (ROWS, _FEWER):
        try:
            with connection.transaction():
                connection.execute("set transaction read only")
                connection.execute(f"set local statement_timeout = '{_PATIENCE}'")
                return _profile(connection, table, limit)
        except errors.QueryCanceled:
            continue
    raise UsageError(
        f"takes longer to look at than {_PATIENCE}",
        where=f"{table.schema}.{table.name}",
        fix="Say --no-profile, and write its tests by hand.",
    )


def orphans(connection: Db, table: Table, column: str, other: Table, key: str) -> int | None:
    """Rows whose value is no key of another table; None where that takes too long."""
    from psycopg import errors, sql

    query = sql.SQL(
        "select count(*) from (select {c} as value from {t} where {c} is not null limit {n}) as t "
        "where not exists (select from {o} where {o}.{k}::text = t.value::text)"
    ).format(
        c=sql.Identifier(column),
        t=_identifier(table),
        o=_identifier(other),
        k=sql.Identifier(key),
        n=ROWS,
    )
    try:
        with connection.transaction():
            connection.execute("set transaction read only")
            connection.execute(f"set local statement_timeout = '{_PATIENCE}'")
            return int(_one(connection, query)[0])
    except errors.QueryCanceled:
        return None


def is_key_name(name: str) -> bool:
    """Whether a column is called as keys are."""
    return _KEY_NAME.fullmatch(name.lower()) is not None


def _profile(connection: Db, table: Table, limit: int) -> Profile:
    from psycopg import sql

    asked: list[Composable] = [sql.SQL("count(*)")]
    for column in table.columns:
        asked += _questions(column)
    row = _one(connection, _over(table, limit, asked))
    answers = iter(row[1:])
    rows = int(row[0])
    seen = {column.name: _seen(column, answers) for column in table.columns}
    for column in table.columns:
        if _is_category(column, seen[column.name]):
            values = _values(connection, table, column, limit)
            seen[column.name] = Seen(
                seen[column.name].filled, seen[column.name].distinct, values=values
            )
    key = _key(connection, table, limit, rows, seen)
    return Profile(table, rows, rows < limit, seen, key)


def _questions(column: Column) -> Iterator[Composable]:
    from psycopg import sql

    name = sql.Identifier(column.name)
    yield sql.SQL("count({})").format(name)
    compared = "{}::text" if column.data_type in _NO_EQUALITY else "{}"
    yield sql.SQL(f"count(distinct {compared})").format(name)
    if _is_text(column):
        for kind, pattern in _WRITTEN.items():
            yield sql.SQL("bool_and({c} ~ {p} and pg_input_is_valid({c}, {k}))").format(
                c=name, p=sql.Literal(pattern), k=sql.Literal(kind)
            )


def _seen(column: Column, answers: Iterator[Any]) -> Seen:
    filled, distinct = int(next(answers)), int(next(answers))
    if not _is_text(column):
        return Seen(filled, distinct)
    fits = {kind: next(answers) for kind in _WRITTEN}
    return Seen(filled, distinct, next((kind for kind, fit in fits.items() if fit), ""))


def _is_text(column: Column) -> bool:
    return column.data_type.partition("(")[0] in _TEXT


def _is_category(column: Column, seen: Seen) -> bool:
    few = 0 < seen.distinct <= _MOST_VALUES and seen.distinct * _ROWS_A_VALUE <= seen.filled
    return few and _is_text(column) and not seen.written


def _values(connection: Db, table: Table, column: Column, limit: int) -> dict[str, int]:
    from psycopg import sql

    name = sql.Identifier(column.name)
    asked = _over(table, limit, [name, sql.SQL("count(*)")])
    grouped = sql.SQL("{} where {c} is not null group by 1 order by 2 desc, 1").format(
        asked, c=name
    )
    return {str(value): int(count) for value, count in connection.execute(grouped)}


def _key(
    connection: Db, table: Table, limit: int, rows: int, seen: dict[str, Seen]
) -> tuple[str, ...]:
    """The columns that most likely name a row: one that is called so, else the first that can."""
    from psycopg import sql

    full = [
        column.name
        for column in table.columns
        if rows and seen[column.name].filled == rows and not _NO_KEY.fullmatch(column.data_type)
    ]
    single = [name for name in full if seen[name].distinct == rows]
    if single:
        return (min(single, key=lambda name: not is_key_name(name)),)
    pairs = list(combinations(full[:6], 2))
    if not pairs:
        return ()
    asked = [sql.SQL("count(distinct ({}))").format(_listed(pair)) for pair in pairs]
    found = _one(connection, _over(table, limit, asked))
    return next((pair for pair, count in zip(pairs, found, strict=True) if count == rows), ())


def _over(table: Table, limit: int, asked: Sequence[Composable]) -> Composed:
    from psycopg import sql

    return sql.SQL("select {} from (select * from {} limit {}) as looked_at").format(
        sql.SQL(", ").join(asked), _identifier(table), limit
    )


def _listed(names: Iterable[str]) -> Composable:
    from psycopg import sql

    return sql.SQL(", ").join(map(sql.Identifier, names))


def _identifier(table: Table) -> Composable:
    from psycopg import sql

    return sql.Identifier(table.schema, table.name)


def _one(connection: Db, query: Composed) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None  # noqa: S101  (an aggregate)
    return row
