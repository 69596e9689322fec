"""On which line of a project's YAML a model or a column of it stands."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Lines:
    """Finds lines in the files of a checkout; what cannot be read has none.

    Args:
        folder: the checkout.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = cache(self._read)

    def of(self, file: str, model: str, column: str = "") -> int:
        """Line of a model in a file, or of its column; 0 where neither is found there."""
        entry = _named(_value(self._root(file), "models"), model)
        if entry is None:
            return 0
        found = _named(_value(entry, "columns"), column) if column else None
        return int((found or entry).start_mark.line) + 1

    def _read(self, file: str) -> Any:
        try:
            text = (self._folder / file).read_bytes()
            return yaml.compose(text, Loader=_Loader)
        except (OSError, yaml.YAMLError):
            return None


def _value(node: Any, key: str) -> Any:
    """What a mapping has under a key."""
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _named(node: Any, name: str) -> Any:
    """The item of a list whose `name` it is."""
    if not isinstance(node, yaml.SequenceNode):
        return None
    for item in node.value:
        found = _value(item, "name")
        if found is not None and found.value == name:
            return item
    return None
