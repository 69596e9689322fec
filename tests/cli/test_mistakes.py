"""What people do wrong, and what gets in the way: one clear message, never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import MESHNEW, Answer, User

MESH = "name: skyline\ntemplate: {version: v0.1.0}\nplatform_team: {name: platform}\n"


@pytest.fixture
def me(tmp_path: Path) -> User:
    return User(tmp_path)


@pytest.fixture
def declared(me: User) -> User:
    """A mesh of which only mesh.yml is there: enough for what is refused before anything starts."""
    (me.folder / "mesh.yml").write_text(MESH)
    return me


def refused(answer: Answer, *said: str) -> None:
    assert "Traceback" not in answer.text
    assert "✗" in answer.err
    for text in said:
        assert text in answer.err


def test_init_into_a_file_is_refused(me: User) -> None:
    (me.folder / "afile").write_text("x")
    refused(me.meshnew("init", "afile", "--yes", code=2), "afile", "is no folder")
    refused(me.meshnew("init", "afile/inner", "--yes", code=2), "is no folder")


def test_a_file_where_a_folder_belongs_is_named(declared: User) -> None:
    (declared.folder / ".meshnew").mkdir()
    (declared.folder / ".meshnew" / "log").write_text("x")
    try:
        refused(declared.meshnew("init", "--yes", code=1), ".meshnew/log: File exists", "again")
    finally:
        declared.meshnew("stop")


# Root, who runs the tests in most containers, may write everywhere unless that is taken away.
RIGHTS = "-dac_override,-dac_read_search"
NOT_ROOT = ["setpriv", f"--bounding-set={RIGHTS}", f"--inh-caps={RIGHTS}"]


@pytest.mark.skipif(
    os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root may write everywhere"
)
@pytest.mark.parametrize("words", [["init", "m", "--yes"], ["plan"], ["new", "domain", "sales"]])
def test_a_folder_that_may_not_be_written_is_named(words: list[str], me: User) -> None:
    if words[0] != "init":
        (me.folder / "mesh.yml").write_text(MESH)
    me.folder.chmod(0o500)
    done = subprocess.run(
        [*(NOT_ROOT if os.geteuid() == 0 else []), MESHNEW, *words],
        cwd=me.folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    me.folder.chmod(0o700)
    assert done.returncode == 2, done.stderr
    assert "may not be written" in done.stderr
    assert [path.name for path in me.folder.iterdir()] == ["mesh.yml"] * (words[0] != "init")


@pytest.mark.parametrize("words", [["status"], ["doctor"], ["init", "--yes"], ["change", "list"]])
def test_a_directory_that_is_not_there_is_wrong_usage_everywhere(
    words: list[str], me: User
) -> None:
    answer = me.meshnew(*words, "-C", "nowhere", code=2)
    assert "nowhere" in answer.err
    assert "Traceback" not in answer.text
    assert not list(me.folder.iterdir())


@pytest.mark.parametrize("words", [["status", "--nosuch"], ["stauts"], ["clone"]])
def test_wrong_usage_is_one_json_document_too(words: list[str], me: User) -> None:
    answer = me.meshnew(*words, "--json", code=2)
    error = json.loads(answer.out)["error"]
    assert error["what"]
    assert "--help" in error["fix"]
    assert "Usage:" in answer.err


def test_json_that_is_meant_for_dbt_is_not_ours(me: User) -> None:
    answer = me.meshnew("run", "shared", "deploy", "--", "--select", "x", "--json", code=2)
    assert answer.out == ""


@pytest.mark.parametrize("option", ["shared", "mesh", "template", "interfaces"])
def test_a_package_cannot_have_the_name_of_what_a_mesh_has_anyway(option: str, me: User) -> None:
    answer = me.meshnew("init", "m", "--yes", "--name", "skyline", "--package", option, code=2)
    refused(answer, f"`{option}`", "--package")
    assert not (me.folder / "m").exists()


def test_people_and_projects_cannot_have_the_same_login(me: User) -> None:
    answer = me.meshnew("init", "m", "--yes", "--member", "shared_loader", code=2)
    refused(answer, "shared_loader", "--member")
    assert not (me.folder / "m").exists()


def test_a_folder_whose_name_is_no_name_of_a_mesh_needs_one(me: User) -> None:
    refused(me.meshnew("init", "2024demo", "--yes", code=2), "`2024demo`", "Name it: --name")
    assert not (me.folder / "2024demo").exists()


@pytest.mark.parametrize(
    ("flag", "value", "there"),
    [
        ("--name", "other", "skyline"),
        ("--member", "zoe", "nobody"),
        ("--package", "core", "mesh_core"),
        ("--team", "us", "platform"),
    ],
)
def test_a_mesh_that_is_there_is_changed_in_mesh_yml(
    flag: str, value: str, there: str, declared: User
) -> None:
    answer = declared.meshnew("init", "--yes", flag, value, code=2)
    refused(answer, flag, value, there, "edit mesh.yml")
    assert (declared.folder / "mesh.yml").read_text() == MESH
    assert not (declared.folder / "projects").exists()


@pytest.mark.parametrize("errors", [None, subprocess.STDOUT])
def test_who_reads_the_first_lines_only_stops_nothing(errors: int | None, me: User) -> None:
    """As `meshnew doctor | head -1` does, or `meshnew apply p 2>&1 | head -1`."""
    for words in (["doctor"], ["doctor", "--json"], ["status"]):
        child = subprocess.Popen(
            [MESHNEW, *words], cwd=me.folder, stdout=subprocess.PIPE, stderr=errors
        )
        assert child.stdout
        child.stdout.close()
        assert child.wait(60) == (2 if words == ["status"] else 0)


def test_git_too_old_is_named_wherever_git_is_needed(declared: User, tmp_path: Path) -> None:
    old = tmp_path / "bin" / "git"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho git version 2.17.1\n")
    old.chmod(0o755)
    path = {"PATH": f"{old.parent}{os.pathsep}{os.environ['PATH']}"}
    for words in (["change", "open", "mesh"], ["plan"], ["init", "m", "--yes"]):
        answer = declared.meshnew(*words, code=2, env=path)
        refused(answer, "git is too old", "2.17.1", "Install git 2.38")


def test_ctrl_c_says_that_the_command_can_be_repeated(declared: User, tmp_path: Path) -> None:
    # A git that never ends stands for any work that takes long.
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    begun = tmp_path / "begun"
    slow.write_text(f"#!/bin/sh\ntouch '{begun}'\nexec sleep 600\n")
    slow.chmod(0o755)
    child = subprocess.Popen(
        [MESHNEW, "doctor", "--json"],
        cwd=declared.folder,
        env={**os.environ, "PATH": f"{slow.parent}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not begun.exists():
        assert child.poll() is None
        time.sleep(0.05)
    os.killpg(child.pid, signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "carries on" in err
    assert json.loads(out)["error"]["what"] == "interrupted"
