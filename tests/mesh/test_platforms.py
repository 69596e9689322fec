"""A team moves its mesh to a company's platforms by editing mesh.yml, and is told what is wrong."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from meshnew.errors import SpecError
from meshnew.mesh.load import load
from meshnew.mesh.models import MeshSpec, ProjectSpec
from meshnew.mesh.pairs import refusals
from meshnew.mesh.platforms import ADAPTERS
from meshnew.mesh.write import text_of
from tests.mesh.hosted import BASE, KINDS, PLATFORMS, spec

FLIGHTS = """\
kind: domain
domains:
  flights:
    description: Flights that left New York
    owner: {name: Ada, email: ada@skyline.example}
    team: flights-data
    members: [ada]
"""
KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu8Dz"


def read(folder: Path, mesh: str, project: str = FLIGHTS, name: str = "flights") -> MeshSpec:
    (folder / "projects").mkdir(exist_ok=True)
    (folder / "mesh.yml").write_text(mesh)
    (folder / "projects" / f"{name}.yml").write_text(project)
    return load(folder).spec


def problem(folder: Path, mesh: str, project: str = FLIGHTS, name: str = "flights") -> str:
    with pytest.raises(SpecError) as caught:
        read(folder, mesh, project, name)
    return str(caught.value)


def hosted(warehouse: str = "snowflake", **more: Any) -> str:
    return yaml.safe_dump(BASE | spec(warehouse, "github", "forge", "s3") | more)


def test_a_mesh_that_says_nothing_of_platforms_is_all_on_the_laptop(tmp_path: Path) -> None:
    mesh = read(tmp_path, yaml.safe_dump(BASE))
    assert {mesh.warehouse.kind, mesh.forge.kind, mesh.runtime.kind} == {"embedded"}
    assert mesh.state.kind == "local"
    assert mesh == read(tmp_path, yaml.safe_dump(BASE | {"warehouse": {}, "state": {}}))


def test_every_kind_has_an_example_here() -> None:
    for of, adapter in ADAPTERS.items():
        assert set(adapter.json_schema()["discriminator"]["mapping"]) == set(KINDS[of])


@pytest.mark.parametrize("warehouse", KINDS["warehouse"])
def test_pairs_are_taken_or_refused_with_a_reason(tmp_path: Path, warehouse: str) -> None:
    for kinds in product([warehouse], KINDS["forge"], KINDS["runtime"], KINDS["state"]):
        data = BASE | spec(*kinds)
        laptop = kinds == ("embedded", "embedded", "embedded", "local")
        if laptop or not {"embedded", "local"} & set(kinds):
            mesh = MeshSpec.model_validate(data)
            assert MeshSpec.model_validate(yaml.safe_load(text_of(mesh, "mesh"))) == mesh
            assert not list(refusals(*kinds))
            continue
        said = problem(tmp_path, yaml.safe_dump(data, sort_keys=False))
        for key, why, fix in refusals(*kinds):
            assert f": {key}.kind: {why}" in said
            assert fix in said


@pytest.mark.parametrize(
    ("kinds", "reason"),
    [
        (("embedded", "github", "embedded", "local"), "github cannot reach the embedded warehouse"),
        (("embedded", "embedded", "dbt_cloud", "local"), "dbt Cloud cannot reach the embedded"),
        (("embedded", "embedded", "forge", "local"), "the forge's CI cannot reach the embedded"),
        (("embedded", "embedded", "embedded", "s3"), "outlives the embedded platform"),
        (("snowflake", "embedded", "forge", "s3"), "the embedded forge is on one machine"),
        (("snowflake", "github", "embedded", "s3"), "keeps its jobs in the embedded warehouse"),
        (("snowflake", "github", "forge", "local"), "local state lies on one machine"),
    ],
)
def test_the_reason_is_one_that_helps(kinds: tuple[str, str, str, str], reason: str) -> None:
    ((_key, why, fix),) = refusals(*kinds)
    assert reason in why
    assert fix.startswith("Write `")


def test_what_does_not_fit_is_said_at_the_line_that_must_change(tmp_path: Path) -> None:
    text = "name: skyline\ntemplate: {version: v0.1.0}\nplatform_team: {name: platform}\n"
    text += "forge:\n  organization: acme\n  kind: github\n"
    assert "mesh.yml:6: forge.kind: github cannot reach" in problem(tmp_path, text)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("warehouse: {kind: snowflak}", "mesh.yml:4: warehouse.kind: there is no warehouse"),
        ("warehouse: {kind: snowflak}", "Did you mean `snowflake`?"),
        ("warehouse: {host: db}", "`warehouse.kind` is missing\nWrite one of: bigquery"),
        ("warehouse: snowflake", "`warehouse.kind` is missing"),
        ("warehouse: {kind: embedded, host: db}", "unknown key `warehouse.host`\nKnown keys: kind"),
        ("warehouse:\n  kind: postgres\n  hots: db", "mesh.yml:6: unknown key `warehouse.hots`"),
        ("warehouse:\n  kind: postgres\n  hots: db", "Did you mean `host`?"),
        ("warehouse: {kind: postgres}", "`warehouse.host` is missing\nWrite it: Name of"),
        ("warehouse: {kind: postgres, host: a b}", "warehouse.host: `a b` does not do here"),
        ("warehouse: {kind: postgres, host: db, port: 70000}", "warehouse.port: input should be"),
        ("state:\n  kind: s3\n  bucket: x_y\n  region: moon", "mesh.yml:7: state.region: `moon`"),
        ("forge: {kind: github, organization: -x}", "forge.organization: `-x` does not do here"),
        (
            "warehouse: {kind: bigquery, databases: {prod: acme-data, dve: acme-dev, ci: acme-ci}}",
            "unknown key `warehouse.databases.dve`\nDid you mean `dev`?",
        ),
        ("warehouse: {kind: postgres, host: db, password: hush}", "renew it if it was committed"),
        ("runtime: {kind: dbt_cloud, account: 1, token: hush}", "No secret belongs in the spec"),
        ("forge: {kind: github, organization: x, pem: hush}", "No secret belongs in the spec"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_line_and_key(
    tmp_path: Path, given: str, expected: str
) -> None:
    text = "name: skyline\ntemplate: {version: v0.1.0}\nplatform_team: {name: platform}\n"
    said = problem(tmp_path, text + given)
    assert expected in said
    assert "hush" not in said


@pytest.mark.parametrize(
    ("kinds", "settings", "expected"),
    [
        ("snowflake gitlab forge", {"forge": {"tier": "free"}}, "approvals: the free tier of GitL"),
        (
            "snowflake github forge",
            {"forge": {"provisioner": {"type": "app"}}},
            "forge.provisioner.id: which app provisions is not said",
        ),
        (
            "bigquery github dbt_cloud",
            {"runtime": {"connection": None}},
            "runtime.connection: dbt Cloud's connection to BigQuery holds a key",
        ),
        (
            "bigquery github forge",
            {"warehouse": {"compute": {"size": "XSMALL"}}},
            "warehouse.compute.size: BigQuery has no sizes",
        ),
        (
            "bigquery github forge",
            {"warehouse": {"compute": {"cost_limit": 50}}},
            "warehouse.billing_account: a cost limit is watched by whoever pays",
        ),
        (
            "databricks github forge",
            {"warehouse": {"compute": {"cost_limit": 50}}},
            "warehouse.compute.cost_limit: a SQL warehouse of Databricks knows no limit",
        ),
        (
            "snowflake gitlab dbt_cloud",
            {"runtime": {"github_installation": 3}},
            "runtime.github_installation: the forge is gitlab",
        ),
        (
            "snowflake github dbt_cloud",
            {"runtime": {"state_aware": True}},
            "runtime.state_aware: state-aware jobs run on dbt Fusion only",
        ),
    ],
)
def test_settings_that_another_platform_does_not_take_are_refused(
    tmp_path: Path, kinds: str, settings: dict[str, dict[str, Any]], expected: str
) -> None:
    warehouse, forge, runtime = kinds.split()
    data = BASE | spec(warehouse, forge, runtime, "s3")
    for of, more in settings.items():
        data[of] |= more
    assert expected in problem(tmp_path, yaml.safe_dump(data))


def test_no_setting_can_hold_a_secret() -> None:
    words = ("password", "token", "secret", "private", "credential")
    for adapter in ADAPTERS.values():
        for definition in adapter.json_schema()["$defs"].values():
            assert not [key for key in definition["properties"] if any(w in key for w in words)]


def test_names_end_where_the_warehouse_ends_them(tmp_path: Path) -> None:
    name = "departures_of_all_airlines_and_their_delays_by_airport"
    long = FLIGHTS.replace("  flights:", f"  {name}:").replace("[ada]", "[ada_adeyemi]")
    dev = f"the schema `{name}_dev_ada_adeyemi` of 70 characters; identifiers end at 63"
    people = {"ada_adeyemi": {"principal": "ada@x.example"}, "grace": {"principal": "g@x.example"}}
    assert dev in problem(tmp_path, hosted("postgres"), long, "long")
    for warehouse in ("snowflake", "databricks"):
        assert read(tmp_path, hosted(warehouse, people=people), long, "long")
    said = problem(tmp_path, hosted("bigquery", people=people), long, "long")
    assert "service accounts end at 30" in said
    group = f"skyline-{name}_developer"
    assert f"the group `{group}` of {len(group)} characters; addresses of groups end at 64" in said
    assert "identifiers end" not in said


@pytest.mark.parametrize(
    ("project", "says"),
    [
        ("a" * 18, ""),
        (
            "a" * 19,
            "aaaa-transformer` of 31 characters; service accounts end at 30",
        ),
        ("abc", ""),
        ("ab", "the service account `ab-ci` of 5 characters; they begin at 6"),
    ],
)
def test_a_service_account_of_google_has_6_to_30_characters(
    tmp_path: Path, project: str, says: str
) -> None:
    people = {name: {"principal": f"{name}@x.example"} for name in ("ada", "grace")}
    if says:
        assert says in problem(tmp_path, hosted("bigquery", people=people), name=project)
    else:
        assert read(tmp_path, hosted("bigquery", people=people), name=project)


def test_a_state_in_postgres_needs_a_schema_for_each_stack(tmp_path: Path) -> None:
    mesh = yaml.safe_load(hosted()) | {"state": {"kind": "pg"}}
    name = "f" * 46
    said = problem(tmp_path, yaml.safe_dump(mesh), name=name)
    assert f"project {name} needs the state `terraform_project_{name}` of 64 characters" in said
    (tmp_path / "projects" / f"{name}.yml").unlink()
    assert read(tmp_path, yaml.safe_dump(mesh))


def test_bigquery_asks_for_the_addresses_of_people(tmp_path: Path) -> None:
    people = {"grace": {"principal": "grace@skyline.example"}, "ada": {"forge": "ada-adeyemi"}}
    said = problem(tmp_path, hosted("bigquery", people=people))
    assert "people: nothing says which address ada has in bigquery" in said
    assert "grace" not in said


def test_a_private_key_is_refused_and_not_repeated(tmp_path: Path) -> None:
    text = FLIGHTS + "public_keys:\n  flights_ci: ['-----BEGIN PRIVATE KEY----- MIIhush']\n"
    said = problem(tmp_path, hosted(), text)
    assert "flights.yml:9: public_keys.flights_ci.0: this is a private key" in said
    assert "MIIhush" not in said


def test_public_keys_are_of_those_who_sign_in(tmp_path: Path) -> None:
    lines = f"-----BEGIN PUBLIC KEY-----\n{KEY[:40]}\n{KEY[40:]}\n-----END PUBLIC KEY-----\n"
    keys = {"flights_ci": [lines], "flights_loader": [KEY]}
    project = yaml.safe_load(FLIGHTS) | {"public_keys": keys}
    assert ProjectSpec.model_validate(project).public_keys["flights_ci"] == [KEY]
    assert read(tmp_path, hosted(), yaml.safe_dump(project))
    project["public_keys"] = {"flight_ci": [KEY]}
    said = problem(tmp_path, hosted(), yaml.safe_dump(project))
    assert "nobody of this project signs in as `flight_ci`\nDid you mean `flights_ci`?" in said
    project["public_keys"] = {"flights_ci": [KEY, KEY + "A", KEY + "B"]}
    assert "public_keys.flights_ci" in problem(tmp_path, hosted(), yaml.safe_dump(project))


def test_the_schema_completes_and_checks_each_kind() -> None:
    schema = jsonschema.Draft202012Validator(MeshSpec.model_json_schema())
    for of, kinds in PLATFORMS.items():
        for kind, settings in kinds.items():
            assert schema.is_valid({**BASE, of: {"kind": kind, **settings}})
            assert not schema.is_valid({**BASE, of: {"kind": kind, **settings, "x": 1}})


def test_a_mesh_on_the_laptop_does_not_wait_for_other_platforms(tmp_path: Path) -> None:
    (tmp_path / "mesh.yml").write_text(yaml.safe_dump(BASE))
    script = (
        "import sys; from pathlib import Path; from meshnew.mesh.load import load; "
        "load(Path('.')); print(sorted(m for m in sys.modules if m.startswith('meshnew.mesh.p')))"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "meshnew.mesh.platforms" not in done.stdout
    assert "meshnew.mesh.pairs" not in done.stdout
    assert "meshnew.mesh.problems" in done.stdout
