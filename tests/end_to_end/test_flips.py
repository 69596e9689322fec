"""A model becomes a product, is read by others, and is taken back: one mesh, a story in order."""

from __future__ import annotations

import json
import subprocess

import psycopg
import pytest

from tests.conftest import User

pytestmark = [pytest.mark.xdist_group("flips"), pytest.mark.long]

SPEC = """\
kind: domain
domains:
  {domain}:
    description: Data of {domain}
    owner: {{name: {member}, email: {member}@skyline.example}}
    team: {domain}-data
    members: [{member}]
consumes: [{consumes}]
"""

DELAYS = """\
models:
  - name: delays
    description: Flights that were late.
    config:
      access: {access}
      contract: {{enforced: true}}
    columns:
      - {{name: carrier, data_type: text, description: Who flew.}}
      - {{name: minutes, data_type: integer, data_tests: [not_null]}}
"""

AVERAGE = "select carrier, minutes from {{ ref('flights', 'delays') }}\n"


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """Two projects: airports and the tool tableau read the products of flights."""
    user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
    for domain, member, consumes in [("airports", "amir", "flights"), ("flights", "ada", "")]:
        spec = SPEC.format(domain=domain, member=member, consumes=consumes)
        (user.folder / "projects" / f"{domain}.yml").write_text(spec)
    with (user.folder / "mesh.yml").open("a") as stream:
        stream.write("readers: {tableau: {reads: [flights]}}\n")
    user.meshnew("apply", "flights", "airports", "--yes")
    return user


def land(mesh: User, project: str, files: dict[str, str]) -> None:
    """Bring files to a project's main as if merged; how that goes is told elsewhere."""
    bare = mesh.folder / ".meshnew" / "embedded" / "repositories" / f"{project}.git"
    work = mesh.folder / "scratch" / project
    if not work.exists():
        subprocess.run(["git", "clone", "-q", bare, work], check=True)
    for name, text in files.items():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(text)
    for words in (["add", "-A"], ["commit", "-qm", "Files"]):
        subprocess.run(["git", *words], cwd=work, check=True)
    subprocess.run(["git", f"--git-dir={bare}", "fetch", "-q", work, "main:main"], check=True)


def connect(mesh: User, who: str = "meshnew") -> psycopg.Connection[tuple[object, ...]]:
    return mesh.connect(who)


def may_read(mesh: User, who: str, relation: str) -> bool:
    with connect(mesh, who) as server:
        try:
            server.execute(f"select * from {relation}".encode())
        except psycopg.Error:
            return False
    return True


def there(mesh: User, *schemas: str) -> set[str]:
    with connect(mesh) as server:
        rows = server.execute(
            "select schemaname || '.' || tablename from pg_tables where schemaname = any(%s) "
            "union select schemaname || '.' || viewname from pg_views where schemaname = any(%s)",
            [list(schemas), list(schemas)],
        ).fetchall()
    return {str(name) for (name,) in rows}


