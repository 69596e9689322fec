"""What a project promises to the others: its data products, and what it reads of theirs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Version = int | float | str


@dataclass(frozen=True)
class Column:
    """A column of a data product, as declared."""

    name: str
    data_type: str = ""
    description: str = ""


@dataclass(frozen=True)
class Product:
    """One version of a data product: a public model of dbt.

    Attributes:
        name: the model's name.
        domain: the business domain it belongs to: the first folder under models/.
        schema: the schema of its relation in production.
        identifier: the name of its relation within the schema.
        version: dbt's version of the model, None where it has none.
        latest_version: the version that a reference without one means.
        deprecation_date: ISO date from which it may be gone, None where none was set.
        description: what it is, plain text.
        columns: in the order they were declared.
        contract: whether dbt enforces the columns and their types.
        meta: the model's own `config.meta`.
        depends_on: keys of the products of *other* projects it is made from, through
            any number of models; None where that is not known, because nothing was parsed.
    """

    name: str
    domain: str
    schema: str
    identifier: str
    version: Version | None = None
    latest_version: Version | None = None
    deprecation_date: str | None = None
    description: str = ""
    columns: tuple[Column, ...] = ()
    contract: bool = False
    meta: dict[str, Any] = field(default_factory=dict, hash=False)
    depends_on: tuple[str, ...] | None = None

    @property
    def relation(self) -> str:
        """`schema.identifier`."""
        return f"{self.schema}.{self.identifier}"

    @property
    def label(self) -> str:
        """`name.vN`, or `name` where it has no version."""
        return self.name if self.version is None else f"{self.name}.v{self.version}"

    @property
    def file(self) -> str:
        """Name of the model in its interface package, without a suffix."""
        return self.label.replace(".v", "_v", 1).replace(".", "_")


@dataclass(frozen=True)
class Reads:
    """What a project reads from outside.

    Attributes:
        products: keys of products of other projects, `project.name.vN`.
        sources: relations of its sources, `schema.identifier`.
    """

    products: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Interface:
    """A project's face to the mesh.

    Attributes:
        project: its name.
        products: one entry per product and version, by name, then version.
        reads: None where only the declaration was read.
    """

    project: str
    products: tuple[Product, ...] = ()
    reads: Reads | None = None

    def key(self, product: Product) -> str:
        """The product's name in the mesh: `project.name.vN`."""
        return f"{self.project}.{product.label}"


def in_order(products: list[Product]) -> tuple[Product, ...]:
    """Sort by name, then version: numbers by value, before words."""

    def place(product: Product) -> tuple[str, bool, float, str]:
        try:
            number, is_word = float(product.version or 0), False
        except ValueError:
            number, is_word = 0.0, True
        return (product.name, is_word, number, str(product.version))

    return tuple(sorted(products, key=place))
