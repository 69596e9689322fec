"""Rules look at what dbt resolved, name file, line and mend, and let a model say why not."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from meshnew.dbt.graph import Graph
from meshnew.governance.check import check
from meshnew.governance.finding import Finding, Severity
from meshnew.governance.rules import MISUSED, RULES

DAY = date(2026, 11, 25)
YAML = "models/sales/marts/orders.yml"
UID = "model.shop.orders.v1"
OWNER = {"name": "Sue", "email": "sue@example.com"}
TEXT = """\
# What the team promises.
models:
  - {name: other}
  - name: orders
    columns:
      - name: order_id
      - {name: amount, data_type: integer}
"""


def column(name: str, description: str = "What it is.") -> dict[str, str]:
    return {"name": name, "description": description}


def model(**changes: Any) -> dict[str, Any]:
    """A data product that keeps every rule."""
    config = {
        "meta": {"owner": OWNER["email"], "maturity": 1},
        "contract": {"enforced": True},
        "materialized": "table",
        "group": "sales",
    }
    good = {
        "resource_type": "model",
        "package_name": "shop",
        "name": "orders",
        "fqn": ["shop", "sales", "marts", "orders", "v1"],
        "version": 1,
        "access": "public",
        "group": "sales",
        "description": "One row for each order.",
        "columns": {name: column(name) for name in ("order_id", "amount")},
        "config": {**config, **changes.pop("config", {})},
        "patch_path": f"shop://{YAML}",
        "original_file_path": "models/sales/marts/orders_v1.sql",
        "depends_on": {"nodes": []},
    }
    return {**good, **changes}


def generic(name: str, of: str | None = None) -> dict[str, Any]:
    return {
        "resource_type": "test",
        "package_name": "shop",
        "name": f"{name}_orders",
        "config": {},
        "attached_node": UID,
        "column_name": of,
        "test_metadata": {"name": name},
        "depends_on": {"nodes": [UID]},
    }


KEY = (generic("primary_key"),)


def looked_at(
    node: dict[str, Any],
    tests: tuple[dict[str, Any], ...] = KEY,
    *,
    owner: dict[str, str] | None = None,
    unit_tests: dict[str, Any] | None = None,
    folder: Path = Path(),
) -> list[Finding]:
    manifest = {
        "nodes": {UID: node, **{f"test.shop.{i}": test for i, test in enumerate(tests)}},
        "sources": {},
        "groups": {"group.shop.sales": {"name": "sales", "owner": owner or OWNER}},
        "unit_tests": unit_tests or {},
    }
    return check(Graph(manifest, "shop"), folder, package="mesh_core", day=DAY)


def ids(findings: list[Finding]) -> list[str]:
    return sorted(item.rule for item in findings)


def test_a_product_that_keeps_every_rule_is_left_alone() -> None:
    assert looked_at(model()) == []


@pytest.mark.parametrize(
    ("rule", "changes", "tests"),
    [
        ("model-described", {"description": " "}, KEY),
        ("product-owned", {"config": {"meta": {"maturity": 1}}}, KEY),
        ("product-columns-described", {"columns": {"amount": column("amount", "")}}, KEY),
        ("product-columns-described", {"columns": {}}, KEY),
        ("product-primary-key", {}, (generic("not_null", "amount"), generic("unique", "id"))),
        ("product-contract", {"config": {"contract": {"enforced": False}}}, KEY),
        ("product-version", {"version": None}, KEY),
        ("product-maturity", {"config": {"meta": {"owner": "sue"}}}, KEY),
        ("group-owned", {"group": None, "config": {"group": None}}, KEY),
    ],
)
def test_what_a_product_lacks_is_one_finding_with_file_and_mend(
    rule: str, changes: dict[str, Any], tests: tuple[dict[str, Any], ...]
) -> None:
    (found,) = looked_at(model(**changes), tests)
    assert found.rule == rule
    assert found.file == YAML
    assert "orders" in found.what
    assert found.mend
    assert found.fails == (rule != "product-maturity")


def test_every_rule_is_broken_by_some_model() -> None:
    bare = model(
        description="", version=None, columns={}, group=None,
        config={"meta": {}, "contract": {}, "group": None},
    )  # fmt: skip
    assert ids(looked_at(bare, ())) == sorted(rule.id for rule in RULES)


def test_what_is_private_need_only_be_described_tested_and_owned() -> None:
    private = model(access="private", version=None, columns={}, description="", config={"meta": {}})
    assert ids(looked_at(private, ())) == ["model-described", "model-tested"]


@pytest.mark.parametrize(
    ("tests", "holds"),
    [
        ((generic("primary_key"),), True),
        ((generic("unique", "order_id"), generic("not_null", "order_id")), True),
        ((generic("unique", "order_id"), generic("not_null", "amount")), False),
        ((generic("unique_combination_of_columns"),), True),
    ],
)
def test_a_primary_key_may_be_tested_in_several_ways(
    tests: tuple[dict[str, Any], ...], holds: bool
) -> None:
    assert ("product-primary-key" not in ids(looked_at(model(), tests))) == holds


def test_a_unit_test_or_a_query_is_a_test_too() -> None:
    private = model(access="private")
    unit = {"unit_test.shop.x": {"depends_on": {"nodes": [UID, "model.shop.input"]}}}
    query = {**generic("x"), "attached_node": None, "test_metadata": None}
    assert looked_at(private, (), unit_tests=unit) == []
    assert looked_at(private, (query,)) == []
    assert ids(looked_at(private, ())) == ["model-tested"]


def test_the_line_is_that_of_the_model_or_of_its_column(tmp_path: Path) -> None:
    path = tmp_path / YAML
    path.parent.mkdir(parents=True)
    path.write_text(TEXT)
    (found,) = looked_at(model(description=""), folder=tmp_path)
    assert found.place == f"{YAML}:4"
    bare = {"order_id": column("order_id"), "amount": column("amount", "")}
    (found,) = looked_at(model(columns=bare), folder=tmp_path)
    assert found.place == f"{YAML}:7"
    assert "column amount" in found.what


def test_a_model_that_nothing_describes_is_told_where_to_be_described() -> None:
    (found, _) = looked_at(
        model(patch_path=None, description="", access="private"), (), folder=Path()
    )
    assert found.place == "models/sales/marts/orders_v1.sql:1"
    assert "models/sales/marts/orders.yml" in found.mend


def without_contract(**exception: object) -> dict[str, Any]:
    meta = {"owner": "sue", "maturity": 1, "exceptions": {"product-contract": exception}}
    return model(config={"contract": {}, "meta": meta})


def test_an_exception_holds_until_its_day_and_is_told() -> None:
    (found,) = looked_at(without_contract(reason="columns still change", until="2026-11-25"))
    assert not found.fails
    assert found.excepted == "until 2026-11-25: columns still change"


def test_an_exception_that_is_over_counts_no_more() -> None:
    over, broken = looked_at(without_contract(reason="columns still change", until="2026-11-24"))
    assert (over.rule, over.fails) == (MISUSED, True)
    assert "ended on 2026-11-24" in over.what
    assert (broken.rule, broken.fails) == ("product-contract", True)


@pytest.mark.parametrize(
    "exception", [{"reason": "because"}, {"until": "2027-01-01"}, {"reason": "x", "until": "soon"}]
)
def test_an_exception_needs_a_reason_and_a_day(exception: dict[str, str]) -> None:
    findings = looked_at(without_contract(**exception))
    assert ids(findings) == [MISUSED, "product-contract"]
    assert all(item.fails for item in findings)


@pytest.mark.parametrize("written", ["product-contract", ["product-contract"], 7])
def test_an_exception_that_is_no_mapping_is_told_how_to_write_it(written: object) -> None:
    (found,) = looked_at(
        model(config={"meta": {"owner": "s", "maturity": 1, "exceptions": written}})
    )
    assert (found.rule, found.fails) == (MISUSED, True)


def test_an_exception_that_nothing_needs_is_only_told() -> None:
    exception = {"product-contract": {"reason": "x", "until": "2027-01-01"}}
    meta = {"owner": "sue", "maturity": 1, "exceptions": exception}
    (found,) = looked_at(model(config={"meta": meta}))
    assert (found.severity, found.mend) == (Severity.WARNING, "Remove it.")


def test_an_exception_from_a_rule_that_is_none_names_the_nearest() -> None:
    exception = {"product-contact": {"reason": "x", "until": "2027-01-01"}}
    meta = {"owner": "sue", "maturity": 1, "exceptions": exception}
    (found,) = looked_at(model(config={"meta": meta}))
    assert found.mend == "Did you mean product-contract?"
    assert found.fails
