"""The YAML files of a project: found, and extended without losing a comment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meshnew.errors import UsageError
from meshnew.mesh import write

_WIDTH = 4096  # what a person wrote in one line stays one


@dataclass(frozen=True)
class Document:
    """A YAML file under models/.

    Attributes:
        path: in the project.
        text: what it holds.
        data: that, read.
    """

    path: str
    text: str
    data: dict[str, Any]

    def entries(self, kind: str) -> Iterator[dict[str, Any]]:
        """Its `models`, `sources` or `exposures`."""
        found = self.data.get(kind)
        if isinstance(found, list):
            yield from (entry for entry in found if isinstance(entry, dict))


def documents(folder: Path) -> Iterator[Document]:
    """Every YAML file under models/, in order of path.

    Raises:
        UsageError: one is not valid YAML.
    """
    for path in sorted((folder / "models").rglob("*.y*ml")):
        name = path.relative_to(folder).as_posix()
        text = path.read_text(encoding="utf-8")
        data = read(text, name)
        if isinstance(data, dict):
            yield Document(name, text, data)


def read(text: str, name: str) -> Any:
    """What a YAML text says.

    Raises:
        UsageError: it is no YAML.
    """
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        what = " ".join(str(error).split())
        raise UsageError(what, where=name, fix="Mend the file, then try again.") from None


def find(folder: Path, kind: str, name: str) -> Document | None:
    """The file that has an entry of a name."""
    for document in documents(folder):
        if any(entry.get("name") == name for entry in document.entries(kind)):
            return document
    return None


def extended(document: Document, change: Callable[[Any], None]) -> str:
    """A file's text after a change; comments, order and lines stay.

    Raises:
        UsageError: it cannot be changed without losing something.
    """
    from ruamel.yaml.error import YAMLError

    try:
        return write.edited(document.text, change, width=_WIDTH)
    except YAMLError as error:
        raise UsageError(
            " ".join(str(error).split()), where=document.path, fix="Mend the file, then try again."
        ) from None


def is_off(entry: Mapping[str, Any]) -> bool:
    """Whether an entry is there and not in use."""
    return (entry.get("config") or {}).get("enabled") is False


def entry_of(data: Any, kind: str, name: str) -> Any:
    """The entry of a name in a document that is being changed."""
    return next(entry for entry in data[kind] if entry.get("name") == name)


def merge(there: Any, new: Any) -> None:
    """Put into a mapping what it lacks; what it says already stays."""
    for key, value in new.items():
        if key not in there or there[key] is None:
            there[key] = value
        elif isinstance(value, dict) and isinstance(there[key], dict):
            merge(there[key], value)
        elif isinstance(value, list) and isinstance(there[key], list):
            _merge_list(there[key], value)


def _merge_list(there: list[Any], new: list[Any]) -> None:
    named = {item["name"]: item for item in there if isinstance(item, dict) and "name" in item}
    for item in new:
        if isinstance(item, dict) and item.get("name") in named:
            merge(named[item["name"]], item)
        elif item not in there:
            there.append(item)
