"""What a change does to published products, for the report of its check."""

from __future__ import annotations

from meshnew.dbt.contract import Difference
from meshnew.dbt.graph import Graph
from meshnew.mesh.access import schema
from meshnew.operations.changes.breaking import differences
from meshnew.operations.session import Session


def contract_changes(session: Session, graph: Graph) -> list[Difference]:
    """What merging a change would do to published products, and who consumes them.

    Args:
        session: the session.
        graph: the change parsed with the target `ci`, where all lies in one schema.
    """
    return differences(session, _as_in_production(graph))


def _as_in_production(graph: Graph) -> Graph:
    nodes = dict(graph.nodes)
    for uid, node in graph.own("model"):
        if node.get("access") == "public" and len(node["fqn"]) > 1:
            nodes[uid] = {**node, "schema": schema(node["fqn"][1], "products")}
    found = Graph({"nodes": nodes, "sources": graph.sources}, graph.project)
    found.adapter = graph.adapter
    return found
