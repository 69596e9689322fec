"""Hold a project's manifest against the rules and the defaults of the mesh."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from meshnew.dbt.graph import Graph
from meshnew.governance import defaults, deviations, exceptions
from meshnew.governance.defaults import Defaults, rule_id
from meshnew.governance.deviations import Deviation
from meshnew.governance.finding import Finding
from meshnew.governance.lines import Lines
from meshnew.governance.model import Model, models
from meshnew.governance.rules import RULES, WHOLE, Rule

_MANY = 4
_CONFIGURED = ("model", "seed", "snapshot")


def check(
    graph: Graph,
    folder: Path,
    *,
    package: str = "mesh_core",
    rules: Iterable[Rule] = RULES,
    day: date | None = None,
) -> list[Finding]:
    """What rules and defaults of the mesh object to in a project of its own, by file and line.

    Args:
        graph: its manifest.
        folder: its checkout with its packages, in which lines are looked up.
        package: the mesh's internal package: its defaults hold, and a mend names it.
        rules: what is asked.
        day: what ends of exceptions are held against; the present day by default.

    Raises:
        RunError: the package's defaults cannot be understood.
    """
    mesh, lines = defaults.read(folder, package), Lines(folder)
    looked = _Check(tuple(rules), mesh, lines, folder, package, day or exceptions.today())
    found: list[Finding] = []
    for model in models(graph, *_CONFIGURED):
        found += looked.of(model)
    found += deviations.findings(looked.deviations, mesh)
    found += deviations.variables(mesh, lines, folder, package)
    found += deviations.macros(graph, mesh, folder, looked.day)
    return sorted(found, key=lambda item: (item.file, item.line, item.rule))


@dataclass(frozen=True)
class _Check:
    """What models are held against, and where they differ from the defaults so far."""

    rules: Sequence[Rule]
    mesh: Defaults
    lines: Lines
    folder: Path
    package: str
    day: date
    deviations: list[Deviation] = field(default_factory=list)

    def of(self, model: Model) -> Iterator[Finding]:
        """What the rules find; its deviations are kept."""
        broken = set()
        for rule in self.rules if model.node["resource_type"] == "model" else ():
            if rule.products and not model.is_product:
                continue
            if offending := list(rule.offends(model)):
                broken.add(rule.id)
                yield _finding(model, rule, offending, self.lines, self.package, self.day)
        differs = list(deviations.of(model, self.mesh, self.lines, self.folder, self.day))
        self.deviations.extend(differs)
        broken |= {rule_id(item.key) for item in differs}
        known = [*(rule.id for rule in RULES), *self.mesh.ids]
        yield from exceptions.misused(model, broken, known, self.day, _place(model, self.lines))


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
    section = f"{model.node['resource_type']}s"
    return model.yaml, lines.of(model.yaml, model.node["name"], column, section)


def _few(columns: list[str]) -> str:
    if tuple(columns) == WHOLE:
        return "any column"
    more = len(columns) - _MANY
    listed = ", ".join(columns[:_MANY]) + (f" and {more} more" if more > 0 else "")
    return f"column {listed}" if len(columns) == 1 else f"columns {listed}"
