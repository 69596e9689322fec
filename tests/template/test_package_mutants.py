"""The package's own project misses whatever one of its macros or tests no longer does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.template.laboratory import MEMBER, Laboratory

CLEAN = {"failed": None, "said": []}

# What each test of the package says, made weaker or stricter: half of it is left out, or turned.
TESTS = {
    "primary_key": (
        ("count(*) > 1", "count(*) > 9"),
        ("or {{ column }} is null", "or 1 = 0"),
        ("group by {{ columns | join(', ') }}", "group by {{ columns | join(', ') }}, degrees"),
    ),
    "not_empty": (("row_count = 0", "row_count < 0"), ("row_count = 0", "row_count >= 0")),
    "fresh_within": (
        ("newest is null", "1 = 0"),
        ("or newest <", "or newest >"),
        ("-hours", "-hours * 100000"),
    ),
    "complete": (
        ("< {{ at_least }}", "< 0 * {{ at_least }}"),
        ("< {{ at_least }}", "< "),
        ("count({{ column }})", "count({{ columns[0] }})"),
        ("filled_{{ loop.index }} <", "filled_1 <"),
    ),
    "in_vocabulary": (
        ("not in (", "in ("),
        ("select cast({{ term_column }}", "select '' || cast({{ column_name }}"),
        ("{{ ',' if not loop.last }}", "{{ ', ' ~ column_name if loop.last else ',' }}"),
    ),
    "consistent_with": (
        ("sum(their_row) as their_row_count", "sum(our_row) as their_row_count"),
        ("    union all\n    select", "    union all\n    select distinct"),
        ("    {%- if counts %}", "    {%- if false %}"),
        ("    {%- if counts %}", "    {%- if true %}"),
        ("> {{ tolerance }} * abs", "> 0 * abs"),
        ("> {{ tolerance }} * abs", "> 9 * abs"),
        ("{{ theirs }} as {{ ours }},", "{{ ours }},"),
        ("{{ theirs }} as their_{{ loop.index }}", "0 as their_{{ loop.index }}"),
    ),
}  # fmt: skip
# The same of its macros, by file.
MACROS = {
    "domains": (
        ("node.package_name != project_name", "false"),
        ("domains and node.fqn[1] not in domains", "false"),
        ("in ('model', 'seed', 'snapshot')", "in ('model',)"),
        ("in ('model', 'seed', 'snapshot')", "not in ('operation',)"),
        ("elif custom_schema_name", "elif false"),
        (" ~ domains | join(", " ~ node.fqn | join("),
        ("place.schema.startswith(begins)", "false"),
        ("place.schema[begins | length:]", "place.schema"),
        ("place.get('user') or 'nobody'", "'nobody'"),
        ("place.get('user') or 'nobody'", "place.get('user')"),
        ("domain is none or place.name == 'ci'", "domain is none"),
        ("domain is none or place.name == 'ci'", "place.name == 'ci'"),
        ("place.name != 'prod'", "false"),
        ("mesh_core.developer(place)", "mesh_core.developer()"),
        ("node.config.access == 'public'", "false"),
        ("node.config.access == 'public'", "true"),
        ("(to or target).name == 'prod'", "true"),
        ("(to or target).name == 'prod'", "false"),
        ("~ '_owner'", "~ '_developer'"),
    ),
    "columns": (
        ("{%- if loaded_at is not none -%}", "{%- if true -%}"),
        ("cast({{ loaded_at }} as", "cast({{ dbt.current_timestamp() }} as"),
        ("cast({{ dbt.current_timestamp() }} as", "cast('2020-01-01' as"),
        ("'{{ invocation_id }}'", "'run'"),
        ("'{{ project_name }}'", "'mesh_core'"),
        ("name == 'prod' or", ""),
        ("name not in var(", "name in var("),
        ("['ci'])", "['ci']) or true"),
        ("-(days or", "(days or"),
        ("days or var('limited_days', 30)", "var('limited_days', 30)"),
        ("days or var('limited_days', 30)", "days or 3000"),
        (">= cast(", "> cast("),
    ),
    "ci_schema": (
        (".name != 'ci'", ".name == 'prod'"),
        ("number is integer and", "number is number and"),
        ("and number >= 0", ""),
        ("number >= 0", "number > 0"),
        ("('ci_' ~ project_name ~ '_' ~ number)", "('ci_' ~ number)"),
    ),
    "missing_relations": (
        ("is none", "is not none"),
        ("relation.schema ~ '.' ~ relation.identifier", "relation.identifier"),
    ),
    "vocabulary": (
        ("given is not none", "false"),
        ("and not given.is_cte", ""),
        ("node.resource_type == 'model' and", ""),
        ("and node.name == 'vocabulary'", ""),
        ("and node.package_name != project_name", ""),
        ("place or node.schema", "node.schema"),
        ("target.database if place else node.database", "node.database"),
        ("| lower -%}", "-%}"),
        ("if 'interval' not in text", ""),
        ("parts | length == 1", "false"),
        ("column.startswith(parts[0]) and", ""),
        ("and column.endswith(parts[-1])", ""),
        ("and column | length >= term | length", ""),
        ("kind is none or", ""),
        ("in (kind, 'any')", "in (kind,)"),
        ("in (kind, 'any')", "in (kind, 'any', 'text')"),
        ("if meant else", "if false else"),
        ("if not ((column.get('meta')", "if true or not ((column.get('meta')"),
        ("if problem is not none", "if false"),
    ),
}  # fmt: skip
MUTANTS = {f"tests/generic/{name}.sql": edits for name, edits in TESTS.items()} | {
    f"macros/{name}.sql": edits for name, edits in MACROS.items()
}


CI = {"DBT_TARGET": "ci", "MESHNEW_CI_SCHEMA": "ci_mesh_core_2"}


@pytest.fixture(scope="module")
def built(laboratory: Laboratory, integration: Path) -> Path:
    """The package's own project, built as for a change."""
    laboratory.project("works", "plant", starter="none")  # provisions the domain and a member
    laboratory.execute(f"create schema ci_mesh_core_2 authorization {MEMBER}")
    assert laboratory.dbt_strictly(integration, "deps", "build", user=MEMBER, **CI) == CLEAN
    return integration


@pytest.mark.long
@pytest.mark.parametrize("file", MUTANTS)
def test_the_packages_own_project_misses_what_is_no_longer_done(
    laboratory: Laboratory, built: Path, file: str
) -> None:
    text = (built.parent / file).read_text()
    assert [old for old, _ in MUTANTS[file] if old not in text] == []
    script = str(Path(__file__).with_name("mutate.py"))
    words = (str(laboratory.dbt.python), script, f"../{file}", json.dumps(MUTANTS[file]))
    done = laboratory.run(built, *words, PGUSER=MEMBER, **CI)
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer == {"survived": [], "as_it_is": CLEAN}


@pytest.mark.long
def test_whatever_the_package_has_is_made_worse_here(integration: Path) -> None:
    """But for what needs a warehouse of its own, and is tried where one is provisioned."""
    package = integration.parent
    found = {path.relative_to(package).as_posix() for path in package.glob("macros/*.sql")}
    found |= {path.relative_to(package).as_posix() for path in package.glob("tests/generic/*.sql")}
    assert found - set(MUTANTS) == {"tests/generic/named_by_vocabulary.sql"}
