"""Ctrl-C: what meshnew has started ends too, locks are free, and it says how to go on."""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.commands import COMMANDS, Meshes
from tests.faults.harness import Place, descendants, wait_for_stop


@dataclass(frozen=True)
class Case:
    """A command, a moment at which something of it runs, and who is told to end."""

    name: str
    moment: str
    step: str
    signal: signal.Signals = signal.SIGINT
    group: bool = False

    def __str__(self) -> str:
        told = "all" if self.group else "it alone"
        return f"{self.name}, {self.signal.name} to {told}"


TERRAFORM, DBT = "0/18", "1/"
CASES = [
    Case("new", TERRAFORM, "Provision domain sales"),
    Case("new", TERRAFORM, "Provision domain sales", group=True),
    Case("new", r"\d sales_example$", "Deploy sales"),
    Case("apply", "0/18", "Provision domain ops", signal.SIGTERM),
    Case("run deploy", "sales_example", "Deploy sales", group=True),
    Case("run deploy", "sales_example", "Deploy sales", signal.SIGTERM),
    Case("run ci", "sales_example", "Check change 1 of sales", group=True),
    Case("run ci", "sales_example", "Check change 1 of sales"),
]


@pytest.fixture
def place(meshes: Meshes, case: Case) -> Iterator[Place]:
    base: Place = getattr(meshes, COMMANDS[case.name].base)
    copy = base.copy(base.folder.with_name("interrupted"))
    yield copy
    copy.remove()


@pytest.mark.long
@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=str(case)) for case in CASES],
)
def test_an_interrupted_command_ends_what_it_started(place: Place, case: Case) -> None:
    words = COMMANDS[case.name].words
    process = place.begin(words, at_text=case.moment, of="detail")
    assert wait_for_stop(process), place.moments()
    started = descendants(process.pid)
    assert started, place.moments()
    process.send_signal(signal.SIGCONT)
    if case.group:
        os.killpg(process.pid, case.signal)
    else:
        process.send_signal(case.signal)
    said, _ = process.communicate()
    assert process.returncode == 130, said
    assert f"{case.step}" in said.rpartition("✗")[2]
    assert "interrupted" in said.rpartition("✗")[2]
    assert f"meshnew {shlex.join([*words, '--as', 'grace'])}" in said
    assert [pid for pid in started if _lives(pid)] == []
    # Its locks are free, and Terraform's state knows all that was made.
    assert "interrupted" not in place.give(words)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
