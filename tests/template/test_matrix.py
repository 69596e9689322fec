"""Every warehouse, forge, runtime and option: what is rendered parses, lints and is valid."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshnew.dbt.environment import Environment, prepare
from meshnew.dbt.graph import Graph
from meshnew.dbt.lint import lint
from meshnew.errors import RunError
from meshnew.governance.check import check
from tests.template.conftest import Template, are_what_their_names_say, domains, files
from tests.template.pairwise import pairwise

SEED = 20261125
HUB = ("dbt_utils", "dbt_project_evaluator", "elementary")
PARAMETERS: dict[str, tuple[Any, ...]] = {
    "count": (1, 3),
    "warehouse": ("embedded", "postgres", "snowflake", "bigquery", "databricks"),
    "forge": ("embedded", "github", "gitlab"),
    "imports": ("interfaces", "loom", "dbt_cloud"),
    "starter": ("example", "none", "calendar"),
    "product_layer": (False, True),
    "semantic_layer": (False, True),
    "iceberg": (False, True),
    "hub": (False, True),
}
LAKES = ("snowflake", "bigquery", "databricks")
# Where nothing answers: parsing needs none of them to be right.
PLACES = {
    "SNOWFLAKE_ACCOUNT": "account",
    "SNOWFLAKE_USER": "ada",
    "GOOGLE_CLOUD_PROJECT": "project",
    "DATABRICKS_HOST": "host",
    "DATABRICKS_HTTP_PATH": "/path",
    "PGHOST": "nowhere",
    "PGUSER": "ada",
}


def allowed(case: dict[str, Any]) -> bool:
    """What the template does not refuse."""
    return not (
        (case["iceberg"] and case["warehouse"] not in LAKES)
        or (case["hub"] and case["warehouse"] == "embedded")
        or (case["imports"] == "dbt_cloud" and "embedded" in (case["warehouse"], case["forge"]))
    )


CASES = pairwise(PARAMETERS, allowed)
SAMPLE = random.Random(SEED).sample([c for c in CASES if c["warehouse"] == "embedded"], 1) + [
    random.Random(f"{SEED} {lake}").choice([c for c in CASES if c["warehouse"] == lake])
    for lake in LAKES
]


def named(case: dict[str, Any]) -> str:
    words = [str(value) for value in case.values() if value is not True and value is not False]
    return "-".join([*words, *(name for name, value in case.items() if value is True)])


def answers(case: dict[str, Any]) -> dict[str, Any]:
    """A case as answers to the template."""
    names = ("flights", "weather", "airports")[: case["count"]]
    options = [name for name in ("product_layer", "semantic_layer", "iceberg") if case[name]]
    options += HUB if case["hub"] else ()
    options += ["loom"] if case["imports"] == "loom" else []
    runtime = {"runtime": "dbt_cloud"} if case["imports"] == "dbt_cloud" else {}
    return {
        "domains": domains(*names),
        "inputs": ["shared"],
        "options": options,
        **{name: case[name] for name in ("warehouse", "forge", "starter")},
        **runtime,
    }


@pytest.fixture(scope="module")
def package(published: Template, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    return published.render(folder / "mesh_core", "package", "mesh_core", mesh="skyline")


def holds(published: Template, package: Path, folder: Path, case: dict[str, Any]) -> None:
    project = published.render(folder / "incubator", "domain", "incubator", **answers(case))
    are_what_their_names_say(files(project))
    yaml_is_clean(project)
    workflows_are_valid(project)
    packages_are_wired(project, case, package)
    parses(project, case)


def yaml_is_clean(project: Path) -> None:
    command = [sys.executable, "-m", "yamllint", "--strict", "."]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def workflows_are_valid(project: Path) -> None:
    """By the published schemas of GitHub and GitLab, which the checker carries."""
    for schema, found in (
        ("vendor.github-workflows", sorted(project.glob(".github/workflows/*.yml"))),
        ("vendor.gitlab-ci", sorted(project.glob(".gitlab-ci.yml"))),
    ):
        if found:
            command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
            done = subprocess.run(
                [*command, *map(str, found)], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout
    for path in project.glob(".github/workflows/*.yml"):
        used = re.findall(r"uses: (\S+)", path.read_text())
        assert all(re.search(r"@[0-9a-f]{40}$", name) or name.startswith("./") for name in used)


def packages_are_wired(project: Path, case: dict[str, Any], package: Path) -> None:
    """The packages that are named are right; each is then put where dbt finds it without a hub."""
    path = project / "packages.yml"
    listed = yaml.safe_load(path.read_text())["packages"]
    hub = [item["package"].partition("/")[2] for item in listed if "package" in item]
    assert hub == (list(HUB) if case["hub"] else [])
    subfolders = [item["subdirectory"] for item in listed if "subdirectory" in item]
    assert subfolders == (["shared"] if case["imports"] == "interfaces" else [])
    assert (project / "dependencies.yml").exists() == (case["imports"] == "dbt_cloud")
    if case["imports"] == "loom":
        loom = yaml.safe_load((project / "dbt_loom.config.yml").read_text())["manifests"]
        assert [entry["included_packages"] for entry in loom] == [["shared"]]
    else:
        assert not (project / "dbt_loom.config.yml").exists()
    (project / "dependencies.yml").unlink(missing_ok=True)  # only dbt Cloud resolves it
    local = [{"local": str(package)}]
    for name in [*hub, *subfolders]:
        stub = project.parent / "stubs" / name
        stub.mkdir(parents=True)
        (stub / "dbt_project.yml").write_text(f"name: {name}\nversion: 1.0.0\nconfig-version: 2\n")
        (stub / "models").mkdir()
        (stub / f"models/model_of_{name}.sql").write_text("select 1 as x\n")
        local.append({"local": str(stub)})
    path.write_text(yaml.safe_dump({"packages": local}))


def parses(project: Path, case: dict[str, Any]) -> None:
    """A domain's project parses, and keeps the rules that its changes are checked by."""
    graph = parsed(project, case)
    assert check(graph, project) == [], "what is rendered keeps the rules"
    measured = case.get("semantic_layer", False) and case["starter"] == "example"
    assert bool(graph.semantic_models) == measured, "dbt passes over some without a word"
    theirs = {node["package_name"] for node in graph.nodes.values()} & set(HUB)
    assert theirs == ({"dbt_utils", "elementary"} if case["hub"] else set()), "in production"


