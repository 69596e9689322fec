"""Tables on their way from one Postgres to another, and whether all of their rows arrived."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from meshnew.errors import PlatformError

if TYPE_CHECKING:
    from psycopg import Connection, sql

    Server = Connection[tuple[Any, ...]]

State = Literal["copied", "there", "differs", "no schema"]

# A row is compared by its text, so both servers write values in the same way.
_PLAIN = (
    "set local timezone = 'UTC'; set local datestyle = 'ISO'; set local intervalstyle = "
    "'postgres'; set local extra_float_digits = 1; set local bytea_output = 'hex'"
)


class Table(NamedTuple):
    """A table, by name."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


class Column(NamedTuple):
    """A column as the catalog tells it; `type` is quoted where it has to be."""

    name: str
    type: str
    required: bool
    comment: str | None


class Content(NamedTuple):
    """What is compared: how many rows, and a sum over them that no order changes."""

    rows: int
    digest: str


@dataclass(frozen=True)
class Moved:
    """What became of a table.

    Attributes:
        state: `copied`; `there`, with the same rows; `differs`, so it was left alone; `no schema`.
        before: rows here.
        after: rows there.
    """

    table: Table
    state: State
    before: int
    after: int


def tables(server: Server, schemas: Iterable[str]) -> list[Table]:
    """Tables of some schemas, sorted; parts of a table that is divided are in the whole."""
    query = (
        "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = any(%s) and c.relkind in ('r', 'p') and not c.relispartition"
    )
    return sorted(Table(*row) for row in server.execute(query, [list(schemas)]))


def views(server: Server, schemas: Iterable[str]) -> list[Table]:
    """Views of some schemas, which hold no rows of their own, sorted."""
    query = (
        "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = any(%s) and c.relkind in ('v', 'm')"
    )
    return sorted(Table(*row) for row in server.execute(query, [list(schemas)]))


def move(here: Server, there: Server, table: Table, owner: str) -> Moved:
    """Make a table on the other server with all its rows, or leave things as they are.

    Whole or not at all: what is interrupted leaves no table there. Rows are compared as one
    transaction sees them here, whoever writes meanwhile.

    Args:
        here: may read the table.
        there: may act as the owner.
        table: what is copied.
        owner: role that is to own it.

    Raises:
        PlatformError: a server refuses, or other rows arrived than were sent.
    """
    import psycopg

    try:
        with here.transaction(), there.transaction():
            here.execute("set transaction isolation level repeatable read, read only")
            for server in (here, there):
                server.execute(_PLAIN)
            return _moved(here, there, table, owner)
    except psycopg.Error as error:
        raise PlatformError(
            " ".join(str(error).split()),
            where=str(table),
            fix="Mend that and repeat the command: what was copied stays, nothing is half there.",
        ) from None


def _moved(here: Server, there: Server, table: Table, owner: str) -> Moved:
    ours = _columns(here, table)
    before = _content(here, table, ours)
    if not there.execute(
        "select 1 from pg_namespace where nspname = %s", [table.schema]
    ).fetchone():
        return Moved(table, "no schema", before.rows, 0)
    if theirs := _columns(there, table):
        names = {column.name for column in theirs}
        if not {column.name for column in ours} <= names:
            return Moved(table, "differs", before.rows, 0)
        after = _content(there, table, ours)
        return Moved(table, "there" if after == before else "differs", before.rows, after.rows)
    _make(there, table, ours, _key(here, table), owner)
    _copy(here, there, table, ours)
    after = _content(there, table, ours)
    if after != before:
        raise PlatformError(
            f"{before.rows} rows were sent and {after.rows} arrived, or others than were sent",
            where=str(table),
            fix="Nothing was kept. Repeat the command; if it happens again, the two servers write "
            "some type otherwise: compare their versions and locales.",
        )
    return Moved(table, "copied", before.rows, after.rows)


def _columns(server: Server, table: Table) -> list[Column]:
    query = (
        "select a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, "
        "col_description(a.attrelid, a.attnum) from pg_attribute a "
        "join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = %s and c.relname = %s and a.attnum > 0 and not a.attisdropped "
        "order by a.attnum"
    )
    return [Column(*row) for row in server.execute(query, list(table))]


def _key(server: Server, table: Table) -> list[str]:
    """Columns of its primary key, in order."""
    query = (
        "select a.attname from pg_constraint k join pg_class c on c.oid = k.conrelid "
        "join pg_namespace n on n.oid = c.relnamespace "
        "cross join unnest(k.conkey) with ordinality as part(number, position) "
        "join pg_attribute a on a.attrelid = c.oid and a.attnum = part.number "
        "where n.nspname = %s and c.relname = %s and k.contype = 'p' order by part.position"
    )
    return [str(name) for (name,) in server.execute(query, list(table))]


def _make(there: Server, table: Table, columns: list[Column], key: list[str], owner: str) -> None:
    from psycopg import sql

    name = sql.Identifier(*table)
    lines = [
        sql.SQL("{} {}{}").format(
            sql.Identifier(column.name),
            sql.SQL(column.type),  # as the catalog quotes it
            sql.SQL(" not null" if column.required else ""),
        )
        for column in columns
    ]
    if key:
        lines.append(sql.SQL("primary key ({})").format(_list(key)))
    there.execute(sql.SQL("set local role {}").format(sql.Identifier(owner)))
    there.execute(sql.SQL("create table {} ({})").format(name, sql.SQL(", ").join(lines)))
    for column in columns:
        if column.comment:
            there.execute(
                sql.SQL("comment on column {} is {}").format(
                    sql.Identifier(*table, column.name), sql.Literal(column.comment)
                )
            )


def _copy(here: Server, there: Server, table: Table, columns: list[Column]) -> None:
    from psycopg import sql

    what = sql.SQL("{} ({})").format(
        sql.Identifier(*table), _list(column.name for column in columns)
    )
    # A query, since COPY of a table that is divided takes nothing of its parts.
    rows = sql.SQL("(select {} from {})").format(
        _list(column.name for column in columns), sql.Identifier(*table)
    )
    with (
        here.cursor().copy(sql.SQL("copy {} to stdout").format(rows)) as out,
        there.cursor().copy(sql.SQL("copy {} from stdin").format(what)) as into,
    ):
        for block in out:
            into.write(block)


def _content(server: Server, table: Table, columns: list[Column]) -> Content:
    from psycopg import sql

    query = sql.SQL(
        "select count(*), coalesce(sum(('x' || left(md5(row({})::text), 15))::bit(60)::bigint), 0)"
        "::text from {}"
    ).format(_list(column.name for column in columns), sql.Identifier(*table))
    found = server.execute(query).fetchone()
    assert found is not None  # noqa: S101  (an aggregate has one row)
    return Content(*found)


def _list(names: Iterable[str]) -> sql.Composed:
    from psycopg import sql

    return sql.SQL(", ").join(map(sql.Identifier, names))
