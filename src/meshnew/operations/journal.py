"""The log of one operation: who did what, when, with which result.

One JSON object a line in `.meshnew/log/<id>.jsonl`. It holds names and
results, never settings or credentials.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from meshnew.operations.progress import Progress


def new_id() -> str:
    """An id that sorts by time."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid4().hex[:6]}"


class Journal:
    """Records the steps of an operation and shows them."""

    def __init__(self, folder: Path, operation: str, actor: str, progress: Progress) -> None:
        self.id = new_id()
        self.progress = progress
        self._path = folder / f"{self.id}.jsonl"
        self._lock = threading.Lock()
        self._head = {"operation": operation, "actor": actor}

    def note(self, **entry: Any) -> None:
        """Write one line."""
        line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), **self._head, **entry}
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")

    @contextmanager
    def step(self, text: str, **about: Any) -> Iterator[Callable[[str], None]]:
        """A step that is shown and logged; yields a function that tells what it is at.

        A failure is logged with its cause and goes on to the caller.
        """
        key, began = uuid4().hex, time.monotonic()
        self.progress.start(key, text)
        try:
            yield lambda detail: self.progress.update(key, detail)
        except BaseException as error:
            seconds = round(time.monotonic() - began, 2)
            cause = getattr(error, "what", "") or type(error).__name__
            self.note(step=text, result="failed", seconds=seconds, cause=cause, **about)
            self.progress.finish(key, ok=False)
            raise
        seconds = round(time.monotonic() - began, 2)
        self.note(step=text, result="done", seconds=seconds, **about)
        self.progress.finish(key)
