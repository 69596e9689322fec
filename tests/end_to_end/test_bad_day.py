"""A bad day: ten things were changed by hand at once. Each is named, all are healed, and
nothing else is touched."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conftest import User
from tests.operations.stacks.test_adopt import CATALOGUE

pytestmark = pytest.mark.long

RELATIONS = """
    select 'relation ' || nspname || '.' || relname || ' ' || pg_get_userbyid(relowner)
        || coalesce(array_to_string(array(select unnest(relacl)::text order by 1), ' '), '')
    from pg_class join pg_namespace n on n.oid = relnamespace
    where relkind in ('r', 'v') and nspname !~ '^pg_' and nspname <> 'information_schema'
    order by 1
"""
FORGE = (
    "select * from teams order by 1",
    "select * from team_members order by 1, 2",
    "select * from repository_access order by 1, 2",
    "select repository, branch from protections order by 1, 2",
    "select * from jobs order by 1, 2",
)


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """Sales publishes a product and stores reads it."""
    user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
    for domain, starter, consumes in (("sales", "example", "[]"), ("stores", "none", "[sales]")):
        data = ["-d", f"starter={starter}", "-d", f"consumes={consumes}"]
        data += ["-d", f"members=[{domain}_lead]"]
        user.meshnew("new", "domain", domain, *data, "--defaults", "--yes")
    return user


def connect(mesh: User, database: str) -> psycopg.Connection[tuple[Any, ...]]:
    return mesh.connect(database=database)


def repository(mesh: User, name: str) -> Path:
    return mesh.folder / ".meshnew" / "embedded" / "repositories" / f"{name}.git"


def main(mesh: User, name: str) -> str:
    return mesh.run("git", f"--git-dir={repository(mesh, name)}", "rev-parse", "main").out.strip()


def everything(mesh: User) -> list[Any]:
    """All that the mesh has: roles, schemas, relations and their rights, teams, jobs, mains."""
    with connect(mesh, "skyline") as warehouse, connect(mesh, "meshnew_records") as records:
        found: list[Any] = [
            warehouse.execute(query.encode()).fetchall() for query in (CATALOGUE, RELATIONS)
        ]
        found += [records.execute(query.encode()).fetchall() for query in FORGE]
    names = ("mesh", "template", "mesh_core", "shared", "sales", "stores")
    return [*found, {name: main(mesh, name) for name in names}]


def drift(mesh: User, *, code: int) -> list[str]:
    found = json.loads(mesh.meshnew("status", "--refresh", "--json", code=code).out)
    return [text for item in found for text in item["drift"]]


def break_things(mesh: User) -> None:
    with connect(mesh, "skyline") as warehouse:
        for statement in (
            "drop schema sales_products cascade",
            "alter schema stores owner to sales_lead",
            "revoke usage on schema sales_raw from sales_owner",
            "grant usage on schema stores_raw to sales_lead",
            "grant sales_owner to stores_lead",
        ):
            warehouse.execute(statement.encode())
    with connect(mesh, "meshnew_records") as records:
        records.execute("update jobs set command = 'true' where project = 'sales'")
        records.execute("insert into team_members values ('sales-data', 'mallory')")
    (repository(mesh, "sales") / "hooks" / "pre-receive").unlink()
    shared = f"--git-dir={repository(mesh, 'shared')}"
    edited = ["commit-tree", "-m", "By hand", "-p", "main", "main^{tree}"]
    commit = mesh.run("git", shared, *edited).out.strip()
    mesh.run("git", shared, "update-ref", "refs/heads/main", commit)
    shutil.rmtree(repository(mesh, "stores"))


def test_a_bad_day(mesh: User) -> None:
    assert drift(mesh, code=0) == []
    before = everything(mesh)
    break_things(mesh)
    assert sorted(drift(mesh, code=3)) == [
        "job deploy of sales was edited: command is true, not meshnew run sales deploy",
        "main of sales was removed, renamed or is no longer protected",
        "main of shared was edited by hand: 1 commit will be set aside",
        "mallory is in team sales-data, which the spec does not allow",
        "repository stores is gone",
        "sales_lead may use stores_raw, which the spec does not allow",
        "sales_owner may no longer use sales_raw",
        "schema sales_products is gone",
        "schema stores belongs to sales_lead, not to stores_owner",
        "stores_lead may build sales, which the spec does not allow",
    ]
    # The records tell it too, until it is healed.
    answer = mesh.meshnew("status", code=3)
    assert "Changed behind the spec's back:" in answer.out
    assert "repository stores is gone" in answer.out
    healed = mesh.meshnew("apply", "--all", "--yes")
    assert "will restore stores from .meshnew/work/stores" in healed.err
    assert "will deploy sales because schema sales_products is gone" in healed.err
    assert drift(mesh, code=0) == []
    mesh.meshnew("status")
    assert "Nothing to change" in mesh.meshnew("plan").out
    assert everything(mesh) == before


def test_a_repository_that_no_checkout_knows_is_rendered_anew(mesh: User) -> None:
    shutil.rmtree(repository(mesh, "stores"))
    shutil.rmtree(mesh.folder / ".meshnew" / "work" / "stores")
    assert drift(mesh, code=3) == ["repository stores is gone"]
    healed = mesh.meshnew("apply", "--all", "--yes")
    assert "will render stores anew from template" in healed.err
    assert "no checkout here knows what it held" in healed.err
    assert drift(mesh, code=0) == []


def test_work_that_was_merged_and_is_in_a_checkout_comes_back(mesh: User) -> None:
    mesh.meshnew("clone", "stores", who="stores_lead")
    where = "checkouts/stores"
    (mesh.folder / where / "NOTES.md").write_text("Ours.\n")
    for words in (
        ("checkout", "-q", "-b", "notes"), ("add", "-A"), ("commit", "-qm", "Notes"),
        ("push", "-q", "origin", "notes"),
    ):  # fmt: skip
        mesh.run("git", *words, where=where)
    path = f"--git-dir={repository(mesh, 'stores')}"
    mesh.meshnew("change", "open", "stores", "-b", "notes", who="stores_lead")
    mesh.meshnew("change", "approve", "stores", 1)
    mesh.meshnew("change", "merge", "stores", 1, "--no-deploy", who="stores_lead")
    mesh.run("git", "fetch", "-q", where=where)
    known = main(mesh, "stores")
    shutil.rmtree(repository(mesh, "stores"))
    healed = mesh.meshnew("apply", "--all", "--yes")
    assert "will restore stores from checkouts/stores, as of" in healed.err
    assert main(mesh, "stores") == known
    assert mesh.run("git", path, "show", "main:NOTES.md").out == "Ours.\n"


def test_a_dropped_table_of_a_product_is_found_and_built_again(mesh: User) -> None:
    with connect(mesh, "skyline") as warehouse:
        warehouse.execute("drop table sales_products.sales_example_v1")
    assert drift(mesh, code=3) == ["sales_products.sales_example_v1 is gone"]
    assert "will deploy sales because" in mesh.meshnew("apply", "sales", "--yes").err
    assert drift(mesh, code=0) == []


def test_a_repository_that_somebody_filled_gets_the_template_as_a_change(mesh: User) -> None:
    old, bare = mesh.folder / "old", str(repository(mesh, "parts"))
    mesh.run("git", "init", "-q", "-b", "main", "old")
    mesh.run("git", "init", "-q", "--bare", "-b", "main", bare)
    (old / "README.md").write_text("Years of work.\n")
    (old / "query.sql").write_text("select 1\n")
    for words in (("add", "-A"), ("commit", "-qm", "Ours"), ("push", "-q", bare, "main")):
        mesh.run("git", *words, where="old")
    shutil.rmtree(old)
    data = ["-d", "starter=none", "-d", "consumes=[]", "-d", "members=[parts_lead]"]
    made = mesh.meshnew("new", "domain", "parts", *data, "--defaults", "--yes")
    assert "will open a change in parts that brings the template" in made.text
    path = f"--git-dir={repository(mesh, 'parts')}"
    assert mesh.run("git", path, "show", "main:README.md").out == "Years of work.\n"
    branch = "meshnew/render"
    assert mesh.run("git", path, "show", f"{branch}:query.sql").out == "select 1\n"
    assert mesh.run("git", path, "show", f"{branch}:dbt_project.yml").out
    assert "waits for an owner to merge change 1 of parts" in mesh.meshnew("plan", code=3).out
