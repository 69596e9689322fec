"""warehouse/postgres: what it plans, carried out on a real server, is the access model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from meshnew.embedded.postgres import Postgres
from tests.matrix import Connection, deviations
from tests.terraform import scenario
from tests.terraform.postgres_sql import carry_out
from tests.terraform.real import MODULES, Plan, Real, Step

KIND = "postgres"
MESH = scenario.THREE
PROVISIONER = "meshnew_provisioner"


@pytest.fixture(scope="module")
def plans(real: Real) -> dict[str, Plan]:
    """Layer and name -> plan of everything in a mesh of three domains."""
    mesh = real.plans(
        f"warehouse/{KIND}/mesh", {"mesh_skyline": scenario.mesh_variables(KIND, MESH)}
    )
    domains = {f"domain_{name}": scenario.domain_variables(KIND, MESH, name) for name in MESH}
    projects = {f"project_{name}": scenario.project_variables(KIND, MESH, name) for name in MESH}
    return (
        mesh
        | real.plans(f"warehouse/{KIND}/domain", domains)
        | real.plans(f"warehouse/{KIND}/project", projects)
    )


@pytest.fixture(scope="module")
def server(plans: dict[str, Plan], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server with all plans carried out by an identity that has what the README says."""
    readme = (MODULES / "warehouse" / KIND / "README.md").read_text()
    needs = readme.partition("<!-- needs -->\n```sql\n")[2].partition("```")[0]
    found = Postgres(tmp_path_factory.mktemp("postgres") / "server")
    found.start()
    try:
        with found.connect("postgres") as superuser:
            superuser.execute(needs.encode())
            found.passwords.give_missing(superuser)
        with found.connect("postgres", user=PROVISIONER) as connection:
            connection.execute('create database "skyline"')
        with found.connect("skyline", user=PROVISIONER) as connection:
            for plan in plans.values():
                carry_out(connection, plan)
        with found.connect("postgres") as superuser:
            found.passwords.give_missing(superuser)
        yield found
    finally:
        found.stop()


@pytest.fixture
def admin(server: Postgres) -> Iterator[Connection]:
    with server.connect("skyline") as connection:
        yield connection


def test_every_role_may_do_in_every_schema_what_the_access_model_says(admin: Connection) -> None:
    probes = {}
    for grant in scenario.schemas(MESH):  # made after all was granted: future tables count
        admin.execute(f'set role "{grant.owner}"'.encode())
        admin.execute(f'create table "{grant.name}".probe (x integer)'.encode())
        admin.execute(b"reset role")
        probes[grant.name] = f'"{grant.name}".probe'
    assert not deviations(admin, scenario.everybody(MESH), probes, scenario.expected(MESH))


