"""A mesh provisioned by real Terraform: the rights in the database, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from meshnew.embedded.records import LOCK
from meshnew.errors import PlatformError
from tests.terraform.conftest import Skyline

STACKS = [
    ("mesh", "skyline"),
    ("domain", "flights"),
    ("domain", "airports"),
    ("project", "flights"),
    ("project", "airports"),
]


@pytest.fixture(scope="module")
def built(skyline: Skyline) -> Skyline:
    """Each schema of flights holds a table made by whoever builds there, after the grants."""
    skyline.sql(
        "create table flights.legs as select 1 as x", "flights_transformer", "flights_owner"
    )
    skyline.sql(
        "create table flights_products.delays_v1 as select 1 as x",
        "flights_transformer",
        "flights_owner",
    )
    skyline.sql("create table flights_raw.departures as select 1 as x", "flights_loader")
    skyline.sql("create table flights_dev_ada.legs as select 1 as x", "ada")
    return skyline


TABLES = {
    "flights": "flights.legs",
    "products": "flights_products.delays_v1",
    "raw": "flights_raw.departures",
    "dev": "flights_dev_ada.legs",
}


def allowed(skyline: Skyline, user: str, statement: str) -> bool:
    try:
        with skyline.embedded.warehouse(user) as connection:
            connection.autocommit = False
            connection.execute(statement.encode())
            connection.rollback()
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


@pytest.mark.parametrize(
    ("user", "reads", "writes"),
    [
        ("flights_transformer", {"flights", "products", "raw"}, {"flights", "products"}),
        ("flights_ci", {"flights", "products", "raw"}, set()),
        ("flights_loader", {"raw"}, {"raw"}),
        ("ada", {"flights", "products", "raw", "dev"}, {"dev"}),
        ("grace", {"products"}, set()),
        ("airports_transformer", {"products"}, set()),
        ("airports_ci", {"products"}, set()),
        ("airports_loader", set(), set()),
        ("tableau", {"products"}, set()),
    ],
)
def test_each_identity_may_do_just_what_the_model_says(
    built: Skyline, user: str, reads: set[str], writes: set[str]
) -> None:
    for kind, table in TABLES.items():
        assert allowed(built, user, f"select * from {table}") == (kind in reads), kind
        assert allowed(built, user, f"insert into {table} values (2)") == (kind in writes), kind
        assert allowed(built, user, f"drop table {table}") == (kind in writes), kind
        new = f"create table {table.partition('.')[0]}.new (x int)"
        assert allowed(built, user, new) == (kind in writes), kind


@pytest.mark.parametrize("user", ["flights_transformer", "flights_ci", "flights_loader", "ada"])
def test_nobody_makes_schemas_but_everybody_may_make_temporary_tables(
    skyline: Skyline, user: str
) -> None:
    assert not allowed(skyline, user, "create schema mine")
    assert not allowed(skyline, user, "create table public.mine (x int)")
    assert allowed(skyline, user, "create temporary table mine (x int)")
    with pytest.raises(PlatformError, match="permission denied"):
        skyline.embedded.postgres.connect("meshnew_records", user=user)


def test_ci_makes_and_drops_only_schemas_of_its_own_project(skyline: Skyline) -> None:
    made = skyline.sql("select meshnew.create_ci_schema(7)", "flights_ci")
    assert made == [("ci_flights_7",)]
    skyline.sql("create table ci_flights_7.x as select 1", "flights_ci")
    skyline.sql("select meshnew.create_ci_schema(7)", "flights_ci")
    assert not allowed(skyline, "airports_ci", "drop schema ci_flights_7 cascade")
    assert not allowed(skyline, "ada", "select meshnew.create_ci_schema(8)")
    skyline.sql("select meshnew.drop_ci_schema(7)", "airports_ci")
    assert skyline.sql("select to_regnamespace('ci_flights_7') is not null") == [(True,)]
    skyline.sql("select meshnew.drop_ci_schema(7)", "flights_ci")
    assert skyline.sql("select to_regnamespace('ci_flights_7') is null") == [(True,)]


def test_the_platform_remembers_teams_access_protection_and_jobs(skyline: Skyline) -> None:
    def rows(query: str) -> list[tuple[object, ...]]:
        with skyline.embedded.records() as records:
            return records.execute(query.encode()).fetchall()

    assert rows("select * from team_members order by team") == [
        ("airports_data", "grace"),
        ("flights_data", "ada"),
        ("platform", "grace"),
    ]
    assert rows(
        "select team, permission from repository_access where repository = 'flights' order by 1"
    ) == [
        ("flights_data", "write"),
        ("platform", "maintain"),
    ]
    assert rows("select repository from protections order by 1") == [("airports",), ("flights",)]
    assert rows("select name, schedule from jobs where project = 'flights' order by 1") == [
        ("daily", "0 6 * * *"),
        ("deploy", None),
    ]
    assert skyline.embedded.git.names() == ["airports", "flights", "interfaces"]
    assert skyline.embedded.git.protected("flights") == ["main"]


def test_every_engine_finds_nothing_to_change(built: Skyline, engine: str) -> None:
    before, built.engine = built.engine, engine
    try:
        for layer, name in STACKS:
            stack = built.stack(layer, name)
            stack.run("init")
            assert stack.changes() == {}
    finally:
        built.engine = before


def test_a_layers_stacks_are_applied_at_once(open_skyline: Skyline, tmp_path: Path) -> None:
    """Parallel grants fail in Postgres unless serialised."""
    skyline = open_skyline.at(tmp_path)
    names = [f"crowd{n}" for n in range(5)]
    stacks = [skyline.domain(name, [], [], {}) for name in names]
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda stack: stack.apply(), stacks))
        assert [stack.changes() for stack in stacks] == [{}] * 5
        list(pool.map(lambda stack: stack.destroy(), stacks))


IMPORTED = {
    "warehouse.embedded_schema.this['flights']": "skyline/flights",
    "warehouse.embedded_schema_access.this['flights_products']": "skyline/flights_products",
    "warehouse.embedded_role.this['flights_owner']": "flights_owner",
    "warehouse.embedded_role_members.this['flights_owner']": "flights_owner",
    "warehouse.embedded_membership.this['flights_developer/ada']": "flights_developer/ada",
    "forge.embedded_team.this['flights_data']": "flights_data",
}


def test_what_is_there_can_be_imported(built: Skyline) -> None:
    stack = built.stack("domain", "flights")
    ids = {address.replace("'", '"'): key for address, key in IMPORTED.items()}
    stack.run("state", "rm", *(f"module.{address}" for address in ids))
    for address, key in ids.items():
        stack.run("import", "-input=false", f"module.{address}", key)
    # Who may be a member is a matter of the spec: the database cannot tell.
    assert stack.changes() == {'warehouse.embedded_role_members.this["flights_owner"]': "update"}
    stack.settle()


def test_an_import_of_nothing_says_so(skyline: Skyline) -> None:
    stack = skyline.stack("domain", "flights")
    address = 'module.warehouse.embedded_role.this["flights_owner"]'
    stack.run("state", "rm", address)
    assert "there is no embedded_role nobody_here" in stack.run(
        "import", "-input=false", address, "nobody_here", fails=True
    )
    # After a crash between an effect and its note in the state, the same apply carries on.
    stack.changes()
    stack.settle()


def test_an_interrupted_terraform_leaves_the_provider_to_the_others(
    open_skyline: Skyline, tmp_path: Path
) -> None:
    stack = open_skyline.at(tmp_path).domain("patient", [], [], {})
    with open_skyline.embedded.postgres.connect("postgres") as server:
        server.execute("select pg_advisory_lock(%s)", [LOCK])
        terraform = subprocess.Popen(
            [stack.engine, "apply", "-auto-approve", "-input=false", "-no-color"],
            cwd=stack.folder,
            env=os.environ | stack.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert terraform.stdout is not None
        assert any("embedded_role" in line and "Creating" in line for line in terraform.stdout)
        terraform.send_signal(signal.SIGINT)
        assert any("Interrupt received" in line for line in terraform.stdout)
        server.execute("select pg_advisory_unlock(%s)", [LOCK])
        terraform.communicate()
    stack.apply()
    assert stack.changes() == {}
    stack.destroy()


def test_a_platform_that_does_not_answer_is_said_so(skyline: Skyline) -> None:
    skyline.embedded.postgres.stop()
    try:
        said = skyline.stack("domain", "flights").run("plan", "-input=false", fails=True)
    finally:
        skyline.embedded.start()
    assert "cannot connect to database" in said
    assert "embedded_role flights_owner" in said
