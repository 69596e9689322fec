"""With the real adapters: how a job of a rendered project signs in to its warehouse."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from meshnew.dbt.environment import inherited, prepare
from meshnew.errors import RunError
from meshnew.scaffold.answers import for_project
from tests.template.conftest import Template
from tests.template.test_hosted import mesh

pytestmark = pytest.mark.long

CREDENTIALS = """
import json, os
from argparse import Namespace
from dbt_common.context import set_invocation_context
from dbt.config.runtime import load_profile
from dbt.flags import set_from_args
set_invocation_context(os.environ)
set_from_args(Namespace(PROFILES_DIR=".", MACRO_DEBUGGING=False), None)
found = load_profile(".", {}).credentials
own = found.auth_args() if hasattr(found, "auth_args") else {}
print(json.dumps({**found.__dict__, **own}, default=str))
"""
SNOWFLAKE = {"SNOWFLAKE_ACCOUNT": "acme-x", "SNOWFLAKE_USER": "flights_ci"}
DATABRICKS = {
    "DATABRICKS_HOST": "acme.example",
    "DATABRICKS_HTTP_PATH": "/sql/1",
    "DATABRICKS_CLIENT_ID": "flights",
}


def credentials(folder: Path, **environ: str) -> dict[str, Any]:
    """What dbt's adapter makes of the profile in an environment."""
    try:
        python = prepare(folder / "requirements.txt").python
    except RunError as error:
        pytest.skip(f"the adapter cannot be installed here: {error.what}")
    done = subprocess.run(
        [str(python), "-c", CREDENTIALS],
        cwd=folder,
        env={**inherited(), "DBT_TARGET": "ci", **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def rendered(published: Template, folder: Path, warehouse: str) -> Path:
    answers = for_project(mesh(warehouse, "github", "forge", "s3"), "flights", {"flights"})
    return published.render(folder / "flights", answers.pop("kind"), **answers)


def test_snowflake_by_a_key_pair_or_by_what_the_forge_says(
    published: Template, tmp_path: Path
) -> None:
    folder = rendered(published, tmp_path, "snowflake")
    vouched = credentials(
        folder,
        **SNOWFLAKE,
        SNOWFLAKE_AUTHENTICATOR="workload_identity",
        DBT_ENV_SECRET_SNOWFLAKE_TOKEN="signed",
    )
    assert vouched["authenticator"] == "WORKLOAD_IDENTITY"
    assert (vouched["workload_identity_provider"], vouched["token"]) == ("OIDC", "signed")
    person = credentials(folder, **SNOWFLAKE)
    assert person["authenticator"] == "externalbrowser"


def test_databricks_by_a_secret_or_by_what_the_forge_says(
    published: Template, tmp_path: Path
) -> None:
    folder = rendered(published, tmp_path, "databricks")
    vouched = credentials(folder, **DATABRICKS, DATABRICKS_AUTH_TYPE="env-oidc")
    assert (vouched["auth_type"], vouched["client_id"]) == ("env-oidc", "flights")
    by_secret = credentials(folder, **DATABRICKS, DBT_ENV_SECRET_DATABRICKS_CLIENT_SECRET="s")
    assert (by_secret["auth_type"], by_secret["client_secret"]) == ("oauth", "s")
