"""What the rows of a real table say, and the tests that follow from it."""

from __future__ import annotations

import pytest

from meshnew.dbt import profiling
from meshnew.dbt.profiling import Profile
from meshnew.dbt.proposals import chosen, proposals
from meshnew.errors import UsageError
from meshnew.operations.adding.staging import _renamed, _select
from meshnew.operations.session import Session
from tests.operations.conftest import sql

HOSTILE = """x"; drop table sales_raw.orders; --"""
TABLES = """
create table sales_raw.orders (
    id integer, status text, amount text, ordered_on text, code text, note text,
    "Ordered By" text, "order" integer, payload json
);
comment on table sales_raw.orders is 'One row for each order.';
comment on column sales_raw.orders.status is 'Where it stands.';
insert into sales_raw.orders
select n, case when n % 2 = 0 then 'open' else 'done' end, (n * 1.5)::text,
    (date '2026-01-01' + n)::text, lpad((n % 59)::text, 3, '0'), case when n > 1 then 'n' || n end,
    'C' || n, n % 4, '{}'
from generate_series(1, 60) as n;
create table sales_raw.readings (station text, taken_at timestamp, value numeric);
insert into sales_raw.readings
select 's' || n % 3, timestamp '2026-01-01' + n / 3 * interval '1 hour', n % 5
from generate_series(0, 29) as n;
create table sales_raw.nothing (id integer);
create table sales_raw."x""; drop table sales_raw.orders; --" (
    "x""; drop table sales_raw.orders; --" text
);
insert into sales_raw."x""; drop table sales_raw.orders; --" values ('a'), ('b');
"""


@pytest.fixture(scope="module")
def raw(session: Session) -> Session:
    """Raw tables as a loader leaves them."""
    sql(session, TABLES)
    return session


def look(session: Session, name: str) -> Profile:
    with session.embedded.warehouse() as connection:
        return profiling.profile(connection, profiling.tables(connection, "sales_raw")[name])


def said(profile: Profile) -> dict[str, tuple[bool, str]]:
    return {item.name: (item.holds, item.found) for item in proposals(profile)}


def test_a_table_is_described_as_the_warehouse_knows_it(raw: Session) -> None:
    table = look(raw, "orders").table
    assert table.description == "One row for each order."
    described = {column.name: (column.data_type, column.description) for column in table.columns}
    assert described["status"] == ("text", "Where it stands.")
    assert described["payload"] == ("json", "")


def test_tests_are_proposed_with_what_the_rows_say(raw: Session) -> None:
    found = said(look(raw, "orders"))
    assert found["primary_key:id"] == (True, "tells all 60 rows apart")
    assert found["accepted_values:status"] == (True, "done (30), open (30)")
    assert found["not_null:note"] == (False, "empty in 1 of 60 rows")
    assert found["unique:code"] == (False, "1 of 60 rows say again what another says")
    assert "accepted_values:note" not in found, "as many words as rows are no list of values"


def test_those_that_hold_are_taken_unless_some_are_named(raw: Session) -> None:
    proposed = proposals(look(raw, "orders"))
    taken = {item.name for item in chosen(proposed, None)}
    assert "primary_key:id" in taken
    assert "not_null:note" not in taken
    assert [item.name for item in chosen(proposed, ["not_null:note"])] == ["not_null:note"]
    assert chosen(proposed, []) == []
    with pytest.raises(UsageError) as refused:
        chosen(proposed, ["not_null:notes"])
    assert "not_null:note" in refused.value.fix


def test_two_columns_may_be_the_key_together(raw: Session) -> None:
    assert look(raw, "readings").key == ("station", "taken_at")


def test_of_an_empty_table_nothing_is_said(raw: Session) -> None:
    assert proposals(look(raw, "nothing")) == []


def test_a_name_that_is_an_attack_is_a_name(raw: Session) -> None:
    assert look(raw, HOSTILE).key == (HOSTILE,)
    assert look(raw, "orders").rows == 60


def test_of_a_big_table_the_first_rows_are_looked_at(
    raw: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiling, "ROWS", 20)
    profile = look(raw, "orders")
    assert (profile.rows, profile.whole) == (20, False)
    assert said(profile)["primary_key:id"] == (True, "tells all of the first 20 rows apart")


def test_a_table_that_takes_too_long_is_let_alone(
    raw: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql(
        raw,
        "create view sales_raw.slow as select pg_sleep(60)::text as id",
    )
    monkeypatch.setattr(profiling, "_PATIENCE", "50ms")
    with pytest.raises(UsageError, match="takes longer"):
        look(raw, "slow")


def test_looking_changes_nothing(raw: Session) -> None:
    sql(raw, "create function sales_raw.grow() returns integer language sql as "
             "'insert into sales_raw.nothing values (1); select 1'")  # fmt: skip
    sql(raw, "create view sales_raw.growing as select sales_raw.grow() as id")
    with pytest.raises(Exception, match="read-only transaction"):
        look(raw, "growing")
    assert sql(raw, "select count(*) from sales_raw.nothing") == [(0,)]


def test_a_staging_model_renames_and_types(raw: Session) -> None:
    profile = look(raw, "orders")
    names = _renamed(profile.table)
    assert [_select(column, names[column.name], profile) for column in profile.table.columns] == [
        "id as order_id",
        "status",
        "cast(amount as numeric) as amount",
        "cast(ordered_on as date) as ordered_on",
        "code",
        "note",
        '"Ordered By" as ordered_by',
        '"order" as order_order',
        "payload",
    ]


def test_relationships_count_what_leads_nowhere(raw: Session) -> None:
    with raw.embedded.warehouse() as connection:
        there = profiling.tables(connection, "sales_raw")
        orders, readings = there["orders"], there["readings"]
        assert profiling.orphans(connection, orders, "id", orders, "id") == 0
        assert profiling.orphans(connection, orders, "id", readings, "station") == 60
