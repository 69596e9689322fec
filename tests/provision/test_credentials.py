"""What is missing from the environment of a platform, or contradicts something, before any plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshnew.mesh.models import MeshSpec
from meshnew.provision import credentials
from tests.mesh.hosted import BASE, KINDS, spec

APP = {"provisioner": {"type": "app", "id": 7}}
TOKEN = {"GITHUB_TOKEN": "x"}


def said(
    home: Path, of: str, kind: str, settings: dict[str, Any] | None = None, **environ: str
) -> list[str]:
    """What is wrong with one platform of a hosted mesh."""
    kinds = {"warehouse": "postgres", "forge": "github", "runtime": "dbt_cloud", "state": "pg"}
    data = spec(**kinds | {of: kind})
    data[of] |= settings or {}
    wanted = credentials.needs(MeshSpec.model_validate(BASE | data))[f"{of} {kind}"]
    return [f"{what} {fix}" for what, fix in credentials.problems(wanted, environ, home)]


def test_a_mesh_on_the_laptop_takes_nothing_from_the_environment() -> None:
    assert credentials.needs(MeshSpec.model_validate(BASE)) == {}


@pytest.mark.parametrize("of", KINDS)
def test_with_nothing_set_every_platform_says_what_to_set(tmp_path: Path, of: str) -> None:
    for kind in KINDS[of]:
        if kind not in ("embedded", "local", "forge"):
            first, *_ = said(tmp_path, of, kind)
            assert first.startswith("nothing to sign in with is set Set ")


@pytest.mark.parametrize(
    ("of", "kind", "environ"),
    [
        ("warehouse", "postgres", "PGUSER PGPASSWORD"),
        ("warehouse", "snowflake", "SNOWFLAKE_USER SNOWFLAKE_ROLE SNOWFLAKE_PASSWORD"),
        ("warehouse", "bigquery", "GOOGLE_CREDENTIALS"),
        ("warehouse", "databricks", "DATABRICKS_CLIENT_ID DATABRICKS_CLIENT_SECRET"),
        ("forge", "github", "GITHUB_TOKEN"),
        ("forge", "gitlab", "GITLAB_TOKEN"),
        ("runtime", "dbt_cloud", "DBT_CLOUD_TOKEN"),
        ("state", "s3", "AWS_PROFILE AWS_ACCESS_KEY_ID"),
        ("state", "gcs", "GOOGLE_BACKEND_CREDENTIALS"),
        ("state", "azurerm", "ARM_TENANT_ID ARM_CLIENT_ID ARM_USE_OIDC"),
        ("state", "pg", "PG_CONN_STR"),
        ("state", "http", "TF_HTTP_USERNAME TF_HTTP_PASSWORD"),
    ],
)
def test_one_whole_way_to_sign_in_is_enough(
    tmp_path: Path, of: str, kind: str, environ: str
) -> None:
    given = dict.fromkeys(environ.split(), str(tmp_path))
    assert not [text for text in said(tmp_path, of, kind, **given) if "names a file" not in text]


@pytest.mark.parametrize(
    ("of", "kind", "environ", "expected"),
    [
        ("warehouse", "postgres", {"PGPASSWORD": "x"}, "PGUSER is not set Set PGUSER."),
        (
            "warehouse", "postgres", {"PGHOST": "other.example"},
            "PGHOST says other.example, mesh.yml says db.skyline.example Unset PGHOST, or",
        ),
        (
            "warehouse", "snowflake", {"SNOWFLAKE_PRIVATE_KEY": "hush"},
            "SNOWFLAKE_AUTHENTICATOR is not set: the key is not looked at Set SNOWFLAKE_AUTH",
        ),
        (
            "warehouse", "snowflake",
            {"SNOWFLAKE_PRIVATE_KEY": "hush", "SNOWFLAKE_PASSWORD": "hush"},
            "SNOWFLAKE_PRIVATE_KEY and also SNOWFLAKE_PASSWORD are set Unset all but one",
        ),
        (
            "warehouse", "snowflake", {"SNOWFLAKE_ACCOUNT_NAME": "TEST"},
            "SNOWFLAKE_ACCOUNT_NAME says TEST, mesh.yml says ANALYTICS",
        ),
        (
            "warehouse", "bigquery", {"GOOGLE_APPLICATION_CREDENTIALS": "/nowhere/key.json"},
            "GOOGLE_APPLICATION_CREDENTIALS names a file that is not there",
        ),
        (
            "warehouse", "databricks", {"DATABRICKS_CLIENT_ID": "x"},
            "DATABRICKS_CLIENT_ID is set, and DATABRICKS_CLIENT_SECRET is not Set DATABRICKS_C",
        ),
        (
            "warehouse", "databricks",
            {"DATABRICKS_TOKEN": "x", "DATABRICKS_CONFIG_PROFILE": "x"},
            "DATABRICKS_TOKEN and also DATABRICKS_CONFIG_PROFILE are set",
        ),
        (
            "warehouse", "databricks", {"DATABRICKS_ACCOUNT_ID": "another"},
            "DATABRICKS_ACCOUNT_ID says another, mesh.yml says 00000000-",
        ),
        ("forge", "github", {"GITHUB_OWNER": "x"}, "GITHUB_OWNER says x, mesh.yml says skyline"),
        ("forge", "gitlab", {"GITLAB_BASE_URL": "https://git.x"}, "mesh.yml says https://gitlab.com"),
        ("runtime", "dbt_cloud", {"DBT_CLOUD_ACCOUNT_ID": "1"}, "says 1, mesh.yml says 4711"),
        ("state", "s3", {"AWS_REGION": "us-east-1"}, "says us-east-1, mesh.yml says eu-central-1"),
        (
            "state", "azurerm", {"ARM_TENANT_ID": "x"},
            "ARM_TENANT_ID is set, and ARM_CLIENT_ID and ARM_CLIENT_SECRET are not",
        ),
        ("state", "http", {"TF_HTTP_USERNAME": "x"}, "TF_HTTP_PASSWORD is not"),
    ],
)  # fmt: skip
def test_what_is_missing_or_contradicts_is_told_and_no_secret_is(
    tmp_path: Path, of: str, kind: str, environ: dict[str, str], expected: str
) -> None:
    found = said(tmp_path, of, kind, **environ)
    assert [text for text in found if expected in text]
    assert "hush" not in " ".join(found)


@pytest.mark.parametrize(
    ("of", "kind", "place"),
    [
        ("warehouse", "bigquery", ".config/gcloud/application_default_credentials.json"),
        ("state", "s3", ".aws/credentials"),
        ("state", "azurerm", ".azure/azureProfile.json"),
    ],
)
def test_whoever_signed_in_by_the_platforms_own_program_needs_no_variable(
    tmp_path: Path, of: str, kind: str, place: str
) -> None:
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).write_text("{}")
    assert said(tmp_path, of, kind) == []


def test_what_says_the_same_in_other_words_does_not_contradict(tmp_path: Path) -> None:
    host = "https://SKYLINE.cloud.databricks.com/"
    environ = {"DATABRICKS_CONFIG_PROFILE": "x", "DATABRICKS_HOST": host}
    assert said(tmp_path, "warehouse", "databricks", **environ) == []
    environ = {**TOKEN, "GITHUB_BASE_URL": "https://api.github.com/"}
    assert said(tmp_path, "forge", "github", **environ) == []


def test_several_ways_do_no_harm_where_one_is_chosen(tmp_path: Path) -> None:
    environ = dict.fromkeys(["DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET"], "x")
    environ["DATABRICKS_AUTH_TYPE"] = "oauth-m2m"
    assert said(tmp_path, "warehouse", "databricks", **environ) == []


def test_a_github_app_signs_in_without_a_token(tmp_path: Path) -> None:
    app = {"GITHUB_APP_ID": "1", "GITHUB_APP_INSTALLATION_ID": "2", "GITHUB_APP_PEM_FILE": "x"}
    assert said(tmp_path, "forge", "github", APP, **app) == []
    (text,) = said(tmp_path, "forge", "github", APP, **app, **TOKEN)
    assert "the provider takes one Unset GITHUB_TOKEN" in text
    (text,) = said(tmp_path, "forge", "github", APP, GITHUB_APP_ID="1")
    assert "GITHUB_APP_INSTALLATION_ID and GITHUB_APP_PEM_FILE are not" in text
