"""What pydantic finds wrong with the spec, in words: what it is, and what to write instead."""

from __future__ import annotations

import re
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
_OF_KINDS = ("warehouse", "forge", "runtime", "state")
"""Keys that hold one of several models: pydantic names the kind after the key."""
_NO_KIND = ("union_tag_invalid", "union_tag_not_found", "model_attributes_type")
_SECRET = re.compile(r"pass(word|phrase|wd)?$|token|secret|credential|private_key|pem|_key$")


def explain(item: Any, model: type[BaseModel]) -> tuple[str, str]:
    """What is wrong and what to do, for one of a ValidationError's `errors()`."""
    path = path_of(item)
    key = ".".join(map(names.shown, map(str, path)))
    kind, value = item["type"], item["input"]
    if kind == "extra_forbidden":
        return f"unknown key `{key}`", _instead(str(path[-1]), keys_at(model, _loc(item)[:-1]))
    if kind in _NO_KIND:
        return _no_kind(item, key)
    before = f"{key}: " if key else ""
    if kind == "missing":
        return f"`{key}` is missing", f"Write it: {_meaning(model, _loc(item))}"
    if isinstance(value, str) and kind == "string_pattern_mismatch":
        return _no_match(item, before, _meaning(model, _loc(item)))
    if isinstance(value, str) and kind.startswith("string_") and (found := names.problem(value)):
        return before + found.what, found.fix
    what, _, fix = item["msg"].removeprefix("Value error, ").partition("\n")
    if not fix:
        what = what[:1].lower() + what[1:]
    return before + what, fix or f"What belongs here: {_meaning(model, _loc(item))}"


def _no_match(item: Any, before: str, meaning: str) -> tuple[str, str]:
    """Of a text that its pattern does not take."""
    value, pattern = item["input"], item["ctx"]["pattern"]
    if pattern == names.PATTERN and (found := names.problem(value)):
        return before + found.what, found.fix
    fix = _PATTERNS.get(pattern, f"What belongs here: {meaning}")
    return f"{before}`{names.shown(value)}` does not do here", fix


def path_of(item: Any) -> tuple[str | int, ...]:
    """Keys and positions that lead to what is wrong."""
    key, *path = _loc(item) or ("",)
    if key in _OF_KINDS:
        path[:1] = ["kind"] if item["type"] in _NO_KIND else []
    return (key, *path) if key else ()


def keys_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """Keys that the model knows at a place, found through its JSON Schema."""
    *_, schema = _schemas(model, loc)
    return sorted(schema.get("properties", {}))


def _loc(item: Any) -> tuple[str | int, ...]:
    """Where pydantic sees it: a kind counts as a key."""
    return tuple(part for part in item["loc"] if part != "[key]")


def _instead(key: str, known: list[str]) -> str:
    if _SECRET.search(key.lower()):
        return (
            "No secret belongs in the spec: take it out, and renew it if it was committed. Set it "
            "in the environment instead; meshnew doctor names the variables."
        )
    return names.did_you_mean(key, known, f"Known keys: {', '.join(known)}")


def _no_kind(item: Any, key: str) -> tuple[str, str]:
    """Of settings whose `kind` is missing or none that there is."""
    of = key.partition(".")[0]
    known = sorted(_kinds(of))
    if item["type"] != "union_tag_invalid":
        return f"`{key}` is missing", f"Write one of: {', '.join(known)}."
    tag = names.shown(str(item["ctx"]["tag"]))
    return f"{key}: there is no {of} of kind `{tag}`", names.did_you_mean(
        tag, known, f"Write one of: {', '.join(known)}."
    )


def _kinds(of: str) -> list[str]:
    from meshnew.mesh.platforms import ADAPTERS

    return list(ADAPTERS[of].json_schema()["discriminator"]["mapping"])


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
        kinds = schema.get("discriminator", {}).get("mapping", {})
        named = schema.get("properties", {}).get(part) or (part in kinds and {"$ref": kinds[part]})
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
