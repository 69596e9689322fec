"""Data types as warehouses name them: the same one has many names."""

from __future__ import annotations

import re

# Names of one type; the first stands for all.
_ALIASES = {
    alias: names.split("|")[0]
    for names in (
        "smallint|int2",
        "integer|int|int4",
        "bigint|int8|int64",
        "real|float4",
        "double precision|double|float8|float64|float",
        "numeric|decimal|number|dec",
        "boolean|bool",
        "text|varchar|character varying|string",
        "character|char|bpchar",
        "timestamp|timestamp without time zone|timestamp_ntz",
        "timestamp with time zone|timestamptz|timestamp_tz",
        "time|time without time zone",
        "time with time zone|timetz",
        "bytea|bytes|binary|varbinary",
    )
    for alias in names.split("|")
}
_SIZE = re.compile(r"\([^)]*\)")
_ARRAY = re.compile(r"(\[\d*\])+$")


def same_type(one: str, other: str) -> bool:
    """Whether two data types are the same whatever they are called: `int4` is `INTEGER`."""
    return _canonical(one) == _canonical(other)


def _canonical(data_type: str) -> tuple[str, str, int]:
    """The type's first name, its size, and how many dimensions of an array it has."""
    text = data_type.lower().strip()
    array = _ARRAY.search(text)
    text = text[: array.start()] if array else text
    size = _SIZE.search(text)
    name = " ".join(_SIZE.sub(" ", text, count=1).split())
    digits = re.sub(r"\s", "", size[0]) if size else ""
    return _ALIASES.get(name, name), digits, array[0].count("[") if array else 0
