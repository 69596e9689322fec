"""Projects of a mesh on a company's platforms, rendered as mesh.yml says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from meshnew.mesh.mesh import Mesh
from meshnew.mesh.models import MeshSpec, ProjectSpec
from meshnew.provision.credentials import simplest
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


def own(published: Template, folder: Path, mesh: Mesh) -> dict[str, str]:
    """Files of the mesh's own repository."""
    answers = for_mesh(mesh, simplest(mesh.spec))
    return files(published.render(folder, answers.pop("kind"), **answers))


def test_the_meshs_ci_on_github_applies_what_is_merged(
    published: Template, tmp_path: Path
) -> None:
    found = own(published, tmp_path / "mesh", mesh("snowflake", "github", "forge", "s3"))
    text = found[".github/workflows/mesh.yml"]
    jobs = yaml.safe_load(text)["jobs"]
    assert "meshnew apply --all --merged --yes" in str(jobs["apply"]["steps"])
    assert jobs["apply"]["environment"] == "production"
    assert jobs["apply"]["env"]["GITHUB_TOKEN"] == "${{ secrets.MESH_TOKEN }}"
    assert set(jobs["apply"]["env"]) == {
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "SNOWFLAKE_AUTHENTICATOR",
        "SNOWFLAKE_PRIVATE_KEY", "SNOWFLAKE_ROLE", "SNOWFLAKE_USER",
    }  # fmt: skip
    # Who proposes a change writes its workflow too.
    assert "secrets." not in str(jobs["check"])
    assert not [name for name in found if "gitlab-ci" in name]


def test_the_meshs_ci_on_gitlab_applies_what_is_merged(
    published: Template, tmp_path: Path
) -> None:
    found = own(published, tmp_path / "mesh", mesh("bigquery", "gitlab", "dbt_cloud", "gcs"))
    text = found[".gitlab-ci.yml"]
    assert "# GOOGLE_APPLICATION_CREDENTIALS, GITLAB_TOKEN, DBT_CLOUD_TOKEN" in text
    jobs = yaml.safe_load(text)
    assert jobs["apply"]["script"][-1] == "meshnew apply --all --merged --yes"
    assert "merge_request_event" in str(jobs["check"]["rules"])
    assert not [name for name in found if name.startswith(".github")]


def test_a_mesh_on_a_laptop_has_no_ci_of_its_own(published: Template, tmp_path: Path) -> None:
    found = files(published.render(tmp_path / "mesh", "mesh", project="skyline"))
    assert not [name for name in found if "workflows" in name or "gitlab-ci" in name]
