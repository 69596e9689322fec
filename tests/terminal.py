"""A real terminal with meshnew in it."""

from __future__ import annotations

import re
from pathlib import Path

import pexpect

from tests.conftest import MESHNEW

ENTER = "\r"


class Terminal:
    """A real terminal with meshnew in it."""

    def __init__(self, folder: Path, *words: str, who: str = "grace", timeout: int = 60) -> None:
        self.child = pexpect.spawn(
            str(MESHNEW), [*words, "--as", who], cwd=str(folder), timeout=timeout,
            encoding="utf-8", dimensions=(50, 120),
        )  # fmt: skip

    def answer(self, question: str, text: str = "") -> None:
        """Wait for a question and answer it."""
        self.child.expect(re.escape(question))
        self.child.send(text + ENTER)

    def ends(self, code: int) -> str:
        """Wait for the end and return what was shown since the last question."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert self.child.exitstatus == code, self.child.before
        return str(self.child.before)
