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

from meshnew import interrupt
from meshnew.operations.progress import Progress, passing


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
    def step(self, text: str, **about: Any) -> Iterator[Step]:
        """A step that is shown and logged; the `Step` it yields tells what it is at.

        A failure is logged with its cause and goes on to the caller.
        """
        key, began = uuid4().hex, time.monotonic()
        self.progress.start(key, text)
        step, cause = Step(self.progress, key), None
        try:
            with interrupt.doing(text):
                yield step
        except BaseException as error:
            step.failed = True
            cause = getattr(error, "what", "") or type(error).__name__
            cause = "interrupted" if interrupt.happened() else cause
            raise
        finally:
            seconds = round(time.monotonic() - began, 2)
            result = "failed" if step.failed else "done"
            why = {"cause": cause} if cause else {}
            self.note(step=text, result=result, seconds=seconds, **why, **about)
            self.progress.finish(key, ok=not step.failed)

    @contextmanager
    def passing(self, text: str) -> Iterator[Callable[[str], None]]:
        """What belongs to no step: shown while it lasts; see `meshnew.operations.progress`."""
        with interrupt.doing(text), passing(self.progress, text) as at:
            yield at


class Step:
    """A running step.

    Attributes:
        failed: set where it ends without an error and yet not well.
    """

    def __init__(self, progress: Progress, key: str) -> None:
        self._progress = progress
        self._key = key
        self.failed = False

    def __call__(self, detail: str) -> None:
        """Show what it is at right now."""
        self._progress.update(self._key, detail)
