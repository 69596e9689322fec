"""Ctrl-C and SIGTERM: what this process has started ends first, then the process itself.

Programs that would outlive us or must end in an orderly way run in a session of their own,
so that a terminal's Ctrl-C reaches us alone and they are told exactly once.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from subprocess import Popen
from types import FrameType
from typing import Any
from uuid import uuid4

_interrupted = threading.Event()
_children: dict[int, tuple[Popen[Any], Callable[[], None]]] = {}
_doing: dict[str, str] = {}
_done: list[str] = []
_stopped_at: list[str] = []
# Threads begin and end things while the main one is interrupted; that one may be at it itself.
_lock = threading.RLock()


def listen() -> None:
    """Let Ctrl-C and SIGTERM end what runs, then raise KeyboardInterrupt; the main thread's."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # Whoever started us with a signal ignored, as nohup does, wants that.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def happened() -> bool:
    """Whether somebody has interrupted this process."""
    return _interrupted.is_set()


def stopped_at() -> list[str]:
    """What was being done when the interruption came, or after what nothing was yet."""
    return list(_stopped_at)


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Say what the block does, should it be interrupted."""
    key = uuid4().hex
    with _lock:
        _doing[key] = what
    try:
        yield
    finally:
        with _lock:
            del _doing[key]
            _done[:] = [what]


@contextmanager
def child(process: Popen[Any], stop: Callable[[], None] | None = None) -> Iterator[None]:
    """Pass an interruption on to a process while the block lasts, and wait for its end.

    Args:
        process: the process; in a session of its own.
        stop: asks it to end, and the caller waits for that; without, it is sent SIGINT.
    """
    with _lock:
        _children[process.pid] = (process, stop or (lambda: process.send_signal(signal.SIGINT)))
    try:
        if happened():  # while it was being started
            _stop(process.pid)
        yield
    except KeyboardInterrupt:
        if stop is None:
            process.wait()
        raise
    finally:
        with _lock:
            del _children[process.pid]


@contextmanager
def started(command: Sequence[str], **settings: Any) -> Iterator[Popen[str]]:
    """A process in a session of its own, which an interruption ends in an orderly way.

    Args:
        command: the command.
        settings: further ones of Popen's.
    """
    with (
        Popen(command, text=True, start_new_session=True, **settings) as process,
        child(process),
    ):
        yield process


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    again = happened()
    _interrupted.set()
    with _lock:
        running = list(_children)
        _stopped_at[:] = _stopped_at or _doing.values() or [f"after: {step}" for step in _done]
    for pid in running:
        _stop(pid, at_once=again)
    if not again:
        raise KeyboardInterrupt


def _stop(pid: int, *, at_once: bool = False) -> None:
    found = _children.get(pid)
    # A stream that is just being written to cannot be closed: the owner closes it.
    with suppress(ProcessLookupError, RuntimeError):
        if found and at_once:
            found[0].kill()
        elif found:
            found[1]()
