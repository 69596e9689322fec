"""Whatever is rendered has an owner for each file, and says which files are the platform's."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from meshnew.operations.changes import governance
from meshnew.operations.repositories.platform_files import LIST, platform_files, says_so
from tests.template.conftest import Template, domains, files


class Teams:
    """What a forge tells of who is there."""

    def teams(self) -> list[str]:
        return ["flights-data", "platform", "weather-data"]

    def members(self, team: str) -> list[str]:
        return []

    def is_person(self, login: str) -> bool:
        return login in {"ada", "grace"}


CASES: list[dict[str, Any]] = [
    {"starter": "calendar"},
    {"options": ["product_layer", "semantic_layer"]},
    {"forge": "github", "warehouse": "snowflake", "options": ["iceberg", "semantic_layer"]},
    {"forge": "gitlab", "warehouse": "postgres", "options": ["loom"], "inputs": ["shared"]},
    {"forge": "github", "warehouse": "bigquery", "runtime": "dbt_cloud", "inputs": ["shared"]},
]


@pytest.mark.parametrize("data", CASES, ids=lambda data: " ".join(map(str, data.values())))
def test_every_rendered_project_passes_and_lists_what_the_platform_owns(
    data: dict[str, Any], published: Template, tmp_path: Path
) -> None:
    own = domains("flights", "weather")
    project = published.render(tmp_path / "p", "domain", "incubator", domains=own, **data)
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    assert governance.owners(project, Teams(), untracked=True) == []
    say_so = {name for name in files(project) if says_so(project / name)}
    assert platform_files(project, untracked=True) == say_so | {".copier-answers.yml"}
    patterns = (project / LIST).read_text().splitlines()[1:]
    assert patterns == sorted(patterns)


@pytest.mark.parametrize(("kind", "name"), [("package", "mesh_core"), ("mesh", "skyline")])
@pytest.mark.parametrize("forge", ["embedded", "github"])
def test_the_package_and_the_mesh_belong_to_the_platform(
    kind: str, name: str, forge: str, published: Template, tmp_path: Path
) -> None:
    project = published.render(tmp_path / "p", kind, name, forge=forge)
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    assert governance.owners(project, Teams(), untracked=True) == []
