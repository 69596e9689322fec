"""A project keeps the mesh's defaults, or says why not; what differs is told with its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from meshnew.assets import asset
from meshnew.dbt.graph import Graph
from meshnew.errors import RunError
from meshnew.governance.check import check
from meshnew.governance.exceptions import MISUSED
from meshnew.governance.finding import Finding

DAY = date(2026, 11, 26)
TEXT = (asset("template") / "package/defaults.yml.jinja").read_text().replace(
    "[[ package ]]", "mesh_core"
)  # fmt: skip
HOOK = {"sql": "{{ mesh_core.act_as_owner() }}", "transaction": True, "index": None}
YAML = "models/sales/marts/orders.yml"
ORDERS = """\
models:
  - name: other
  - name: orders
    description: One row for each order.
    config:
      access: public
      grants: {select: [bob]}
    versions:
      - v: 1
        config:
          materialized: view
"""
PROJECT = """\
name: shop
models:
  shop:
    +materialized: table
    sales:
      +group: sales
      marts:
        +persist_docs: {}
"""
VARS = """\
vars:
  domains: [sales]
  defaults:
    access: private
    materialized: table
    on_schema_change: append_new_columns
    persist_docs: {"relation": true, "columns": true}
  limited_targets: ["ci"]
  limited_days: 30