def parsed(project: Path, case: dict[str, Any]) -> Graph:
    """In dbt with its adapter, every deprecation an error, and in the parser of dbt v2."""
    dbt = environment(project)
    environ = {**os.environ, **PLACES, "DBT_TARGET": "prod", "DO_NOT_TRACK": "1"}
    if case["imports"] == "loom":
        empty = {"manifests": []}  # another project's manifest is not there
        (project / "dbt_loom.config.yml").write_text(yaml.safe_dump(empty))
        environ["DBT_LOOM_CONFIG"] = str(project / "dbt_loom.config.yml")
    script = Path(__file__).with_name("strict_dbt.py")
    words = json.dumps([["deps"], ["parse"]])
    done = subprocess.run(
        [str(dbt.python), str(script), words],
        cwd=project,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"failed": None, "said": []}
    graph = Graph.read(project / "target/manifest.json", project.name)
    if case["imports"] == "loom":
        return graph  # dbt-loom refuses dbt v2, and says so
    parser = dbt.scripts / "dbt-core-experimental-parser"
    done = subprocess.run(
        [str(parser), "parse", "--profiles-dir", ".", "--target", "prod"],
        cwd=project,
        env={**environ, "DBT_ALLOW_EXPERIMENTAL_ADAPTERS": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "warning" not in done.stdout.lower(), done.stdout
    return graph


def environment(project: Path) -> Environment:
    try:
        return prepare(project / "requirements.txt")
    except RunError as error:
        pytest.skip(f"no dbt: {error.what}")


@pytest.mark.parametrize("case", SAMPLE, ids=named)
def test_a_case_of_each_kind_holds(
    published: Template, package: Path, tmp_path: Path, case: dict[str, Any]
) -> None:
    holds(published, package, tmp_path, case)


@pytest.mark.long
@pytest.mark.parametrize("case", [case for case in CASES if case not in SAMPLE], ids=named)
def test_every_pair_of_settings_holds(
    published: Template, package: Path, tmp_path: Path, case: dict[str, Any]
) -> None:
    holds(published, package, tmp_path, case)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=named)
def test_what_is_rendered_is_clean_in_the_dialect_of_its_warehouse(
    published: Template, tmp_path: Path, case: dict[str, Any]
) -> None:
    project = published.render(tmp_path / "incubator", "domain", "incubator", **answers(case))
    assert lint(environment(project).python, project) == []


def test_every_pair_is_among_the_cases() -> None:
    every = pairwise({name: PARAMETERS[name] for name in ("warehouse", "forge")}, lambda _: True)
    assert {(case["warehouse"], case["forge"]) for case in every} == {
        (warehouse, forge) for warehouse in PARAMETERS["warehouse"] for forge in PARAMETERS["forge"]
    }
    assert {(case["warehouse"], case["imports"]) for case in CASES} >= {
        ("embedded", "loom"),
        ("snowflake", "dbt_cloud"),
        ("databricks", "interfaces"),
    }
