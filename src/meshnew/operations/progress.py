"""How an operation tells what it is doing, without knowing who is watching."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol
from uuid import uuid4


class Progress(Protocol):
    """Shows work as it goes; the CLI has one for a terminal and one for plain lines."""

    def start(self, key: str, text: str) -> None:
        """Work known by `key` begins."""

    def update(self, key: str, detail: str) -> None:
        """What it is at right now."""

    def finish(self, key: str, *, ok: bool = True) -> None:
        """It ended."""

    def drop(self, key: str) -> None:
        """It is over, and no line tells of it."""

    def say(self, text: str) -> None:
        """Tell something that is not the progress of one piece of work."""


class Silent:
    """Shows nothing."""

    def start(self, key: str, text: str) -> None:
        """Show nothing."""

    def update(self, key: str, detail: str) -> None:
        """Show nothing."""

    def finish(self, key: str, *, ok: bool = True) -> None:
        """Show nothing."""

    def drop(self, key: str) -> None:
        """Show nothing."""

    def say(self, text: str) -> None:
        """Show nothing."""


@contextmanager
def passing(progress: Progress, text: str) -> Iterator[Callable[[str], None]]:
    """What is done between steps and may take a while: shown while it lasts, and not kept.

    Yields:
        Shows what it is at right now.
    """
    key = uuid4().hex
    progress.start(key, text)
    try:
        yield lambda detail: progress.update(key, detail)
    finally:
        progress.drop(key)
