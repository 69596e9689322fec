"""What the domain teams of the example wrote is what a domain team should copy."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECTS = {"weather": "weather", "airports": "airports", "flights": "flights"} | {
    "airports_traffic": "airports"  # the second commit
}
REF = re.compile(r"ref\('(\w+)'(?:, '(\w+)')?\)")


@pytest.fixture(scope="module")
def code(skyline: Path) -> dict[tuple[str, str], str]:
    """(project, model) -> its SQL."""
    return {
        (PROJECTS[folder.name], path.stem.removesuffix("_v1")): path.read_text(encoding="utf-8")
        for folder in (skyline / "projects").iterdir()
        for path in folder.rglob("*.sql")
    }


@pytest.fixture(scope="module")
def described(skyline: Path) -> dict[str, dict[str, Any]]:
    """Model -> its entry in a YAML file."""
    files = (skyline / "projects").rglob("*.yml")
    entries = [e for f in files for e in yaml.safe_load(f.read_text()).get("models", [])]
    return {entry["name"]: entry for entry in entries}


def reads(project: str, sql: str) -> set[tuple[str, str]]:
    return {(a, b) if b else (project, a) for a, b in REF.findall(sql)}


def test_projects_depend_on_each_other_both_ways_and_models_do_not(
    code: dict[tuple[str, str], str],
) -> None:
    graph = {model: reads(model[0], sql) for model, sql in code.items()}
    between = {(m[0], parent[0]) for m, parents in graph.items() for parent in parents}
    assert {("flights", "airports"), ("airports", "flights"), ("flights", "weather")} <= between
    assert ("flights", "shared") in between
    order = list(TopologicalSorter(graph).static_order())  # raises on a cycle
    assert order.index(("airports", "airports")) < order.index(("flights", "delays"))
    assert order.index(("flights", "delays")) < order.index(("airports", "airport_traffic"))


def test_every_model_is_described_and_has_one_name_in_the_mesh(
    code: dict[tuple[str, str], str], described: dict[str, dict[str, Any]]
) -> None:
    names = [name for _, name in code]
    assert len(names) == len(set(names))
    assert set(names) == set(described)
    assert all(entry.get("description") for entry in described.values())


def test_other_projects_see_products_only(
    code: dict[tuple[str, str], str], described: dict[str, dict[str, Any]]
) -> None:
    for (project, name), sql in code.items():
        for upstream, model in reads(project, sql) - {("shared", "calendar")}:
            if upstream != project:
                assert described[model]["config"]["access"] == "public", f"{name} reads {model}"


def test_every_product_keeps_its_promises(described: dict[str, dict[str, Any]]) -> None:
    products = {n: e for n, e in described.items() if e.get("config", {}).get("access") == "public"}
    assert set(products) == {
        "hourly_weather",
        "airports",
        "delays",
        "daily_delays",
        "airport_traffic",
    }
    for name, entry in products.items():
        assert entry["description"] == f"{{{{ doc('{name}') }}}}"
        assert entry["config"]["contract"] == {"enforced": True}
        assert entry["config"]["meta"]["maturity"]
        assert entry["latest_version"] == 1
        assert any("mesh_core.primary_key" in test for test in entry["data_tests"])
        assert all(c["data_type"] and c["description"] for c in entry["columns"])
