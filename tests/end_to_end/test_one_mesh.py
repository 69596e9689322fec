"""One mesh from its first day to its last: two domains that read each other's products.

The tests are a story and run in order; each says what must hold at that point.
"""

from __future__ import annotations

import json
import os
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from meshnew.mesh import access
from meshnew.mesh.load import load
from tests.conftest import User
from tests.matrix import deviations

pytestmark = pytest.mark.xdist_group("one_mesh")

SPEC = """\
# {domain}: ours.
kind: domain
domains:
  {domain}:
    description: Data of {domain}
    owner: {{name: {member}, email: {member}@skyline.example}}
    team: {domain}-data
    members: [{member}]
consumes: [shared, {other}]  # both ways
"""


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """A mesh whose two domain projects are declared and not applied yet."""
    user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
    for domain, member, other in [("airports", "amir", "flights"), ("flights", "ada", "airports")]:
        spec = SPEC.format(domain=domain, member=member, other=other)
        (user.folder / "projects" / f"{domain}.yml").write_text(spec)
    with (user.folder / "mesh.yml").open("a") as stream:
        stream.write("readers: {tableau: {reads: [flights]}}\n")
    return user


def connect(mesh: User, who: str = "meshnew") -> psycopg.Connection[tuple[object, ...]]:
    return mesh.connect(who)


def relations(mesh: User, schema: str) -> set[str]:
    with connect(mesh) as server:
        rows = server.execute(
            "select relname from pg_class join pg_namespace n on n.oid = relnamespace "
            "where nspname = %s and relkind in ('r', 'v')",
            [schema],
        ).fetchall()
    return {str(name) for (name,) in rows}


def test_status_says_what_is_declared_and_not_there(mesh: User) -> None:
    answer = mesh.meshnew("status", "--json", code=3)
    pending = {item["name"]: item["pending"] for item in json.loads(answer.out)}
    assert "domain flights is not provisioned" in pending["flights"]
    assert "not rendered" in pending["flights"]


def test_plan_says_in_the_users_words_what_apply_would_do(mesh: User) -> None:
    answer = mesh.meshnew("plan", "flights", "--verbose", code=3)
    assert "will create schema flights_products" in answer.out
    assert "will render flights from template v0.1.0 and push it" in answer.out
    assert "flights consumes airports" in answer.out
    assert "pending" in answer.out
    assert 'resource "embedded_schema" "this"' in answer.out


def test_two_projects_that_need_each_other_are_created_in_one_apply(mesh: User) -> None:
    answer = mesh.meshnew("apply", "--all", "--yes")
    assert "will let airports read flights_products" in answer.err
    assert "will let flights read airports_products" in answer.err
    assert relations(mesh, "flights_products") == {"flights_example_v1"}
    assert relations(mesh, "airports_products") == {"airports_example_v1"}
    assert json.loads(mesh.meshnew("status", "--json").out)


def test_a_second_apply_changes_nothing(mesh: User) -> None:
    before = relations(mesh, "flights_products"), heads(mesh)
    assert "Nothing changed." in mesh.meshnew("apply", "--all", "--yes").out
    assert "Nothing to change" in mesh.meshnew("plan").out
    assert (relations(mesh, "flights_products"), heads(mesh)) == before


def heads(mesh: User) -> dict[str, str]:
    """Repository -> what its refs point to."""
    folder = mesh.folder / ".meshnew" / "embedded" / "repositories"
    return {
        path.stem: subprocess.run(
            ["git", f"--git-dir={path}", "for-each-ref"], capture_output=True, text=True, check=True
        ).stdout
        for path in sorted(folder.glob("*.git"))
    }


@pytest.fixture
def probes(mesh: User) -> Iterator[dict[str, str]]:
    """Schema -> a table made today by who makes tables in it, after all rights were granted."""
    spec = load(mesh.folder)
    made = {}
    with connect(mesh) as server:
        for domain, settings in spec.domains.items():
            for grant in access.domain_schemas(domain, settings.members):
                server.execute(f'set role "{grant.owner}"'.encode())
                server.execute(f'create table "{grant.name}".probe (x integer)'.encode())
                server.execute(b"reset role")
                made[grant.name] = f'"{grant.name}".probe'
    yield made
    with connect(mesh) as server:
        for table in made.values():
            server.execute(f"drop table {table}".encode())


