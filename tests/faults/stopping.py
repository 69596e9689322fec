"""meshnew that stops at a moment somebody chose, as a process of its own.

    python stopping.py WORDS...

Run by path, with `FAULTS_LOG` naming a file that every moment is written to. Where the moment
comes that `FAULTS_AT` names by its number or by its text, the process stops itself with all
its threads (SIGSTOP): the harness kills it then, or does something to what it works with and
lets it go on. With `FAULTS_DO=full` it does not stop: from then on no file in its folder can be
made or opened to write, as if the disk were full. A moment is:

- `begin`, `end`, `note`: a line of the operation's log is about to be written, or was,
- `detail`: a step tells what it is at, as for each resource of Terraform and each node of dbt,
- `run`, `file`: a program is about to be started, or a file in the folder that `FAULTS_ROOT`
  names to be written, renamed or removed.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BOUNDARIES = ("begin", "end", "note")
_FILE_EVENTS = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree", "os.link"}
_WRITES = os.O_WRONLY | os.O_RDWR


class Moments:
    """Counts the moments and stops the process at one."""

    def __init__(self) -> None:
        self._at = os.environ.get("FAULTS_AT", "0")
        self._stopped = False
        self._fills = os.environ.get("FAULTS_DO") == "full"
        self._only = os.environ.get("FAULTS_OF", "").split()
        self._log = Path(os.environ["FAULTS_LOG"]).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115
        self._lock = threading.Lock()
        self._count = 0
        self._own = threading.local()

    def __call__(self, kind: str, text: object) -> None:
        if self._only and kind not in self._only:
            return
        if getattr(self._own, "busy", False):
            return
        self._own.busy = True
        try:
            with self._lock:
                self._count += 1
                line = " ".join(str(text).split())[:200]
                self._log.write(f"{self._count} {kind} {line}\n")
                if not self._stopped and self._is_it(text):
                    self._stopped = True
                    if not self._fills:
                        os.kill(os.getpid(), signal.SIGSTOP)
        finally:
            self._own.busy = False

    @property
    def full(self) -> bool:
        """Whether the disk is full by now."""
        return self._fills and self._stopped

    def _is_it(self, text: object) -> bool:
        if self._at.isdigit():
            return self._count == int(self._at)
        return re.search(self._at, str(text)) is not None


def _audit(moments: Moments, root: str, event: str, args: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen":
        moments("run", " ".join(map(str, args[1])) if isinstance(args[1], list) else args[1])
        return
    writes = event == "open" and isinstance(args[2], int) and args[2] & _WRITES
    if (writes or event in _FILE_EVENTS) and str(args[0]).startswith(root):
        moments("file", f"{event} {args[0]}")
        if moments.full and (writes or event == "os.mkdir"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), args[0])


def _patch(moments: Moments) -> None:
    from meshnew.operations import journal

    step, note, detail = journal.Journal.step, journal.Journal.note, journal.Step.__call__

    @contextmanager
    def counted(self: journal.Journal, text: str, **about: Any) -> Iterator[journal.Step]:
        moments("begin", text)
        with step(self, text, **about) as at:
            yield at
        moments("end", text)

    def noted(self: journal.Journal, **entry: Any) -> None:
        if "result" not in entry:  # the end of a step is one already
            moments("note", entry.get("step", ""))
        note(self, **entry)

    def told(self: journal.Step, text: str) -> None:
        moments("detail", text)
        detail(self, text)

    journal.Journal.step = counted  # type: ignore[method-assign]
    journal.Journal.note = noted  # type: ignore[method-assign]
    journal.Step.__call__ = told  # type: ignore[method-assign]


def main() -> None:
    from meshnew import cli

    moments = Moments()
    _patch(moments)
    if "file" in os.environ.get("FAULTS_OF", "file"):
        root = os.environ["FAULTS_ROOT"]
        sys.addaudithook(lambda event, args: _audit(moments, root, event, args))
    cli.main()


if __name__ == "__main__":
    sys.path.pop(0)  # not this folder
    main()
