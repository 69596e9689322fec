"""Run the commands of a documentation page, in order, and hold its output against the real one.

Two kinds of fenced blocks are run:

- `sh`: a script to paste; every command in it must succeed.
- `console`: lines that begin with `$ ` are commands (`> ` carries one on), what follows one is
  its output. `exit=N` after `console` says how the last command of the block ends.

Shown output must be the whole output. A line `...` stands for any lines, `...` inside a line for
any text; durations, ids of runs, times, and how much space there is, are not compared. Nor are
lines that say what begins: a terminal shows them no longer than it lasts. A command shown without
output may print what it likes.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from meshnew.cli._output import BEGINS

ROOT = Path(__file__).parents[2]
TIMEOUT = 1800  # seconds a page, on a machine that does other things too
_CHANGING = (
    (re.compile(r"\x1b\[[0-9;]*m"), ""),
    (re.compile(r"\b\d+\.\d+ s\b"), "N.N s"),
    (re.compile(r"\b\d{8}-\d{6}-[0-9a-f]{6}\b"), "RUN"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b"), "TIME"),
)
# Each step has a file; its output and exit code are written beside it. Sourced, so that `cd`
# and `export` last; under -e in a script, so that its first failure ends the page.
_DRIVER = """
for step in "$1"/*.sh; do
    case $step in *script.sh) set -e ;; *) set +e ;; esac
    . "$step" </dev/null >"${step%.sh}.out" 2>&1
    code=$?
    echo $code >"${step%.sh}.code"
    [ $code = "$(cat "${step%.sh}.wanted")" ] || break
done
"""


@dataclass(frozen=True)
class Step:
    """A command of a page, or a whole script.

    Attributes:
        line: where it stands, counted from 1.
        text: what is run.
        shown: the output that the page shows.
        code: exit code it ends with.
        script: whether it is a block `sh`.
    """

    line: int
    text: str
    shown: tuple[str, ...] = ()
    code: int = 0
    script: bool = False


def steps(page: str) -> list[Step]:
    """What a page has its reader do."""
    return [step for line, info, body in _blocks(page) for step in _steps(line, info, body)]


def follow(page: Path, folder: Path, scratch: Path, environ: Mapping[str, str]) -> None:
    """Do in `folder` what a page says; fails with the page's line.

    Args:
        page: a Markdown file.
        folder: where its reader stands.
        scratch: an empty folder for scripts and outputs.
        environ: the reader's environment.
    """
    todo = steps(page.read_text("utf-8"))
    assert todo, f"{page.name} has no commands"
    for number, step in enumerate(todo):
        name = scratch / f"{number:03}-{'script' if step.script else 'command'}"
        name.with_suffix(".sh").write_text(step.text + "\n", "utf-8")
        name.with_suffix(".wanted").write_text(f"{step.code}\n", "utf-8")
    command = ["sh", "-c", _DRIVER, "sh", str(scratch)]
    subprocess.run(command, cwd=folder, env=dict(environ), timeout=TIMEOUT, check=False)
    for number, step in enumerate(todo):
        name = scratch / f"{number:03}-{'script' if step.script else 'command'}"
        _check(f"{page.relative_to(ROOT)}:{step.line}", step, name)


def _check(where: str, step: Step, name: Path) -> None:
    printed = name.with_suffix(".out").read_text("utf-8", errors="replace")
    ended = name.with_suffix(".code")
    code = ended.read_text().strip() if ended.exists() else "a failure inside the script"
    story = f"{where}\n{step.text}\n--- printed\n{printed}"
    assert code == str(step.code), f"{story}--- ended with {code}, not {step.code}"
    if step.shown:
        shown = "\n".join(step.shown)
        assert agrees(step.shown, printed.splitlines()), f"{story}--- but the page shows\n{shown}"


def agrees(shown: Iterable[str], printed: Iterable[str]) -> bool:
    """Whether the printed lines are those shown."""
    parts = ["(?:.*\n)*" if line.strip() == "..." else _pattern(line) for line in _same(shown)]
    return re.fullmatch("".join(parts), "".join(f"{line}\n" for line in _same(printed))) is not None


def _pattern(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.split("...")) + "\n"


def _same(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        text = line
        for found, put in _CHANGING:
            text = found.sub(put, text)
        words = text.split()
        if words and words[0] != BEGINS:
            yield " ".join(words)


def _blocks(page: str) -> Iterator[tuple[int, list[str], list[str]]]:
    """Line of the fence, words after it, and lines of each fenced block."""
    info: list[str] | None = None
    body: list[str] = []
    start = 0
    for number, line in enumerate(page.splitlines(), start=1):
        if not line.startswith("```"):
            body.append(line)
        elif info is None:
            start, info, body = number, line[3:].split(), []
        else:
            yield start, info, body
            info = None
    assert info is None, f"the block of line {start} has no end"


def _steps(start: int, info: list[str], body: list[str]) -> Iterator[Step]:
    if info[:1] == ["sh"]:
        yield Step(start, "\n".join(body), script=True)
    if info[:1] != ["console"]:
        return
    found: list[tuple[int, list[str], list[str]]] = []
    for number, line in enumerate(body, start=start + 1):
        if line.startswith("$ "):
            found.append((number, [line[2:]], []))
        elif line.startswith("> ") and found and not found[-1][2]:
            found[-1][1].append(line[2:])
        else:
            assert found, f"line {number}: output without a command"
            found[-1][2].append(line)
    code = next((int(word[5:]) for word in info if word.startswith("exit=")), 0)
    for index, (number, words, shown) in enumerate(found, start=1):
        yield Step(number, "\n".join(words), tuple(shown), code if index == len(found) else 0)
