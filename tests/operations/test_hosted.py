"""A mesh on a company's platforms: what cannot be done there yet is said, nothing is begun."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from meshnew.errors import RequirementError
from meshnew.mesh.load import load
from meshnew.mesh.models import MeshSpec
from meshnew.operations.journal import Journal
from meshnew.operations.progress import Silent
from meshnew.operations.session import Session
from tests.conftest import User
from tests.mesh.hosted import BASE, spec
from tests.mesh.test_platforms import FLIGHTS


@pytest.fixture
def me(tmp_path: Path) -> User:
    """Somebody whose mesh.yml names a company's platforms."""
    mesh = BASE | spec("snowflake", "github", "dbt_cloud", "s3")
    (tmp_path / "mesh.yml").write_text(yaml.safe_dump(mesh))
    (tmp_path / "projects").mkdir()
    (tmp_path / "projects" / "flights.yml").write_text(FLIGHTS)
    return User(tmp_path)


@pytest.mark.parametrize("words", ["run flights deploy", "destroy flights --yes"])
def test_what_cannot_be_done_is_refused_before_anything_is_begun(me: User, words: str) -> None:
    before = sorted(me.folder.rglob("*"))
    answer = me.meshnew(*words.split(), code=2)
    assert "the embedded platform only, not on snowflake, github, dbt_cloud and s3" in answer.err
    assert "meshnew doctor, new, plan, apply, status, change, check, eject" in answer.err
    assert "Traceback" not in answer.text
    assert sorted(me.folder.rglob("*")) == before


def test_status_names_the_credential_that_it_lacks(
    me: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_TOKEN", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    answer = me.meshnew("status", code=2)
    assert "GITHUB_TOKEN" in answer.err
    assert "Traceback" not in answer.text


def test_a_session_does_not_follow_its_mesh_to_hosted_platforms(me: User) -> None:
    hosted = load(me.folder)
    laptop = replace(hosted, spec=MeshSpec.model_validate(BASE))
    journal = Journal(me.folder / "log", "plan", "grace", Silent())
    session = Session(laptop, "grace", named=True, journal=journal)
    with pytest.raises(RequirementError, match="works on the embedded platform only"):
        session.on(hosted)


def test_doctor_tells_what_is_missing_for_each_platform(me: User) -> None:
    environ = dict.fromkeys(("SNOWFLAKE_USER", "GITHUB_TOKEN", "AWS_PROFILE"), "hush")
    environ |= {"GITHUB_OWNER": "elsewhere", "HOME": str(me.folder)}
    environ |= dict.fromkeys(("DBT_CLOUD_TOKEN", "SNOWFLAKE_ROLE"), "")
    answer = me.meshnew("doctor", "--json", code=1, env=environ)
    found = {(item["name"], item["ok"]): item for item in json.loads(answer.out)}
    assert found["spec", True]["detail"] == "mesh skyline, 1 projects"
    assert "nothing to sign in with" in found["runtime dbt_cloud", False]["detail"]
    assert found["runtime dbt_cloud", False]["fix"] == "Set DBT_CLOUD_TOKEN."
    assert "SNOWFLAKE_ROLE is not set" in found["warehouse snowflake", False]["detail"]
    assert "GITHUB_OWNER says elsewhere" in found["forge github", False]["detail"]
    assert found["state s3", True]["detail"] == "signs in by AWS_PROFILE"
    assert not {name for name, _ in found} & {"Postgres", "repositories", "CI schemas"}
    assert "hush" not in answer.text


@pytest.mark.parametrize("words", ["apply --all --yes", "apply --all --merged", "new domain sales"])
def test_without_a_token_nothing_is_proposed(me: User, words: str) -> None:
    environ = {"GITHUB_TOKEN": "", "GITHUB_APP_ID": ""}
    answer = me.meshnew(*words.split(), code=2, env=environ)
    assert "there is no token for github.com: GITHUB_TOKEN is not set" in answer.err
