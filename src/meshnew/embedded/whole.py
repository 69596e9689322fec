"""What is there, read as a whole once, for many who each ask about a part of it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

Row = tuple[Any, ...]
Ask = Callable[[str, str], list[Row]]
"""(query with a column `key` that comes first, its value) -> the rows, without that column."""


class Whole:
    """Answers of whole queries; threads may share it. What changes meanwhile is not seen."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], dict[str, list[Row]]] = {}
        self._lock = threading.Lock()

    def rows(
        self, database: str, query: str, key: str, read: Callable[[], Iterable[Row]]
    ) -> list[Row]:
        """Rows of one key.

        Args:
            database: that is asked.
            query: what is asked; its first column is the key.
            key: whose rows are wanted.
            read: reads the rows of all keys, once.
        """
        with self._lock:
            found = self._answers.get((database, query))
            if found is None:
                found = self._answers[database, query] = defaultdict(list)
                for name, *rest in read():
                    found[name].append(tuple(rest))
        return found.get(key, [])
