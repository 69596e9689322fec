"""A model as rules look at it: what dbt resolved, and which tests hold it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from meshnew.dbt.graph import Graph, Node

KEY_TESTS = frozenset({"primary_key", "unique_combination_of_columns"})
"""Generic tests, of whichever package, that say what one row is."""


@dataclass(frozen=True)
class Model:
    """A model, or one version of it; for the mesh's defaults a seed or a snapshot too.

    Attributes:
        node: what the manifest says of it.
        tests: generic and singular tests that are about it, and unit tests.
        group: its group, as the manifest has it; empty without one.
    """

    node: Node = field(hash=False)
    tests: tuple[Node, ...] = field(hash=False)
    group: Node = field(default_factory=dict, hash=False)

    @property
    def label(self) -> str:
        """`name`, or `name.vN`."""
        version = self.node.get("version")
        return str(self.node["name"]) + ("" if version is None else f".v{version}")

    @property
    def is_product(self) -> bool:
        """Whether others may read it."""
        return bool(self.node.get("access") == "public")

    @property
    def domain(self) -> str:
        """The domain whose folder it lies in."""
        return str(self.node["fqn"][1])

    @property
    def stage(self) -> str:
        """The folder in its domain that it lies in; empty where it lies in none."""
        folders = self.node["fqn"][2:-1]
        return str(folders[0]) if folders else ""

    @property
    def config(self) -> dict[str, Any]:
        """Its configuration, resolved."""
        return self.node["config"]  # type: ignore[no-any-return]

    @property
    def meta(self) -> dict[str, Any]:
        """Its own `config.meta`."""
        return self.config.get("meta") or {}

    @property
    def yaml(self) -> str:
        """The file that describes it; empty where none does."""
        return str(self.node.get("patch_path") or "").partition("://")[2]

    @property
    def beside(self) -> str:
        """The file to describe it in: the one that does, or one beside its code."""
        folder = self.node["original_file_path"].rpartition("/")[0]
        return self.yaml or f"{folder}/{self.node['name']}.yml"

    @property
    def undescribed(self) -> list[str]:
        """Columns that it declares and does not describe."""
        columns = self.node["columns"].values()
        return [c["name"] for c in columns if not (c.get("description") or "").strip()]

    @property
    def has_key(self) -> bool:
        """Whether a test says what one row is."""
        names = [(test_name(test), test.get("column_name")) for test in self.tests]
        return has_key(names)


def has_key(tests: list[tuple[str, str | None]]) -> bool:
    """Whether tests, each with the column it is of, say what one row is."""
    unique, filled = (
        {column for name, column in tests if name == kind and column}
        for kind in ("unique", "not_null")
    )
    return bool(unique & filled) or any(name in KEY_TESTS for name, _ in tests)


def test_name(test: Node) -> str:
    """Name of a generic test without the model's, or of any other test as it is."""
    return str((test.get("test_metadata") or {}).get("name") or test["name"])


def models(graph: Graph, *types: str) -> Iterator[Model]:
    """The project's own models, with their tests; with `types` also seeds and snapshots."""
    held: dict[str, list[Node]] = {}
    for uid, test in graph.own("test"):
        attached = test.get("attached_node")
        for about in [attached] if attached else graph.parents(uid):
            held.setdefault(about, []).append(test)
    for test in graph.unit_tests.values():
        for about in test.get("depends_on", {}).get("nodes", [])[:1]:
            held.setdefault(about, []).append(test)
    groups = {group["name"]: group for group in graph.groups.values()}
    for uid, node in graph.own(*(types or ("model",))):
        group = groups.get(node.get("group") or node["config"].get("group") or "", {})
        yield Model(node, tuple(held.get(uid, ())), group)
