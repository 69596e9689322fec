"""What a deploy remembers of a product beside its promise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from meshnew.dbt.graph import Graph
from meshnew.dbt.interfaces import from_graph
from meshnew.dbt.results import JobResult
from meshnew.operations.runs.product_state import products

UID = "model.air.delays.v1"


def read_by(*uids: str) -> dict[str, Any]:
    return {"nodes": list(uids)}


RECORDS = {"name": "records", "access": "private", "config": {}, "depends_on": {"nodes": [UID]}}


def test_it_knows_its_file_its_uses_and_what_is_personal() -> None:
    column = {"name": "passenger", "tags": ["pii"]}
    node = {
        "resource_type": "model", "package_name": "air", "name": "delays", "version": 1,
        "latest_version": 1, "access": "public", "schema": "flights_products",
        "alias": "delays_v1", "fqn": ["air", "flights", "marts", "delays", "v1"],
        "columns": {"passenger": column, "day": {"name": "day", "meta": {"pii": False}}},
        "config": {"materialized": "table"}, "depends_on": read_by("source.air.raw.legs"),
        "original_file_path": "models/flights/marts/delays_v1.sql",
        "patch_path": "air://models/flights/marts/delays.yml",
    }  # fmt: skip
    manifest = {
        "nodes": {
            UID: node,
            "model.air.records": node | RECORDS,
        },
        "sources": {
            "source.air.raw.legs": {
                "package_name": "air",
                "schema": "flights_raw",
                "identifier": "legs",
                "original_file_path": "models/flights/staging/_sources.yml",
                "freshness": {"warn_after": {"count": 24, "period": "hour"}},
            }
        },
        "exposures": {
            "exposure.air.report": {"name": "report", "depends_on": read_by(UID)},
            "exposure.air.other": {"name": "other", "depends_on": read_by("model.air.x")},
        },
        "semantic_models": {
            "semantic_model.air.d": {"name": "d", "depends_on": read_by("model.air.records")}
        },
    }
    graph = Graph(manifest, "air")
    result = JobResult(True, True, (), (), Path(), None)
    (product,) = products(from_graph(graph), graph, result, [], "r1")
    assert product["file"] == "models/flights/marts/delays.yml"
    assert product["exposures"] == ["report"]
    assert product["semantic_model"] == "d"
    assert (product["materialized"], product["catalog"]) == ("table", None)
    assert product["pii"] == ["passenger"]
    (source,) = product["sources"]
    assert (source["relation"], source["status"]) == ("flights_raw.legs", None)
    assert source["file"] == "models/flights/staging/_sources.yml"
    assert source["has_freshness"]
