"""meshnew called in this process, by its own entry point, and a folder watched for changes."""

from __future__ import annotations

import io
import os
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from meshnew.cli import main
from tests.conftest import Answer

MESH = "name: skyline\ntemplate: {version: v0.1.0}\nplatform_team: {name: platform}\n"
# A line of progress is no message.
STEP = re.compile(r"→ .*|[✓✗] .* \(\d+\.\d s\)$")
PROJECT = """\
kind: domain
domains:
  flights:
    description: Flights that left New York
    owner: {name: Ada, email: ada@skyline.example}
    team: flights-data
    members: [ada]
"""


def snapshot(folder: Path) -> dict[str, tuple[int, bytes | str]]:
    """Everything below a folder: its mode, and what it holds or points at."""
    found: dict[str, tuple[int, bytes | str]] = {}
    for path in sorted(folder.rglob("*")):
        name, status = str(path.relative_to(folder)), path.lstat()
        if path.is_symlink():
            found[name] = (status.st_mode, str(path.readlink()))
        else:
            found[name] = (status.st_mode, path.read_bytes() if path.is_file() else "")
    return found


@dataclass(frozen=True)
class Door:
    """The command line, without the half second that a process takes to start."""

    folder: Path

    def meshnew(self, *words: object) -> Answer:
        """Give a command in the folder, as grace."""
        out, err, code = io.StringIO(), io.StringIO(), 0
        before = sys.argv, Path.cwd()
        sys.argv = ["meshnew", *map(str, words)]
        os.chdir(self.folder)
        try:
            with redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
                patch.setenv("MESHNEW_AS", "grace")
                patch.setattr(sys, "stdin", io.StringIO())
                main()
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            sys.argv = before[0]
            os.chdir(before[1])
        return Answer(code, out.getvalue(), err.getvalue())

    def refused(self, *words: object, says: tuple[str, ...] = ()) -> str:
        """A command that must be refused by one clear message and change nothing."""
        before = snapshot(self.folder)
        answer = self.meshnew(*words)
        clear(answer, *says)
        assert answer.code == 2, answer.text
        assert snapshot(self.folder) == before
        return answer.err


def clear(answer: Answer, *says: str) -> None:
    """One message, which names the thing and a way on, and is no traceback."""
    assert "Traceback" not in answer.text
    assert answer.out == ""
    lines = [line for line in answer.err.strip().splitlines() if not STEP.match(line)]
    assert "\n".join(lines).count("✗") == 1, answer.err
    message = lines[next(at for at, line in enumerate(lines) if line.startswith("✗")) :]
    assert len(message) > 1, f"no way on: {answer.err}"
    for text in says:
        assert text in answer.err


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """Somebody in an empty folder."""
    return Door(tmp_path)


@pytest.fixture
def written(door: Door) -> Door:
    """Somebody in the folder of a mesh of which only the spec is there."""
    (door.folder / "mesh.yml").write_text(MESH)
    (door.folder / "projects").mkdir()
    (door.folder / "projects" / "flights.yml").write_text(PROJECT)
    return door