"""
SHIM = """\
{#- Owned by the platform. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{- mesh_core.schema_for(custom_schema_name, node) -}}
{%- endmacro %}"""
KEPT = {
    "access": "private",
    "group": "sales",
    "materialized": "table",
    "on_schema_change": "append_new_columns",
    "persist_docs": {"relation": True, "columns": True},
    "schema": None,
    "database": None,
    "grants": {},
    "pre-hook": [HOOK],
    "meta": {},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout of a project that keeps every default, its packages fetched."""
    for name, text in {
        "dbt_packages/mesh_core/defaults.yml": TEXT,
        YAML: ORDERS,
        "models/sales/marts/plain.sql": "select 1 as a",
        "dbt_project.yml": PROJECT,
        "vars.yml": VARS,
        "macros/generate_schema_name.sql": SHIM,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def node(
    name: str = "plain", kind: str = "model", stage: str = "marts", yaml: str = "", **config: Any
) -> dict[str, Any]:
    """Something that keeps every default but for what is given."""
    return {
        "resource_type": kind,
        "package_name": "shop",
        "name": name,
        "fqn": ["shop", "sales", stage, name],
        "access": config.get("access", "private"),
        "columns": {},
        "config": {**KEPT, **config},
        "patch_path": f"shop://{yaml}" if yaml else None,
        "original_file_path": f"{kind}s/sales/{stage}/{name}.sql",
        "depends_on": {"nodes": []},
    }


def macro(name: str, text: str = "", **meta: Any) -> dict[str, Any]:
    file = f"macros/sales/{name}.sql" if name != "generate_schema_name" else f"macros/{name}.sql"
    return {
        "name": name,
        "package_name": "shop",
        "macro_sql": text,
        "original_file_path": file,
        "config": {"meta": meta},
    }


def looked_at(
    folder: Path, *nodes: dict[str, Any], macros: tuple[dict[str, Any], ...] | None = None
) -> list[Finding]:
    """What the defaults alone object to."""
    own = (macro("generate_schema_name", SHIM),) if macros is None else macros
    manifest = {
        "nodes": {f"{n['resource_type']}.shop.{n['name']}": n for n in nodes},
        "sources": {},
        "macros": {f"macro.shop.{m['name']}": m for m in own},
    }
    return check(Graph(manifest, "shop"), folder, rules=(), day=DAY)


def test_a_project_that_keeps_every_default_is_left_alone(folder: Path) -> None:
    nodes = [node(), node("raw", "seed", on_schema_change=None), node("old", "snapshot")]
    assert looked_at(folder, *nodes) == []


@pytest.mark.parametrize(
    ("key", "found", "says"),
    [
        ("access", "protected", "is `protected`, while in the mesh it is `private`, and it may be"),
        ("group", "ops", "is `ops`, while in the mesh it is the domain whose folder"),
        ("group", None, "is not set"),
        ("materialized", "view", "may be `incremental` or"),
        ("on_schema_change", "ignore", "`append_new_columns`"),
        ("persist_docs", {}, "is `{}`, while in the mesh it is `{relation: true, columns: true}`"),
        ("schema", "elsewhere", "is `elsewhere`, while in the mesh it is not set"),
        ("database", "other", "is `other`"),
        ("grants", {"select": ["bob"]}, "is `{select: [bob]}`"),
        ("pre-hook", [], "has `{{ mesh_core.act_as_owner() }}` among them"),
        ("pre-hook", [{"sql": "select 1"}], "has `{{ mesh_core.act_as_owner() }}` among them"),
    ],
)
def test_a_config_that_differs_is_told_with_key_value_and_default(
    folder: Path, key: str, found: Any, says: str
) -> None:
    (finding,) = looked_at(folder, node(**{key: found}))
    assert finding.rule == f"default-{key.replace('_', '-')}"
    assert finding.what.startswith(f"plain: `{key}` is ")
    assert says in finding.what
    assert f"exceptions: {{{finding.rule}: {{reason: ..., until: 2027-01-31}}}}" in finding.mend
    assert "models/sales/marts/plain.yml" in finding.mend
    assert finding.fails


@pytest.mark.parametrize(
    ("stage", "changes"),
    [
        ("marts", {"access": "public"}),
        ("marts", {"materialized": "incremental"}),
        ("marts", {"on_schema_change": "fail"}),
        ("staging", {"materialized": "view"}),
        ("intermediate", {"materialized": "ephemeral"}),
        ("marts", {"grants": None}),
        ("marts", {"pre-hook": [{"sql": "select 1"}, HOOK]}),
        ("marts", {"pre-hook": [HOOK["sql"]]}),
    ],
)
def test_what_a_model_may_choose_needs_no_exception(
    folder: Path, stage: str, changes: dict[str, Any]
) -> None:
    assert looked_at(folder, node(stage=stage, **changes)) == []


def test_a_product_is_a_table_wherever_it_lies(folder: Path) -> None:
    (finding,) = looked_at(folder, node(stage="staging", access="public", materialized="view"))
    assert finding.rule == "default-materialized"


def test_the_place_is_the_line_that_gives_the_value(folder: Path) -> None:
    described = node("orders", yaml=YAML, access="public", grants={"select": ["bob"]})
    (finding,) = looked_at(folder, described)
    assert finding.place == f"{YAML}:7"
    (finding,) = looked_at(folder, node("orders", yaml=YAML, materialized="view"))
    assert finding.place == f"{YAML}:11"
    (folder / "models/sales/marts/plain.sql").write_text(
        "{{ config(\n    schema='elsewhere',\n    pre_hook='select 1'\n) }} select 1 as a"
    )
    (finding,) = looked_at(folder, node(schema="elsewhere"))
    assert finding.place == "models/sales/marts/plain.sql:2"
    (finding,) = looked_at(folder, node(**{"pre-hook": []}))
    assert finding.place == "models/sales/marts/plain.sql:3"
    (finding,) = looked_at(folder, node(persist_docs={}))
    assert finding.place == "dbt_project.yml:8"
    assert finding.mend.startswith("Take it back as the template wrote it; or declare")
    (finding,) = looked_at(folder, node(on_schema_change=None))
    assert finding.place == "dbt_project.yml"


def test_one_line_that_many_models_follow_is_one_finding(folder: Path) -> None:
    several = [node(name, persist_docs={}) for name in ("a", "b", "c", "d", "e", "f")]
    several[1]["config"]["meta"] = {
        "exceptions": {"default-persist-docs": {"reason": "none to show", "until": "2027-01-01"}}
    }
    counts, excepted = sorted(looked_at(folder, *several), key=lambda item: item.excepted)
    assert counts.what.startswith("a, c, d, e and 1 more: `persist_docs`")
    assert "the YAML of each" in counts.mend
    assert (excepted.what.partition(":")[0], excepted.fails) == ("b", False)


def test_an_exception_holds_until_its_day_and_must_be_needed(folder: Path) -> None:
    declared = {"default-grants": {"reason": "the auditors read it", "until": "2026-11-26"}}
    grants = {"select": ["auditors"]}
    (finding,) = looked_at(folder, node(grants=grants, meta={"exceptions": declared}))
    assert (finding.fails, finding.excepted) == (False, "until 2026-11-26: the auditors read it")
    (finding,) = looked_at(folder, node(meta={"exceptions": declared}))
    assert (finding.rule, finding.what) == (
        MISUSED, "the exception of plain from default-grants is not needed any more",
    )  # fmt: skip
    declared = {"default-grant": {"reason": "x", "until": "2027-01-01"}}
    (finding,) = looked_at(folder, node("raw", "seed", meta={"exceptions": declared}))
    assert finding.mend == "Did you mean default-grants?"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("access: private", "access: public", 4, "`defaults.access` is `public`, and `private`"),
        ("limited_days: 30", "limited_days: 3000", 9, "`limited_days` is `3000`, and `30`"),
        ("  limited_days: 30\n", "", 0, "`limited_days` is `null`, and `30`"),
        ('{"relation": true', '{"relation": false', 7, "`defaults.persist_docs`"),
    ],
)
def test_vars_say_what_the_package_says(
    folder: Path, old: str, new: str, line: int, says: str
) -> None:
    (folder / "vars.yml").write_text(VARS.replace(old, new))
    (finding,) = looked_at(folder, node())
    assert (finding.rule, finding.file, finding.line) == ("default-vars", "vars.yml", line)
    assert says in finding.what
    assert "changed in the template" in finding.mend


