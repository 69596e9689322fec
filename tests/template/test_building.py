"""What is rendered builds on a real warehouse, in the right schemas, by the strictest rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.template.laboratory import MEMBER, Laboratory
from tests.template.pairwise import pairwise


def test_two_domains_build_lint_and_parse_and_belong_to_themselves(laboratory: Laboratory) -> None:
    project = laboratory.project("incubator", "flights", "weather", inputs=("shared",))
    done = laboratory.dbt_strictly(project, "deps", "build")
    assert done == {"failed": None, "said": []}
    assert laboratory.relations("flights", "flights_products", "weather", "weather_products") == {
        ("flights", "flights_example_rows", "flights_owner"),
        ("flights", "stg_flights__example", "flights_owner"),
        ("flights_products", "flights_example_v1", "flights_owner"),
        ("weather", "weather_example_rows", "weather_owner"),
        ("weather", "stg_weather__example", "weather_owner"),
        ("weather_products", "weather_example_v1", "weather_owner"),
    }
    lints_clean(laboratory, project)
    parses_in_version_2(laboratory, project)


def lints_clean(laboratory: Laboratory, project: Path) -> None:
    lint = (laboratory.linter(project), "lint", ".", "--disable-progress-bar")
    done = laboratory.run(project, *lint)
    assert done.returncode == 0, done.stdout
    ugly = project / "models/ugly.sql"
    ugly.write_text("SELECT A,b from {{ ref('x') }}")
    assert laboratory.run(project, *lint).returncode == 1
    ugly.unlink()


def parses_in_version_2(laboratory: Laboratory, project: Path) -> None:
    """By the parser of dbt v2, which puts everything where dbt 1.12 does."""
    before = schemas(project)
    parser = laboratory.dbt.scripts / "dbt-core-experimental-parser"
    done = laboratory.run(
        project,
        *(str(parser), "parse", "--profiles-dir", ".", "--target", "prod"),
        PGUSER=f"{project.name}_transformer",
        DBT_ALLOW_EXPERIMENTAL_ADAPTERS="true",
    )
    assert done.returncode == 0, done.stdout
    assert "warning" not in done.stdout.lower()
    assert schemas(project) == before


def schemas(project: Path) -> dict[str, Any]:
    manifest = json.loads((project / "target/manifest.json").read_text())
    return {
        uid: (node["schema"], node["fqn"], node["config"].get("access"))
        for uid, node in manifest["nodes"].items()
    }


@pytest.mark.long
def test_the_calendar_builds_and_can_be_read_by_who_consumes_it(laboratory: Laboratory) -> None:
    shared = laboratory.project("shared", "shared", starter="calendar")
    assert laboratory.dbt_strictly(shared, "deps", "build") == {"failed": None, "said": []}
    assert laboratory.relations("shared", "shared_products") == {
        ("shared", "vocabulary_terms", "shared_owner"),
        ("shared_products", "calendar_v1", "shared_owner"),
        ("shared_products", "vocabulary_v1", "shared_owner"),
    }
    lints_clean(laboratory, shared)
    parses_in_version_2(laboratory, shared)

    reader = laboratory.project("reader", "reading", inputs=("shared",), starter="none")
    model = "select count(*) as days from {{ ref('shared', 'calendar') }}\n"
    (reader / "models/reading/marts/days.sql").write_text(model)
    assert laboratory.dbt_strictly(reader, "deps", "build") == {"failed": None, "said": []}
    assert ("reading", "days", "reading_owner") in laboratory.relations("reading")


BUILDABLE = pairwise(
    {
        "count": (1, 3),
        "starter": ("example", "calendar", "none"),
        "product_layer": (False, True),
        "semantic_layer": (False, True),
    },
    lambda _: True,
)


@pytest.mark.long
@pytest.mark.parametrize("number", range(len(BUILDABLE)))
def test_every_pair_of_what_postgres_can_build_is_built(
    laboratory: Laboratory, number: int
) -> None:
    case = BUILDABLE[number]
    own = [f"domain_{number}_{letter}" for letter in "abc"[: case["count"]]]
    options = [name for name in ("product_layer", "semantic_layer") if case[name]]
    project = laboratory.project(
        f"pair_{number}", *own, starter=case["starter"], options=options, inputs=("shared",)
    )
    done = laboratory.dbt_strictly(project, "deps", "build")
    assert done["failed"] is None, done
    assert [said for said in done["said"] if "Nothing to do" not in said] == []
    built = {name for _, name, _ in laboratory.relations(*own, *(f"{d}_products" for d in own))}
    stars = {f"fct_{d}_amounts" for d in own} | {f"dim_{d}_labels" for d in own}
    assert (stars <= built) == (case["starter"] == "example" and case["product_layer"])
    assert ("time_spine" in built) == case["semantic_layer"]
    assert ("calendar_v1" in built) == (case["starter"] == "calendar")
    assert ({f"{d}_example_v1" for d in own} <= built) == (case["starter"] == "example")


@pytest.mark.long
def test_a_project_without_models_is_no_failure(laboratory: Laboratory) -> None:
    project = laboratory.project("empty", "nothing", starter="none")
    done = laboratory.dbt_strictly(project, "deps", "build")
    assert done["failed"] is None
    assert [said for said in done["said"] if "Nothing to do" not in said] == []
    parses_in_version_2(laboratory, project)


@pytest.mark.long
def test_a_member_builds_in_their_own_schema_and_ci_in_its_own(laboratory: Laboratory) -> None:
    project = laboratory.project("sandbox", "sand")
    done = laboratory.dbt_strictly(project, "deps", "build", user=MEMBER, DBT_TARGET="dev")
    assert done == {"failed": None, "said": []}
    names = {"sand_example_rows", "stg_sand__example", "sand_example_v1"}
    assert laboratory.relations(f"sand_dev_{MEMBER}") == {
        (f"sand_dev_{MEMBER}", name, MEMBER) for name in names
    }
    laboratory.execute("create schema ci_sandbox_7 authorization sandbox_ci")
    done = laboratory.dbt_strictly(
        project, "build", user="sandbox_ci", DBT_TARGET="ci", MESHNEW_CI_SCHEMA="ci_sandbox_7"
    )
    assert done == {"failed": None, "said": []}
    assert laboratory.relations("ci_sandbox_7") == {
        ("ci_sandbox_7", name, "sandbox_ci") for name in names
    }
    assert laboratory.relations("sand", "sand_products") == set()


@pytest.mark.long
def test_views_snapshots_and_incremental_models_belong_to_the_domain(
    laboratory: Laboratory,
) -> None:
    project = laboratory.project("kinds", "kinds")
    model = (
        "{{{{ config(materialized='{}') }}}}\nselect * from {{{{ ref('stg_kinds__example') }}}}\n"
    )
    for kind in ("view", "incremental"):
        (project / f"models/kinds/marts/{kind}_model.sql").write_text(model.format(kind))
    snapshot = {
        "name": "history",
        "relation": "ref('stg_kinds__example')",
        "config": {"unique_key": "example_id", "strategy": "check", "check_cols": "all"},
    }
    (project / "snapshots/kinds/history.yml").write_text(yaml.safe_dump({"snapshots": [snapshot]}))
    done = laboratory.dbt_strictly(project, "deps", "build", "build")
    assert done == {"failed": None, "said": []}
    assert {
        ("kinds", name, "kinds_owner") for name in ("view_model", "incremental_model", "history")
    } <= laboratory.relations("kinds")


@pytest.mark.long
@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("models/x.sql", "select 1 as a", "models/x.sql lies in no domain: move it to models/lost"),
        ("models/y/x.sql", "select 1 as a", "models/y/x.sql lies in no domain"),
        (
            "models/lost/x.sql",
            "{{ config(schema='x') }} select 1 as a",
            "sets a schema: remove it, its domain and access decide",
        ),
        ("models/lost/x.yml", "models: [{name: stg_lost__example, owner: me}]", "owner"),
    ],
)
def test_mistakes_are_refused_with_the_file(
    laboratory: Laboratory, tmp_path: Path, file: str, text: str, says: str
) -> None:
    project = laboratory.template.render(
        tmp_path / "lost", "domain", "lost", inputs=[], consumes=[]
    )
    (project / file).parent.mkdir(exist_ok=True)
    (project / file).write_text(text)
    done = laboratory.dbt_strictly(project, "deps", "parse")
    assert done["failed"] == ["parse"]
    assert says in "\n".join(done["said"])


@pytest.mark.long
def test_the_tests_of_the_package_find_what_they_are_for(laboratory: Laboratory) -> None:
    project = laboratory.project("quality", "quality", starter="none")
    seeds = project / "seeds/quality"
    (seeds / "good.csv").write_text("a,b,day\n1,1,2099-01-01\n1,2,2020-01-01\n")
    (seeds / "bad.csv").write_text("a,b,day\n1,1,2020-01-01\n1,1,2020-01-01\n2,,2020-01-01\n")
    (seeds / "hollow.csv").write_text("a,b,day\n")
    seed = {"config": {"column_types": {"a": "integer", "b": "integer", "day": "date"}}}
    found = [
        {"mesh_core.primary_key": {"arguments": {"columns": ["a", "b"]}}},
        "mesh_core.not_empty",
        {"mesh_core.complete": {"arguments": {"columns": ["a", "b"]}}},
        {
            "mesh_core.complete": {
                "name": "mostly_SEED",
                "arguments": {"columns": ["a", "b"], "at_least": 0.6},
            }
        },
        {"mesh_core.fresh_within": {"arguments": {"column_name": "day", "hours": 24}}},
    ]
    text = [
        json.dumps({"name": name, **seed, "data_tests": found}).replace(
            "mostly_{}", f"mostly_{name}"
        )
        for name in ("good", "bad", "hollow")
    ]
    (seeds / "seeds.yml").write_text("seeds:\n" + "\n".join(f"  - {entry}" for entry in text))
    done = laboratory.dbt_strictly(project, "deps", "build")
    assert done["failed"] == ["build"]
    results = json.loads((project / "target/run_results.json").read_text())["results"]
    failed = {result["unique_id"].split(".")[2] for result in results if result["status"] == "fail"}
    assert {name.removeprefix("mesh_core_")[:19] for name in failed} == {
        "primary_key_bad_a__",
        "complete_bad_a__b",
        "fresh_within_bad_da",
        "fresh_within_hollow",
        "not_empty_hollow_",
    }


@pytest.mark.long
def test_missing_relations_are_told_in_one_line(laboratory: Laboratory) -> None:
    project = laboratory.project("asking", "asking")
    script = "from dbt.cli.main import dbtRunner as r; import sys; r().invoke(sys.argv[1:])"
    laboratory.dbt_strictly(project, "deps", "build")
    wanted = [
        {"schema": "asking_products", "identifier": "asking_example_v1"},
        {"schema": "asking_products", "identifier": "gone_v1"},
        {"schema": "nowhere", "identifier": "x"},
    ]
    done = laboratory.run(
        project,
        *(str(laboratory.dbt.python), "-c", script, "run-operation", "mesh_core.missing_relations"),
        *("--args", json.dumps({"relations": wanted}), "--target", "prod"),
        PGUSER="asking_transformer",
    )
    line = next(line for line in done.stdout.splitlines() if "MESHNEW_MISSING" in line)
    assert json.loads(line.partition("MESHNEW_MISSING ")[2]) == [
        "asking_products.gone_v1",
        "nowhere.x",
    ]
