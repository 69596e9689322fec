"""What a workflow of a hosted forge does, in a runner that has a checkout and no mesh."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import User


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """A mesh with one deployed project."""
    user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
    data = ["-d", "consumes=[]", "-d", "members=[ada]"]
    user.meshnew("new", "domain", "weather", *data, "--defaults", "--yes")
    return user


class Runner:
    """A machine that the forge lends for one job."""

    def __init__(self, mesh: User, folder: Path, who: str) -> None:
        known = json.loads(mesh.meshnew("shell", "weather", "--json", who="ada").out)
        self.environ = {**known["environment"], "PGUSER": who, "MESHNEW_AS": "meshnew"}
        self.folder = folder / "runner"
        mesh.meshnew("clone", "weather", who="ada")
        source = mesh.folder / "checkouts/weather"
        subprocess.run(["git", "-C", str(source), "fetch", "-q"], check=True)
        shutil.copytree(source, self.folder)
        shutil.rmtree(source)

    def job(self, *words: str, code: int = 0) -> dict[str, object]:
        answer = User(self.folder.parent).meshnew(
            "job", *words, "-C", "runner", "--json", code=code, env=self.environ
        )
        return dict(json.loads(answer.out))

    def clean_up(self, number: int) -> None:
        words = ("job", "cleanup", "--change", number, "-C", "runner")
        User(self.folder.parent).meshnew(*words, env=self.environ)

    def edit(self, path: str, old: str, new: str) -> None:
        """A change that the forge has merged with main for the runner."""
        file = self.folder / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
        who = ("-c", "user.name=ada", "-c", "user.email=ada@example.com")
        subprocess.run(["git", "-C", self.folder, *who, "commit", "-qam", "Edit"], check=True)


@pytest.fixture
def runner(mesh: User, tmp_path: Path) -> Runner:
    return Runner(mesh, tmp_path, "weather_ci")


def schemas(mesh: User) -> list[str]:
    """CI schemas that are there."""
    query = "select nspname from pg_namespace where nspname like 'ci\\_%'"
    rows = json.loads(mesh.meshnew("psql", "-c", query, "--json", who="ada").out)
    return [row["nspname"] for row in rows]


STAGING = "models/weather/staging/stg_weather__example.sql"


@pytest.mark.long
def test_a_change_is_built_against_production_and_leaves_nothing(
    mesh: User, runner: Runner
) -> None:
    runner.edit(STAGING, "where amount is not null", "where amount > 0")
    report = runner.job("ci", "--change", "7")
    assert report["ok"], report
    assert report["compared"]
    assert report["built"] == ["stg_weather__example", "weather_example"]
    assert schemas(mesh) == []


@pytest.mark.long
def test_what_is_wrong_with_a_change_is_told_with_its_file(mesh: User, runner: Runner) -> None:
    runner.edit(STAGING, "where amount is not null", "WHERE amount is null")
    report = runner.job("ci", "--change", "8", code=1)
    assert {item["file"] for item in report["lint"]} == {STAGING}  # type: ignore[attr-defined]
    assert report["failures"]
    assert schemas(mesh) == []


@pytest.mark.long
def test_a_broken_rule_is_told_once(runner: Runner) -> None:
    described = "    description: One row for each recorded amount.\n"
    runner.edit(STAGING.replace(".sql", ".yml"), described, "")
    report = runner.job("ci", "--change", "10", code=1)
    told = [json.dumps(item) for item in report["findings"]]  # type: ignore[attr-defined]
    assert len(told) == len(set(told)) > 0


@pytest.mark.long
def test_what_a_cancelled_check_left_is_dropped(mesh: User, runner: Runner) -> None:
    mesh.meshnew("psql", "-c", "select meshnew.create_ci_schema(9)", who="weather_ci")
    assert schemas(mesh) == ["ci_weather_9"]
    runner.job("ci", "--change", "9")
    mesh.meshnew("psql", "-c", "select meshnew.create_ci_schema(9)", who="weather_ci")
    runner.clean_up(9)
    assert schemas(mesh) == []


@pytest.mark.long
def test_a_check_that_was_cancelled_before_it_made_anything_leaves_nothing_to_drop(
    runner: Runner,
) -> None:
    shutil.rmtree(runner.folder / "dbt_packages", ignore_errors=True)
    runner.clean_up(11)


@pytest.mark.long
def test_a_merge_goes_to_production_and_to_the_interface(mesh: User, tmp_path: Path) -> None:
    runner = Runner(mesh, tmp_path, "weather_transformer")
    marts = "models/weather/marts/weather_example.yml"
    runner.edit(marts, "What was recorded.", "What was written down.")
    done = runner.job("deploy")
    assert done == {"project": "weather", "ok": True, "failures": [], "waiting": {}}
    shown = json.loads(mesh.meshnew("product", "show", "weather_example", "--json").out)
    columns = {column["name"]: column["description"] for column in shown["columns"]}
    assert columns["label"] == "What was written down."


def test_a_folder_without_a_project_is_refused(tmp_path: Path) -> None:
    answer = User(tmp_path).meshnew("job", "ci", "--change", "1", code=2)
    assert "no project of a mesh" in answer.text
    assert "-C" in answer.text


@pytest.mark.long
def test_a_check_needs_its_change(runner: Runner) -> None:
    runner.job("ci", code=2)
