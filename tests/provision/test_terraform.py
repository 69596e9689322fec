"""What the engine does by itself, and what is made of it, with an engine that misbehaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshnew.errors import ProvisionError
from meshnew.provision.compose import Stack
from meshnew.provision.engine import Engine
from meshnew.provision.terraform import Runner

NO_ROOM = """#!/bin/sh
# Finds no room for all of the plan that it saves, and does not say so.
case "$1" in
    plan) : > plan.tfplan; exit 2 ;;
    show) echo "Error: not a plan file: unexpected EOF" >&2; exit 1 ;;
esac
"""
WORDY = """#!/bin/sh
echo "$@" >> called
"""


def runner(folder: Path, program: str) -> Runner:
    engine = folder / "engine"
    engine.write_text(program)
    engine.chmod(0o755)
    return Runner(Engine("terraform", engine), folder / "stacks")


def test_a_plan_that_could_not_be_saved_is_told_as_one_that_failed(tmp_path: Path) -> None:
    stack = Stack("domain", "sales", {})
    with pytest.raises(ProvisionError, match="could not be planned: Error: not a plan") as failed:
        runner(tmp_path, NO_ROOM).plan(stack)
    assert failed.value.where == "domain sales"


def test_the_engine_is_given_no_file_of_variables(tmp_path: Path) -> None:
    """One would be written for each command, and left in the system's temporary folder."""
    stack = Stack("domain", "sales", {})
    assert runner(tmp_path, WORDY).plan(stack).changes == ()
    called = (tmp_path / "stacks" / "domain" / "sales" / "called").read_text()
    assert "plan" in called
    assert "var" not in called
