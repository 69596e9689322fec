"""A table goes from one Postgres server to another, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from meshnew.embedded.platform import Embedded
from meshnew.errors import PlatformError
from meshnew.operations.migrating.tables import Table, move, tables, views

Server = psycopg.Connection[tuple[Any, ...]]

TABLE = Table("sales_products", 'odd "name"')
BEFORE = """
create role sales_owner; create role reader;
create schema sales_products authorization sales_owner;
grant usage on schema sales_products to reader;
alter default privileges for role sales_owner in schema sales_products
    grant select on tables to reader;
"""
ODD = '''
set role sales_owner;
create table sales_products."odd ""name""" (
    id integer primary key, "a ""b" text not null, price numeric(12, 3), ratio double precision,
    at timestamptz, days interval, raw bytea, tags text[], more jsonb, "%s" char(3)
);
comment on column sales_products."odd ""name""".price is 'What it''s worth.';
insert into sales_products."odd ""name""" values
    (1, E'tab\\tnew\\nline \\\\N', 1.5, 0.1::float8 / 3, '2026-11-26 12:00+01', '1 mon 2 days',
     '\\xdeadbeef', '{a,"b c",null}', '{"k": [1, null]}', 'x'),
    (2, '', null, 'NaN', 'infinity', null, null, null, null, null);
create view sales_products.some as select 1 as one;
create table sales_products.parts (year int, n int) partition by list (year);
create table sales_products.parts_2026 partition of sales_products.parts for values in (2026);
insert into sales_products.parts values (2026, 1), (2026, 1);
reset role;
'''


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """A laptop's server and a company's."""
    with ExitStack() as stack:
        servers = []
        for name in ("laptop", "company"):
            platform = Embedded(tmp_path_factory.mktemp(name), "skyline")
            platform.start()
            stack.callback(platform.postgres.stop)
            with platform.postgres.connect("postgres") as first:
                first.execute("create database warehouse")
            server = stack.enter_context(platform.postgres.connect("warehouse"))
            server.execute(BEFORE.encode())
            # As servers of two companies are: nothing is written in the same way.
            server.execute(f"alter role current_user set timezone = '{ZONES[name]}'".encode())
            servers.append(server)
        servers[0].execute(ODD.encode())
        yield servers[0], servers[1]


ZONES = {"laptop": "Asia/Tokyo", "company": "America/Lima"}


def rows(server: Server, table: Table) -> list[tuple[Any, ...]]:
    quoted = psycopg.sql.Identifier(*table)
    query = psycopg.sql.SQL("select t::text from {} as t order by 1").format(quoted)
    return server.execute(query).fetchall()


def test_every_value_arrives_and_belongs_to_the_owner(both: tuple[Server, Server]) -> None:
    here, there = both
    assert tables(here, ["sales_products"]) == [TABLE, Table("sales_products", "parts")]
    assert views(here, ["sales_products"]) == [Table("sales_products", "some")]
    moved = move(here, there, TABLE, "sales_owner")
    assert (moved.state, moved.before, moved.after) == ("copied", 2, 2)
    for server in both:
        server.execute("set timezone = 'UTC'")
    assert rows(here, TABLE) == rows(there, TABLE)
    about = there.execute(
        "select relowner::regrole::text, has_table_privilege('reader', oid, 'select'), "
        "col_description(oid, 3) from pg_class where relname = %s",
        [TABLE.name],
    ).fetchone()
    assert about == ("sales_owner", True, "What it's worth.")
    with pytest.raises(psycopg.errors.UniqueViolation):
        there.execute("""insert into sales_products."odd ""name"\"" (id, "a ""b") values (1, '')""")


def test_again_it_is_there_and_a_table_in_parts_comes_as_one(both: tuple[Server, Server]) -> None:
    here, there = both
    assert move(here, there, TABLE, "sales_owner").state == "there"
    parts = Table("sales_products", "parts")
    assert move(here, there, parts, "sales_owner").state == "copied"
    assert len(rows(there, parts)) == 2


def test_other_rows_are_left_alone(both: tuple[Server, Server]) -> None:
    """One value differs; so does, in the end, how often a row is there."""
    here, there = both
    there.execute("""update sales_products."odd ""name"\"" set price = 1.501 where id = 1""")
    assert move(here, there, TABLE, "sales_owner").state == "differs"
    assert "1.501" in str(rows(there, TABLE))
    there.execute("update sales_products.parts set n = 2")
    assert move(here, there, Table("sales_products", "parts"), "sales_owner").state == "differs"


def test_columns_that_the_other_lacks_are_told_as_a_difference(
    both: tuple[Server, Server],
) -> None:
    here, there = both
    here.execute("create table sales_products.wide (a int, b int)")
    there.execute("create table sales_products.wide (a int)")
    wide = Table("sales_products", "wide")
    assert move(here, there, wide, "sales_owner").state == "differs"


def test_what_cannot_be_finished_leaves_nothing(both: tuple[Server, Server]) -> None:
    here, there = both
    here.execute("create table sales_products.late as select n from generate_series(1, 9) as n")
    late = Table("sales_products", "late")
    there.execute(
        "create function refuse() returns event_trigger language plpgsql as "
        "$$ begin raise 'the disk is full'; end $$; "
        "create event trigger refuse on ddl_command_end when tag in ('CREATE TABLE') "
        "execute function refuse()"
    )
    try:
        with pytest.raises(PlatformError, match="the disk is full") as caught:
            move(here, there, late, "sales_owner")
    finally:
        there.execute("drop event trigger refuse")
    assert caught.value.where == "sales_products.late"
    assert late not in tables(there, ["sales_products"])
    assert move(here, there, late, "sales_owner").state == "copied"


def test_a_type_that_the_other_does_not_have_is_named(both: tuple[Server, Server]) -> None:
    here, there = both
    here.execute("create type sales_products.mood as enum ('sad', 'ok')")
    here.execute("create table sales_products.moods (m sales_products.mood)")
    with pytest.raises(PlatformError, match=r'sales_products\.mood" does not exist'):
        move(here, there, Table("sales_products", "moods"), "sales_owner")


def test_a_schema_that_is_not_there_is_told(both: tuple[Server, Server]) -> None:
    here, there = both
    here.execute("create schema other; create table other.t as select 1 as n")
    moved = move(here, there, Table("other", "t"), "sales_owner")
    assert (moved.state, moved.before) == ("no schema", 1)