def test_every_role_may_do_in_every_schema_what_the_access_model_says(
    mesh: User, probes: dict[str, str]
) -> None:
    """The whole matrix: each right is really tried, as the role, and rolled back."""
    spec = load(mesh.folder)
    schemas, memberships, roles = [], [], ["tableau", *spec.people]
    for domain, settings in spec.domains.items():
        schemas += access.domain_schemas(domain, settings.members)
        memberships += access.domain_memberships(domain, settings.members, spec.readers(domain))
        roles += [role.of(domain) for role in access.DOMAIN_ROLES]
    for name, project in spec.projects.items():
        if project.domains:
            memberships += access.project_memberships(name, project.domains, project.consumes)
            roles += [role.of(name) for role in access.PROJECT_ROLES]
    expected = access.rights(schemas, memberships, roles)
    with connect(mesh) as server:
        wrong = deviations(server, roles, probes, expected)
    assert not wrong


@pytest.mark.parametrize("role", ["ada", "flights_transformer", "flights_ci", "flights_loader"])
def test_nobody_creates_schemas_in_the_production_database(mesh: User, role: str) -> None:
    with connect(mesh, role) as server, pytest.raises(psycopg.errors.InsufficientPrivilege):
        server.execute("create schema mine")


def test_checks_get_their_own_schema_through_a_function_only(mesh: User) -> None:
    with connect(mesh, "flights_ci") as server:
        server.execute("select meshnew.create_ci_schema(7)")
        server.execute("create table ci_flights_7.x (y integer)")
        server.execute("select meshnew.drop_ci_schema(7)")
    with connect(mesh, "ada") as server, pytest.raises(psycopg.Error):
        server.execute("select meshnew.create_ci_schema(8)")


def test_what_dbt_built_belongs_to_the_domain(mesh: User) -> None:
    with connect(mesh) as server:
        owners = server.execute(
            "select distinct schemaname, tableowner from pg_tables where schemaname like 'flights%'"
        ).fetchall()
    assert set(owners) == {
        ("flights", "flights_owner"),
        ("flights_products", "flights_owner"),
    }


CONFIG = """\
models:
  - name: airports_from_flights
    description: What flights offers, as airports uses it.
    data_tests: [mesh_core.not_empty]
"""


def propose(mesh: User, project: str, files: dict[str, str], who: str, branch: str) -> int:
    """A team's change, with plain git; its number."""
    mesh.meshnew("clone", project, who=who)
    checkout = f"checkouts/{project}"
    mesh.run("git", "fetch", "-q", "origin", where=checkout)
    mesh.run("git", "checkout", "-q", "-B", branch, "origin/main", where=checkout)
    for name, text in files.items():
        path = mesh.folder / checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    mesh.run("git", "add", "-A", where=checkout)
    mesh.run("git", "commit", "-qm", f"Change {branch}", where=checkout)
    mesh.run("git", "push", "-q", "origin", branch, where=checkout)
    answer = mesh.meshnew("change", "open", project, "--branch", branch, "--json", who=who)
    return int(json.loads(answer.out)["number"])


def test_main_takes_no_direct_push_and_says_what_to_do(mesh: User) -> None:
    mesh.meshnew("clone", "airports", who="amir")
    mesh.run("git", "commit", "-q", "--allow-empty", "-m", "x", where="checkouts/airports")
    answer = mesh.run("git", "push", "origin", "main", where="checkouts/airports", code=1)
    assert "meshnew change open airports" in answer.err


def first_column(mesh: User) -> str:
    """A column of the starter's product, whatever the template calls it."""
    with connect(mesh) as server:
        row = server.execute(
            "select column_name from information_schema.columns "
            "where table_schema = 'flights_products' order by ordinal_position limit 1"
        ).fetchone()
    assert row
    return str(row[0])


