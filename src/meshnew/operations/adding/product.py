"""add product: make a mart a data product, with a contract and tests that its rows pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from meshnew.dbt import profiling
from meshnew.dbt.graph import Graph, Node
from meshnew.dbt.profiling import Profile, Table
from meshnew.dbt.proposals import Proposal, proposals
from meshnew.errors import RunError, UsageError
from meshnew.mesh import names
from meshnew.mesh.names import did_you_mean
from meshnew.operations.adding import documents
from meshnew.operations.adding.bench import Bench, code, refuse_taken, require
from meshnew.operations.adding.documents import Document

STAGES = ("marts", "products")
_KEY_TESTS = ("unique", "primary_key")


@dataclass(frozen=True)
class Mart:
    """A model that is to be a product.

    Attributes:
        name: its name.
        domain: whose it is.
        file: where its SQL lies; None where it is yet to be written.
        model: the model whose rows it has: itself, or the one it is made from.
        profile: what those rows say.
        proposed: tests.
        yaml: the file that has its YAML, if there is one.
        entry: what that says.
        described: column -> what models before it say of a column of that name.
    """

    name: str
    domain: str
    file: str | None
    model: str
    profile: Profile
    proposed: list[Proposal]
    yaml: Document | None
    entry: dict[str, Any] = field(hash=False)
    described: dict[str, str] = field(hash=False)


def marts(bench: Bench) -> list[str]:
    """Models in marts or products that are no product yet, by name."""
    public = {
        entry["name"]
        for document in documents.documents(bench.folder)
        for entry in document.entries("models")
        if _is_product(entry)
    }
    return [
        name
        for name, path in code(bench.folder).items()
        if _stage(path) in STAGES and name.rpartition("_v")[0] not in public and name not in public
    ]


def inspect(bench: Bench, name: str, origin: str | None = None) -> Mart:
    """Build a mart in the person's own schema and look at its rows.

    Args:
        bench: the project.
        name: of the mart.
        origin: model of which a mart is made that is not there yet.

    Raises:
        UsageError: there is no such mart, or it is a product already.
        RunError: it cannot be built.
    """
    document = documents.find(bench.folder, "models", name)
    entry = (
        next((e for e in document.entries("models") if e["name"] == name), {}) if document else {}
    )
    if document and _is_product(entry):
        raise UsageError(
            "is a data product, or on its way to be one",
            where=f"{document.path}: {name}",
            fix=f"Edit that file; what it lacks: meshnew product show {name}",
        )
    file = _file(bench, name, origin)
    model = origin or name
    graph = bench.parse()
    uid, node = _node(bench, graph, model)
    table = _built(bench, node)
    profile, proposed = _profile(bench, graph, uid, table)
    path = file or node["original_file_path"]
    return Mart(
        name,
        PurePosixPath(path).parts[1],
        file,
        model,
        profile,
        proposed,
        document,
        entry,
        _described(graph, uid),
    )


def build(bench: Bench, name: str) -> None:
    """Build a model in the person's own schema, with what it reads, and run its tests.

    Raises:
        RunError: it does not build, or a test fails.
    """
    require(bench.dbt("parse"), "the project cannot be parsed", bench.project)
    outcome = bench.dbt("build", "--select", f"+{name}")
    if not outcome.success:
        said = outcome.problem or "see above which test or model"
        raise RunError(
            f"was written and does not build: {said}",
            where=name,
            fix=f"Mend its files, then: meshnew shell {bench.project} -- "
            f"dbt build --select +{name}",
        )


def _is_product(entry: dict[str, Any]) -> bool:
    config = entry.get("config") or {}
    return "public" in (config.get("access"), entry.get("access")) or bool(entry.get("versions"))


def _stage(path: str) -> str:
    parts = PurePosixPath(path).parts
    return parts[2] if len(parts) > 3 else ""  # noqa: PLR2004  (models/DOMAIN/STAGE/FILE)


def _file(bench: Bench, name: str, origin: str | None) -> str | None:
    """The mart's SQL, None where it is to be made of another model.

    Raises:
        UsageError: there is none and no other model is named, or there is one and one is.
    """
    there = code(bench.folder)
    if origin is not None:
        if found := names.problem(name):
            raise UsageError(found.what, where="MART", fix=found.fix)
        refuse_taken(bench, name, there | {key.rpartition("_v")[0]: p for key, p in there.items()})
        return None
    if name not in there:
        otherwise = f"Make one of another model: meshnew add product {name} --from MODEL"
        raise UsageError(
            f"no model `{name}` in {bench.project}", fix=did_you_mean(name, marts(bench), otherwise)
        )
    if _stage(there[name]) not in STAGES:
        raise UsageError(
            f"{there[name]} is not in marts: others see what you read it from",
            where=name,
            fix=f"Make a mart of it: meshnew add product NAME --from {name}",
        )
    return there[name]


def _node(bench: Bench, graph: Graph, name: str) -> tuple[str, Node]:
    known = {node["name"]: (uid, node) for uid, node in graph.own("model", "seed", "snapshot")}
    if name not in known:
        fix = did_you_mean(name, list(known), f"Models: {', '.join(known) or 'none yet'}")
        raise UsageError(f"no model `{name}` in {bench.project}", where="--from", fix=fix)
    return known[name]


def _built(bench: Bench, node: Node) -> Table:
    """The model's relation in the person's schema, built a moment ago with all it reads."""
    name = node["name"]
    outcome = bench.dbt(
        "build", "--select", f"+{name}", "--exclude-resource-type", "test", "unit_test"
    )
    require(outcome, f"{name} cannot be built", bench.project)
    table = bench.tables(node["schema"]).get(node["alias"])
    if table is None:
        raise UsageError(
            f"{name} leaves no table to look at ({node['config'].get('materialized')})",
            where=node["original_file_path"],
            fix="Materialise it as a table.",
        )
    return table


def _profile(bench: Bench, graph: Graph, uid: str, table: Table) -> tuple[Profile, list[Proposal]]:
    with bench.warehouse() as connection:
        profile = profiling.profile(connection, table)
        found = proposals(profile)
        for column in table.columns:
            for other, key in _keys(graph, uid, column.name):
                there = profiling.tables(connection, other["schema"]).get(other["alias"])
                if there is None or key not in {item.name for item in there.columns}:
                    continue
                lost = profiling.orphans(connection, table, column.name, there, key)
                if lost is None:
                    continue
                filled = profile.columns[column.name].filled
                said = f"{lost} of {filled} are not in" if lost else f"all {filled} are in"
                to = f"ref('{other['name']}')"
                found.append(
                    Proposal("relationships", (column.name,), f"{said} {other['name']}.{key}",
                             not lost and filled > 0, to=to, field=key)
                )  # fmt: skip
                break
    return profile, found


def _keys(graph: Graph, uid: str, column: str) -> Iterator[tuple[Node, str]]:
    """Other models of the project, outside staging, whose tested key has the name of a column."""
    for _, test in graph.own("test"):
        about = test.get("test_metadata") or {}
        owner = graph.nodes.get(test.get("attached_node") or "")
        if about.get("name") not in _KEY_TESTS or owner is None or test["attached_node"] == uid:
            continue
        arguments = about.get("kwargs") or {}
        columns = arguments.get("columns") or [arguments.get("column_name")]
        upstream = test["attached_node"] in graph.upstream(uid)
        if columns == [column] and not upstream and owner["resource_type"] == "model":
            yield owner, column


def _described(graph: Graph, uid: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for other in (uid, *sorted(graph.upstream(uid))):
        node = graph.nodes.get(other) or graph.sources.get(other) or {}
        for name, column in (node.get("columns") or {}).items():
            text = str(column.get("description") or "")
            if text and not text.startswith("To be described"):
                found.setdefault(name, text)
    return found
