"""Commands killed at a moment of their way, and what they leave when they are given again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from meshnew.embedded.host import command_line
from tests.conftest import MESHNEW

STOPPING = Path(__file__).with_name("stopping.py")


@dataclass(frozen=True)
class Moment:
    """One moment of a command; see `stopping.py`."""

    number: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.number} {self.kind} {self.text}"


@dataclass
class Place:
    """A mesh's folder that a command works on."""

    folder: Path
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.folder.with_name(f"{self.folder.name}.moments")

    def begin(
        self, words: Sequence[str], *, at: int = 0, at_text: str = "", of: str = "", do: str = ""
    ) -> subprocess.Popen[str]:
        """Start a command that stops at the `at`-th of its moments `of` some kinds.

        With `at_text`, at the first in whose text that pattern is found. With `do="full"` the
        disk is full from then on instead.
        """
        self.log.write_text("")
        environ = {
            **os.environ,
            "FAULTS_LOG": str(self.log),
            "FAULTS_ROOT": str(self.folder),
            "FAULTS_AT": at_text or str(at),
            "FAULTS_DO": do,
            **({"FAULTS_OF": of} if of else {}),
        }
        return subprocess.Popen(
            [sys.executable, str(STOPPING), *words, "--as", "grace"],
            cwd=self.folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def moments(self) -> list[Moment]:
        """The moments that the last command came by."""
        lines = (line.split(" ", 2) for line in self.log.read_text().splitlines())
        return [Moment(int(number), kind, text) for number, kind, text in lines]

    def give(self, words: Sequence[str], codes: Sequence[int] = (0,), *, who: str = "grace") -> str:
        """Give a command as a user does."""
        done = subprocess.run(
            [str(MESHNEW), *words, "--as", who],
            cwd=self.folder,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        said = f"{' '.join(words)} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode in codes, said
        return said

    def stop(self) -> None:
        """Stop Postgres, so that the folder can be copied."""
        subprocess.run([str(MESHNEW), "stop"], cwd=self.folder, capture_output=True, check=False)

    def copy(self, to: Path) -> Place:
        """The mesh in another folder; this one must be stopped."""
        subprocess.run(["cp", "-a", str(self.folder), str(to)], check=True)
        return Place(to)

    def remove(self) -> None:
        """Remove all of it; its Postgres is ended without the time that a command takes."""
        data = self.folder / ".meshnew" / "embedded" / "postgres" / "data"
        with suppress(OSError, ValueError):
            server = int((data / "postmaster.pid").read_text().split()[0])
            if str(data) in command_line(server):
                os.kill(server, signal.SIGINT)
                while str(data) in command_line(server):
                    time.sleep(0.02)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.log.unlink(missing_ok=True)


def new_place(prefix: str = "faults-") -> Place:
    """An empty folder, with a path short enough for a socket in it."""
    return Place(Path(tempfile.mkdtemp(prefix=prefix)) / "m")


def wait_for_stop(process: subprocess.Popen[str]) -> bool:
    """Wait until a process stops itself; False where it ended before."""
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return True
    process.returncode = os.waitstatus_to_exitcode(status)
    return False


def resume(process: subprocess.Popen[str], seconds: float) -> None:
    """Let a stopped process go on for a moment."""
    if seconds:
        process.send_signal(signal.SIGCONT)
        time.sleep(seconds)  # so that it is killed between moments too


def kill(process: subprocess.Popen[str], *, alone: bool = False) -> None:
    """SIGKILL a process, and unless `alone` whatever it has started, but for the Postgres.

    That one is meant to go on: it is not this command's, but the mesh's.
    """
    children = [] if alone else descendants(process.pid)
    for pid in (process.pid, *children):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()
    if process.stdout:
        process.stdout.close()


def descendants(pid: int) -> list[int]:
    """Processes that a process has started, and those that they have; but for the Postgres."""
    parents: dict[int, list[int]] = {}
    servers = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        name = text[text.index("(") + 1 : text.rindex(")")]
        _, parent, _, session = text[text.rindex(")") + 2 :].split()[:4]
        found = int(stat.parent.name)
        parents.setdefault(int(parent), []).append(found)
        if name == "postgres" and int(session) == found:
            servers.add(found)
    result, left = [], [pid]
    while left:
        for child in parents.get(left.pop(), []):
            if child not in servers:
                result.append(child)
                left.append(child)
    return result