def test_a_change_is_merged_by_an_owner_and_deployed(mesh: User) -> None:
    model = f"select {first_column(mesh)} from {{{{ ref('flights', 'flights_example') }}}}\n"
    files = {
        "models/airports/marts/airports_from_flights.sql": model,
        "models/airports/marts/airports_from_flights.yml": CONFIG,
    }
    number = propose(mesh, "airports", files, "amir", "use-flights")
    refused = mesh.meshnew("change", "merge", "airports", number, who="ada", code=1)
    assert "amir" in refused.err
    answer = mesh.merge("airports", number, who="amir")
    assert "Merged change" in answer.out
    assert "airports_from_flights" in relations(mesh, "airports")


def test_a_producers_redeploy_leaves_its_consumers_standing(mesh: User) -> None:
    mesh.meshnew("run", "flights", "deploy", who="ada")
    assert "airports_from_flights" in relations(mesh, "airports")


@pytest.mark.long
def test_a_view_on_anothers_product_is_refused_before_it_can_vanish(mesh: User) -> None:
    view = textwrap.dedent("""\
        models:
          - name: airports_from_flights
            description: A view, which a rebuild of flights would drop.
            config:
              materialized: view
        """)
    path = "models/airports/marts/airports_from_flights.yml"
    number = propose(mesh, "airports", {path: view}, "amir", "as-a-view")
    answer = mesh.meshnew("run", "airports", "ci", "--change", number, who="amir", code=1)
    assert "airports_from_flights" in answer.text
    assert "table" in answer.text
    answer = mesh.merge("airports", number, who="amir", code=1)
    assert "check ci failed" in answer.err
    mesh.meshnew("change", "close", "airports", number, who="amir")


@pytest.mark.long
def test_a_failing_test_fails_the_run_with_file_and_reason(mesh: User) -> None:
    files = {"tests/flights/flights_is_empty.sql": "select 1 as wrong\n"}
    number = propose(mesh, "flights", files, "ada", "bad-test")
    answer = mesh.meshnew("run", "flights", "ci", "--change", number, who="ada", code=1)
    assert "tests/flights/flights_is_empty.sql" in answer.text
    answer = mesh.merge("flights", number, who="ada", code=1)
    assert "check ci failed" in answer.err
    mesh.meshnew("change", "close", "flights", number, who="ada")


@pytest.mark.long
def test_the_warehouse_is_rebuilt_from_the_repositories_alone(mesh: User) -> None:
    with connect(mesh) as server:
        for schema in ("airports", "airports_products", "flights", "flights_products",
                       "shared", "shared_products"):  # fmt: skip
            server.execute(f'drop schema "{schema}" cascade'.encode())
    mesh.meshnew("apply", "--all", "--yes")
    answer = mesh.meshnew("run", "--all", "deploy", "--json")
    results = {item["project"]: item for item in json.loads(answer.out)}
    assert not any(item["waiting"] for item in results.values())
    assert "airports_from_flights" in relations(mesh, "airports")
    assert relations(mesh, "shared_products") == {"calendar_v1", "vocabulary_v1"}
    with connect(mesh, "amir") as server:
        assert server.execute("select count(*) from flights_products.flights_example_v1")


@pytest.mark.long
def test_a_second_domain_arrives_as_a_change_of_the_project(mesh: User) -> None:
    path = mesh.folder / "projects" / "airports.yml"
    path.write_text(
        path.read_text().replace(
            "consumes:",
            "  runways:\n"
            "    description: Runways\n"
            "    owner: {name: Ria, email: ria@skyline.example}\n"
            "    team: runways-data\n"
            "    members: [ria]\n"
            "consumes:",
        )
    )
    before = heads(mesh)["airports"]
    answer = mesh.meshnew("apply", "airports", "--yes")
    assert "will create schema runways_products" in answer.err
    assert "meshnew change merge airports" in answer.out
    assert before.splitlines()[-1] in heads(mesh)["airports"]
    changes = json.loads(mesh.meshnew("change", "list", "airports", "--json").out)
    assert len(changes) == 1
    assert "# airports: ours." in path.read_text()
    mesh.merge("airports", changes[0]["number"], who="amir")
    mesh.meshnew("clone", "airports")
    mesh.run("git", "fetch", "-q", where="checkouts/airports")
    tree = mesh.run(
        "git", "ls-tree", "-r", "--name-only", "origin/main", where="checkouts/airports"
    )
    assert "models/runways/" in tree.out
    owners = mesh.run("git", "show", "origin/main:CODEOWNERS", where="checkouts/airports")
    assert "@runways-data" in owners.out
    assert "Nothing to change" in mesh.meshnew("plan").out


