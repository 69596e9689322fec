"""On which line of a project's YAML a model, a column of it or a setting stands."""

from __future__ import annotations

from collections.abc import Collection
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

    def of(self, file: str, model: str, column: str = "", section: str = "models") -> int:
        """Line of a model in a file, or of its column; 0 where neither is found there."""
        entry = _named(_value(self._root(file), section), model)
        if entry is None:
            return 0
        found = _named(_value(entry, "columns"), column) if column else None
        return int((found or entry).start_mark.line) + 1

    def key(self, file: str, section: str, name: str, keys: Collection[str]) -> int:
        """Line of a config key in the entry of a model, or of a version of it; 0 for none."""
        entry = _named(_value(self._root(file), section), name)
        versions = _value(entry, "versions")
        inner = versions.value if isinstance(versions, yaml.SequenceNode) else []
        for place in (entry, *inner):
            if line := _line(_value(place, "config"), keys) or _line(place, keys):
                return line
        return 0

    def at(self, file: str, path: Collection[str]) -> int:
        """Line of the last key of a path; 0 where it is not there."""
        node, line = self._root(file), 0
        for part in path:
            line, node = _line(node, (part,)), _value(node, part)
        return line

    def configured(self, file: str, path: Collection[str], keys: Collection[str]) -> int:
        """Line of a config key in dbt_project.yml, the nearest one on the way to a path."""
        node, line = self._root(file), 0
        for part in path:
            node = _value(node, part)
            line = _line(node, {*keys, *(f"+{key}" for key in keys)}) or line
        return line

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


def _line(node: Any, keys: Collection[str]) -> int:
    """Line of the first of some keys in a mapping; 0 for none."""
    items = node.value if isinstance(node, yaml.MappingNode) else []
    return next((int(key.start_mark.line) + 1 for key, _ in items if key.value in keys), 0)


def _named(node: Any, name: str) -> Any:
    """The item of a list whose `name` it is."""
    if not isinstance(node, yaml.SequenceNode):
        return None
    for item in node.value:
        found = _value(item, "name")
        if found is not None and found.value == name:
            return item
    return None
