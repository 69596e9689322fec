"""add source: declare raw tables with what the warehouse knows of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from meshnew.dbt.profiling import Table
from meshnew.errors import UsageError
from meshnew.mesh import write
from meshnew.mesh.names import did_you_mean
from meshnew.operations.adding import documents
from meshnew.operations.adding.bench import Bench
from meshnew.operations.adding.documents import Document
from meshnew.operations.adding.draft import Draft

_LOADED_AT = re.compile(
    r"_?(etl_|dlt_|row_|airbyte_|fivetran_)?(load|ingest|insert|extract|sync)(ed)?(_at|_time|_on|$)"
)


def undeclared(bench: Bench, domain: str) -> dict[str, Table]:
    """Raw tables of a domain that no source declares yet, by name.

    Raises:
        UsageError: there are none at all.
    """
    schema = f"{domain}_raw"
    there = bench.tables(schema)
    if not there:
        raise UsageError(
            f"{schema} holds no table yet",
            fix=f"Load one as {domain}_loader; how: meshnew connect {domain}_loader",
        )
    declared = set(_declared(_document(bench, schema), schema))
    return {name: table for name, table in there.items() if name not in declared}


def declare(bench: Bench, domain: str, names: Sequence[str]) -> Draft:
    """A draft that declares raw tables as sources.

    Args:
        bench: the project.
        domain: whose raw schema.
        names: of tables, with or without their schema.

    Raises:
        UsageError: a table is not there, or it is declared.
    """
    schema = f"{domain}_raw"
    free = undeclared(bench, domain)
    tables = [
        _table(bench, schema, name.removeprefix(f"{schema}."), free)
        for name in dict.fromkeys(names)
    ]
    draft, document = bench.draft(), _document(bench, schema)
    path = f"models/{domain}/staging/_{domain}__sources.yml"
    source: dict[str, Any] = next(_sources(document, schema), {})
    text = bench.parts.render(
        "source/sources.yml",
        source=schema,
        fresh=document is None,
        tables=[_as_values(table, source) for table in tables],
    )
    if document is None:
        draft.create(path, text)
        return draft
    new = write.loaded(text)["sources"][0]
    gone = _placeholders(bench, document, schema)
    if gone:
        draft.notes.append(
            f"takes out {', '.join(gone)}, which stood there as an example: "
            f"{schema} has no such table"
        )
    draft.replace(
        document.path, document.text, documents.extended(document, _extend(schema, new, gone))
    )
    return draft


def _table(bench: Bench, schema: str, name: str, free: dict[str, Table]) -> Table:
    if name in free:
        return free[name]
    document = _document(bench, schema)
    if document and name in _declared(document, schema):
        raise UsageError(
            f"is declared already: {document.path}",
            where=f"{schema}.{name}",
            fix=f"Next: meshnew add staging {schema}.{name}",
        )
    otherwise = f"Not declared yet: {', '.join(free)}" if free else "All its tables are declared."
    raise UsageError(
        "there is no such table",
        where=f"{schema}.{name}",
        fix=did_you_mean(name, list(free), otherwise),
    )


def _document(bench: Bench, schema: str) -> Document | None:
    """The file that declares a source, else the one that sources of the domain belong in."""
    if found := documents.find(bench.folder, "sources", schema):
        return found
    domain = schema.removesuffix("_raw")
    path = f"models/{domain}/staging/_{domain}__sources.yml"
    return next((item for item in documents.documents(bench.folder) if item.path == path), None)


def _sources(document: Document | None, schema: str) -> Any:
    entries = document.entries("sources") if document else ()
    return (entry for entry in entries if entry.get("name") == schema)


def _declared(document: Document | None, schema: str) -> list[str]:
    """Tables that a source which is in use declares."""
    return [
        table["name"]
        for entry in _sources(document, schema)
        if not documents.is_off(entry)
        for table in entry.get("tables") or []
    ]


def _placeholders(bench: Bench, document: Document, schema: str) -> list[str]:
    """Tables of a source that was never in use and that the warehouse does not have."""
    there = bench.tables(schema)
    return [
        table["name"]
        for entry in _sources(document, schema)
        if documents.is_off(entry)
        for table in entry.get("tables") or []
        if table["name"] not in there
    ]


def _extend(schema: str, new: dict[str, Any], gone: Sequence[str]) -> Any:
    def change(data: Any) -> None:
        if data.get("sources") is None:
            data["sources"] = []
        if not any(entry.get("name") == schema for entry in data["sources"]):
            data["sources"].append(new)
            return
        entry = documents.entry_of(data, "sources", schema)
        if documents.is_off(entry):
            del entry["config"]["enabled"]
        if entry.get("tables") is None:
            entry["tables"] = []
        wanted = {table["name"] for table in new["tables"]}
        for index in reversed(range(len(entry["tables"]))):
            if entry["tables"][index]["name"] in {*gone, *wanted}:
                del entry["tables"][index]
        entry["tables"].extend(new["tables"])

    return change


def _as_values(table: Table, source: dict[str, Any]) -> dict[str, Any]:
    """What the template needs of a table; its source may set a freshness that it cannot have."""
    config = source.get("config") or {}
    inherited = config.get("loaded_at_field") or source.get("loaded_at_field")
    names = {column.name for column in table.columns}
    loaded_at = next(
        (
            column.name
            for column in table.columns
            if column.data_type.startswith("timestamp") and _LOADED_AT.match(column.name.lower())
        ),
        "",
    )
    return {
        "name": table.name,
        "description": table.description,
        "columns": table.columns,
        "loaded_at": "" if inherited in names else loaded_at,
        "no_freshness": bool(inherited) and inherited not in names and not loaded_at,
    }
