"""Processes of dbt that start before it is known what for: importing dbt takes seconds.

One that is started as soon as a job is certain imports dbt while the job's project is
fetched; one that is started in the last step of a job, while the database works for the
one before it. What is not taken ends with this process.
"""

from __future__ import annotations

import atexit
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meshnew.dbt.environment import inherited
from meshnew.errors import RunError

_SCRIPT = Path(__file__).with_name("_process.py")
_waiting: dict[Path, subprocess.Popen[str]] = {}
_following: list[None] = []
_lock = threading.Lock()


def start(python: Path) -> None:
    """Have a process of an environment on standby; one at most.

    Args:
        python: interpreter of the environment.
    """
    with _lock:
        if python not in _waiting:
            _waiting[python] = _begin(python)


def take(python: Path) -> subprocess.Popen[str]:
    """The process on standby, which nobody else gets then, or one that starts now.

    Raises:
        RunError: the environment is not usable.
    """
    with _lock:
        found = _waiting.pop(python, None)
    return found if found and found.poll() is None else _begin(python)


@contextmanager
def another() -> Iterator[None]:
    """Expect a job of the same environment after those of the block."""
    _following.append(None)
    try:
        yield
    finally:
        _following.pop()


def follow(python: Path) -> None:
    """Have the next process on standby where a job expects to be followed by another."""
    if _following:
        start(python)


def _begin(python: Path) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            [str(python), "-u", str(_SCRIPT)],
            env=inherited(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            # Ctrl-C reaches us alone; we end dbt by closing its stdin.
            start_new_session=True,
        )
    except OSError as error:
        raise RunError(
            f"dbt cannot be started, its Python environment is not usable: {error.strerror}",
            fix="Run the same command again: it makes what is missing",
        ) from error


@atexit.register
def _end() -> None:
    with _lock:
        for process in _waiting.values():
            process.kill()  # it has done nothing yet
            process.communicate()
        _waiting.clear()
