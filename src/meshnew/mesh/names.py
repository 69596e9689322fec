"""Names: which ones a mesh accepts, and those it gives to jobs itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

MAX_SHOWN = 80
MAX_IDENTIFIER = 63
"""Longest identifier in bytes that PostgreSQL keeps without cutting it."""

DEPLOY, DAILY, CI = "deploy", "daily", "ci"
JOBS = (DEPLOY, DAILY, CI)
"""Jobs of a project with models."""

FOLDERS = ("models", "seeds", "snapshots", "tests", "macros", "analyses")
"""Folders of a project that hold one for each of its domains."""

PATTERN = r"^[a-z](_?[a-z0-9])*$"
# A slug of the forge, not an SQL identifier: GitHub's team `flights-data` is one.
TEAM = r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"
VERSION = r"^v\d+\.\d+\.\d+$"
# It stands in YAML that dbt reads as Jinja, and in a table of Markdown.
EMAIL = r'^[^@\s"<>{}|]+@[^@\s"<>{}|]+$'
NO_LINE = r"[\r\n|]|\{[{%#]"
"""What a text of one line may not hold, for the same reason."""
_NAME = re.compile(PATTERN, re.ASCII)
SCHEDULE = r"^[0-9A-Za-z*,/-]+( [0-9A-Za-z*,/-]+){4}$"

# Words that SQL engines refuse as bare identifiers (PostgreSQL's reserved words
# and those Snowflake, BigQuery and Databricks add), and names the platforms use;
# then what YAML takes for a truth, and what dbt takes for no name of a project.
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
    off yes
    adapter api config context dbt env env_var exceptions execute flags fromjson fromyaml graph
    invocation_id load_agate_table load_result log model modules post_hooks pre_hooks ref render
    return run_started_at source sql sql_now store_result store_raw_result target this tojson toyaml
    try_or_compiler_error var write
    """.split()
)


class Problem(NamedTuple):
    """Why a name does not do, and which one would."""

    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.what}\n{self.fix}"


def problem(name: str) -> Problem | None:
    """Say why a name is not allowed, or None where it is.

    A name is lower snake case ASCII, begins with a letter, has no doubled or
    trailing underscore, is no SQL keyword and fits an identifier.
    """
    if not _NAME.fullmatch(name):
        return Problem(
            f"`{shown(name)}` is not a valid name",
            "Use lower case letters, digits and single underscores, beginning with a letter, "
            "such as `flight_delays`.",
        )
    if name in RESERVED_WORDS or name.startswith("pg_"):
        return Problem(
            f"`{name}` is reserved by databases, YAML or dbt",
            f"Choose another name, such as `my_{name}`.",
        )
    if len(name) > MAX_IDENTIFIER:
        return Problem(
            f"`{shown(name)}` has {len(name)} characters: identifiers end at {MAX_IDENTIFIER}",
            "Choose a shorter name.",
        )
    return None


def state_schema(prefix: str, layer: str, name: str) -> str:
    """Schema of a database in which Terraform keeps the state of one stack."""
    return f"{prefix}_{layer}_{name}"


def shown(text: str) -> str:
    """Any text so that a terminal shows it as it is: look-alikes and control characters too."""
    plain = ascii(text)[1:-1]
    return plain if len(plain) <= MAX_SHOWN else f"{plain[:MAX_SHOWN]}..."


def login(name: str) -> str:
    """A person's name as a login: `Ada Lovelace` is `ada_lovelace`; empty if nothing is left."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """What to do about a name that is none: take the nearest there is, else `otherwise`."""
    import difflib

    near = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean `{near[0]}`?" if near else otherwise
