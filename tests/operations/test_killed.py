"""What a killed command left half done: the next one puts it right."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from meshnew import cli
from meshnew.errors import RequirementError
from meshnew.forge import salvage
from meshnew.operations import destroy as destroying
from meshnew.operations import records
from meshnew.operations.destroy import destroy
from meshnew.operations.progress import Silent
from meshnew.operations.session import Session, open_session
from tests.operations.conftest import provision, sql


class Killed(BaseException):
    """Nothing after it runs, as after a SIGKILL."""


def git(folder: Path, *words: str, code: int = 0) -> str:
    who = ("-c", "user.name=ada", "-c", "user.email=ada@example.com")
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    return done.stdout


def test_the_copy_that_a_killed_plan_worked_in_goes_with_the_next(written: Session) -> None:
    left = written.mesh.home / "plan-killed" / "stacks"
    left.mkdir(parents=True)
    with written.terraform():
        assert not left.parent.exists()


def test_a_run_that_was_killed_is_marked_by_the_next_of_its_kind(written: Session) -> None:
    states = {
        "before": ("sales", "deploy"),
        "check": ("sales", "ci"),
        "other": ("stores", "deploy"),
        "now": ("sales", "daily"),
    }
    for run, (project, job) in states.items():
        records.run_started(written, run, project, job, "c0ffee")
    found = {run.id: (run.state, run.summary.get("error")) for run in records.runs(written)}
    assert found == {
        "before": ("failed", "interrupted"),
        "check": ("running", None),
        "other": ("running", None),
        "now": ("running", None),
    }


@pytest.mark.parametrize("before", ["{}", None])
def test_a_state_that_a_killed_terraform_wrote_half_is_made_whole(
    session: Session, before: str | None
) -> None:
    """What it had before is beside it, or nothing is; what is there is adopted either way."""
    folder = session.mesh.home / "stacks" / "project" / "sales"
    whole = resources(folder / "terraform.tfstate")
    assert whole
    text = (folder / "terraform.tfstate").read_text()
    (folder / "terraform.tfstate").write_text(text[: len(text) // 2])
    (folder / "errored.tfstate").write_text(text[:100])
    (folder / "terraform.tfstate.backup").unlink(missing_ok=True)
    if before is not None:
        empty = json.loads(text) | {"resources": [], "outputs": {}}
        (folder / "terraform.tfstate.backup").write_text(json.dumps(empty))
    with pytest.raises(RequirementError, match="cannot be read"):  # nothing says it was killed
        provision(session)
    (folder / ".applying").touch()
    provision(session)
    assert resources(folder / "terraform.tfstate") == whole
    assert not (folder / "errored.tfstate").exists()
    assert not (folder / ".applying").exists()


def test_a_saved_plan_that_a_kill_left_beside_what_it_made_goes(session: Session) -> None:
    provision(session)
    left = session.mesh.home / "stacks" / "project" / "sales" / "plan.tfplan"
    left.write_text("applied already")
    provision(session)
    assert not left.exists()


def resources(state: Path) -> set[str]:
    """Addresses of what a state holds."""
    return {
        f"{item['module']}.{item['type']}.{item['name']}[{one.get('index_key')}]"
        for item in json.loads(state.read_text())["resources"]
        for one in item["instances"]
    }


def test_a_destroy_that_was_killed_before_it_forgot_the_project_forgets_it_when_repeated(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    records.project_rendered(session, "stores", "domain", "v0.1.0")
    sales = session.mesh.root / "projects" / "sales.yml"
    sales.write_text(sales.read_text().replace("consumes: [stores]\n", ""))
    again = session.reloaded()

    def killed(*_: object) -> None:
        raise Killed

    # What is published and committed is not made here.
    monkeypatch.setattr(destroying, "_leave_the_mesh", _leave)
    with monkeypatch.context() as patched:
        patched.setattr(destroying, "_forget", killed)
        with pytest.raises(Killed):
            destroy(again, ["stores"], with_data=True, confirm=lambda _: True)
    again = session.reloaded()
    assert "stores" not in again.mesh.projects
    assert "stores" in records.projects(again)
    assert sql(again, "select to_regnamespace('stores')") == [(None,)]
    done = destroy(again, ["stores"], with_data=True, confirm=lambda _: True)
    assert done
    assert done.traces == ["stores"]
    assert "stores" not in records.projects(again)


def _leave(session: Session, _projects: list[str], wanted: list[str]) -> None:
    for name in wanted:
        (session.mesh.root / "projects" / f"{name}.yml").unlink(missing_ok=True)


def test_a_checkout_whose_git_was_killed_in_a_rebase_is_as_before_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    file = tmp_path / "mesh.yml"
    for text, *switch in (("one",), ("two", "-b", "ours"), ("three", "main")):
        if switch:
            git(tmp_path, "checkout", "-q", *switch)
        file.write_text(text)
        git(tmp_path, "add", "mesh.yml")
        git(tmp_path, "commit", "-q", "-m", text)
    git(tmp_path, "checkout", "-q", "ours")
    git(tmp_path, "rebase", "main", code=1)
    for lock in ("index.lock", "HEAD.lock", "refs/heads/ours.lock"):
        (tmp_path / ".git" / lock).write_text("")
    salvage.release(tmp_path)
    assert git(tmp_path, "status", "--short", "--branch") == "## ours\n"
    assert file.read_text() == "two"
    assert list((tmp_path / ".git").rglob("*.lock")) == []


class Heard(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can work in somebody else's mesh")
def test_root_in_somebody_elses_mesh_is_told_whose_its_files_become(
    written: Session,
) -> None:
    home, heard = written.mesh.home, Heard()
    os.chown(home, 12345, 12345)
    try:
        open_session(written.mesh.root, "grace", "test", heard)
    finally:
        os.chown(home, 0, 0)
    assert any(f"chown -R 12345 {written.mesh.root}" in text for text in heard.said)
    assert "This mesh belongs to user id 12345 and you work in it as root" in heard.said[0]


def test_a_lock_that_sudo_left_is_named_with_how_to_get_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = tmp_path / ".meshnew" / "provision.lock"
    lock.parent.mkdir()
    lock.touch()
    owner = lock.stat().st_uid
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    refused = PermissionError(errno.EACCES, "Permission denied", str(lock))
    monkeypatch.setattr(cli, "app", raising(refused))
    monkeypatch.setattr(cli.interrupt, "listen", lambda: None)  # the tests' own handlers stay
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = " ".join(capsys.readouterr().err.split())
    assert ended.value.code == 1
    assert f"provision.lock: Permission denied: it belongs to user id {owner}, not to you" in said
    assert "sudo chown -R $(id -u) .meshnew, then give the same command again" in said


def test_what_postgres_refuses_in_the_middle_is_a_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    full = psycopg.errors.DiskFull('could not extend file "x": No space left on device')
    monkeypatch.setattr(cli, "app", raising(full))
    monkeypatch.setattr(cli.interrupt, "listen", lambda: None)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = " ".join(capsys.readouterr().err.split())
    assert ended.value.code == 1
    assert 'embedded Postgres: could not extend file "x": No space left on device' in said
    assert "the same command again: it carries on" in said


def raising(error: Exception) -> Callable[..., None]:
    """A command that the system refuses something."""

    def app(**_: object) -> None:
        raise error

    return app
