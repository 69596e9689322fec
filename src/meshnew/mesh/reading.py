"""Read YAML that anybody may have written: plain data, small, flat, and each value once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from meshnew.errors import SpecError
from meshnew.mesh.names import shown

MAX_BYTES = 1 << 20
"""A spec of a thousand members has a tenth of it."""
MAX_DEPTH = 100
"""libyaml composes by recursion: some ten thousand brackets end the process."""

Where = tuple[str | int, ...]
Lines = dict[Where, int]

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT = "tag:yaml.org,2002:str"


def read(path: Path, where: str) -> tuple[Any, yaml.Node | None]:
    """Data of a YAML file, and the nodes that it was made of; `lines` knows their places.

    Raises:
        SpecError: it cannot be read, or is not plain YAML; `where` begins with `where`.
    """
    try:
        if not path.is_file():
            raise SpecError("is not there, or no file", where=where, fix="Write it.")
        with path.open("rb") as stream:
            text = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise SpecError(
            f"cannot be read: {error.strerror}", where=where, fix="See to it that you may read it."
        ) from None
    if len(text) > MAX_BYTES:
        raise SpecError(
            f"is larger than {MAX_BYTES // 1024} KiB",
            where=where,
            fix="No spec needs that much: remove what does not belong there.",
        )
    try:
        return parse(text.decode("utf-8-sig"), where)
    except UnicodeDecodeError:
        raise SpecError("is no UTF-8 text", where=where, fix="Save it as UTF-8.") from None


def parse(text: str, where: str) -> tuple[Any, yaml.Node | None]:
    """As `read`, of a text; an empty one is an empty map."""
    try:
        _refuse_deep(text, where)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"{where}:{mark.line + 1}" if mark else where
        raise _no_yaml(error.problem, line) from None
    except yaml.YAMLError as error:
        raise _no_yaml(str(error), where) from None
    if node is None:
        return {}, None
    return _convert(node, where, set()), node


def lines(node: yaml.Node | None, path: Where = ()) -> Lines:
    """The line of every key and item below a node, by its path; that of the node itself is ()."""
    if node is None:
        return {path: 1}
    found = {path: node.start_mark.line + 1}
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            found |= lines(item, (*path, index))
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = (*path, key.value)
            found |= lines(value, place) | {place: key.start_mark.line + 1}
    return found


def _no_yaml(problem: str | None, where: str) -> SpecError:
    fix = "Correct it there; text with `:`, `#` or brackets belongs in quotes."
    return SpecError(f"is not valid YAML: {problem}", where=where, fix=fix)


def _refuse_deep(text: str, where: str) -> None:
    # Each level takes a bracket or a column: for nearly every file that is proof enough.
    brackets = text.count("[") + text.count("{")
    if brackets + max(map(len, text.splitlines()), default=0) <= MAX_DEPTH:
        return
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise SpecError(
                f"is nested more than {MAX_DEPTH} deep",
                where=where,
                fix="Remove what does not belong there.",
            )


def _convert(node: yaml.Node, where: str, seen: set[int]) -> Any:
    if id(node) in seen:
        raise SpecError(
            "uses a YAML alias",
            where=f"{where}:{node.start_mark.line + 1}",
            fix="Write the value out.",
        )
    seen.add(id(node))
    tag = node.tag
    if isinstance(node, yaml.ScalarNode):
        return node.value if tag == _TEXT else _scalar(node, where)
    if isinstance(node, yaml.SequenceNode) and tag == "tag:yaml.org,2002:seq":
        return [_convert(item, where, seen) for item in node.value]
    if isinstance(node, yaml.MappingNode) and tag == "tag:yaml.org,2002:map":
        return _mapping(node, where, seen)
    return _scalar(node, where)


def _mapping(node: yaml.MappingNode, where: str, seen: set[int]) -> dict[Any, Any]:
    result: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = _scalar(key_node, where)
        if not isinstance(key, str) or key in result:
            raise _no_key(key, f"{where}:{key_node.start_mark.line + 1}")
        result[key] = _convert(value_node, where, seen)
    return result


def _no_key(key: Any, at: str) -> SpecError:
    if isinstance(key, str):
        return SpecError(f"`{shown(key)}` is given twice", where=at, fix="Keep one of them.")
    return SpecError(f"`{shown(str(key))}` is no key", where=at, fix="Put it in quotes.")


def _scalar(node: yaml.Node, where: str) -> Any:
    if node.tag == _TEXT and isinstance(node, yaml.ScalarNode):
        return node.value
    try:
        if not isinstance(node, yaml.ScalarNode):
            cause = f"could not determine a constructor for the tag '{node.tag}'"
            raise yaml.constructor.ConstructorError(problem=cause)
        return yaml.constructor.SafeConstructor().construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        problem = getattr(error, "problem", None) or error
        raise SpecError(
            f"has a value that is not plain YAML: {problem}",
            where=f"{where}:{node.start_mark.line + 1}",
            fix="Write text, a number, a list or a map; text may stand in quotes.",
        ) from None
