"""A change is checked before anybody merges it; jobs run by schedule; every run is remembered."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import MESHNEW, User

MODEL = Path("models/weather/marts/weather_example_v1.sql")
YAML = MODEL.with_name("weather_example.yml")
BAD = """\
SELECT
    example_id,
    label,
    case when example_id = 2 then null else amount end as amount
from {{ ref('stg_weather__example') }}
"""
DAY = (
    "      - name: recorded_on\n        description: Day of the record.\n        data_type: date\n"
)


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """A mesh with one deployed project, whose checkout ada has."""
    user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
    with (user.folder / "mesh.yml").open("a") as stream:
        stream.write("readers: {tableau: {reads: [weather]}}\n")
    data = ["-d", "consumes=[]", "-d", "members=[ada]"]
    user.meshnew("new", "domain", "weather", *data, "--defaults", "--yes")
    user.meshnew("clone", "weather", who="ada")
    return user


def checked(mesh: User, *words: str, project: str = "weather", code: int = 0) -> dict[str, object]:
    """The report of a check."""
    answer = mesh.meshnew("run", project, "ci", *words, "--json", who="ada", code=code)
    return dict(json.loads(answer.out))


def pushed(mesh: User, branch: str, files: dict[Path, str], project: str = "weather") -> int:
    """A branch from main with these files is pushed and proposed; the change's number."""
    where = f"checkouts/{project}"
    mesh.run("git", "switch", "-q", "-C", branch, "origin/main", where=where)
    edited(mesh, branch, files, project)
    opened = mesh.meshnew("change", "open", project, "--branch", branch, "--json", who="ada")
    return int(json.loads(opened.out)["number"])


def edited(mesh: User, branch: str, files: dict[Path, str], project: str = "weather") -> None:
    where = f"checkouts/{project}"
    for path, text in files.items():
        (mesh.folder / where / path).write_text(text)
    mesh.run("git", "commit", "-qam", f"Edit on {branch}", where=where)
    mesh.run("git", "push", "-q", "origin", f"HEAD:refs/heads/{branch}", where=where)


def text_of(mesh: User, path: Path) -> str:
    return mesh.run("git", "show", f"origin/main:{path}", where="checkouts/weather").out


def schemas(mesh: User) -> list[str]:
    """CI schemas that are there."""
    query = "select nspname from pg_namespace where nspname like 'ci\\_%'"
    rows = json.loads(mesh.meshnew("psql", "-c", query, "--json", who="ada").out)
    return [row["nspname"] for row in rows]


def without_day(yaml: str) -> str:
    """The product's promise without its column `recorded_on`."""
    return yaml.replace(DAY, "").replace("[label, recorded_on]", "[label]")


def left_over(mesh: User, number: int) -> None:
    """What a check that was killed leaves."""
    mesh.meshnew("psql", "-c", f"select meshnew.create_ci_schema({number})", who="weather_ci")
    assert schemas(mesh) == [f"ci_weather_{number}"]


def test_what_is_in_production_is_not_built_again(mesh: User) -> None:
    report = checked(mesh)
    assert (report["ok"], report["compared"], report["built"]) == (True, True, [])
    assert report["lint"] == []


def test_a_change_that_breaks_something_is_told_what_and_where(mesh: User) -> None:
    left_over(mesh, 8)
    pushed(mesh, "bad", {MODEL: BAD, YAML: without_day(text_of(mesh, YAML))})
    report = checked(mesh, "--change", "1", code=1)
    assert report["built"] == ["weather_example"], "only what changed, read from production"
    (failure,) = report["failures"]
    assert failure["name"] == "not_null_weather_example_v1_amount"
    assert failure["rows"] == [{"amount": None}]
    assert "ci_weather_1" in failure["query"]
    (problem,) = report["lint"]
    assert (problem["file"], problem["line"], problem["rule"]) == (str(MODEL), 1, "CP01")
    (contract,) = report["contracts"]
    assert contract["what"] == "weather.weather_example.v1 loses column recorded_on (date)"
    assert schemas(mesh) == [], "its own and what was left of an older one are gone"
    shown = mesh.meshnew("runs", report["run"]).out
    assert "weather ci of change 1 failed" in shown
    assert "queries/not_null_weather_example_v1_amount.sql" in shown


@pytest.mark.long
def test_the_branch_that_is_checked_out_names_the_change(mesh: User) -> None:
    edited(mesh, "bad", {MODEL: text_of(mesh, MODEL), YAML: text_of(mesh, YAML)})
    mended = text_of(mesh, MODEL).replace("recorded_on", "recorded_on + 0 as recorded_on")
    edited(mesh, "bad", {MODEL: mended, YAML: text_of(mesh, YAML)})
    done = mesh.meshnew("run", "ci", "-C", "checkouts/weather", who="ada")
    assert "✓ change 1 of weather: 1 built, " in done.out
    (check,) = json.loads(mesh.meshnew("change", "checks", "weather", "1", "--json").out)
    assert (check["name"], check["state"]) == ("ci", "passed")


@pytest.mark.long
def test_a_mesh_without_production_builds_everything(mesh: User) -> None:
    mesh.run("git", "push", "-q", "origin", ":meshnew/production", where="checkouts/weather")
    report = checked(mesh)
    assert not report["compared"]
    assert set(report["built"]) == {
        "weather_example_rows",
        "stg_weather__example",
        "weather_example",
    }