def product(mesh: User, name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(mesh.meshnew("product", "show", name, "--json").out)
    return found


def test_a_private_model_is_nobodys_but_the_teams(mesh: User) -> None:
    land(
        mesh,
        "flights",
        {
            "models/flights/marts/delays.sql": "select 'AA'::text as carrier, 7 as minutes\n",
            "models/flights/marts/delays.yml": DELAYS.format(access="private"),
        },
    )
    mesh.meshnew("run", "flights", "deploy", who="ada")
    assert may_read(mesh, "ada", "flights.delays")
    assert not may_read(mesh, "tableau", "flights.delays")
    mesh.meshnew("product", "show", "delays", code=2)


def test_a_public_model_opens_with_the_next_deploy_and_only_then(mesh: User) -> None:
    land(mesh, "flights", {"models/flights/marts/delays.yml": DELAYS.format(access="public")})
    assert not may_read(mesh, "tableau", "flights_products.delays")
    mesh.meshnew("run", "flights", "deploy", who="ada")
    assert may_read(mesh, "tableau", "flights_products.delays")
    assert may_read(mesh, "amir", "flights_products.delays")
    assert not may_read(mesh, "tableau", "flights.stg_flights__example")


def test_what_it_left_in_the_private_schema_is_gone(mesh: User) -> None:
    assert "flights.delays" not in there(mesh, "flights")
    assert there(mesh, "flights")  # what is still built stays


def test_others_read_it_and_the_product_says_who(mesh: User) -> None:
    land(mesh, "airports", {"models/airports/marts/late.sql": AVERAGE})
    mesh.meshnew("run", "airports", "deploy", who="amir")
    shown = product(mesh, "flights.delays")
    assert shown["projects"] == ["airports"]
    assert shown["readers"] == ["tableau"]
    assert shown["rows"] == 1
    assert shown["owner"] == {"name": "ada", "email": "ada@skyline.example"}
    assert [test["status"] for test in shown["tests"]] == ["pass"]  # type: ignore[attr-defined]
    page = mesh.meshnew("product", "show", "delays").out
    assert "{{ ref('flights', 'delays') }}" in page
    assert "read by     airports, reader tableau" in page


def test_a_name_that_is_nearly_right_is_suggested(mesh: User) -> None:
    assert "`delays`" in mesh.meshnew("product", "show", "delay", code=2).err
    listed = json.loads(mesh.meshnew("product", "list", "--domain", "flights", "--json").out)
    assert [item["key"] for item in listed] == ["flights.delays", "flights.flights_example.v1"]


def take_back(mesh: User) -> None:
    """delays is private again, and the first version of the example is past its date."""
    example = mesh.folder / "scratch/flights/models/flights/marts/flights_example.yml"
    text = example.read_text()
    land(
        mesh,
        "flights",
        {
            "models/flights/marts/delays.yml": DELAYS.format(access="private"),
            "models/flights/marts/flights_example.yml": text.replace(
                "- v: 1\n", "- v: 1\n        deprecation_date: 2026-01-01\n"
            ),
        },
    )


def test_taking_it_back_is_refused_with_the_names_of_who_reads_it(mesh: User) -> None:
    take_back(mesh)
    before = there(mesh, "flights", "flights_products")
    answer = mesh.meshnew("run", "flights", "deploy", who="ada", code=1)
    assert "flights.delays is no longer public; read by airports, reader tableau" in answer.text
    assert "flights.flights_example.v1 is past its date 2026-01-01" in answer.text
    assert "meshnew run flights deploy --break-consumers" in answer.text
    assert there(mesh, "flights", "flights_products") == before
    assert product(mesh, "delays")["projects"] == ["airports"]


def test_a_part_of_the_project_drops_nothing(mesh: User) -> None:
    mesh.meshnew(
        *("run", "flights", "deploy", "--break-consumers", "--", "--select", "delays"), who="ada"
    )
    assert "flights_products.delays" in there(mesh, "flights_products")


def test_what_somebody_elses_view_hangs_on_stays_and_says_so(mesh: User) -> None:
    with connect(mesh, "amir") as server:
        server.execute(
            "create view airports_dev_amir.mine as select * from flights_products.delays"
        )
    answer = mesh.meshnew("run", "flights", "deploy", who="ada")
    assert "flights_products.delays stays" in answer.out
    assert "airports_dev_amir.mine" in answer.out
    assert there(mesh, "airports_dev_amir") == {"airports_dev_amir.mine"}


def test_a_version_past_its_date_is_gone_and_not_built_again(mesh: User) -> None:
    assert "flights_products.flights_example_v1" not in there(mesh, "flights_products")
    mesh.meshnew("product", "show", "flights_example", code=2)


def test_the_old_relation_goes_once_nothing_hangs_on_it(mesh: User) -> None:
    with connect(mesh, "amir") as server:
        server.execute("drop view airports_dev_amir.mine")
    answer = mesh.meshnew("run", "flights", "deploy", who="ada")
    assert "dropped flights_products.delays" in answer.out
    assert there(mesh, "flights_products") == set()
    assert may_read(mesh, "ada", "flights.delays")
