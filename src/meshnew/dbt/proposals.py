"""Tests that a model could have, each with what the rows say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from meshnew.dbt.profiling import Profile, is_key_name
from meshnew.errors import UsageError
from meshnew.mesh.names import did_you_mean

_ALMOST = 0.95


@dataclass(frozen=True)
class Proposal:
    """A test.

    Attributes:
        kind: `primary_key`, `unique`, `not_null`, `accepted_values` or `relationships`.
        columns: what it looks at.
        found: what the rows say, in words.
        holds: whether they would pass.
        values: accepted values.
        to: `ref(...)` of the model a relationship leads to.
        field: its key there.
    """

    kind: str
    columns: tuple[str, ...]
    found: str
    holds: bool = True
    values: tuple[str, ...] = ()
    to: str = ""
    field: str = ""

    @property
    def name(self) -> str:
        """How it is called on the command line."""
        return f"{self.kind}:{'+'.join(self.columns)}"

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {"test": self.name, "found": self.found, "holds": self.holds}


def proposals(profile: Profile) -> list[Proposal]:
    """Tests for a table; those that its rows would fail too, where they nearly pass."""
    of = _of(profile)
    found = []
    if profile.key:
        found.append(Proposal("primary_key", profile.key, f"tells all {of} apart"))
    for column in profile.table.columns:
        found += _of_column(profile, column.name, of)
    return found


def _of_column(profile: Profile, name: str, of: str) -> Iterator[Proposal]:
    seen, rows = profile.columns[name], profile.rows
    if name in profile.key and len(profile.key) == 1:
        return
    if rows and is_key_name(name) and seen.distinct >= _ALMOST * rows:
        again = seen.filled - seen.distinct
        said = f"{again} of {of} say again what another says" if again else f"never twice in {of}"
        yield Proposal("unique", (name,), said, holds=not again)
    if rows and name not in profile.key and seen.filled >= _ALMOST * rows:
        empty = rows - seen.filled
        said = f"empty in {empty} of {of}" if empty else f"filled in all {of}"
        yield Proposal("not_null", (name,), said, holds=not empty)
    if seen.values:
        said = ", ".join(f"{value} ({count})" for value, count in seen.values.items())
        yield Proposal("accepted_values", (name,), said, values=tuple(seen.values))


def _of(profile: Profile) -> str:
    rows = "1 row" if profile.rows == 1 else f"{profile.rows} rows"
    return rows if profile.whole else f"of the first {rows}"


def chosen(proposed: Iterable[Proposal], names: Iterable[str] | None) -> list[Proposal]:
    """The proposals named; without names, those that hold.

    Raises:
        UsageError: a name is none of them.
    """
    by_name = {item.name: item for item in proposed}
    if names is None:
        return [item for item in by_name.values() if item.holds]
    for name in names:
        if name not in by_name:
            raise UsageError(
                f"`{name}` is none of the tests proposed",
                where="--test",
                fix=did_you_mean(name, by_name, f"They are: {', '.join(by_name)}"),
            )
    return [by_name[name] for name in dict.fromkeys(names)]
