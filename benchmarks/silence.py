"""How long a command says nothing, at a terminal and without one.

At a terminal a running step has a spinner, so a silence is a time in which the screen stands
still. Elsewhere a step is told when it begins and when it ends; a time within one is no silence.
"""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks._mesh import MESHNEW
from benchmarks._pairs import Result
from meshnew.cli._output import BEGINS

LONGEST = 1.0
DONE = (0, 3)  # a plan with something to do ends with 3
STORY = """\
init --name skyline --member grace --owner 'Grace <grace@example.com>' --yes
doctor
status
product list
new domain flights --data team=flights-data --data members=[ada] --defaults --yes
plan flights
run flights deploy
clone flights
+ propose
change checks flights 1 --run
change approve flights 1
change merge flights 1
connect ada
product show flights.flights_example
+ edit
plan flights
apply flights --yes
apply --all --yes
destroy flights --with-data --yes
stop
status
destroy --all --with-data --yes
"""
ENDED = re.compile(r"^[✓✗]| \(\d+\.\d s\)$")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


MORE = {
    "sql": "select 1 as one\n",
    "yml": """\
models:
  - name: more
    description: One row, to have something to check.
    columns:
      - name: one
        description: Nothing but one.
    data_tests:
      - mesh_core.primary_key:
          arguments: {columns: [one]}
""",
}
"""What a team proposes: a model that passes its checks."""


@dataclass
class Silence:
    """The longest one of a command, and the last thing that was shown before it."""

    seconds: float = 0
    after: str = ""


def measure(times: int) -> list[Result]:
    """A line for each command, at a terminal and then without one."""
    found: list[Result] = []
    for place, listen in (("terminal", _at_terminal), ("no terminal", _without)):
        for _ in range(times):
            with tempfile.TemporaryDirectory(prefix="mesh-") as folder:
                found += list(_story(Path(folder), place, listen))
    return found


def _story(folder: Path, place: str, listen: Listen) -> Iterator[Result]:
    for line in STORY.splitlines():
        if line.startswith("+"):
            {"propose": _propose, "edit": _edit}[line[2:]](folder)
            continue
        began = time.monotonic()
        silence = listen(folder, line)
        detail = f"of {time.monotonic() - began:.1f} s, after: {silence.after}"
        yield Result(f"{line} ({place})", silence.seconds, LONGEST, detail)


def _propose(folder: Path) -> None:
    there = folder / "checkouts" / "flights"
    for name, text in MORE.items():
        (there / "models" / "flights" / "marts" / f"more.{name}").write_text(text)
    for words in (
        ("checkout", "--quiet", "-b", "more"), ("add", "--all"),
        ("-c", "user.name=ada", "-c", "user.email=ada@example.com", "commit", "-qm", "Add more"),
        ("push", "--quiet", "-u", "origin", "more"),
    ):  # fmt: skip
        subprocess.run(["git", *words], cwd=there, check=True)
    subprocess.run(
        [MESHNEW, "change", "open", "flights", "--branch", "more", "--as", "ada"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip


def _edit(folder: Path) -> None:
    path = folder / "projects" / "flights.yml"
    path.write_text(path.read_text().replace("ada", "ada\n      - hal", 1))


def _at_terminal(folder: Path, line: str) -> Silence:
    child, screen = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe("sh", ["sh", "-c", f"exec {MESHNEW} {line}"], _environ())  # noqa: S606
    heard = _listen(screen)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in DONE, line  # noqa: S101
    return _longest(heard, set())


def _without(folder: Path, line: str) -> Silence:
    process = subprocess.Popen(
        ["sh", "-c", f"exec {MESHNEW} {line}"],
        cwd=folder,
        env=_environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout  # noqa: S101
    heard = _listen(process.stdout.fileno())
    assert process.wait() in DONE, line  # noqa: S101
    return _longest(heard, _told(heard))


def _environ() -> dict[str, str]:
    return {"MESHNEW_AS": "grace", **os.environ}


def _listen(screen: int) -> list[tuple[float, str]]:
    """What was shown, each with its moment; an empty text begins and ends it."""
    heard = [(time.monotonic(), "")]
    while True:
        select.select([screen], [], [])
        try:
            text = os.read(screen, 65536).decode(errors="replace")
        except OSError:  # a terminal that nobody holds any more
            text = ""
        heard.append((time.monotonic(), text))
        if not text:
            return heard


def _told(heard: list[tuple[float, str]]) -> set[int]:
    """After which texts something was running of which the begin was told."""
    lines = [(at, line) for at, (_, text) in enumerate(heard) for line in text.splitlines()]
    ended = {ENDED.sub("", line) for _, line in lines if line[:1] in "✓✗"}
    running: set[str] = set()
    found = set()
    for at, line in lines:
        found.discard(at)
        if line.startswith(BEGINS):
            running.add(line[1:])
        running.discard(ENDED.sub("", line))
        # What is never told to have ended ends with the next line at the latest.
        if running or line.startswith(BEGINS):
            found.add(at)
        running &= ended
    return found


def _longest(heard: list[tuple[float, str]], told: set[int]) -> Silence:
    found, shown = Silence(), "(nothing yet)"
    for at, ((moment, text), (later, _)) in enumerate(pairwise(heard)):
        shown = " ".join(ESCAPES.sub(" ", text).split())[-60:] or shown
        if at not in told and later - moment > found.seconds:
            found = Silence(later - moment, shown)
    return found


Listen = Callable[[Path, str], Silence]
