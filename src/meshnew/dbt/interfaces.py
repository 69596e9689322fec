"""Interfaces of projects: made from a manifest, written as a dbt package, read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from meshnew.dbt import package
from meshnew.dbt.declared import declared
from meshnew.dbt.graph import Graph, Node
from meshnew.dbt.product import Column, Interface, Product, Reads, in_order

__all__ = [
    "Column",
    "Interface",
    "Product",
    "Reads",
    "declared",
    "find_cycle",
    "from_graph",
    "from_manifest",
    "read",
    "write",
]

read = package.read
write = package.write


def from_manifest(manifest: dict[str, Any], project: str) -> Interface:
    """The interface of a project as dbt resolved it.

    Args:
        manifest: a manifest.json that was made with the production target.
        project: the name of the project.
    """
    return from_graph(Graph(manifest, project))


def from_graph(graph: Graph) -> Interface:
    """The interface of the project whose manifest this is, made with the production target."""
    products = [
        _product(graph, uid, node)
        for uid, node in graph.own("model")
        if node.get("access") == "public"
    ]
    sources = {
        f"{source['schema']}.{source['identifier']}"
        for uid, _ in graph.own()
        for parent in graph.parents(uid)
        if (source := graph.sources.get(parent))
    }
    reads = Reads(tuple(promise.key for promise in graph.needed()), tuple(sorted(sources)))
    return Interface(graph.project, in_order(products), reads)


def find_cycle(interfaces: Iterable[Interface]) -> list[str] | None:
    """Data products of several projects that are made from each other, if there are any.

    Args:
        interfaces: of all projects; those known by declaration alone add nothing.

    Returns:
        Keys of products, each made from the next, the first one again at the end.
    """
    made_from = {
        interface.key(product): sorted(product.depends_on or ())
        for interface in interfaces
        for product in interface.products
    }
    done: set[str] = set()
    for start in sorted(made_from):
        for path in _paths(start, made_from, done):
            if path[-1] in path[:-1]:
                return path[path.index(path[-1]) :]
    return None


def _paths(start: str, edges: dict[str, list[str]], done: set[str]) -> Iterator[list[str]]:
    """Walk depth first, yielding the path to each product that is met; never twice from one."""
    path, open_edges = [start], [iter(edges.get(start, ()))]
    while path:
        following = next(open_edges[-1], None)
        if following is None:
            done.add(path.pop())
            open_edges.pop()
            continue
        if following in done:
            continue
        yield [*path, following]
        path.append(following)
        open_edges.append(iter(edges.get(following, ())))


def _product(graph: Graph, uid: str, node: Node) -> Product:
    config = node["config"]
    date = node.get("deprecation_date")
    folders = node["fqn"][1 : node["fqn"].index(node["name"], 1)]
    return Product(
        name=node["name"],
        domain=folders[0] if folders else graph.project,
        schema=node["schema"],
        identifier=node["alias"],
        version=node.get("version"),
        latest_version=node.get("latest_version"),
        deprecation_date=str(date)[:10] if date else None,
        description=(node.get("description") or "").strip(),
        columns=tuple(
            Column(c["name"], c.get("data_type") or "", (c.get("description") or "").strip())
            for c in node["columns"].values()
        ),
        contract=bool((config.get("contract") or {}).get("enforced")),
        meta=config.get("meta") or {},
        depends_on=tuple(promise.key for promise in graph.promised(graph.upstream(uid))),
    )