@pytest.mark.long
@pytest.mark.parametrize("engine", ["bundled", "terraform"])
def test_another_engine_finds_everything_as_the_first_left_it(mesh: User, engine: str) -> None:
    if engine == "terraform" and not any(
        (Path(folder) / "terraform").exists() for folder in os.environ["PATH"].split(os.pathsep)
    ):
        pytest.skip("no terraform on PATH")
    answer = mesh.meshnew("plan", "--all", env={"MESHNEW_ENGINE": engine})
    assert "Nothing to change" in answer.out


def test_nothing_committed_kept_or_logged_names_a_folder_of_this_machine(mesh: User) -> None:
    needle = str(mesh.folder)
    home = mesh.folder / ".meshnew"
    kept = [*home.glob("stacks/**/*.tfstate"), *home.glob("stacks/**/main.tf.json")]
    kept += [*home.glob("log/*.jsonl"), *home.glob("runs/*/*.json")]
    assert kept
    assert not [str(path) for path in kept if needle in path.read_text()]
    for repository in (home / "embedded" / "repositories").glob("*.git"):
        objects = subprocess.run(
            ["git", f"--git-dir={repository}", "grep", "-l", needle, "main"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert objects.stdout == ""


def test_lost_records_are_found_again(mesh: User) -> None:
    with mesh.connect(database="meshnew_records") as server:
        server.execute("delete from projects")
        server.execute("delete from stacks")
    mesh.meshnew("status", code=3)
    mesh.meshnew("apply", "--all", "--yes")
    mesh.meshnew("status")


def test_a_project_that_others_consume_is_not_destroyed(mesh: User) -> None:
    answer = mesh.meshnew("destroy", "flights", "--yes", code=4)
    assert "airports" in answer.err
    assert "consumes" in answer.err
    assert relations(mesh, "flights_products")


def test_destroy_wants_the_name_typed(mesh: User) -> None:
    answer = mesh.meshnew("destroy", "--all", code=2)
    assert "Type `skyline`" in answer.err
    assert "--yes" in answer.err


def test_schemas_that_hold_tables_stay_unless_told_otherwise(mesh: User) -> None:
    path = mesh.folder / "projects" / "flights.yml"
    path.write_text(path.read_text().replace(", airports]", "]"))
    mesh.meshnew("apply", "flights", "--yes")
    answer = mesh.meshnew("destroy", "airports", "--yes")
    assert "keeps schema airports" in answer.err
    assert "airports_from_flights" in relations(mesh, "airports")
    assert not (mesh.folder / "projects" / "airports.yml").exists()
    assert "airports" not in heads(mesh)


def test_what_was_kept_can_be_dropped_later(mesh: User) -> None:
    answer = mesh.meshnew("destroy", "airports", "--with-data", "--yes")
    assert "will drop schema airports_products" in answer.err
    with connect(mesh) as server:
        rows = server.execute(
            "select rolname from pg_roles where rolname like 'airports%' union "
            "select nspname from pg_namespace where nspname like 'airports%'"
        ).fetchall()
    assert rows == []


def test_destroy_all_leaves_nothing(mesh: User) -> None:
    answer = mesh.meshnew("destroy", "--all", "--with-data", "--yes")
    assert "Done." in answer.out
    assert not (mesh.folder / ".meshnew").exists()
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert str(mesh.folder) not in running.stdout
