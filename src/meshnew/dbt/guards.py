"""What is refused before dbt builds anything, because the warehouse would suffer later."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from meshnew.dbt.graph import Graph
from meshnew.errors import RunError

# Where a table's rebuild is `drop ... cascade`, so that views on it vanish unheard.
_CASCADING = frozenset({"postgres", "redshift", "greenplum", "alloydb"})
_PRIVATE = re.compile(
    r"Node (\w+)\.(\S+) attempted to reference node \w+\.(\S+), which is not allowed because the "
    r"referenced node is private to the '?(\w+)'? group"
)
_VIEWS = ("view", "materialized_view")


def check(graph: Graph) -> None:
    """Refuse a project that its neighbours would break, or that reads them by chance.

    Raises:
        RunError: with every model concerned, its file and what to change.
    """
    problems = [
        *_built_interfaces(graph),
        *_views_on_products(graph),
        *_unnamed_references(graph),
    ]
    if not problems:
        return
    fix = "\n".join(dict.fromkeys(fix for _, _, fix in problems))
    if len(problems) == 1:
        raise RunError(problems[0][1], where=problems[0][0], fix=fix)
    listed = "".join(f"\n  {file}: {what}" for file, what, _ in problems)
    raise RunError(f"the project was not built:{listed}", fix=fix)


def private_reference(cause: str, folder: Path) -> RunError | None:
    """dbt's refusal of a reference to another group's model, with the file and a way on.

    Args:
        cause: what dbt says.
        folder: the project.
    """
    found = _PRIVATE.search(cause)
    if found is None:
        return None
    kind, reader, read, group = found.groups()
    if kind == "semantic_model":
        return _without_group(reader, read, group, folder)
    name, *version = reader.split(".")[1:]
    stems = {name, "_".join([name, *version])}
    files = sorted(path for path in folder.glob("models/**/*.sql") if path.stem in stems)
    return RunError(
        f"{reader.partition('.')[2]} reads {read.partition('.')[2]}, which is private to the "
        f"domain {group}",
        where=files[0].relative_to(folder).as_posix() if files else "",
        fix=f"Read a data product of {group} instead (meshnew product list --domain {group}), or "
        f"have its team make the model one: docs/data-product-checklist.md.",
    )


def _without_group(reader: str, read: str, group: str, folder: Path) -> RunError:
    """dbt counts a semantic model as nobody's, even one that stands on its own model."""
    model = read.partition(".")[2]
    says = re.compile(rf"^ *(- )?name: *{re.escape(model)} *$", re.MULTILINE)
    files = (
        path
        for path in sorted(folder.glob("models/**/*.yml"))
        if says.search(text := path.read_text(encoding="utf-8")) and "semantic_model:" in text
    )
    file = next(files, None)
    return RunError(
        f"semantic model {reader.partition('.')[2]} says no group, so it may not read {model}, "
        f"which is private to the domain {group}",
        where=file.relative_to(folder).as_posix() if file else "",
        fix=f"Say `group: {group}` and `config: {{meta: {{}}}}` in its `semantic_model:`; without "
        "a `config` dbt passes over the group.",
    )


def _built_interfaces(graph: Graph) -> Iterator[tuple[str, str, str]]:
    # What a project configures right under `models:` wins over its packages' own settings.
    for uid, promise in graph.promises.items():
        if graph.nodes[uid]["config"].get("materialized") != "ephemeral":
            yield (
                "dbt_project.yml",
                f"`+materialized` right under `models:` also applies to {promise.key}, "
                "a product of another project: dbt would build a copy of it",
                f"Move it one level down: models: {{{graph.project}: {{+materialized: table}}}}",
            )
            return


def _views_on_products(graph: Graph) -> Iterator[tuple[str, str, str]]:
    if graph.adapter not in _CASCADING:
        return
    for uid, node in graph.own("model"):
        if node["config"].get("materialized") not in _VIEWS:
            continue
        reads = graph.promised(
            graph.upstream(uid, lambda node: node["config"].get("materialized") == "ephemeral")
        )
        if reads:
            products = ", ".join(promise.key for promise in reads)
            yield (
                node["original_file_path"],
                f"the view {node['name']} reads {products} of another project: "
                "the next rebuild of that product would silently drop the view",
                "Make it a table or incremental: {{ config(materialized='table') }}",
            )


def _unnamed_references(graph: Graph) -> Iterator[tuple[str, str, str]]:
    for uid, node in graph.own():
        written = {(ref.get("package"), ref["name"]) for ref in node.get("refs", [])}
        for promise in graph.promised(set(graph.parents(uid))):
            if (promise.project, promise.name) not in written:
                yield (
                    node["original_file_path"],
                    f"ref('{promise.name}') reads a product of the project {promise.project} "
                    "without naming it",
                    f"Name the project: ref('{promise.project}', '{promise.name}')",
                )
