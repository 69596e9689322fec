"""How an operation tells what it is doing, without knowing who is watching."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Shows work as it goes; the CLI has one for a terminal and one for plain lines."""

    def start(self, key: str, text: str) -> None:
        """Work known by `key` begins."""

    def update(self, key: str, detail: str) -> None:
        """What it is at right now."""

    def finish(self, key: str, *, ok: bool = True) -> None:
        """It ended."""

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

    def say(self, text: str) -> None:
        """Show nothing."""