def test_a_project_without_vars_has_none_of_the_defaults(folder: Path) -> None:
    (folder / "vars.yml").unlink()
    assert {finding.rule for finding in looked_at(folder, node())} == {"default-vars"}


def test_a_shim_calls_the_package_and_does_nothing_else(folder: Path) -> None:
    own = SHIM.replace("mesh_core.schema_for(custom_schema_name, node)", "'mine'")
    (folder / "macros/generate_schema_name.sql").write_text(own)
    (finding,) = looked_at(folder, macros=(macro("generate_schema_name", own),))
    assert finding.place == "macros/generate_schema_name.sql:2"
    assert "does something else than to call `{{ mesh_core.schema_for(" in finding.what
    also = SHIM.replace("{{-", "{{- 'pre_' -}}{{-")
    (finding,) = looked_at(folder, macros=(macro("generate_schema_name", also),))
    assert finding.fails
    (finding,) = looked_at(folder, macros=())
    assert (finding.rule, finding.file) == ("default-macros", "macros/generate_schema_name.sql")
    assert "dbt's own decides" in finding.what


@pytest.mark.parametrize("name", ["generate_alias_name", "postgres__act_as_owner", "ref"])
def test_a_macro_that_overrides_what_the_mesh_decides_is_told(folder: Path, name: str) -> None:
    path = folder / f"macros/sales/{name}.sql"
    path.parent.mkdir()
    path.write_text(f"-- ours\n{{% macro {name}(x) %}}{{% endmacro %}}")
    shim = macro("generate_schema_name", SHIM)
    (finding,) = looked_at(folder, macros=(shim, macro(name)))
    assert (finding.rule, finding.place) == ("default-macros", f"macros/sales/{name}.sql:2")
    assert f"the macro {name} overrides" in finding.what
    declared = {"default-macros": {"reason": "a trial", "until": "2027-01-01"}}
    (finding,) = looked_at(folder, macros=(shim, macro(name, exceptions=declared)))
    assert not finding.fails


def test_macros_of_the_projects_own_are_its_own(folder: Path) -> None:
    shim = macro("generate_schema_name", SHIM)
    foreign = {**macro("ref"), "package_name": "dbt_utils"}
    own = (shim, foreign, macro("half"), macro("default__half"), macro("act_as_owners"))
    assert looked_at(folder, macros=own) == []


def test_a_package_without_defaults_asks_nothing(folder: Path) -> None:
    (folder / "dbt_packages/mesh_core/defaults.yml").unlink()
    assert looked_at(folder, node(access="protected", schema="x"), macros=()) == []


@pytest.mark.parametrize("text", ["config: {access: {ist: private}}", "config: [", "vars: 7"])
def test_defaults_that_nobody_understands_are_told(folder: Path, text: str) -> None:
    (folder / "dbt_packages/mesh_core/defaults.yml").write_text(text)
    with pytest.raises(RunError) as refused:
        looked_at(folder, node())
    assert refused.value.where == "mesh_core/defaults.yml"
