"""Lint a dbt project by the sqlfluff and yamllint of its own environment and its own settings."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from meshnew import interrupt
from meshnew.dbt.environment import inherited
from meshnew.errors import RunError

SQL_FOLDERS = ("analyses", "models", "snapshots", "tests")
_PARSABLE = re.compile(r"^(.*?):(\d+):\d+: \[\w+\] (.*?)(?: \((\S+)\))?$")
_NO_MODULE = "No module named"


@dataclass(frozen=True, order=True)
class Problem:
    """What a linter objects to.

    Attributes:
        file: path in the project.
        line: from 1.
        rule: the rule's code or name, as its settings call it.
        message: what is wrong.
    """

    file: str
    line: int
    rule: str
    message: str


class NoLinterError(RunError):
    """The project's environment has no linter: it was rendered by an older template."""


def lint(
    python: Path,
    folder: Path,
    files: Iterable[str] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
) -> list[Problem]:
    """Lint a project.

    Args:
        python: interpreter of the project's environment.
        folder: the project.
        files: only these paths; None lints everything.
        environ: connection of a job whose packages are there, to lint SQL as dbt compiles it;
            None lints it as the project's settings say, without a warehouse.

    Raises:
        NoLinterError: sqlfluff or yamllint is not installed there.
        RunError: one of them could not do its work.
    """
    sql, yaml = _targets(folder, files)
    problems = _sqlfluff(python, folder, sql, environ) if sql else []
    return sorted([*problems, *(_yamllint(python, folder, yaml) if yaml else [])])


def _targets(folder: Path, files: Iterable[str] | None) -> tuple[list[str], list[str]]:
    if files is None:
        return [name for name in SQL_FOLDERS if (folder / name).is_dir()], ["."]
    there = [name for name in files if (folder / name).is_file()]
    sql = [name for name in there if name.endswith(".sql") and name.split("/")[0] in SQL_FOLDERS]
    return sql, [name for name in there if name.endswith((".yml", ".yaml"))]


def _sqlfluff(
    python: Path, folder: Path, targets: Sequence[str], environ: Mapping[str, str] | None
) -> list[Problem]:
    options = ["--format", "json", "--disable-progress-bar", "--nocolor"]
    if environ is not None and _has_templater(python):
        options += ["--templater", "dbt"]
    out = _run(python, folder, "sqlfluff", ["lint", *options, *targets], environ)
    try:
        found = json.loads(out)
    except ValueError:
        raise _broken("sqlfluff", out) from None
    return [
        Problem(
            Path(item["filepath"]).as_posix(),
            violation["start_line_no"],
            violation["code"],
            violation["description"],
        )
        for item in found
        for violation in item["violations"]
        if not violation.get("warning")
    ]


def _yamllint(python: Path, folder: Path, targets: Sequence[str]) -> list[Problem]:
    out = _run(python, folder, "yamllint", ["--strict", "--format", "parsable", *targets])
    problems = []
    for line in filter(None, out.splitlines()):
        match = _PARSABLE.match(line)
        if match is None:
            raise _broken("yamllint", out)
        file, number, message, rule = match.groups()
        problems.append(Problem(file.removeprefix("./"), int(number), rule or "syntax", message))
    return problems


def _has_templater(python: Path) -> bool:
    """Whether the environment can; one that an older template pinned cannot."""
    return any(python.parent.parent.glob("lib/python*/site-packages/sqlfluff_templater_dbt"))


def _run(
    python: Path,
    folder: Path,
    module: str,
    arguments: Sequence[str],
    environ: Mapping[str, str] | None = None,
) -> str:
    with interrupt.started(
        [str(python), "-m", module, *arguments],
        cwd=folder,
        env={**inherited(), **(environ or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        out, said = process.communicate()
    if not out.strip() and process.returncode:
        if _NO_MODULE in said:
            raise NoLinterError(
                f"the project's environment has no {module}: nothing was linted",
                where="requirements.txt",
                fix="The template of this version pins it: update the project from the template.",
            )
        raise _broken(module, said)
    return out


def _broken(module: str, output: str) -> RunError:
    lines = [line for line in output.strip().splitlines() if line] or ["it said nothing"]
    return RunError(
        f"{module} could not lint the project: {lines[-1]}",
        fix=f"Check its settings; `{module}` in the project (meshnew shell) says the same.",
    )
