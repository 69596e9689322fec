"""Data products: found by name and described from what is published and remembered of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from meshnew.dbt.contract import consumers
from meshnew.dbt.interfaces import Product
from meshnew.errors import UsageError
from meshnew.governance.characteristics import Characteristic, Known, measure
from meshnew.mesh.names import did_you_mean
from meshnew.operations import records
from meshnew.operations.runs import publishing
from meshnew.operations.session import Session


@dataclass(frozen=True)
class Lineage:
    """A product with the products of other projects that it is made from.

    Attributes:
        key: `project.name.vN`.
        relation: its relation; empty where its project publishes it no more.
        sources: relations of its project's sources that it is made from.
        upstream: what it is made from; empty where that stands elsewhere in the tree.
    """

    key: str
    relation: str = ""
    sources: tuple[str, ...] = ()
    upstream: tuple[Lineage, ...] = ()


@dataclass(frozen=True)
class ProductView:
    """One version of a data product, with all that is known of it.

    Attributes:
        key: `project.name.vN`.
        project: who makes it.
        domain: whose it is.
        owner: name and email of who answers for it; None where the domain is not in the mesh.
        ref: how a model of another project reads it.
        promise: what is published of it.
        versions: keys of all its versions.
        state: what production remembers of it; empty before its first deploy.
        projects: other projects that read it.
        readers: people and tools that may read it.
        lineage: what it is made from.
        neighbours: products of other domains, each with the names of its columns.
    """

    key: str
    project: str
    domain: str
    owner: dict[str, str] | None = field(hash=False)
    ref: str
    promise: Product
    versions: tuple[Product, ...]
    state: dict[str, Any] = field(hash=False)
    projects: tuple[str, ...]
    readers: tuple[str, ...]
    lineage: Lineage

    neighbours: dict[str, frozenset[str]] = field(default_factory=dict, hash=False)

    @property
    def characteristics(self) -> tuple[Characteristic, ...]:
        """The eight characteristics of a data product, with what it lacks of each."""
        known = Known(
            product=self.promise,
            project=self.project,
            versions=self.versions,
            owner=self.owner,
            state=self.state,
            consumers=self.consumers,
            words=self.neighbours,
        )
        return measure(known)

    @property
    def consumers(self) -> tuple[str, ...]:
        """Who reads it, projects first."""
        return (*self.projects, *(f"reader {name}" for name in self.readers))

    @property
    def latest(self) -> bool:
        """Whether a reference without a version means this one."""
        return self.promise.version == self.promise.latest_version

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        promise = self.promise
        return {
            "key": self.key,
            "name": promise.name,
            "version": promise.version,
            "latest": self.latest,
            "project": self.project,
            "domain": self.domain,
            "owner": self.owner,
            "description": promise.description,
            "relation": promise.relation,
            "ref": self.ref,
            "deprecation_date": promise.deprecation_date,
            "versions": [_version(product) for product in self.versions],
            "contract": promise.contract,
            "columns": [asdict(column) for column in promise.columns],
            "meta": promise.meta,
            **{name: self.state.get(name) for name in ("rows", "built", "built_at", "run")},
            "tests": self.state.get("tests", []),
            "sources": self.state.get("sources", []),
            "projects": list(self.projects),
            "readers": list(self.readers),
            "lineage": asdict(self.lineage),
            "characteristics": [item.to_json() for item in self.characteristics],
        }


class _Catalogue:
    """Every published product of the mesh."""

    def __init__(self, session: Session) -> None:
        self._mesh = session.mesh
        self._interfaces = publishing.interfaces_of(session)
        self._state = {
            product["key"]: product
            for record in records.projects(session).values()
            for product in record.products
        }
        self._promises = {
            interface.key(product): (interface, product)
            for interface in self._interfaces.values()
            for product in interface.products
        }

    def views(self, keys: Iterable[str] | None = None) -> list[ProductView]:
        """Products by key, all of them unless some are named."""
        return [self._view(key) for key in (sorted(self._promises) if keys is None else keys)]

    def named(self, name: str) -> list[str]:
        """Keys of the products that a name may mean.

        Raises:
            UsageError: none; the nearest name is given.
        """
        found = [key for key in self._promises if name in self._names(key)]
        if found:
            return found
        known = sorted({n for key in self._promises for n in self._names(key)})
        raise UsageError(
            f"no data product `{name}` is published in mesh {self._mesh.spec.name}",
            fix=did_you_mean(name, known, "All of them: meshnew product list"),
        )

    def _names(self, key: str) -> set[str]:
        """What a product may be called: its label or its name, with its domain or project."""
        interface, product = self._promises[key]
        short = {product.label, product.name}
        before = ("", f"{product.domain}.", f"{interface.project}.")
        return {f"{prefix}{name}" for prefix in before for name in short}

    def _view(self, key: str) -> ProductView:
        interface, product = self._promises[key]
        domain = self._mesh.domains.get(product.domain)
        return ProductView(
            key=key,
            project=interface.project,
            domain=product.domain,
            owner=domain.owner.model_dump() if domain else None,
            ref=_ref(interface.project, product),
            promise=product,
            versions=tuple(p for p in interface.products if p.name == product.name),
            state=self._state.get(key, {}),
            projects=consumers(interface.project, product, self._interfaces.values()),
            readers=tuple(self._mesh.readers(product.domain)),
            lineage=self._lineage(key, set()),
            neighbours={
                other.name: frozenset(column.name for column in other.columns)
                for _, other in self._promises.values()
                if other.domain != product.domain
            },
        )

    def _lineage(self, key: str, seen: set[str]) -> Lineage:
        if key not in self._promises:
            return Lineage(key)
        _, product = self._promises[key]
        sources = tuple(s["relation"] for s in self._state.get(key, {}).get("sources", []))
        if key in seen:
            return Lineage(key, product.relation)
        seen.add(key)
        upstream = tuple(self._lineage(other, seen) for other in product.depends_on or ())
        return Lineage(key, product.relation, sources, upstream)


def list_products(session: Session, domain: str | None = None) -> list[ProductView]:
    """Published products by key, of one domain or of all.

    Raises:
        UsageError: there is no such domain; the nearest one is given.
    """
    if domain is not None and domain not in session.mesh.domains:
        known = ", ".join(session.mesh.domains) or "none yet"
        raise UsageError(
            f"no domain `{domain}` in mesh {session.mesh.spec.name}",
            fix=did_you_mean(domain, session.mesh.domains, f"Domains: {known}"),
        )
    views = _Catalogue(session).views()
    return [view for view in views if domain is None or view.domain == domain]


def show_product(session: Session, name: str) -> ProductView:
    """One product: by name, `domain.name` or `project.name`, its latest version unless one is said.

    Raises:
        UsageError: there is none of that name, or several projects have one.
    """
    catalogue = _Catalogue(session)
    views = catalogue.views(catalogue.named(name))
    products = {(view.project, view.promise.name) for view in views}
    if len(products) > 1:
        names = ", ".join(f"{project}.{product}" for project, product in sorted(products))
        raise UsageError(f"`{name}` may be any of {names}", fix="Name it with its project.")
    return next((view for view in views if view.latest), views[-1])


def _ref(project: str, product: Product) -> str:
    """How another project's model reads it; a version is said where it is not the latest."""
    latest = product.version is None or product.version == product.latest_version
    version = "" if latest else f", v={product.version!r}"
    return f"ref('{project}', '{product.name}'{version})"


def _version(product: Product) -> dict[str, Any]:
    return {
        "version": product.version,
        "latest": product.version == product.latest_version,
        "deprecation_date": product.deprecation_date,
        "relation": product.relation,
    }
