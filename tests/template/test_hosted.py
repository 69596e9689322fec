"""Projects of a mesh on a company's platforms, rendered as mesh.yml says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from meshnew.mesh.mesh import Mesh
from meshnew.mesh.models import MeshSpec, ProjectSpec
from meshnew.scaffold.answers import for_mesh, for_project
from tests.mesh.hosted import BASE, spec
from tests.template.conftest import Template, domains, files


def mesh(*kinds: str, **settings: dict[str, Any]) -> Mesh:
    """A mesh with one project that consumes another."""
    data = BASE | spec(*kinds)
    for of, more in settings.items():
        data[of] |= more
    projects = {
        "mesh_core": {"kind": "package", "version": "v0.1.0"},
        "weather": {"kind": "domain", "domains": domains("weather")},
        "flights": {
            "kind": "domain",
            "domains": domains("flights"),
            "consumes": ["weather"],
            "jobs": {"daily": {"schedule": "30 5 * * *"}},
        },
    }
    made = {name: ProjectSpec.model_validate(text) for name, text in projects.items()}
    return Mesh(Path("/mesh"), MeshSpec.model_validate(data), made)


@pytest.fixture
def render(published: Template, tmp_path: Path) -> Any:
    def rendered(mesh: Mesh) -> dict[str, str]:
        answers = for_project(mesh, "flights", {"weather", "flights"})
        return files(published.render(tmp_path / "flights", answers.pop("kind"), **answers))

    return rendered


def test_snowflake_github_and_its_workflows(render: Any) -> None:
    found = render(mesh("snowflake", "github", "forge", "s3"))
    outputs = yaml.safe_load(found["profiles.yml"])["flights"]["outputs"]
    assert outputs["dev"]["type"] == "snowflake"
    assert "dbt-snowflake" in found["requirements.txt"]
    assert "@skyline/flights-data" in found["CODEOWNERS"]
    packages = yaml.safe_load(found["packages.yml"])["packages"]
    assert {package["git"] for package in packages} == {
        "git@github.com:skyline/mesh_core.git",
        "git@github.com:skyline/interfaces.git",
    }
    assert "30 5 * * *" in found[".github/workflows/daily.yml"]
    assert {".github/workflows/ci.yml", ".github/workflows/deploy.yml"} <= set(found)
    assert ".gitlab-ci.yml" not in found


def test_bigquery_gitlab_and_dbt_cloud(render: Any) -> None:
    own = {"group": "acme/data", "host": "git.acme.example:8443"}
    found = render(mesh("bigquery", "gitlab", "dbt_cloud", "gcs", forge=own))
    outputs = yaml.safe_load(found["profiles.yml"])["flights"]["outputs"]
    assert outputs["dev"]["type"] == "bigquery"
    assert "@acme/data/flights-data" in found["CODEOWNERS"]
    assert yaml.safe_load(found["dependencies.yml"])["projects"] == [{"name": "weather"}]
    packages = found["packages.yml"]
    assert "git@git.acme.example:acme/data/mesh_core.git" in packages
    assert "interfaces" not in packages
    assert not [name for name in found if name.startswith(".github/workflows")]


def test_the_meshs_own_repository(published: Template, tmp_path: Path) -> None:
    answers = for_mesh(mesh("databricks", "gitlab", "forge", "http"))
    found = files(published.render(tmp_path / "mesh", answers.pop("kind"), **answers))
    assert "* @skyline/data/platform" in found["CODEOWNERS"]
