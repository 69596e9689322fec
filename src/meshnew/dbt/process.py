"""The parent's side of `_process.py`: one process of dbt that takes several commands."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal

from meshnew import interrupt
from meshnew.dbt import standby
from meshnew.errors import RunError

ANSWER = "MESHNEW_"
"""How a line begins by which a macro answers meshnew; it is not shown."""

_PATIENCE = 12.0  # seconds; more than _process.GRACE, so that dbt can cancel its queries


@dataclass(frozen=True)
class Event:
    """Something that happened in a job.

    Attributes:
        kind: a step began, a node began or ended, or dbt said something.
        text: the step's name or the line.
        node: name of the model, seed, snapshot or test.
        resource: what it is: `model`, `test`, ...
        status: how it ended, in dbt's words: `success`, `pass`, `error`, `fail`, `skipped`, ...;
            for a line its level.
        index: its number among `total`, from 1; 0 where dbt did not count it.
        total: how many nodes there are.
        seconds: how long it took.
    """

    kind: Literal["step", "started", "finished", "log"]
    text: str = ""
    node: str = ""
    resource: str = ""
    status: str = ""
    index: int = 0
    total: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """How one dbt command ended.

    Attributes:
        success: dbt's own verdict.
        kind: class of dbt's error, empty where there is none.
        problem: its message.
        lines: what was logged at level info and above.
    """

    success: bool
    kind: str = ""
    problem: str = ""
    lines: list[str] = field(default_factory=list)


class Process:
    """dbt in a project's environment, as a context manager; ends with its block."""

    def __init__(
        self,
        python: Path,
        folder: Path,
        environ: Mapping[str, str],
        on_event: Callable[[Event], None],
        scrub: Callable[[str], str],
    ) -> None:
        self._on_event = on_event
        self._scrub = scrub
        self._stderr: deque[str] = deque(maxlen=20)
        if not folder.is_dir():
            raise RunError(
                "dbt cannot be started, the project's folder is gone",
                where=folder.name,
                fix="Run the same command again: it makes what is missing",
            )
        self._popen = standby.take(python)
        self._reader = threading.Thread(target=self._read_stderr, daemon=True)
        self._reader.start()
        self._send(folder=str(folder), environ=dict(environ))

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def invoke(self, args: Sequence[str]) -> Outcome:
        """Run one dbt command to its end.

        Raises:
            RunError: the process ended in the middle of it.
        """
        with interrupt.child(self._popen, self._input.close):
            return self._invoke(args)

    def _invoke(self, args: Sequence[str]) -> Outcome:
        self._send(args=list(args))
        lines: list[str] = []
        assert self._popen.stdout  # noqa: S101  (PIPE was asked for)
        for line in self._popen.stdout:
            message = self._shown(json.loads(line))
            if message["event"] == "end":
                fields = {key: message[key] for key in ("success", "kind", "problem")}
                return Outcome(**fields, lines=lines)
            if message["event"] == "log":
                lines.append(message["text"])
            if not message.get("text", "").startswith(ANSWER):
                self._on_event(_event(message))
        raise self._crash(args[0])

    def close(self) -> None:
        """End the process; it has time to cancel what the warehouse does for it."""
        with contextlib.suppress(BrokenPipeError):
            self._input.close()
        try:
            self._popen.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()
        self._reader.join(1)
        for stream in (self._popen.stdout, self._popen.stderr):
            if stream:
                stream.close()

    def _send(self, **request: object) -> None:
        with contextlib.suppress(BrokenPipeError, ValueError):  # ended, or closed by Ctrl-C
            self._input.write(json.dumps(request) + "\n")
            self._input.flush()

    def _shown(self, message: dict[str, Any]) -> dict[str, Any]:
        for key in {"text", "problem"} & message.keys():
            message[key] = self._scrub(message[key])
        return message

    @property
    def _input(self) -> IO[str]:
        assert self._popen.stdin  # noqa: S101  (PIPE was asked for)
        return self._popen.stdin

    def _read_stderr(self) -> None:
        assert self._popen.stderr  # noqa: S101  (PIPE was asked for)
        for line in self._popen.stderr:
            self._stderr.append(self._scrub(line.rstrip()))

    def _crash(self, command: str) -> RunError:
        code = self._popen.wait()
        self._reader.join(1)
        if code < 0:
            what = f"dbt's process was ended by signal {signal.Signals(-code).name} in `{command}`"
            return RunError(what, fix="Often memory ran out. Run the same command again")
        said = next((line for line in reversed(self._stderr) if line), f"exit code {code}")
        return RunError(
            f"dbt's process ended in the middle of `{command}`: {said}",
            fix="Check requirements.txt: it must install dbt-core and an adapter that fit together",
        )


def _event(message: dict[str, Any]) -> Event:
    if message["event"] == "log":
        return Event("log", text=message["text"], status=message["level"])
    return Event(
        message["event"],
        node=message["node"],
        resource=message["resource"],
        status=message.get("status", ""),
        index=message["index"],
        total=message["total"],
        seconds=round(message.get("seconds", 0.0), 2),
    )
