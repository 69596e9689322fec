"""Names: which ones a mesh accepts, and those it gives to jobs itself."""

from __future__ import annotations

import re

MAX_IDENTIFIER = 63
"""Longest identifier in bytes that PostgreSQL keeps without cutting it."""

DEPLOY, DAILY, CI = "deploy", "daily", "ci"
JOBS = (DEPLOY, DAILY, CI)
"""Jobs of a project with models."""

PATTERN = r"^[a-z](_?[a-z0-9])*$"

# Words that SQL engines refuse as bare identifiers (PostgreSQL's reserved words
# and those Snowflake, BigQuery and Databricks add), and names the platforms use.
RESERVED_WORDS = frozenset(
    """
    all alter analyse analyze and any array as asc assert_rows_modified asymmetric at
    authorization between binary both by case cast check collate collation column
    concurrently connect constraint contains create cross cube current current_catalog
    current_date current_role current_schema current_time current_timestamp current_user
    database default define deferrable delete desc distinct do drop else end enum escape
    except exclude exists extract false fetch following for foreign freeze from full grant
    group grouping groups hash having if ignore ilike in increment initially inner insert
    intersect interval into is isnull issue join lateral leading left like limit localtime
    localtimestamp lookup merge minus natural new no not notnull null nulls of offset on
    only option or order organization outer over overlaps partition placing preceding
    primary proto public qualify range recursive references regexp respect returning
    revoke right rlike rollup row rows sample schema select session_user set similar some
    start struct symmetric system_user table tablesample then to trailing treat trigger
    true try_cast unbounded union unique unnest update user using values variadic verbose
    view when whenever where window with within account admin information_schema meshnew
    meshnew_records nobody none postgres root sys system template0 template1
    """.split()
)


def problem(name: str) -> str | None:
    """Say why a name is not allowed, or None where it is.

    A name is lower snake case ASCII, begins with a letter, has no doubled or
    trailing underscore, is no SQL keyword and fits an identifier.
    """
    if not re.fullmatch(PATTERN, name, flags=re.ASCII):
        return (
            f"`{name}` is not a valid name: use lower case letters, digits and single "
            "underscores, beginning with a letter, such as `flight_delays`"
        )
    if name in RESERVED_WORDS or name.startswith("pg_"):
        return f"`{name}` is reserved by databases: choose another name, such as `{name}_data`"
    if len(name) > MAX_IDENTIFIER:
        return f"`{name}` has {len(name)} characters: identifiers end at {MAX_IDENTIFIER}"
    return None


def login(name: str) -> str:
    """A person's name as a login: `Ada Lovelace` is `ada_lovelace`; empty if nothing is left."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
