"""Where a project differs from the mesh's defaults: in config, in vars.yml, in its macros."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from meshnew.dbt.graph import Graph, Node
from meshnew.governance import exceptions
from meshnew.governance.defaults import MACROS, VARS, Defaults, calls_only, rule_id, shown
from meshnew.governance.finding import Finding, Severity
from meshnew.governance.lines import Lines
from meshnew.governance.model import Model

PROJECT = "dbt_project.yml"
_VARS = "vars.yml"
_MANY = 4
_TEMPLATE = "Take it back as the template wrote it"


@dataclass(frozen=True)
class Deviation:
    """A config key of a model, seed or snapshot that is not what the mesh has.

    Attributes:
        model: whose it is.
        key: the config key.
        found: shown as YAML.
        file: which file says so.
        line: where; 0 where no line is to blame.
        excepted: why it does not count; empty where it counts.
    """

    model: Model
    key: str
    found: str
    file: str
    line: int
    excepted: str


def of(model: Model, mesh: Defaults, lines: Lines, folder: Path, day: date) -> Iterator[Deviation]:
    """Where a model, seed or snapshot differs from the defaults."""
    for key, found in mesh.broken(model):
        file, line = _place(model, key, lines, folder)
        excepted = exceptions.excepted(model, rule_id(key), day)
        yield Deviation(model, key, shown(found), file, line, excepted)


def findings(deviations: Iterable[Deviation], mesh: Defaults) -> Iterator[Finding]:
    """One finding for each line that is to blame, whatever number of models it concerns."""
    groups: dict[tuple[str, str, int, str, str], list[Model]] = {}
    for item in deviations:
        place = (item.key, item.file, item.line, item.found, item.excepted)
        groups.setdefault(place, []).append(item.model)
    for (key, file, line, found, excepted), models in groups.items():
        rule = rule_id(key)
        written = f"exceptions: {{{rule}: {{reason: ..., until: 2027-01-31}}}}"
        beside = f"in {models[0].beside}" if len(models) == 1 else "in the YAML of each"
        if beside == f"in {file}":
            beside = "there"
        mend = _TEMPLATE if file == PROJECT else f"Remove it from {file}"
        yield Finding(
            rule,
            Severity.ERROR,
            file,
            line,
            f"{_few(models)}: `{key}` is {f'`{found}`' if found != 'null' else 'not set'}, "
            f"while in the mesh it {mesh.expected(key)}",
            f"{mend}; or declare {beside} why it must be: `config: {{meta: {{{written}}}}}`.",
            excepted,
        )


def variables(mesh: Defaults, lines: Lines, folder: Path, package: str) -> Iterator[Finding]:
    """Where vars.yml says something else than the package."""
    path = folder / _VARS
    written = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for name, value in mesh.in_vars.items():
        found = (written or {}).get("vars") or {}
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if found != value:
            yield Finding(
                VARS,
                Severity.ERROR,
                _VARS,
                lines.at(_VARS, ("vars", *name.split("."))),
                f"`{name}` is `{shown(found)}`, and `{shown(value)}` in the version of {package} "
                "that is imported",
                f"{_TEMPLATE}, or import the version of {package} that says the same: what is to "
                "hold for all projects is changed in the template.",
            )


def macros(graph: Graph, mesh: Defaults, folder: Path, day: date) -> Iterator[Finding]:
    """Macros of the project that override what the mesh decides, and those that are missing."""
    own = [m for m in graph.macros.values() if m["package_name"] == graph.project]
    for name, call in mesh.macros.items():
        if call is None:
            for macro in own:
                if macro["name"] == name or macro["name"].endswith(f"__{name}"):
                    what = f"the macro {macro['name']} overrides what the mesh decides"
                    yield _macro(macro, what, "Remove it", folder, day)
            continue
        shim = next((macro for macro in own if macro["name"] == name), None)
        if shim is None:
            what = f"there is no macro {name} that calls `{call}`, so dbt's own decides"
            mend = f"Take the file back that had it: git log -- macros/{name}.sql"
            yield Finding(MACROS, Severity.ERROR, f"macros/{name}.sql", 0, what, mend)
        elif not calls_only(shim["macro_sql"], call):
            what = f"the macro {name} does something else than to call `{call}`"
            yield _macro(shim, what, _TEMPLATE, folder, day)


def _macro(macro: Node, what: str, mend: str, folder: Path, day: date) -> Finding:
    file = macro["original_file_path"]
    line = _line(folder / file, rf"macro\s+{macro['name']}\s*\(")
    written = f"exceptions: {{{MACROS}: {{reason: ..., until: 2027-01-31}}}}"
    return Finding(
        MACROS,
        Severity.ERROR,
        file,
        line,
        what,
        f"{mend}; or declare in the YAML of the macro why: `config: {{meta: {{{written}}}}}`.",
        exceptions.excepted(Model(macro, ()), MACROS, day),
    )


def _place(model: Model, key: str, lines: Lines, folder: Path) -> tuple[str, int]:
    """Which file gives a config key its value: the YAML, the code, or the project."""
    names = {key, key.replace("-", "_"), key.replace("_", "-")}
    node = model.node
    section = f"{node['resource_type']}s"
    if model.yaml and (line := lines.key(model.yaml, section, node["name"], names)):
        return model.yaml, line
    code = node["original_file_path"]
    words = "|".join(map(re.escape, names))
    if code.endswith((".sql", ".py")) and (line := _line(folder / code, rf"\b({words})\s*=")):
        return code, line
    return PROJECT, lines.configured(PROJECT, (section, *node["fqn"]), names)


def _line(path: Path, pattern: str) -> int:
    """The first line of a file in which a pattern is found; 0 for none."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return 0
    found = re.search(pattern, text)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def _few(models: list[Model]) -> str:
    more = len(models) - _MANY
    listed = ", ".join(model.label for model in models[:_MANY])
    return listed + (f" and {more} more" if more > 0 else "")
