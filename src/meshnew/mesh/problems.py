"""What pydantic finds wrong with the spec, in words: what it is, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from meshnew.mesh import names

_PATTERNS = {
    names.TEAM: "Use lower case letters, digits, single hyphens or underscores: `flights-data`.",
    names.VERSION: "Write it like `v0.1.0`.",
    names.EMAIL: "Write it like `ada@example.com`.",
    names.SCHEDULE: 'Write five fields as cron has them: `"0 6 * * *"`.',
}


def explain(item: Any, model: type[BaseModel]) -> tuple[str, str]:
    """What is wrong and what to do, for one of a ValidationError's `errors()`."""
    path = path_of(item)
    key = ".".join(map(names.shown, map(str, path)))
    kind, value = item["type"], item["input"]
    if kind == "extra_forbidden":
        return f"unknown key `{key}`", _nearest(str(path[-1]), keys_at(model, path[:-1]))
    before = f"{key}: " if key else ""
    if kind == "missing":
        return f"`{key}` is missing", f"Write it: {_meaning(model, path)}"
    pattern = item.get("ctx", {}).get("pattern")
    if isinstance(value, str) and pattern in _PATTERNS:
        return f"{before}`{names.shown(value)}` does not do here", _PATTERNS[pattern]
    if isinstance(value, str) and (found := names.problem(value)) and kind.startswith("string_"):
        return before + found.what, found.fix
    what, _, fix = item["msg"].removeprefix("Value error, ").partition("\n")
    if not fix:
        what = what[:1].lower() + what[1:]
    return before + what, fix or f"What belongs here: {_meaning(model, path)}"


def path_of(item: Any) -> tuple[str | int, ...]:
    """Keys and positions that lead to what is wrong."""
    return tuple(part for part in item["loc"] if part != "[key]")


def keys_at(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """Keys that the model knows at a path, found through its JSON Schema."""
    *_, schema = _schemas(model, path)
    return sorted(schema.get("properties", {}))


def _nearest(key: str, known: list[str]) -> str:
    return names.did_you_mean(key, known, f"Known keys: {', '.join(known)}")


def _meaning(model: type[BaseModel], path: tuple[str | int, ...]) -> str:
    """What the nearest key around a path is for."""
    described = [
        schema["description"] for schema in _schemas(model, path) if "description" in schema
    ]
    return str(described[-1])


def _schemas(model: type[BaseModel], path: tuple[str | int, ...]) -> Iterator[dict[str, Any]]:
    """JSON Schemas from the model's own down to that of a path."""
    schema: dict[str, Any] = model.model_json_schema()
    definitions = schema.get("$defs", {})
    yield schema
    for part in path:
        named = schema.get("properties", {}).get(part)
        others: list[Any] = [
            *schema.get("patternProperties", {}).values(),
            schema.get("additionalProperties"),
            schema.get("items"),
        ]
        found = [item for item in (named, *others) if item and isinstance(item, dict)]
        schema = found[0] if found else {}
        yield schema
        while "$ref" in schema:
            schema = definitions[schema["$ref"].rpartition("/")[2]]
            yield schema
