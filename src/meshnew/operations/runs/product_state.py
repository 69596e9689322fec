"""What production knows of data products beside their promise: rows, tests, age."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from meshnew.dbt.graph import Graph
from meshnew.dbt.interfaces import Interface
from meshnew.dbt.results import JobResult, NodeResult

_RAN = frozenset({"pass", "warn", "fail", "error"})


def products(
    interface: Interface,
    graph: Graph,
    result: JobResult,
    before: Sequence[dict[str, Any]],
    run: str,
) -> list[dict[str, Any]]:
    """Published products as a run left them; of what it left out, what was known `before`."""
    built = {item.unique_id: item for item in result.results if item.status == "success"}
    known = {product["key"]: product for product in before}
    found = []
    for product in interface.products:
        uid = f"model.{interface.project}.{product.label}"
        node = built.get(uid)
        old = known.get(interface.key(product), {})
        found.append(
            {
                "name": product.name,
                "version": product.version,
                "domain": product.domain,
                "key": interface.key(product),
                "relation": product.relation,
                "rows": node.rows if node else old.get("rows"),
                "built": node is not None or old.get("built", False),
                "built_at": _now() if node else old.get("built_at"),
                "run": run if node else old.get("run"),
                **_about(graph, uid),
                "tests": _tests(graph, uid, result, old.get("tests", []), run),
                "sources": _sources(graph, uid, result, old.get("sources", [])),
            }
        )
    return found


def _about(graph: Graph, uid: str) -> dict[str, Any]:
    """What the manifest tells of a product beside its promise."""
    node = graph.nodes.get(uid) or {"config": {}}
    described = str(node.get("patch_path") or "").partition("://")[2]

    def reading(found: dict[str, dict[str, Any]], *read: str) -> list[str]:
        return sorted(
            item["name"]
            for item in found.values()
            if not {uid, *read}.isdisjoint(item["depends_on"]["nodes"])
        )

    # dbt 1.12 knows no semantic model of a versioned model: it stands on one that reads it.
    beside = [other for other, _ in graph.own("model") if uid in graph.parents(other)]

    return {
        "file": described or node.get("original_file_path"),
        "materialized": node["config"].get("materialized"),
        "catalog": node["config"].get("catalog_name"),
        "semantic_model": next(iter(reading(graph.semantic_models, *beside)), None),
        "exposures": reading(graph.exposures),
        "pii": [c["name"] for c in node.get("columns", {}).values() if _is_personal(c)],
    }


def _is_personal(column: dict[str, Any]) -> bool:
    """Whether a column is marked as personal data, by a tag or in its meta."""
    return "pii" in (column.get("tags") or []) or bool((column.get("meta") or {}).get("pii"))


def without_rows(known: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was known of products, for a run that leaves none out: what it did not build waits."""
    return [{**product, "rows": None, "built": False} for product in known]


def tested(
    known: Sequence[dict[str, Any]], graph: Graph, result: JobResult, run: str
) -> list[dict[str, Any]]:
    """Products of a run that published nothing: as they were, with the results of its tests."""
    return [
        {
            **product,
            "tests": _tests(
                graph, f"model.{product['key']}", result, product.get("tests", []), run
            ),
        }
        for product in known
    ]


def _tests(
    graph: Graph, uid: str, result: JobResult, before: Sequence[dict[str, Any]], run: str
) -> list[dict[str, Any]]:
    """Tests of a product and how each last ended, in order of name."""
    results = {item.unique_id: item for item in result.results if item.resource == "test"}
    known = {test["id"]: test for test in before}
    found = []
    for test_uid, node in graph.own("test"):
        if not _is_about(graph, test_uid, node, uid):
            continue
        item = results.get(test_uid)
        if item and item.status in _RAN:
            found.append(_result(test_uid, node, item, run))
        else:
            found.append(known.get(test_uid) or _result(test_uid, node, None, None))
    return sorted(found, key=lambda test: (test["column"] or "", test["name"]))


def _is_about(graph: Graph, test: str, node: dict[str, Any], uid: str) -> bool:
    """Whether a test is declared at a model, or written by hand and reads it."""
    attached = node.get("attached_node")
    return uid == attached if attached else uid in graph.parents(test)


def _result(
    uid: str, node: dict[str, Any], item: NodeResult | None, run: str | None
) -> dict[str, Any]:
    how = node.get("test_metadata") or {}
    return {
        "id": uid,
        "name": how.get("name") or node["name"],
        "column": node.get("column_name"),
        "status": item.status if item else None,
        "rows": item.rows if item else None,
        "at": _now() if item else None,
        "run": run,
    }


def _sources(
    graph: Graph, uid: str, result: JobResult, before: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Sources that a product is made from within its project, and how fresh each last was."""
    results = {item.unique_id: item for item in result.results if item.resource == "source"}
    known = {source["relation"]: source for source in before}
    found = []
    for source_uid in sorted(graph.upstream(uid) & graph.sources.keys()):
        node = graph.sources[source_uid]
        relation = f"{node['schema']}.{node['identifier']}"
        item = results.get(source_uid)
        fresh = (
            {"status": item.status, "message": item.message, "at": _now()}
            if item
            else {key: known.get(relation, {}).get(key) for key in ("status", "message", "at")}
        )
        about = {
            "relation": relation,
            "file": node.get("original_file_path"),
            "has_freshness": bool(node.get("freshness")),
        }
        found.append({**about, **fresh})
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
