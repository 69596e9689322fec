"""What protects main is Terraform's: hooks, a main in its place, what a change of it needs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from meshnew.embedded.repositories import environment
from tests.terraform.conftest import Skyline, Stack

ADDRESS = 'forge.embedded_branch_protection.this["main"]'


@pytest.fixture(scope="module")
def flights(skyline: Skyline, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A project's stack without a warehouse; its repository has one commit on main."""
    skyline.mesh().apply()
    stack = skyline.stack("project", "guarded")
    write(stack, {"main": {"checks": ["ci"], "approvals": 1}})
    stack.apply()
    work = tmp_path_factory.mktemp("work")
    git(skyline, work, "init", "--quiet")
    git(skyline, work, "commit", "--quiet", "--allow-empty", "-m", "Render")
    git(skyline, work, "push", "--quiet", "git@embedded:guarded.git", "HEAD:refs/heads/main")
    git(skyline, work, "commit", "--quiet", "--allow-empty", "-m", "By hand")
    git(skyline, work, "push", "--quiet", "git@embedded:guarded.git", "HEAD:refs/heads/aside")
    return stack


def write(stack: Stack, protected: dict[str, dict[str, object]]) -> None:
    repository = {"name": "guarded", "description": "All about flights"}
    forge = {"repository": repository, "access": {"platform": "maintain"}}
    stack.write("project", forge=forge | {"protected_branches": protected})


def git(skyline: Skyline, folder: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words],
        cwd=folder,
        env=os.environ | environment(skyline.embedded.repositories),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_a_first_push_is_no_drift(flights: Stack) -> None:
    assert flights.changes() == {}


@pytest.mark.parametrize(
    ("by_hand", "action"),
    [
        (["update-ref", "refs/heads/main", "aside"], "update"),
        (["branch", "-m", "main", "trunk"], "create"),
        (["symbolic-ref", "HEAD", "refs/heads/aside"], "create"),
        (["config", "--unset-all", "meshnew.protected"], "create"),
    ],
)
def test_main_written_renamed_or_opened_by_hand_is_drift_and_is_put_back(
    skyline: Skyline, flights: Stack, by_hand: list[str], action: str
) -> None:
    folder = skyline.embedded.git.path("guarded")
    good = git(skyline, folder, "rev-parse", "main")
    git(skyline, folder, *by_hand)
    assert flights.changes() == {ADDRESS: action}
    flights.settle()
    assert git(skyline, folder, "rev-parse", "HEAD") == good


def test_what_was_written_by_hand_is_named_and_kept(skyline: Skyline, flights: Stack) -> None:
    folder = skyline.embedded.git.path("guarded")
    git(skyline, folder, "update-ref", "refs/heads/main", "aside")
    (stray,) = flights.before(ADDRESS)["strays"]
    assert stray.endswith("By hand (Test)")
    flights.settle()
    kept = git(skyline, folder, "for-each-ref", "--format=%(subject)", "refs/heads/meshnew")
    assert kept == "By hand"


def test_what_a_change_needs_is_the_specs_word(skyline: Skyline, flights: Stack) -> None:
    with skyline.embedded.records() as records:
        records.execute("update protections set approvals = 0, checks = '{}'")
    assert flights.changes() == {ADDRESS: "update"}
    flights.settle()
    with skyline.embedded.records() as records:
        query = "select checks, approvals from protections where repository = 'guarded'"
        assert records.execute(query).fetchone() == (["ci"], 1)


def test_half_an_approval_is_refused_with_the_fix(flights: Stack) -> None:
    write(flights, {"main": {"approvals": 0.5}})
    said = flights.run("plan", "-input=false", fails=True)
    assert "approvals of a protected branch is a whole number" in said
