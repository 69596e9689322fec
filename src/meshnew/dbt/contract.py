"""What a project takes away from its consumers, and what it gives them: two interfaces compared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from meshnew.dbt.data_types import same_type
from meshnew.dbt.graph import Graph
from meshnew.dbt.product import Interface, Product, in_order

_NOBODY: Mapping[str, Sequence[str]] = MappingProxyType({})


class Kind(StrEnum):
    """What happens to a product; the kinds before `NEW` break whoever reads it."""

    PRIVATE = "private"
    REMOVED = "removed"
    VERSION_REMOVED = "version removed"
    EXPIRED = "expired"
    MOVED = "moved"
    COLUMN_REMOVED = "column removed"
    COLUMN_RETYPED = "column retyped"
    CONTRACT_DROPPED = "contract dropped"
    NEW = "new"
    NEW_VERSION = "new version"
    COLUMN_ADDED = "column added"
    CONTRACT_ADDED = "contract added"
    DEPRECATED = "deprecated"
    LATEST = "latest version"
    DESCRIBED = "described"


_BREAKING = frozenset(tuple(Kind)[: tuple(Kind).index(Kind.NEW)])
GOING = frozenset({Kind.PRIVATE, Kind.REMOVED, Kind.VERSION_REMOVED, Kind.EXPIRED, Kind.MOVED})
"""Kinds after which the relation that was published is not built any more."""


@dataclass(frozen=True)
class Difference:
    """One thing that changes for the consumers of a product.

    Attributes:
        kind: what happens.
        key: the product, `project.name.vN`.
        domain: the domain it was published in.
        relation: where it was published, or will be if it is new.
        what: a sentence without an end, such as `flights.delays.v1 loses column carrier`.
        projects: other projects that read the product.
        readers: people and tools of mesh.yml that may read it.
    """

    kind: Kind
    key: str
    domain: str
    relation: str
    what: str
    projects: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()

    @property
    def breaking(self) -> bool:
        """Whether what reads the product may fail or read something else."""
        return self.kind in _BREAKING

    @property
    def consumers(self) -> tuple[str, ...]:
        """Who is concerned, projects first."""
        return (*self.projects, *(f"reader {name}" for name in self.readers))

    @property
    def takes(self) -> bool:
        """Whether it takes from somebody what they read now; a deploy refuses it unasked."""
        return self.breaking and bool(self.consumers)

    @property
    def sentence(self) -> str:
        """What happens, and to whom if it breaks anything."""
        if not self.breaking:
            return self.what
        by = f"read by {', '.join(self.consumers)}" if self.consumers else "nobody reads it"
        return f"{self.what}; {by}"

    def to_json(self) -> dict[str, Any]:
        """For `--json` and reports."""
        return {
            "kind": self.kind.value,
            "breaking": self.breaking,
            "product": self.key,
            "what": self.what,
            "projects": list(self.projects),
            "readers": list(self.readers),
        }


def compare(
    before: Interface,
    after: Interface,
    others: Iterable[Interface] = (),
    readers: Mapping[str, Sequence[str]] = _NOBODY,
    *,
    private: Collection[str] = (),
    today: date | None = None,
) -> list[Difference]:
    """What changes for the consumers of a project, what breaks them first.

    Args:
        before: the interface that is published.
        after: the one that a manifest gives now.
        others: the published interfaces of the mesh; they say who reads what.
        readers: domain -> people and tools of mesh.yml that read its products.
        private: labels of the project's models that are there and not public
            (`private_models`): taking one back is told from removing it.
        today: what a deprecation date is held against; the present day by default.
    """
    day = (today or datetime.now(UTC).date()).isoformat()
    found = [
        *_gone(before, after, private),
        *_expired(before, after, day),
        *_kept(before, after, day),
        *_new(before, after, day),
    ]
    interfaces = list(others)
    promised = {before.key(product): product for product in before.products}
    told = [
        replace(
            item,
            projects=consumers(after.project, promised[item.key], interfaces)
            if item.key in promised
            else (),
            readers=tuple(readers.get(item.domain, ())),
        )
        for item in found
    ]
    return sorted(told, key=lambda item: not item.breaking)


def consumers(project: str, product: Product, others: Iterable[Interface]) -> tuple[str, ...]:
    """Other projects that read a product: by `ref`, or its relation as a source.

    Args:
        project: who makes it.
        product: the product.
        others: the published interfaces of the mesh.
    """
    key = f"{project}.{product.label}"
    return tuple(
        sorted(
            other.project
            for other in others
            if other.project != project
            and (
                (other.reads and key in other.reads.products)
                or (other.reads and product.relation in other.reads.sources)
                or any(key in (made.depends_on or ()) for made in other.products)
            )
        )
    )


def private_models(graph: Graph) -> frozenset[str]:
    """Labels of a project's models that are not public: `name.vN`, or `name`."""
    return frozenset(
        uid.removeprefix(f"model.{graph.project}.")
        for uid, node in graph.own("model")
        if node.get("access") != "public"
    )


