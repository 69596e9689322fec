"""A job is given the identity that it runs as, whichever meshnew rendered its project."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from meshnew.assets import asset
from meshnew.dbt.environment import Environment
from meshnew.dbt.job import Job
from meshnew.mesh.access import Role
from meshnew.operations.runs import jobs
from meshnew.operations.session import Session

BEFORE = "sales:\n  outputs:\n    prod:\n      user: \"{{ env_var('PGUSER') }}\"\n      PASSWORD\n"
VARIABLE = "DBT_ENV_SECRET_PGPASSWORD"


@pytest.fixture
def job(written: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A deploy of a project that was rendered before logins had passwords."""
    made = Environment(Path(sys.executable), tmp_path, "")
    monkeypatch.setattr("meshnew.dbt.environment.prepare", lambda _: made)
    for login in ("sales_transformer", "sales_ci", "ada"):
        written.embedded.postgres.passwords.verifier(login)
    (tmp_path / "requirements.txt").write_text("dbt-core\n")
    (tmp_path / "profiles.yml").write_text(BEFORE.replace("PASSWORD", 'password: ""'))
    identity = Role.TRANSFORMER
    return jobs.prepare(written, "sales", tmp_path, "run", identity=identity, target="prod")


def test_it_has_its_own_password_and_no_way_to_another(written: Session, job: Job) -> None:
    passwords = written.embedded.postgres.passwords
    assert job.environ["PGUSER"] == "sales_transformer"
    assert job.environ[VARIABLE] == passwords.get("sales_transformer") != passwords.get("ada")
    assert not {"PGPASSFILE", "PGPASSWORD"} & set(job.environ)
    assert not [value for value in job.environ.values() if "passwords" in value]


def test_a_profile_that_says_there_is_no_password_is_mended_in_a_copy(job: Job) -> None:
    def password(folder: Path) -> str:
        profile = yaml.safe_load((folder / "profiles.yml").read_text())
        return str(profile["sales"]["outputs"]["prod"]["password"])

    assert password(job.folder) == ""
    assert password(job.profiles_dir) == "{{ env_var('%s') }}" % VARIABLE  # noqa: UP031


def test_the_templates_profile_asks_for_the_variable_that_a_job_is_given() -> None:
    rendered = (asset("template") / "domain" / "profiles.yml.jinja").read_text()
    assert f"env_var('{VARIABLE}', '')" in rendered
