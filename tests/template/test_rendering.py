"""Whatever is asked for, what comes out is complete, valid and readable."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_copie.plugin import Copie

from meshnew.assets import asset
from tests.template.conftest import (
    Render,
    Template,
    are_what_their_names_say,
    domain,
    domains,
    files,
)

CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "mesh": ("mesh", "skyline", {}),
    "package": ("package", "mesh_core", {"mesh": "skyline"}),
    "package without words": ("package", "macros", {"description": ""}),
    "one domain": ("domain", "flights", {"starter": "example"}),
    "empty": ("domain", "flights", {"starter": "none", "consumes": []}),
    "shared": ("domain", "shared", {"starter": "calendar", "domains": domains("shared")}),
    "three domains": (
        "domain",
        "incubator",
        {"domains": domains("flights", "weather", "airports"), "inputs": ["shared", "sales"]},
    ),
    "difficult words": (
        "domain",
        "flights",
        {
            "domains": {
                "flights": domain(
                    "flights",
                    description='What\'s late: "why" & where, #1 in Zürich',
                    owner={"name": "Zoë O'Hara: [boss]", "email": "zoe+data@example.com"},
                )
            }
        },
    ),
}
FOLDERS = ("models", "seeds", "snapshots", "tests", "macros", "analyses")
STAGES = ("staging", "intermediate", "marts")
TWELVE = tuple(f"domain_{letter}" for letter in "abcdefghijkl")


@pytest.fixture(scope="module", params=CASES, ids=str)
def rendered(
    request: pytest.FixtureRequest, published: Template, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    kind, project, data = CASES[request.param]
    return published.render(tmp_path_factory.mktemp(project), kind, project, **data)


@pytest.mark.parametrize("kind", ["mesh", "package", "domain"])
def test_kind_and_name_are_enough(copie: Copie, published: Template, kind: str) -> None:
    result = copie.copy({"kind": kind, "project": "skyline"}, template_dir=published.folder)
    assert result.exception is None
    assert result.answers["project"] == "skyline"
    assert result.project_dir is not None
    assert (result.project_dir / "README.md").read_text().count("skyline")


def test_files_are_what_their_names_say(rendered: Path) -> None:
    are_what_their_names_say(files(rendered))


def test_yaml_is_clean_by_the_rules_of_projects(rendered: Path) -> None:
    rules = asset("template") / "domain" / ".yamllint"
    command = [sys.executable, "-m", "yamllint", "--strict", "-c", str(rules), "."]
    done = subprocess.run(command, cwd=rendered, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_folder_of_this_machine_is_named(rendered: Path, published: Template) -> None:
    for name, text in files(rendered).items():
        if name != ".copier-answers.yml":  # tests render from a folder, meshnew from its forge
            assert str(published.folder) not in text, name
            assert not re.search(r"(?<![\w.<>])/(home|tmp|work|usr/local|Users)/", text), name


def test_platform_owned_files_say_so_in_the_first_line(render: Render) -> None:
    own = re.compile(r"^(models|seeds|snapshots|tests|macros|analyses)/flights/(?!_)")
    silent = [
        name
        for name, text in files(render()).items()
        if not own.match(name)
        # JSON has no comments: its first key says so.
        and "Owned by the platform" not in text.split("\n")[name.endswith(".json")]
    ]
    assert silent == [".copier-answers.yml"]  # says that it must not be edited


@pytest.mark.parametrize("names", [("flights",), TWELVE])
@pytest.mark.parametrize("starter", ["none", "example"])
def test_each_domain_has_its_folders_group_and_owners(
    render: Render, names: tuple[str, ...], starter: str
) -> None:
    project = render(project="incubator", domains=domains(*names), starter=starter)
    for name in names:
        for folder, stage in product(FOLDERS, STAGES):
            assert (project / folder / name / stage).is_dir()
        group = yaml.safe_load((project / f"models/{name}/_{name}__group.yml").read_text())
        assert group["groups"][0]["owner"] == domain(name)["owner"]
        assert (project / f"models/{name}/README.md").exists()
    config = yaml.safe_load((project / "dbt_project.yml").read_text())
    for resource in ("models", "seeds", "snapshots"):
        groups = {
            name: below["+group"]
            for name, below in config[resource]["incubator"].items()
            if not name.startswith("+")
        }
        assert groups == {name: name for name in names}
    assert yaml.safe_load((project / "vars.yml").read_text())["vars"]["domains"] == list(names)


def test_code_owners_are_the_team_and_else_the_platform_team(render: Render) -> None:
    project = render(project="incubator", domains=domains("flights", "weather"))
    rules = [
        line.split()
        for line in (project / "CODEOWNERS").read_text().splitlines()
        if line and not line.startswith("#")
    ]

    def owner(path: str) -> str:
        matching = [
            team for pattern, team in rules if pattern == "*" or f"/{path}".startswith(pattern)
        ]
        return matching[-1]

    for name in files(project):
        parts = name.split("/")
        mine = len(parts) > 2 and parts[1] in ("flights", "weather")
        team = f"@{parts[1]}-data" if mine and "__group" not in name else "@platform"
        assert owner(name) == team, name


def test_the_starters(render: Render) -> None:
    example = files(render(project="one"))
    assert {name for name in example if "example" in name} == {
        "seeds/one/staging/one_example_rows.csv",
        "seeds/one/staging/one_example_rows.yml",
        "models/one/staging/stg_one__example.sql",
        "models/one/staging/stg_one__example.yml",
        "models/one/marts/one_example_v1.sql",
        "models/one/marts/one_example.yml",
        "models/one/marts/one_example.md",
    }
    none = files(render(project="two", starter="none"))
    assert not [name for name in none if name.endswith((".sql", ".csv")) and "/two/" in name]
    calendar = files(
        render(project="shared", starter="calendar", domains=domains("shared", "vocabulary"))
    )
    assert [name for name in calendar if "calendar" in name and "/vocabulary/" in name] == []
    assert "models/shared/marts/calendar_v1.sql" in calendar


def test_names_of_the_example_are_unique_across_domains(render: Render) -> None:
    names = [Path(name).name for name in files(render(domains=domains("one", "two", "three")))]
    code = [name for name in names if name.endswith((".sql", ".csv"))]
    assert len(code) == len(set(code))


def test_packages_come_from_the_forge(render: Render) -> None:
    project = render(inputs=["shared", "weather"], domains=domains("flights"))
    packages = yaml.safe_load((project / "packages.yml").read_text())["packages"]
    assert packages[0] == {"git": "git@embedded:mesh_core.git", "revision": "v0.1.0"}
    assert [package["subdirectory"] for package in packages[1:]] == ["shared", "weather"]
    assert {package["git"] for package in packages[1:]} == {"git@embedded:interfaces.git"}


def test_the_mesh_leaves_its_spec_to_meshnew(render: Render) -> None:
    mesh = render("mesh", "skyline")
    names = set(files(mesh))
    assert "mesh.yml" not in names
    assert not [name for name in names if name.endswith(".yml") and name.startswith("projects/")]
    assert os.access(mesh / ".ci/check", os.X_OK)
    assert {".meshnew/", "checkouts/"} <= set((mesh / ".gitignore").read_text().split())


def test_links_between_the_pages_lead_somewhere(rendered: Path) -> None:
    for name, text in files(rendered).items():
        if name.endswith(".md"):
            for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
                assert (rendered / name).parent.joinpath(target).exists(), f"{name}: {target}"


WAREHOUSES = ("embedded", "postgres", "snowflake", "bigquery", "databricks")
# BigQuery casts to no type with a precision, and a contract is checked by a cast.
TYPES = {
    "bigquery": {"string", "integer", "numeric", "date", "boolean"},
    "databricks": {"string", "integer", "numeric(10, 2)", "date", "boolean"},
}
OTHER_TYPES = {"text", "integer", "numeric(10, 2)", "date", "boolean"}


@pytest.mark.parametrize("warehouse", WAREHOUSES)
def test_types_are_called_as_the_warehouse_calls_them(render: Render, warehouse: str) -> None:
    options = {"options": ["product_layer", "semantic_layer"], "warehouse": warehouse}
    found = set()
    for project in (render(**options), render(project="shared", starter="calendar", **options)):
        for text in files(project).values():
            found |= set(re.findall(r"data_type: (.+)", text))
            for entry in re.findall(r"column_types:\n((?: {8}.+\n)+)", text):
                found |= set(yaml.safe_load(entry).values())
    assert found == TYPES.get(warehouse, OTHER_TYPES)


@pytest.mark.parametrize("warehouse", WAREHOUSES)
def test_a_key_that_the_warehouse_only_notes_is_no_warning_in_every_run(
    render: Render, warehouse: str
) -> None:
    text = files(render(warehouse=warehouse))["models/flights/marts/flights_example.yml"]
    constraint = yaml.safe_load(text)["models"][0]["constraints"][0]
    held = warehouse in ("embedded", "postgres")
    assert constraint.get("warn_unenforced", True) == held


def test_packages_of_the_hub_are_no_part_of_what_they_look_at(render: Render) -> None:
    options = ["dbt_utils", "dbt_project_evaluator", "elementary"]
    config = yaml.safe_load(
        files(render(warehouse="snowflake", options=options))["dbt_project.yml"]
    )
    switched = {name: below for name, below in config["models"].items() if name != "flights"}
    assert switched == {
        "dbt_project_evaluator": {"+enabled": "{{ target.name == 'ci' }}"},
        "elementary": {"+enabled": "{{ target.name == 'prod' }}"},
    }
    assert config["seeds"]["dbt_project_evaluator"] == switched["dbt_project_evaluator"]


@pytest.mark.parametrize("warehouse", WAREHOUSES)
def test_jobs_on_github_may_read_and_nothing_else(render: Render, warehouse: str) -> None:
    project = render(forge="github", warehouse=warehouse)
    workflows = {
        path.stem: yaml.safe_load(path.read_text())
        for path in project.glob(".github/workflows/*.yml")
    }
    assert set(workflows) == {"ci", "deploy", "daily", "job", "template-update"}
    for name, workflow in workflows.items():
        federates = warehouse in ("snowflake", "bigquery", "databricks")
        vouched = federates and name in ("ci", "deploy", "daily")
        may = {"contents": "read"} | ({"id-token": "write"} if vouched else {})
        assert workflow.get("permissions", may) == may, name
        assert ("concurrency" in workflow) == (name != "job")
    steps = workflows["job"]["jobs"]["run"]["steps"]
    assert steps[0]["with"] == {"persist-credentials": False}
    assert steps[-1]["if"].startswith("always()"), "also when it was cancelled"


def test_when_the_daily_job_runs_is_what_the_mesh_says(render: Render) -> None:
    def daily(project: Path) -> dict[Any, Any]:
        workflow = yaml.safe_load((project / ".github/workflows/daily.yml").read_text())
        return dict(workflow[True])  # `on`

    morning = render(
        project="morning", forge="github", warehouse="postgres", schedule="5 7 * * MON-FRI"
    )
    assert daily(morning)["schedule"] == [{"cron": "5 7 * * MON-FRI"}]
    never = render(project="never", forge="github", warehouse="postgres", schedule="")
    assert set(daily(never)) == {"workflow_dispatch"}
