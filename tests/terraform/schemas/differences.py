"""How two schemas of a provider differ, each difference by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.terraform.schemas import KINDS

Schema = dict[str, Any]
_FLAGS = ("required", "optional", "computed", "sensitive", "write_only", "deprecated")
_BLOCK = ("nesting_mode", "min_items", "max_items")


def differences(ours: Schema, theirs: Schema) -> list[str]:
    """Lines such as `google_service_account.email: not computed, theirs is`; none where alike.

    Args:
        ours: a provider's part of `terraform providers schema -json`, reduced.
        theirs: the same of the real one.
    """
    return list(_provider(ours, theirs))


def _provider(ours: Schema, theirs: Schema) -> Iterator[str]:
    yield from _block("provider", ours["provider"]["block"], theirs["provider"]["block"])
    for key in KINDS.values():
        mine, real = ours.get(key, {}), theirs.get(key, {})
        prefix = "data." if key.startswith("data") else ""
        for name in sorted({*mine, *real}):
            if name in mine and name in real:
                yield from _block(f"{prefix}{name}", mine[name]["block"], real[name]["block"])
            else:
                yield _one_sided(f"{prefix}{name}", name in mine)


def _block(where: str, mine: Schema, real: Schema) -> Iterator[str]:
    for part, compare in (("attributes", _attribute), ("block_types", _nested)):
        ours, theirs = mine.get(part, {}), real.get(part, {})
        for name in sorted({*ours, *theirs}):
            if name in ours and name in theirs:
                yield from compare(f"{where}.{name}", ours[name], theirs[name])
            else:
                yield _one_sided(f"{where}.{name}", name in ours)


def _attribute(where: str, mine: Schema, real: Schema) -> Iterator[str]:
    for flag in _FLAGS:
        if bool(mine.get(flag)) != bool(real.get(flag)):
            yield f"{where}: {'' if mine.get(flag) else 'not '}{flag}, theirs is" + (
                " not" if mine.get(flag) else ""
            )
    if "nested_type" in mine and "nested_type" in real:
        inner, theirs = mine["nested_type"], real["nested_type"]
        if inner["nesting_mode"] != theirs["nesting_mode"]:
            yield f"{where}: a {inner['nesting_mode']}, theirs is a {theirs['nesting_mode']}"
        yield from _block(where, inner, theirs)
    elif mine.get("type") != real.get("type"):
        yield f"{where}: of type {mine.get('type')}, theirs is of {real.get('type')}"


def _nested(where: str, mine: Schema, real: Schema) -> Iterator[str]:
    for key in _BLOCK:
        if (mine.get(key) or 0) != (real.get(key) or 0):
            yield f"{where}: {key} {mine.get(key)}, theirs has {real.get(key)}"
    yield from _block(where, mine["block"], real["block"])


def _one_sided(where: str, ours: bool) -> str:
    return f"{where}: theirs has none" if ours else f"{where}: ours has none"