def expired(interface: Interface, today: date | None = None) -> tuple[Product, ...]:
    """Products that are past their deprecation date."""
    day = (today or datetime.now(UTC).date()).isoformat()
    return tuple(product for product in interface.products if _is_past(product, day))


def _gone(before: Interface, after: Interface, private: Collection[str]) -> Iterator[Difference]:
    there = {product.label for product in after.products}
    for old in before.products:
        if old.label in there:
            continue
        left = [product for product in after.products if product.name == old.name]
        if old.label in private:
            yield _about(before, old, Kind.PRIVATE, "is no longer public")
        elif not left:
            yield _about(before, old, Kind.REMOVED, "is removed")
        elif old.version is None:
            # A first version: `ref` without one finds the latest, at another address.
            new = next((p for p in left if p.version == p.latest_version), left[-1])
            yield _about(before, old, Kind.MOVED, f"becomes {new.label} at {new.relation}")
            yield from _columns(before, old, new)
        else:
            rest = ", ".join(product.label for product in left)
            yield _about(before, old, Kind.VERSION_REMOVED, f"is removed; what is left: {rest}")


def _expired(before: Interface, after: Interface, day: str) -> Iterator[Difference]:
    published = {product.label for product in before.products}
    for product in after.products:
        if _is_past(product, day) and product.label in published:
            what = f"is past its date {product.deprecation_date}"
            yield _about(after, product, Kind.EXPIRED, what)


def _kept(before: Interface, after: Interface, day: str) -> Iterator[Difference]:
    now = {product.label: product for product in after.products}
    for old in before.products:
        new = now.get(old.label)
        if new is None or _is_past(new, day):
            continue
        if new.relation != old.relation:
            what = f"moves from {old.relation} to {new.relation}"
            yield _about(before, old, Kind.MOVED, what)
        if old.contract and not new.contract:
            what = "is no longer under contract: nothing holds its columns"
            yield _about(before, old, Kind.CONTRACT_DROPPED, what)
        elif new.contract and not old.contract:
            yield _about(before, old, Kind.CONTRACT_ADDED, "comes under contract")
        yield from _columns(before, old, new)
        yield from _said(before, old, new)


def _columns(before: Interface, old: Product, new: Product) -> Iterator[Difference]:
    """Columns are promised by a contract; without one they are only described."""
    now = {column.name.casefold(): column for column in new.columns}
    for column in old.columns if old.contract else ():
        found = now.pop(column.name.casefold(), None)
        if found is None:
            kind = f" ({column.data_type})" if column.data_type else ""
            what = f"loses column {column.name}{kind}"
            yield _about(before, old, Kind.COLUMN_REMOVED, what)
        elif (
            column.data_type
            and found.data_type
            and not same_type(column.data_type, found.data_type)
        ):
            what = f"turns column {column.name} from {column.data_type} into {found.data_type}"
            yield _about(before, old, Kind.COLUMN_RETYPED, what)
    known = {column.name.casefold() for column in old.columns}
    for name, column in now.items():
        if name not in known:
            yield _about(before, old, Kind.COLUMN_ADDED, f"gains column {column.name}")


def _said(before: Interface, old: Product, new: Product) -> Iterator[Difference]:
    if new.deprecation_date != old.deprecation_date:
        until = new.deprecation_date
        what = f"may be gone from {until} on" if until else "has no deprecation date any more"
        yield _about(before, old, Kind.DEPRECATED, what)
    if new.latest_version != old.latest_version and old.version == old.latest_version:
        what = f"is no longer the latest version, v{new.latest_version} is"
        yield _about(before, old, Kind.LATEST, what)
    columns = {column.name.casefold(): column.description for column in old.columns}
    if new.description != old.description or any(
        columns.get(column.name.casefold(), column.description) != column.description
        for column in new.columns
    ):
        yield _about(before, old, Kind.DESCRIBED, "is described anew")


def _new(before: Interface, after: Interface, day: str) -> Iterator[Difference]:
    labels = {product.label for product in before.products}
    names = {product.name for product in before.products}
    fresh = [p for p in after.products if p.label not in labels and not _is_past(p, day)]
    for product in in_order(fresh):
        kind = Kind.NEW_VERSION if product.name in names else Kind.NEW
        what = f"is {'a new version' if kind is Kind.NEW_VERSION else 'new'} at {product.relation}"
        yield _about(after, product, kind, what)


def _about(interface: Interface, product: Product, kind: Kind, what: str) -> Difference:
    key = interface.key(product)
    return Difference(kind, key, product.domain, product.relation, f"{key} {what}")


def _is_past(product: Product, day: str) -> bool:
    return product.deprecation_date is not None and product.deprecation_date <= day
