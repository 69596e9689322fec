"""What a dbt manifest says about who reads what, across the projects of a mesh."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from meshnew.errors import RunError

Node = dict[str, Any]


@dataclass(frozen=True)
class Promise:
    """A data product of another project, as its interface package declares it.

    Attributes:
        key: `project.name.vN`, or `project.name` where it has no versions.
        project: who makes it.
        name: the model's name.
        schema: schema of its relation.
        identifier: name of its relation within the schema.
        selector: what selects just this node in dbt.
    """

    key: str
    project: str
    name: str
    schema: str
    identifier: str
    selector: str

    @property
    def relation(self) -> str:
        """`schema.identifier`."""
        return f"{self.schema}.{self.identifier}"


class Graph:
    """A manifest seen from the project it was made for."""

    def __init__(self, manifest: dict[str, Any], project: str) -> None:
        self.project = project
        self.adapter: str = manifest.get("metadata", {}).get("adapter_type") or ""
        self.nodes: dict[str, Node] = manifest["nodes"]
        self.sources: dict[str, Node] = manifest["sources"]
        self.groups: dict[str, Node] = manifest.get("groups") or {}
        self.unit_tests: dict[str, Node] = manifest.get("unit_tests") or {}
        self.macros: dict[str, Node] = manifest.get("macros") or {}
        self.exposures: dict[str, Node] = manifest.get("exposures") or {}
        self.semantic_models: dict[str, Node] = manifest.get("semantic_models") or {}

    @classmethod
    def read(cls, path: Path, project: str) -> Graph:
        """Read the manifest.json of a project.

        Raises:
            RunError: there is none, or it is none.
        """
        return cls(read_manifest(path), project)

    @cached_property
    def promises(self) -> dict[str, Promise]:
        """Interface models of other projects by unique id."""
        found = {}
        for uid, node in self.nodes.items():
            ours = node["config"].get("meta", {}).get("meshnew") or {}
            if node["resource_type"] == "model" and "relation" in ours:
                schema, _, identifier = ours["relation"].rpartition(".")
                found[uid] = Promise(
                    key=uid.removeprefix("model."),
                    project=node["package_name"],
                    name=node["name"],
                    schema=schema,
                    identifier=identifier,
                    selector="fqn:" + ".".join(node["fqn"]),
                )
        return found

    def own(self, *types: str) -> Iterator[tuple[str, Node]]:
        """Nodes of this project, of the given resource types if any, with their ids."""
        for uid, node in sorted(self.nodes.items()):
            if node["package_name"] != self.project or uid in self.promises:
                continue
            if not types or node["resource_type"] in types:
                yield uid, node

    def parents(self, uid: str) -> list[str]:
        """Ids of nodes and sources that a node reads."""
        node = self.nodes.get(uid) or {}
        reads: list[str] = node.get("depends_on", {}).get("nodes", [])
        return reads

    def upstream(self, uid: str, through: Callable[[Node], bool] = lambda _: True) -> set[str]:
        """Ids of everything a node reads, directly or through nodes that `through` accepts."""
        seen: set[str] = set()
        ahead = list(self.parents(uid))
        while ahead:
            parent = ahead.pop()
            if parent not in seen:
                seen.add(parent)
                if parent in self.nodes and through(self.nodes[parent]):
                    ahead += self.parents(parent)
        return seen

    def promised(self, uids: set[str]) -> list[Promise]:
        """The products of other projects among some ids, sorted by key."""
        found = (self.promises[uid] for uid in uids if uid in self.promises)
        return sorted(found, key=lambda promise: promise.key)

    def needed(self) -> list[Promise]:
        """Every product of another project that a node of this project reads."""
        return self.promised({parent for uid, _ in self.own() for parent in self.parents(uid)})


def read_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest.json.

    Raises:
        RunError: there is none, or it is none.
    """
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(
            "there is no readable dbt manifest", where=path.name, fix="Run the deploy again"
        ) from error
    return manifest