def test_nobody_makes_schemas_but_ci_its_own(server: Postgres) -> None:
    def sql(user: str, statement: str) -> list[tuple[Any, ...]]:
        with server.connect("skyline", user=user) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    for user in ("ada", "flights_transformer", "flights_ci"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            sql(user, "create schema mine")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            sql(user, "create table public.mine (x integer)")
    assert sql("flights_ci", "select meshnew.create_ci_schema(7)") == [("ci_flights_7",)]
    sql("flights_ci", "create table ci_flights_7.x (y integer)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sql("airports_ci", "select * from ci_flights_7.x")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="not the CI identity"):
        sql("ada", "select meshnew.create_ci_schema(8)")
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="a number from 1"):
        sql("flights_ci", "select meshnew.create_ci_schema(-1)")
    assert sql("flights_ci", "select meshnew.drop_ci_schema(7)") == [("ci_flights_7",)]


def test_the_functions_of_ci_run_nothing_of_their_caller(server: Postgres) -> None:
    """They run as their owner: what a caller puts before pg_catalog must not be found."""
    with server.connect("skyline", user="flights_ci") as connection:
        connection.execute("select meshnew.create_ci_schema(9)")
        for function in ("format(text, text, integer)", "format(text, name)"):
            connection.execute(
                f"create function ci_flights_9.{function} returns text language plpgsql "
                "as $$ begin raise exception 'mine'; end $$".encode()
            )
        connection.execute("create domain ci_flights_9.text as integer")
    with server.connect("skyline", user="flights_ci") as connection:  # nothing compiled yet
        connection.execute("set search_path = ci_flights_9, pg_catalog")
        made = connection.execute("select meshnew.create_ci_schema(10)").fetchone()
        assert made == ("ci_flights_10",)
        assert connection.execute("show search_path").fetchone() == ("ci_flights_9, pg_catalog",)


def test_a_member_and_a_consumer_leave(real: Real, plans: dict[str, Plan]) -> None:
    fewer = {"flights": scenario.Domain(("ada",), (), ())}
    left = real.plans(
        f"warehouse/{KIND}/domain",
        {
            "before": Step(scenario.domain_variables(KIND, scenario.ONE, "flights")),
            "after": scenario.domain_variables(KIND, fewer, "flights"),
        },
    )["after"]
    assert left.actions == {
        'postgresql_grant_role.this["flights_consumer/tableau"]': "delete",
        'postgresql_grant_role.this["flights_developer/grace"]': "delete",
        'postgresql_schema.this["flights_dev_grace"]': "delete",
    }
    joined = plans["project_flights"].of("postgresql_grant_role")
    assert "airports_consumer/flights_owner" in joined


def test_schemas_keep_their_tables_unless_told_otherwise(
    real: Real, plans: dict[str, Plan]
) -> None:
    kept = plans["domain_flights"].of("postgresql_schema")
    assert {schema["drop_cascade"] for schema in kept.values()} == {False}
    variables = scenario.domain_variables(KIND, scenario.ONE, "flights") | {"drop_data": True}
    dropped = real.plans(f"warehouse/{KIND}/domain", {"drop": variables})["drop"]
    schemas = dropped.of("postgresql_schema").values()
    assert {schema["drop_cascade"] for schema in schemas} == {True}


def test_no_role_has_a_password_or_a_power(plans: dict[str, Plan]) -> None:
    powers = ("superuser", "create_role", "create_database", "replication", "password")
    for plan in plans.values():
        for role in plan.of("postgresql_role").values():
            assert not any(role.get(power) for power in powers), role["name"]


def test_an_existing_database_is_used_as_it_is(real: Real) -> None:
    variables = scenario.mesh_variables(KIND, scenario.ONE) | {
        "settings": {"create_database": False}
    }
    plan = real.plans("warehouse/postgres/mesh", {"found": variables})["found"]
    assert not plan.of("postgresql_database")
    assert plan.of("postgresql_grant", "connect")[""]["database"] == "skyline"


def test_somebody_whom_the_server_knows_by_another_name(real: Real) -> None:
    logins = {"ada": {"principal": "ada@skyline.test"}, "grace": {}}
    variables = scenario.mesh_variables(KIND, scenario.ONE) | {"logins": logins}
    plan = real.plans("warehouse/postgres/mesh", {"named": variables})["named"]
    connects = {role["name"] for role in plan.all("postgresql_role") if role["login"]}
    assert connects == {"ada@skyline.test", "grace"}
    assert plan.all("postgresql_grant_role") == [
        {"grant_role": "ada", "role": "ada@skyline.test", "with_admin_option": None}
    ]


def test_there_is_no_second_database(real: Real) -> None:
    databases = {"databases": {"development": "skyline_dev"}}
    said = real.refusals(
        "warehouse/postgres/mesh",
        {"two": scenario.mesh_variables(KIND, scenario.ONE) | databases},
    )
    assert "PostgreSQL reads across no two databases" in said["two"]


def test_the_longest_names_fit(real: Real) -> None:
    domain = "f" * (63 - len("_developer"))
    mesh = {domain: scenario.Domain()}
    variables = scenario.domain_variables(KIND, mesh, domain)
    assert real.plans("warehouse/postgres/domain", {"longest": variables})
    longer = scenario.domain_variables(KIND, {f"{domain}x": scenario.Domain()}, f"{domain}x")
    said = real.refusals("warehouse/postgres/domain", {"longer": longer})["longer"]
    assert "a name ends at 63 characters" in said
