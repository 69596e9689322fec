"""People and BI tools that only read: what they are given, and nothing else, ever.

The tests are a story and run in order: readers come, get more, get less, and leave, all by
mesh.yml and `apply`. After each step every right is really tried, by every reader, in every
schema of the database.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import psycopg
import pytest

from tests.conftest import User

pytestmark = pytest.mark.long

Server = psycopg.Connection[tuple[object, ...]]
SPEC = """\
kind: domain
domains:
  sales:
    description: What was sold
    owner: {name: Sally, email: sally@skyline.example}
    team: sales-data
    members: [sally]
answers: {starter: none}
"""
ATTEMPTS = {
    "select": "select * from {table}",
    "insert": "insert into {table} values (2)",
    "update": "update {table} set x = 3",
    "delete": "delete from {table}",
    "truncate": "truncate {table}",
    "drop": "drop table {table}",
    "create": "create table {schema}.mine (x int)",
    "create schema": "create schema mine",
}

# Everybody may name what is in them: nothing in the one, the functions for checks in the
# other, which refuse whoever is no project's check.
NAMED_BY_ALL = {"public", "meshnew"}


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """A mesh with the calendar and the domain sales; tableau reads the one, paul both."""
    user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
    (user.folder / "projects" / "sales.yml").write_text(SPEC)
    declare(user, tableau="sales", paul="sales, shared")
    user.meshnew("apply", "--all", "--yes")
    return user


def declare(mesh: User, **readers: str) -> None:
    """Write the readers of mesh.yml, in place of those that stand there."""
    path = mesh.folder / "mesh.yml"
    lines = [f"  {name}: {{reads: [{domains}]}}\n" for name, domains in readers.items()]
    path.write_text(path.read_text().partition("readers:")[0] + "readers:\n" + "".join(lines))


def described(mesh: User, who: str, *flags: str) -> dict[str, object]:
    return dict(json.loads(mesh.meshnew("connect", who, "--json", *flags).out))


def connect(mesh: User, who: str = "meshnew", database: str = "skyline") -> Server:
    return mesh.connect(who, database)


def read_only(mesh: User, *readers: str) -> dict[str, set[str]]:
    """Reader -> schemas it reads; fails if it may do anything else anywhere.

    In each schema its own maker makes a table now, after all rights were granted.
    """
    with connect(mesh) as server:
        rows = server.execute(
            "select nspname, pg_get_userbyid(nspowner) from pg_namespace "
            "where nspname !~ '^pg_' and nspname <> 'information_schema'"
        ).fetchall()
        makers = {str(schema): str(maker) for schema, maker in rows}
        _as_makers(server, makers, "create table {schema}.probe as select 1 as x")
    try:
        return {who: _reads(mesh, who, makers) for who in readers}
    finally:
        with connect(mesh) as server:
            _as_makers(server, makers, "drop table {schema}.probe")


def _as_makers(server: Server, makers: dict[str, str], statement: str) -> None:
    for schema, maker in makers.items():
        server.execute(f'set role "{maker}"'.encode())
        server.execute(statement.format(schema=f'"{schema}"').encode())
        server.execute(b"reset role")


def _reads(mesh: User, who: str, schemas: Iterable[str]) -> set[str]:
    read, more = set(), []
    with connect(mesh, who) as server:
        for schema in schemas:
            rights = {right for right in ATTEMPTS if _may(server, schema, right)}
            usage = server.execute("select has_schema_privilege(%s, 'usage')", [schema])
            if usage.fetchone() == (True,) and schema not in NAMED_BY_ALL:
                rights.add("usage")
            if rights == {"select", "usage"}:
                read.add(schema)
            elif rights:
                more.append((schema, sorted(rights)))
    assert more == [], who
    return read


def _may(server: Server, schema: str, right: str) -> bool:
    statement = ATTEMPTS[right].format(schema=f'"{schema}"', table=f'"{schema}".probe')
    try:
        with server.transaction(force_rollback=True):
            server.execute(statement.encode())
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def test_readers_read_the_products_they_are_given_and_nothing_else(mesh: User) -> None:
    assert read_only(mesh, "tableau", "paul") == {
        "tableau": {"sales_products"},
        "paul": {"sales_products", "shared_products"},
    }


@pytest.mark.parametrize("reader", ["tableau", "paul"])
def test_a_reader_gets_nowhere_by_other_ways(mesh: User, reader: str) -> None:
    with connect(mesh, reader) as server:
        for statement in (
            "select meshnew.create_ci_schema(1)",
            "set role sales_owner",
            "set role sally",
            "create role mine",
            "grant sales_consumer to sally",
            "copy (select 1) to program 'true'",
            "select pg_read_file('PG_VERSION')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                server.execute(statement.encode())
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        connect(mesh, reader, "meshnew_records")


def test_connect_says_what_a_reader_needs_and_finds(mesh: User) -> None:
    found = described(mesh, "paul")
    assert found["what"] == "reader"
    assert (found["user"], found["database"], found["port"]) == ("paul", "skyline", 5432)
    assert found["reads"] == ["sales_products", "shared_products"]
    assert found["writes"] == []
    assert found["products"] == ["shared_products.calendar_v1", "shared_products.vocabulary_v1"]
    own = mesh.meshnew("connect", "paul", "--password").out.strip()
    assert own not in " ".join(map(str, found.values()))
    assert described(mesh, "paul", "--password") == found | {"password": own}
    shown = mesh.meshnew("connect", "paul", who="somebody_else").out
    assert str(found["psql"]) in shown
    assert "junixsocket" in shown


def test_every_line_that_connect_prints_works_when_it_is_pasted(mesh: User) -> None:
    found = described(mesh, "paul")
    query = "select current_user || ' ' || count(*) from shared_products.calendar_v1"
    pasted = mesh.run("sh", "-c", f"{found['psql']} -Atc {shlex.quote(query)}")
    assert pasted.out == "paul 7670\n"
    psql = shlex.split(str(found["psql"]))[0]
    assert found["url"] in shlex.split(str(found["psql"]))
    assert mesh.run(psql, str(found["url"]), "-Atc", query).out == pasted.out
    program = f"import psycopg\nprint({found['python']}.execute({query!r}).fetchone()[0])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == pasted.out


def test_connect_serves_members_the_platform_team_and_loaders_too(mesh: User) -> None:
    sally = described(mesh, "sally")
    assert sally["what"] == "member of sales"
    assert sally["writes"] == ["sales_dev_sally"]
    assert sally["reads"] == ["sales", "sales_products", "sales_raw"]
    assert sally["dbt"] == "meshnew shell sales --as sally"
    assert "platform team" in str(described(mesh, "grace")["what"])
    assert described(mesh, "sales_loader")["writes"] == ["sales_raw"]


def test_a_name_that_nobody_has_gets_the_nearest(mesh: User) -> None:
    assert "Did you mean `tableau`?" in mesh.meshnew("connect", "tablaeu", code=2).err
    answer = mesh.meshnew("connect", "xyz", code=2)
    assert "no login `xyz` in mesh skyline" in answer.err
    assert "readers" in answer.err


def test_a_reader_who_is_declared_waits_for_apply(mesh: User) -> None:
    declare(mesh, tableau="sales", paul="sales, shared", superset="shared")
    assert "meshnew apply --all" in mesh.meshnew("connect", "superset", code=2).err
    plan = mesh.meshnew("plan", code=3).out
    assert "will create login superset" in plan
    assert "will let superset read shared_products" in plan
    mesh.meshnew("apply", "--all", "--yes")
    assert read_only(mesh, "tableau", "superset") == {
        "tableau": {"sales_products"},
        "superset": {"shared_products"},
    }


def test_a_domain_is_taken_from_a_reader_even_while_it_is_connected(mesh: User) -> None:
    declare(mesh, tableau="sales", paul="shared", superset="shared")
    with connect(mesh, "paul") as open_before:
        assert "no longer let paul read sales_products" in mesh.meshnew("plan", code=3).out
        mesh.meshnew("apply", "--all", "--yes")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            open_before.execute("create table sales_products.mine (x int)")
        assert open_before.execute("select count(*) from shared_products.calendar_v1").fetchone()
    assert read_only(mesh, "paul") == {"paul": {"shared_products"}}
    assert "sales" not in str(described(mesh, "paul")["reads"])


def test_a_reader_who_leaves_has_no_login_any_more(mesh: User) -> None:
    declare(mesh, paul="shared", superset="shared")
    assert "will drop login tableau" in mesh.meshnew("apply", "--all", "--yes").err
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        connect(mesh, "tableau")
    passfile = Path(str(described(mesh, "paul")["passfile"]))
    assert ":paul:" in passfile.read_text()
    assert ":tableau:" not in passfile.read_text()
    mesh.meshnew("connect", "tableau", code=2)
    assert "Nothing to change" in mesh.meshnew("plan").out
    assert read_only(mesh, "paul", "superset") == {
        "paul": {"shared_products"},
        "superset": {"shared_products"},
    }
