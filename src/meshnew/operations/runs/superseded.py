"""Relations that production built once and builds no more: found, remembered, dropped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from meshnew.dbt.graph import Graph
from meshnew.dbt.interfaces import Interface
from meshnew.mesh.access import Role, schema
from meshnew.operations import records
from meshnew.operations.session import Session

_BUILT = ("model", "seed", "snapshot")


@dataclass(frozen=True)
class Dropped:
    """What became of superseded relations.

    Attributes:
        gone: relations that were dropped.
        left: those that had to stay, each with the reason and what to do.
    """

    gone: tuple[str, ...] = ()
    left: dict[str, str] = field(hash=False, default_factory=dict)


def remember(session: Session, graph: Graph, before: Interface, after: Interface) -> None:
    """Remember what a build has superseded, before the interface that tells it is replaced.

    It is what was published and is built no more, and the relation that a model left in the
    domain's own schema when it became public.

    Args:
        session: the session.
        graph: what was built.
        before: the interface that was published until now.
        after: the one that will be.
    """
    record = records.projects(session).get(graph.project)
    found = {(item["domain"], item["relation"]) for item in (record.superseded if record else [])}
    found |= {(product.domain, product.relation) for product in before.products}
    found |= {(p["domain"], p["relation"]) for p in (record.products if record else [])}
    there = _there(session, graph.project)
    for product in after.products:
        if product.relation in there and product.schema == schema(product.domain, "products"):
            left = f"{schema(product.domain, 'private')}.{product.identifier}"
            found.add((product.domain, left))
    keep = _in_use(graph, after)
    ours = set(session.mesh.projects[graph.project].domains)
    superseded = [
        {"domain": domain, "relation": relation}
        for domain, relation in sorted(found)
        if domain in ours and relation in there and relation not in keep
    ]
    if superseded or (record and record.superseded):
        records.project_superseded(session, graph.project, superseded)


def drop(session: Session, graph: Graph, after: Interface) -> Dropped:
    """Drop what is remembered, each as its domain's owner, and nothing that hangs on it.

    Args:
        session: the session.
        graph: what was built.
        after: the interface that is published.
    """
    from meshnew.embedded import relations

    project = graph.project
    record = records.projects(session).get(project)
    keep = _in_use(graph, after)
    open_ = [item for item in record.superseded if item["relation"] not in keep] if record else []
    if not open_:
        return Dropped()
    with session.embedded.warehouse(Role.TRANSFORMER.of(project)) as connection:
        gone, left = relations.drop(
            connection,
            {item["relation"]: Role.OWNER.of(item["domain"]) for item in open_},
        )
    records.project_superseded(
        session, project, [item for item in open_ if item["relation"] in left]
    )
    again = f"Once that is settled: meshnew run {project} deploy"
    return Dropped(tuple(gone), {name: f"{why}. {again}" for name, why in left.items()})


def _there(session: Session, project: str) -> set[str]:
    """Relations in the schemas that the project builds in."""
    from meshnew.embedded import relations

    domains: Iterable[str] = session.mesh.projects[project].domains
    schemas = [schema(domain, kind) for domain in domains for kind in ("private", "products")]
    with session.embedded.warehouse(Role.TRANSFORMER.of(project)) as connection:
        return relations.named(connection, schemas)


def _in_use(graph: Graph, after: Interface) -> set[str]:
    """Relations that the project builds or reads as a source: never dropped."""
    products = {f"model.{graph.project}.{product.label}" for product in after.products}
    built = {
        f"{node['schema']}.{node['alias']}"
        for uid, node in graph.own(*_BUILT)
        if node["config"].get("materialized") != "ephemeral"
        and (node.get("access") != "public" or uid in products)
    }
    return built | {f"{node['schema']}.{node['identifier']}" for node in graph.sources.values()}
