"""Whatever command is killed, wherever: the same command given again ends as if nothing was.

With `FAULTS_VERDICTS` naming a file, each kill writes a line of JSON to it, and what that file
says has passed is not killed again: a long run can be ended and go on.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults.commands import COMMANDS, Command, Meshes
from tests.faults.harness import Place, kill, resume, wait_for_stop
from tests.faults.snapshot import difference, snapshot

SEED = 20261125
BOUNDARIES = "begin end note"
SAMPLE = {"apply a member": 2, "destroy a young mesh": 1}
"""Command -> how many of its boundaries the quick run kills it at."""
PARTS, EACH = 5, 10
"""Random moments of a command: parts to run by themselves, of so many each."""


@dataclass
class Undisturbed:
    """How a command ends that nobody kills, and the moments on its way."""

    state: dict[str, Any]
    boundaries: int
    moments: int


@dataclass
class Killed:
    """When a command was killed, and where it then ended otherwise than undisturbed."""

    when: str
    differs: str


class Verdicts:
    """What each kill came to, kept in a file where one is named."""

    def __init__(self, file: str | None) -> None:
        self._file = Path(file) if file else None
        lines = self._file.read_text().splitlines() if self._file and self._file.exists() else []
        said = [json.loads(line) for line in lines]
        self._passed = {(line["command"], line["kill"]) for line in said if not line["differs"]}

    def of(self, command: str, kill: str, work: Callable[[], Killed]) -> str:
        """What a kill came to: where it ended otherwise than undisturbed, and when that was."""
        if (command, kill) in self._passed:
            return ""
        began = time.monotonic()
        found = work()
        if self._file:
            seconds = round(time.monotonic() - began, 1)
            line = {"command": command, "kill": kill, "seconds": seconds, **asdict(found)}
            with self._file.open("a") as stream:
                stream.write(json.dumps(line) + "\n")
        return f"{command} {found.when}\n{found.differs}" if found.differs else ""


class Killing:
    """Kills commands, each from a mesh of its own, and compares how they end."""

    def __init__(self, meshes: Meshes) -> None:
        self._meshes = meshes
        self._known: dict[str, Undisturbed] = {}
        self._verdicts = Verdicts(os.environ.get("FAULTS_VERDICTS"))

    def at_step(self, name: str, at: int) -> str:
        """Kill a command at a step boundary; see `kill_and_repeat`."""
        return self._verdicts.of(
            name, f"step {at}", lambda: self.kill_and_repeat(name, at, of=BOUNDARIES)
        )

    def at_random(self, name: str, number: int) -> str:
        """Kill a command before a program is started or a file written, or up to 50 ms later;
        half of the times with whatever the command has started, half without."""
        chance = random.Random(f"{SEED} {name} {number}")
        share, alone = chance.random(), chance.random() < 0.5
        after = chance.choice([0, chance.uniform(0, 0.05)])

        def work() -> Killed:
            at = 1 + int(share * self.undisturbed(name).moments)
            return self.kill_and_repeat(name, at, after=after, alone=alone)

        return self._verdicts.of(name, f"random {number}", work)

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
    ) -> Killed:
        """Kill a command some seconds after its `at`-th moment, and give it again."""
        command, expected = COMMANDS[name], self.undisturbed(name).state
        place = self._copy(command)
        try:
            process = place.begin(command.words, at=at, of=of)
            stopped = wait_for_stop(process)
            if stopped:
                resume(process, after)
            kill(process, alone=alone)
            moments = place.moments()
            if not stopped:  # its threads come by more moments at one time than at another
                return self.kill_and_repeat(name, len(moments), of=of, after=after, alone=alone)
            who = "alone" if alone else "with all"
            when = f"killed {who} {after:.3f} s after {moments[at - 1]}"
            try:
                place.give(command.words, (0, command.over))
                return Killed(when, difference(expected, snapshot(place.folder)))
            except AssertionError as error:
                return Killed(when, str(error))
        finally:
            place.remove()

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
        assert killing.at_step(name, at) == ""


@pytest.mark.long
@pytest.mark.parametrize("name", COMMANDS)
def test_killed_at_every_step(killing: Killing, name: str) -> None:
    count = killing.undisturbed(name).boundaries
    failures = [found for at in range(1, count + 1) if (found := killing.at_step(name, at))]
    assert not failures, "\n\n".join(failures)


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", COMMANDS)
def test_killed_at_random_moments(killing: Killing, name: str, part: int) -> None:
    numbers = range(part * EACH, (part + 1) * EACH)
    failures = [found for number in numbers if (found := killing.at_random(name, number))]
    assert not failures, "\n\n".join(failures)
