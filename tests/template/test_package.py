"""What the internal package and the project `shared` give to everybody, on a real warehouse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.template.conftest import Template
from tests.template.laboratory import MEMBER, Laboratory
from tests.template.test_building import lints_clean, parses_in_version_2
from tests.template.test_matrix import parsed

CLEAN = {"failed": None, "said": []}
# The days as Postgres itself tells them.
CALENDAR = """
    select
        day::date as date_day,
        extract(year from day)::integer as year_number,
        extract(quarter from day)::integer as quarter_of_year,
        extract(month from day)::integer as month_of_year,
        trim(to_char(day, 'Month')) as month_name,
        date_trunc('month', day)::date as month_start,
        extract(isoyear from day)::integer as iso_year,
        extract(week from day)::integer as iso_week,
        date_trunc('week', day)::date as week_start,
        extract(isodow from day)::integer as day_of_week,
        trim(to_char(day, 'Day')) as day_name,
        extract(isodow from day) in (6, 7) as is_weekend
    from generate_series('2010-01-01'::timestamp, '2030-12-31'::timestamp, '1 day') as day
"""


@pytest.fixture(scope="module")
def shared(laboratory: Laboratory) -> Path:
    """The project `shared`, in production."""
    project = laboratory.project("shared", "shared", starter="calendar")
    assert laboratory.dbt_strictly(project, "deps", "build") == CLEAN
    return project


def rows(laboratory: Laboratory, query: str) -> list[tuple[Any, ...]]:
    with laboratory.postgres.connect("skyline") as connection:
        return connection.execute(query.encode()).fetchall()


def outcomes(project: Path) -> dict[str, str]:
    """Test or model -> how it ended."""
    results = json.loads((project / "target/run_results.json").read_text())["results"]
    return {result["unique_id"].split(".")[2]: result["status"] for result in results}


def write(path: Path, **entries: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(entries, sort_keys=False))


def test_the_calendar_knows_the_days_as_the_database_does(
    laboratory: Laboratory, shared: Path
) -> None:
    calendar = "select * from shared_products.calendar_v1"
    assert rows(laboratory, f"({CALENDAR}) except ({calendar})") == []
    assert rows(laboratory, f"({calendar}) except ({CALENDAR})") == []
    assert rows(laboratory, "select count(*) from shared_products.calendar_v1") == [(7670,)]


def test_the_package_builds_its_own_project(laboratory: Laboratory, integration: Path) -> None:
    """Each test passes there, and once finds what it is for."""
    laboratory.execute("create schema ci_mesh_core_1 authorization ada")
    ci = {"user": MEMBER, "DBT_TARGET": "ci", "MESHNEW_CI_SCHEMA": "ci_mesh_core_1"}
    assert laboratory.dbt_strictly(integration, "deps", "build", **ci) == CLEAN
    assert len([name for name in outcomes(integration) if "reading" in name]) > 10
    assert rows(laboratory, "select count(*) from ci_mesh_core_1.stg_plant__old") == [(0,)]


def test_names_that_no_term_allows_are_warned_of(laboratory: Laboratory, shared: Path) -> None:
    """Whoever imports the vocabulary is held against it, and says where that does not fit."""
    project = laboratory.project("ports", "ports", inputs=("shared",), starter="none")
    marts = project / "models/ports/marts"
    names = {
        "port_id": "integer",
        "opened_at": "date",
        "size_xxl": "text",
        "is_open": "boolean",
        "legacy": "text",
    }
    columns: list[dict[str, Any]] = [{"name": n, "data_type": t} for n, t in names.items()]
    columns[-1]["config"] = {"meta": {"exception": {"vocabulary": "a standard's own name"}}}
    model = {
        "name": "ports",
        "config": {"access": "public", "contract": {"enforced": True}},
        "columns": columns,
        "data_tests": ["mesh_core.named_by_vocabulary"],
    }
    write(marts / "ports.yml", models=[model])
    listed = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in names.items())
    (marts / "ports.sql").write_text(f"select {listed}\n")
    done = laboratory.dbt_strictly(project, "deps", "build --store-failures")
    assert done["failed"] is None
    assert outcomes(project)["mesh_core_named_by_vocabulary_ports_"] == "warn"
    (stored,) = (name for s, name, _ in laboratory.relations("ports") if "named_by" in name)
    assert set(rows(laboratory, f"select * from ports.{stored}")) == {
        ("opened_at", "*_at is a timestamp, this a date"),
        ("size_xxl", "no term of the vocabulary"),
    }


@pytest.mark.long
def test_the_packages_own_project_builds_in_production_and_parses_in_version_2(
    laboratory: Laboratory, integration: Path
) -> None:
    laboratory.project("works", "plant", starter="none")  # provisions the domain
    done = laboratory.dbt_strictly(integration, "deps", "build", user="works_transformer")
    assert done == CLEAN
    assert {owner for _, _, owner in laboratory.relations("plant")} == {"plant_owner"}
    parses_in_version_2(laboratory, integration)


@pytest.mark.long
@pytest.mark.parametrize("warehouse", ["snowflake", "bigquery", "databricks"])
def test_the_packages_own_project_parses_on_every_warehouse(
    published: Template, tmp_path: Path, warehouse: str
) -> None:
    data = {"mesh": "skyline", "warehouse": warehouse}
    package = published.render(tmp_path / "mesh_core", "package", "mesh_core", **data)
    assert parsed(package / "integration_tests", {"imports": "interfaces"}).nodes


@pytest.mark.long
def test_what_shared_holds_lints_and_parses_in_version_2(
    laboratory: Laboratory, shared: Path
) -> None:
    lints_clean(laboratory, shared)
    parses_in_version_2(laboratory, shared)


@pytest.mark.long
def test_values_and_sums_are_held_against_what_they_agree_with(laboratory: Laboratory) -> None:
    """Each test of the package passes where it should, and finds what it is for."""
    project = laboratory.project("harbour", "harbour", starter="none")
    seeds = project / "seeds/harbour"
    seeds.mkdir(parents=True, exist_ok=True)
    (seeds / "terms.csv").write_text("term\nferry\ntug\n")
    (seeds / "trips.csv").write_text("kind,tons\nferry,10\nferry,20\ntug,5\n")
    (seeds / "odd_trips.csv").write_text("kind,tons\nferry,10\nit's,20\n,5\n")
    (seeds / "totals.csv").write_text("sort,total\nferry,30.3\ntug,5\n")
    values: dict[str, dict[str, Any]] = {
        "listed": {"terms": ["ferry", "tug"]},
        "seeded": {"vocabulary": "ref('terms')"},
    }
    sums = {"other": "ref('totals')", "keys": {"kind": "sort"}, "sums": {"tons": "total"}}
    agreeing = {
        "rows_and_sums": {"other": "ref('trips')", "keys": ["kind"], "sums": ["tons"]},
        "sums": {**sums, "counts": False, "tolerance": 0.02},
        "sums_exactly": {**sums, "counts": False},
        "rows": {"other": "ref('totals')", "keys": {"kind": "sort"}},
    }

    def seed(name: str, free: bool) -> dict[str, Any]:
        column_tests = [
            {"mesh_core.in_vocabulary": {"name": f"{name}_{key}", "arguments": arguments}}
            for key, arguments in values.items()
        ]
        tests = [
            {"mesh_core.consistent_with": {"name": f"{name}_{key}", "arguments": arguments}}
            for key, arguments in agreeing.items()
        ]
        return {
            "name": name,
            "columns": [{"name": "kind", "data_tests": column_tests}],
            "data_tests": tests if free else tests[:1],
        }

    write(seeds / "seeds.yml", seeds=[seed("trips", True), seed("odd_trips", False)])
    assert laboratory.dbt_strictly(project, "deps", "seed", "test")["failed"] == ["test"]
    failed = {name for name, status in outcomes(project).items() if status == "fail"}
    assert failed == {
        "odd_trips_listed",
        "odd_trips_seeded",
        "odd_trips_rows_and_sums",
        "trips_sums_exactly",
        "trips_rows",
    }
    parses_in_version_2(laboratory, project)


@pytest.mark.long
def test_rows_say_which_run_built_them_and_ci_builds_the_newest_only(
    laboratory: Laboratory,
) -> None:
    project = laboratory.project("docks", "docks", starter="none")
    (project / "seeds/docks/raw.csv").write_text("id,day\n1,2020-01-01\n2,2099-01-01\n")
    write(
        project / "seeds/docks/raw.yml",
        seeds=[{"name": "raw", "config": {"column_types": {"day": "date"}}}],
    )
    (project / "models/docks/staging/stg_docks__days.sql").write_text(
        "select\n    id,\n    {{ mesh_core.audit_columns(loaded_at='day') }}\n"
        "from {{ ref('raw') }}\nwhere {{ mesh_core.limit_in_ci('day', days=7) }}\n"
    )
    asked = "select id, loaded_at::date::text, built_at > now() - interval '1 day', project_name"
    every = [(1, "2020-01-01", True, "docks"), (2, "2099-01-01", True, "docks")]
    assert laboratory.dbt_strictly(project, "deps", "build") == CLEAN
    assert rows(laboratory, f"{asked} from docks.stg_docks__days order by id") == every
    (run,) = rows(laboratory, "select distinct run_id from docks.stg_docks__days")
    ran = json.loads((project / "target/run_results.json").read_text())
    assert run == (ran["metadata"]["invocation_id"],)
    laboratory.execute("create schema ci_docks_7 authorization docks_ci")
    ci = {"user": "docks_ci", "DBT_TARGET": "ci", "MESHNEW_CI_SCHEMA": "ci_docks_7"}
    assert laboratory.dbt_strictly(project, "build", **ci) == CLEAN
    assert rows(laboratory, f"{asked} from ci_docks_7.stg_docks__days") == every[1:]


@pytest.mark.long
@pytest.mark.parametrize(
    ("target", "number", "says"),
    [
        ("prod", 7, "schemas of changes are CI's"),
        ("ci", "docks", "`docks` is no number of a change"),
        ("ci", -1, "`-1` is no number of a change"),
        ("ci", "7; drop schema docks", "no schema but ci_wharf_<number>"),
    ],
)
def test_only_schemas_of_changes_are_dropped(
    laboratory: Laboratory, target: str, number: int | str, says: str
) -> None:
    project = laboratory.folder / "checkouts/wharf"
    if not project.exists():
        laboratory.project("wharf", "wharf", starter="none")
        assert laboratory.dbt_strictly(project, "deps")["failed"] is None
    command = [str(laboratory.dbt.scripts / "dbt"), "run-operation", "mesh_core.drop_ci_schema"]
    words = ["--args", json.dumps({"number": number}), "--target", target]
    done = laboratory.run(project, *command, *words, PGUSER="wharf_ci")
    assert done.returncode != 0
    assert says in done.stdout
