"""add staging: a model that renames and types the columns of one raw table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from meshnew.dbt import profiling
from meshnew.dbt.profiling import Column, Profile, Table
from meshnew.dbt.proposals import Proposal, chosen, proposals
from meshnew.errors import UsageError
from meshnew.mesh.names import did_you_mean
from meshnew.operations.adding import documents
from meshnew.operations.adding.bench import Bench, code, refuse_taken
from meshnew.operations.adding.draft import Draft

_PLURAL = ((re.compile(r"ies$"), "y"), (re.compile(r"(ss|x|ch|sh)es$"), r"\1"),
           (re.compile(r"([^sui])s$"), r"\1"))  # fmt: skip


@dataclass(frozen=True)
class Declared:
    """A table that a source declares.

    Attributes:
        source: name of the source.
        table: its name there.
        schema: where it lies.
        identifier: what it is called there.
        path: file that declares it.
        entry: what that says of it.
    """

    source: str
    table: str
    schema: str
    identifier: str
    path: str
    entry: dict[str, Any]

    @property
    def name(self) -> str:
        """SOURCE.TABLE."""
        return f"{self.source}.{self.table}"

    @property
    def model(self) -> str:
        """What its staging model is called."""
        return f"stg_{self.source.removesuffix('_raw')}__{_snake(self.table)}"


@dataclass(frozen=True)
class Staging:
    """A staging model as it could be.

    Attributes:
        declared: its table.
        domain: whose it is.
        profile: what the table holds, under the raw names of its columns.
        proposed: tests, under the names the model gives.
    """

    declared: Declared
    domain: str
    profile: Profile
    proposed: list[Proposal]


def declared(bench: Bench) -> list[Declared]:
    """Tables of the project's sources that are in use, by name."""
    return sorted(_declared(bench), key=lambda item: item.name)


def unstaged(bench: Bench) -> list[str]:
    """SOURCE.TABLE of tables that have no staging model of the usual name."""
    there = code(bench.folder)
    return [item.name for item in declared(bench) if item.model not in there]


def inspect(bench: Bench, name: str) -> Staging:
    """Look at the table that a source declares.

    Raises:
        UsageError: no source declares it, the warehouse has no such table, or it has a model.
    """
    found = _named(bench, name)
    refuse_taken(bench, found.model, code(bench.folder))
    with bench.warehouse() as connection:
        table = profiling.tables(connection, found.schema).get(found.identifier)
        if table is None:
            raise UsageError(
                "is declared, and the warehouse has no such table",
                where=f"{found.schema}.{found.identifier}",
                fix=f"Load it, or correct {found.path}.",
            )
        profile = profiling.profile(connection, table)
    domain = found.path.split("/")[1]
    renamed = _renamed(table)
    named = [
        Proposal(item.kind, tuple(renamed[c] for c in item.columns), item.found, item.holds,
                 item.values)
        for item in proposals(profile)
    ]  # fmt: skip
    return Staging(found, domain, profile, named)


def draft(bench: Bench, staging: Staging, tests: Sequence[str] | None) -> Draft:
    """The model and its YAML.

    Args:
        bench: the project.
        staging: what was found.
        tests: names of proposed tests to take; None takes those that hold.

    Raises:
        ConflictError: a file is there.
        UsageError: a test was not proposed.
    """
    declared, table = staging.declared, staging.profile.table
    taken = chosen(staging.proposed, tests)
    renamed = _renamed(table)
    key = next((item.columns for item in taken if item.kind == "primary_key"), ())
    result = bench.draft()
    where = f"models/{staging.domain}/staging/{declared.model}"
    result.create(
        f"{where}.sql",
        bench.parts.render(
            "staging/model.sql",
            source=declared.source,
            table=declared.table,
            columns=[{"sql": _select(c, renamed[c.name], staging.profile)} for c in table.columns],
        ),
    )
    said = {c.get("name"): c.get("description") for c in declared.entry.get("columns") or []}
    columns = [
        {
            "name": renamed[column.name],
            "description": said.get(column.name) or column.description or "To be described.",
            "tests": tests_of(renamed[column.name], taken, key),
        }
        for column in table.columns
    ]
    result.create(
        f"{where}.yml",
        bench.parts.render(
            "staging/model.yml",
            name=declared.model,
            description=declared.entry.get("description") or f"Rows of {declared.name}.",
            key=key,
            package=bench.package,
            columns=columns,
        ),
    )
    return result


def tests_of(column: str, taken: Sequence[Proposal], key: Sequence[str]) -> list[dict[str, Any]]:
    """Tests of a column, as the template wants them; a key of one column is two tests."""
    alone = [{"kind": kind} for kind in ("unique", "not_null")] if [column] == [*key] else []
    return alone + [
        {"kind": item.kind, "accepted": item.values, "to": item.to, "field": item.field}
        for item in taken
        if item.columns == (column,) and item.kind != "primary_key"
    ]


def _declared(bench: Bench) -> Iterator[Declared]:
    for document in documents.documents(bench.folder):
        for source in document.entries("sources"):
            if documents.is_off(source):
                continue
            for table in source.get("tables") or []:
                yield Declared(
                    source["name"],
                    table["name"],
                    source.get("schema") or source["name"],
                    table.get("identifier") or table["name"],
                    document.path,
                    table,
                )


def _named(bench: Bench, name: str) -> Declared:
    there = declared(bench)
    found = [item for item in there if name in (item.name, item.table)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(item.name for item in found)
        raise UsageError(f"`{name}` may be any of {names}", fix="Name it with its source.")
    table = name.rpartition(".")[2]
    raise UsageError(
        f"no source of {bench.project} declares `{name}`",
        fix=did_you_mean(name, [item.name for item in there], f"First: meshnew add source {table}"),
    )


def _renamed(table: Table) -> dict[str, str]:
    """Raw name of each column -> its name in the model; no two alike."""
    result: dict[str, str] = {}
    for column in table.columns:
        name = _snake(column.name)
        if name == "id":
            name = f"{_singular(_snake(table.name))}_id"
        elif column.quoted and name == column.name:  # a word of SQL
            name = f"{_singular(_snake(table.name))}_{name}"
        while name in result.values():
            name = f"{name}_"
        result[column.name] = name
    return result


def _select(column: Column, name: str, profile: Profile) -> str:
    written = profile.columns[column.name].written
    value = f"cast({column.sql} as {written})" if written else column.sql
    return value if value == name else f"{value} as {name}"


def _snake(name: str) -> str:
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    plain = re.sub(r"\W+", "_", parted, flags=re.ASCII).strip("_").lower()
    return f"n_{plain}" if plain[:1].isdigit() else plain or "column"


def _singular(name: str) -> str:
    for plural, one in _PLURAL:
        if plural.search(name):
            return plural.sub(one, name)
    return name
