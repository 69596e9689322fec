"""Whatever command is killed, wherever: the same command given again ends as if nothing was."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.faults.commands import COMMANDS, Command, Meshes
from tests.faults.harness import Place, kill, resume, wait_for_stop
from tests.faults.snapshot import difference, snapshot

SEED = 20261125
BOUNDARIES = "begin end note"
SAMPLE = {"new": 1, "apply a member": 3, "destroy a young mesh": 2}
"""Command -> how many of its boundaries the quick run kills it at."""
MANY = 50


@dataclass
class Undisturbed:
    """How a command ends that nobody kills, and the moments on its way."""

    state: dict[str, Any]
    boundaries: int
    moments: int


class Killing:
    """Kills commands, each from a mesh of its own, and compares how they end."""

    def __init__(self, meshes: Meshes) -> None:
        self._meshes = meshes
        self._known: dict[str, Undisturbed] = {}

    def undisturbed(self, name: str) -> Undisturbed:
        """How a command ends by itself."""
        if name not in self._known:
            command = COMMANDS[name]
            place = self._copy(command)
            said = place.begin(command.words)
            out, _ = said.communicate()
            assert said.returncode == 0, out
            moments = place.moments()
            count = sum(moment.kind in BOUNDARIES.split() for moment in moments)
            self._known[name] = Undisturbed(snapshot(place.folder), count, len(moments))
            place.remove()
        return self._known[name]

    def kill_and_repeat(
        self, name: str, at: int, *, of: str = "", after: float = 0, alone: bool = False
    ) -> str:
        """Kill a command some seconds after its `at`-th moment, and give it again.

        Returns:
            Where it ended otherwise than undisturbed: what differs, and when it was killed.
        """
        command, expected = COMMANDS[name], self.undisturbed(name).state
        place = self._copy(command)
        try:
            process = place.begin(command.words, at=at, of=of)
            if wait_for_stop(process):
                resume(process, after)
                kill(process, alone=alone)
            when = f"{name} killed at {place.moments()[-1]}"
            place.give(command.words, (0, command.over))
            found = difference(expected, snapshot(place.folder))
        finally:
            place.remove()
        return f"{when}\n{found}" if found else ""

    def _copy(self, command: Command) -> Place:
        base: Place = getattr(self._meshes, command.base)
        return base.copy(base.folder.with_name(f"killed-{time.monotonic_ns()}"))


@pytest.fixture(scope="module")
def killing(meshes: Meshes) -> Iterator[Killing]:
    return Killing(meshes)


@pytest.mark.parametrize("name", SAMPLE)
def test_a_command_killed_at_a_step_is_finished_by_the_same_command(
    killing: Killing, name: str
) -> None:
    count = killing.undisturbed(name).boundaries
    chosen = random.Random(f"{SEED} {name}").sample(range(1, count + 1), SAMPLE[name])
    for at in chosen:
        assert killing.kill_and_repeat(name, at, of=BOUNDARIES) == ""


@pytest.mark.long
@pytest.mark.parametrize("name", COMMANDS)
def test_killed_at_every_step(killing: Killing, name: str) -> None:
    count = killing.undisturbed(name).boundaries
    failures = [
        found
        for at in range(1, count + 1)
        if (found := killing.kill_and_repeat(name, at, of=BOUNDARIES))
    ]
    assert not failures, "\n\n".join(failures)


@pytest.mark.long
@pytest.mark.parametrize("name", COMMANDS)
def test_killed_at_random_moments(killing: Killing, name: str) -> None:
    """Before a program is started or a file written, or up to 50 ms later; half of them with
    whatever the command has started, half without."""
    chance = random.Random(f"{SEED} {name}")
    failures = []
    for _ in range(MANY):
        at = chance.randint(1, killing.undisturbed(name).moments)
        after = chance.choice([0, chance.uniform(0, 0.05)])
        alone = chance.random() < 0.5
        if found := killing.kill_and_repeat(name, at, after=after, alone=alone):
            failures.append(found)
    assert not failures, "\n\n".join(failures)