def test_an_interrupted_check_leaves_no_schema_and_says_so(mesh: User) -> None:
    nap = text_of(mesh, MODEL).rstrip() + "\ncross join (select pg_sleep(600)) as nap\n"
    number = pushed(mesh, "slow", {MODEL: nap})
    command = [str(MESHNEW), "run", "weather", "ci", "--change", str(number), "--as", "ada"]
    with subprocess.Popen(
        command, cwd=mesh.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as check:
        while not schemas(mesh):
            assert check.poll() is None
            time.sleep(0.2)
        os.kill(check.pid, signal.SIGINT)
        assert check.wait() == 130
    assert schemas(mesh) == []
    last = json.loads(mesh.meshnew("runs", "--json").out)[0]
    assert (last["state"], last["error"]) == ("failed", "interrupted")


def test_doctor_drops_what_killed_checks_left(mesh: User) -> None:
    left_over(mesh, 9)
    assert "dropped leftovers ci_weather_9" in mesh.meshnew("doctor").out
    assert schemas(mesh) == []


@pytest.mark.long
def test_what_a_schedule_makes_due_runs_once(mesh: User) -> None:
    assert "No job has a schedule" in mesh.meshnew("run", "--due").out
    spec = mesh.folder / "projects" / "weather.yml"
    spec.write_text(spec.read_text() + 'jobs: {daily: {schedule: "0 6 * * *"}}\n')
    mesh.meshnew("apply", "weather", "--yes")
    done = json.loads(mesh.meshnew("run", "--due", "--json").out)
    assert [(item["project"], item["ok"]) for item in done["ran"]] == [("weather", True)]
    assert [(item["project"], item["job"]) for item in done["next"]] == [("weather", "daily")]
    again = mesh.meshnew("run", "--due").out
    assert "Nothing is due" in again
    assert "06:00 UTC" in again
    last = json.loads(mesh.meshnew("runs", "--project", "weather", "--json").out)[0]
    assert (last["job"], last["state"], last["actor"]) == ("daily", "passed", "grace")
    assert checked(mesh)["compared"], "a whole daily is production, too"


@pytest.mark.long
def test_a_package_is_built_and_checked_with_every_project_that_imports_it(mesh: User) -> None:
    mesh.meshnew("clone", "mesh_core")
    macros, blind = Path("macros/domains.sql"), Path("tests/generic/not_empty.sql")
    checkout = mesh.folder / "checkouts/mesh_core"
    head = "{% macro domain_of(node, custom_schema_name=none) %}\n"
    refusal = "{% if project_name == 'weather' %}{{ exceptions.raise_compiler_error('oops') }}"
    text = (checkout / macros).read_text()
    assert head in text
    broken = text.replace(head, f"{head}{refusal}{{% endif %}}\n")
    never = (checkout / blind).read_text().replace("row_count = 0", "row_count < 0")
    pushed(mesh, "oops", {macros: broken, blind: never}, project="mesh_core")
    report = checked(mesh, "--change", "1", project="mesh_core", code=1)
    own, importer = report["failures"]
    assert own["name"] == "mesh_core_not_empty_no_readings_"
    assert own["resource"] == "test"
    assert importer["name"] == "weather"
    assert "oops" in importer["message"]
    assert "daily_readings" in report["built"]
    assert report["passed"] > 10, "what the package's own project proves, and the other project"
    assert schemas(mesh) == []


@pytest.mark.long
def test_what_readers_would_lose_is_not_merged_by_the_way(mesh: User) -> None:
    lost = "weather.weather_example.v1 loses column recorded_on (date); read by reader tableau"
    mesh.run("git", "fetch", "-q", where="checkouts/weather")
    without = text_of(mesh, MODEL).replace(",\n    recorded_on", "")
    number = pushed(mesh, "narrow", {MODEL: without, YAML: without_day(text_of(mesh, YAML))})
    checked(mesh, "--change", str(number))
    assert f"breaks {lost}" in mesh.meshnew("change", "show", "weather", number).out
    before = text_of(mesh, MODEL)
    answer = mesh.merge("weather", number, who="ada", code=1)
    assert lost in answer.err
    assert f"meshnew change merge weather {number} --break-consumers" in answer.err
    mesh.run("git", "fetch", "-q", where="checkouts/weather")
    assert text_of(mesh, MODEL) == before
    command = ("change", "merge", "weather", number, "--break-consumers")
    mesh.meshnew(*command, who="ada")
    mesh.run("git", "fetch", "-q", where="checkouts/weather")
    assert text_of(mesh, MODEL) == without


def test_a_change_that_does_not_merge_is_told_how_to_go_on(mesh: User) -> None:
    first, second = (
        text_of(mesh, MODEL).replace("label", f"label || '{end}' as label") for end in "!?"
    )
    number = pushed(mesh, "first", {MODEL: first})
    pushed(mesh, "second", {MODEL: second})
    # As if the second had been merged already.
    bare = ".meshnew/embedded/repositories/weather.git"
    mesh.run("git", "update-ref", "refs/heads/main", "refs/heads/second", where=bare)
    answer = mesh.meshnew("run", "weather", "ci", "--change", number, who="ada", code=1)
    assert f"change {number} of weather and main both changed {MODEL}" in answer.out
    assert "git merge origin/main" in answer.out


def test_mistakes_are_told_with_the_command_that_is_meant(mesh: User) -> None:
    assert "--due" in mesh.meshnew("run", "weather", code=2).err
    assert "meshnew run --due" in mesh.meshnew("run", "weather", "daily", "--due", code=2).err
    assert "ci --change 3" in mesh.meshnew("run", "weather", "deploy", "--change", "3", code=2).err
    assert "meshnew runs" in mesh.meshnew("runs", "nonsense", code=2).err
    assert (
        "change list weather" in mesh.meshnew("run", "weather", "ci", "--change", "99", code=1).err
    )
