"""From the spec to stacks on a company's platforms: what only some of them are told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.terraform.combinations import Kinds, stacks

Modules = dict[str, dict[str, Any]]


def modules(*kinds: str) -> dict[str, Modules]:
    """Layer -> platform -> what its module is told, of the domain and project flights."""
    of: Kinds = (kinds[0], kinds[1], kinds[2], "s3")
    return {
        stack.layer: {platform: told for platform, (_, told) in stack.modules.items()}
        for stack in stacks(of)[:3]
    }


@pytest.mark.parametrize(
    ("forge", "issuer", "subjects"),
    [
        ("github", "https://token.actions.githubusercontent.com", "repo:skyline/"),
        ("gitlab", "https://gitlab.com", "project_path:skyline/data/"),
    ],
)
def test_google_lets_in_jobs_of_this_forge_and_owner(
    forge: str, issuer: str, subjects: str
) -> None:
    told = modules("bigquery", forge, "forge")
    settings = told["mesh"]["warehouse"]["settings"]
    assert (settings["oidc_issuer"], settings["oidc_subjects"]) == (issuer, subjects)
    for role in told["project"]["warehouse"]["roles"].values():
        assert [subject.startswith(subjects) for subject in role["subjects"]] == [True]
    production = told["project"]["forge"]["environments"]["production"]
    known_by = production["variables"]["GOOGLE_WORKLOAD_IDENTITY_PROVIDER"]
    assert known_by == "${module.warehouse.federation}"
    assert production["secrets"] == ["MESH_TOKEN"]  # no key


def test_snowflake_knows_jobs_by_whole_subjects_only() -> None:
    on_gitlab = modules("snowflake", "gitlab", "forge")["project"]["warehouse"]["roles"]
    assert on_gitlab["flights_transformer"]["subjects"] == [
        "project_path:skyline/data/flights:ref_type:branch:ref:main"
    ]
    assert "subjects" not in on_gitlab["flights_ci"], "its checks run on any branch"
    on_github = modules("snowflake", "github", "forge")["project"]["warehouse"]["roles"]
    assert on_github["flights_ci"]["subjects"] == ["repo:skyline/flights:environment:ci"]


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_deploys_push_to_interfaces_and_everything_else_takes_changes(forge: str) -> None:
    repositories = modules("postgres", forge, "forge")["mesh"]["forge"]["repositories"]
    protected = {name: told["protected_branches"] for name, told in repositories.items()}
    asks = {"main": {"approvals": 1}}
    assert protected == {"mesh": asks, "template": asks, "interfaces": {}}


def test_groups_at_google_are_named_after_the_mesh() -> None:
    for layer in modules("bigquery", "github", "dbt_cloud").values():
        settings = layer["warehouse"]["settings"]
        assert settings["group_prefix"] == "skyline"
        assert settings["group_domain"] == "skyline.example"
        assert "oidc_issuer" not in settings


def test_jobs_at_google_are_run_by_whom_there_is_a_project_for() -> None:
    compute = modules("bigquery", "github", "forge")["project"]["warehouse"]["compute"]
    assert compute["flights"]["users"] == ["flights_transformer", "flights_ci", "flights_developer"]
    others = modules("databricks", "github", "forge")["project"]["warehouse"]["compute"]
    assert "flights_loader" in others["flights"]["users"]


def test_databricks_is_reached_by_its_account_and_jobs_have_a_secret() -> None:
    told = modules("databricks", "github", "forge")
    assert told["mesh"]["warehouse"]["settings"] == {"create_databases": True, "serverless": True}
    assert told["mesh"]["warehouse"]["databases"] == {
        "development": "skyline_dev",
        "ci": "skyline_ci",
    }
    production = told["project"]["forge"]["environments"]["production"]
    assert "DATABRICKS_CLIENT_SECRET" in production["secrets"]
    project = stacks(("databricks", "github", "forge", "s3"))[2]
    provider = project.document()["provider"]["databricks"]
    assert provider == {
        "host": "https://skyline.cloud.databricks.com",
        "account_id": "00000000-1111-2222-3333-444444444444",
    }
