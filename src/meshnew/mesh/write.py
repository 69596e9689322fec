"""Write mesh.yml and projects/*.yml: whole, atomically, and keeping a user's comments."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meshnew import temporary

if TYPE_CHECKING:
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    from meshnew.mesh.models import Model

_SCHEMAS = {"mesh": "schemas/mesh.json", "project": "../schemas/project.json"}


def text_of(model: Model, schema: str) -> str:
    """YAML of a new file, with the line by which editors find its schema.

    Args:
        model: what to write; values that are the default are left out.
        schema: `mesh` or `project`.
    """
    data = _quoted(model.model_dump(mode="json", exclude_defaults=True))
    return f"# yaml-language-server: $schema={_SCHEMAS[schema]}\n{_dump(data)}"


def _quoted(data: Any) -> Any:
    """Data with quotes around texts such as `on`: the writer knows YAML 1.2, the reader 1.1."""
    import yaml
    from ruamel.yaml.scalarstring import SingleQuotedScalarString

    if isinstance(data, dict):
        return {_quoted(key): _quoted(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_quoted(item) for item in data]
    if not isinstance(data, str):
        return data
    resolve: Any = yaml.SafeLoader("").resolve
    is_text = resolve(yaml.ScalarNode, data, (True, False)) == "tag:yaml.org,2002:str"
    return data if is_text else SingleQuotedScalarString(data)


def edit(path: Path, change: Callable[[CommentedMap], None]) -> bool:
    """Change a YAML file in place; comments and order stay.

    Returns:
        Whether the file's text changed.
    """
    before = path.read_text(encoding="utf-8")
    after = edited(before, change)
    if after == before:
        return False
    write_text(path, after)
    return True


def edited(text: str, change: Callable[[CommentedMap], None], *, width: int = 96) -> str:
    """Text of a YAML file after a change; comments and order stay.

    Args:
        text: as it is.
        change: changes what was read of it.
        width: longer lines are folded.
    """
    data = _yaml(width).load(text)
    change(data)
    return _dump(data, width)


def loaded(text: str) -> CommentedMap:
    """A YAML text as `edited` reads it, to be put into another one as it is written."""
    found: CommentedMap = _yaml().load(text)
    return found


def write_text(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file so that a crash, of the machine too, leaves the old or the new one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, made = temporary.beside(path)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
            made.chmod(mode)
            made.replace(path)
        _settle(path.parent)
    except BaseException:
        made.unlink(missing_ok=True)
        raise


def _settle(folder: Path) -> None:
    """Have the disk know what a folder holds, where the system can do that."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _yaml(width: int = 96) -> YAML:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = width
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _dump(data: Any, width: int = 96) -> str:
    stream = StringIO()
    _yaml(width).dump(data, stream)
    return stream.getvalue()
