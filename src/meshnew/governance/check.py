"""Hold a project's manifest against the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from meshnew.dbt.graph import Graph
from meshnew.governance import exceptions
from meshnew.governance.finding import Finding
from meshnew.governance.lines import Lines
from meshnew.governance.model import Model, models
from meshnew.governance.rules import RULES, WHOLE, Rule

_MANY = 4


def check(
    graph: Graph,
    folder: Path,
    *,
    package: str = "mesh_core",
    rules: Iterable[Rule] = RULES,
    day: date | None = None,
) -> list[Finding]:
    """What the rules find in a project's own models, by file and line.

    Args:
        graph: its manifest.
        folder: its checkout, in which lines are looked up.
        package: the mesh's internal package, for what a mend names.
        rules: what is asked.
        day: what ends of exceptions are held against; the present day by default.
    """
    asked, lines = list(rules), Lines(folder)
    on = day or exceptions.today()
    found = [item for model in models(graph) for item in _of(model, asked, lines, package, on)]
    return sorted(found, key=lambda item: (item.file, item.line, item.rule))


def _of(
    model: Model, rules: Sequence[Rule], lines: Lines, package: str, day: date
) -> Iterator[Finding]:
    broken = set()
    for rule in rules:
        if rule.products and not model.is_product:
            continue
        if offending := list(rule.offends(model)):
            broken.add(rule.id)
            yield _finding(model, rule, offending, lines, package, day)
    yield from exceptions.misused(model, broken, day, _place(model, lines))


def _finding(
    model: Model, rule: Rule, offending: list[str], lines: Lines, package: str, day: date
) -> Finding:
    words = {
        "model": model.label,
        "name": model.node["name"],
        "file": model.beside,
        "columns": _few(offending),
        "package": package,
    }
    file, line = _place(model, lines, offending[0])
    return Finding(
        rule.id,
        rule.severity,
        file,
        line,
        rule.what.format(**words),
        rule.mend.format(**words),
        exceptions.excepted(model, rule.id, day),
    )


def _place(model: Model, lines: Lines, column: str = "") -> tuple[str, int]:
    """Where a model is described, or else where its code is."""
    if not model.yaml:
        return model.node["original_file_path"], 1
    return model.yaml, lines.of(model.yaml, model.node["name"], column)


def _few(columns: list[str]) -> str:
    if tuple(columns) == WHOLE:
        return "any column"
    more = len(columns) - _MANY
    listed = ", ".join(columns[:_MANY]) + (f" and {more} more" if more > 0 else "")
    return f"column {listed}" if len(columns) == 1 else f"columns {listed}"
