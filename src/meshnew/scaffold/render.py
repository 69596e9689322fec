"""Render and update projects, and ask what the template asks."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from meshnew.errors import ConflictError, ScaffoldError, UsageError
from meshnew.mesh.names import FOLDERS, did_you_mean
from meshnew.scaffold import beside, copying
from meshnew.scaffold.template import ANSWERS_FILE, Template

__all__ = [
    "ANSWERS_FILE",
    "files",
    "questions",
    "read_answers",
    "recorded_version",
    "remove_domains",
    "render",
    "tree",
    "update",
]

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def render(template: Template, folder: Path, answers: Mapping[str, Any]) -> None:
    """Render into a folder; nobody is asked.

    Raises:
        ScaffoldError: the template cannot be rendered.
        UsageError: an answer is not valid.
    """
    beside.copy(template, folder, {"data": dict(answers), "defaults": True, "overwrite": True})


def files(template: Template, answers: Mapping[str, Any]) -> tuple[str, ...]:
    """Paths of what would be rendered, in order; nothing is left behind.

    Raises:
        ScaffoldError: the template cannot be rendered.
        UsageError: an answer is not valid.
    """
    with tempfile.TemporaryDirectory(prefix="meshnew-") as temporary:
        folder = Path(temporary, "project")
        render(template, folder, answers)
        return tree(folder)


def tree(folder: Path) -> tuple[str, ...]:
    """Paths of the files in a folder, in order."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return tuple(sorted(path.relative_to(folder).as_posix() for path in found))


def questions(
    template: Template,
    data: Mapping[str, Any],
    *,
    ask: bool = False,
    known: frozenset[str],
    suggested: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Ask what is not in `data`, and check it all; nothing else is rendered.

    Args:
        template: the template.
        data: answers given.
        ask: prompt on the terminal; otherwise defaults are taken.
        suggested: defaults that fit better than the template's own.
        known: answers that did not come from the user and need no question's name check.

    Returns:
        All answers.

    Raises:
        UsageError: an answer is not valid, or answers a question nobody asks.
    """
    with tempfile.TemporaryDirectory(prefix="meshnew-") as temporary:
        folder = Path(temporary, "project")
        options = {
            "data": dict(data),
            "user_defaults": dict(suggested or {}),
            "exclude": ["*", f"!{ANSWERS_FILE}"],
            "defaults": not ask,
        }
        (copying if ask else beside).copy(template, folder, options)
        answers = read_answers((folder / ANSWERS_FILE).read_text(encoding="utf-8"))
        _refuse_unknown(set(data) - known, set(answers) - known)
        return answers


def update(template: Template, folder: Path, answers: Mapping[str, Any]) -> None:
    """Bring a rendered project to a version and to answers; its own edits stay.

    Raises:
        ConflictError: the same lines were changed by both; files are named.
        ScaffoldError: the project says it came from another template than the mesh's.
    """
    _refuse_other_source(template, folder)
    beside.update(template, folder, answers)
    if conflicts := _conflicts(folder):
        raise ConflictError(
            f"the update and the project both changed {', '.join(conflicts)}",
            where=folder.name,
            fix="Resolve the marked lines, commit, and open a change with the result.",
        )


def read_answers(text: str) -> dict[str, Any]:
    """Answers recorded in a project, Copier's own keys left out."""
    recorded = yaml.load(text, Loader=_Loader) or {}  # noqa: S506  (a safe one)
    return {key: value for key, value in recorded.items() if not key.startswith("_")}


def recorded_version(text: str) -> str | None:
    """Version of the template that the answers file's text names."""
    return (yaml.load(text, Loader=_Loader) or {}).get("_commit")  # noqa: S506


def _refuse_unknown(given: set[str], asked: set[str]) -> None:
    for name in sorted(given - asked):
        raise UsageError(
            f"the template does not ask `{name}`",
            where="--data",
            fix=did_you_mean(name, asked, f"It asks: {', '.join(sorted(asked))}"),
        )


def _refuse_other_source(template: Template, folder: Path) -> None:
    """Copier would fetch whatever address the project's own answers file names."""
    recorded = yaml.safe_load((folder / ANSWERS_FILE).read_text(encoding="utf-8")) or {}
    source = recorded.get("_src_path")
    if source != template.url:
        raise ScaffoldError(
            f"says it was rendered from {source}, which mesh.yml does not name",
            where=f"{folder.name}: {ANSWERS_FILE}",
            fix=f"Projects of a mesh come from its own template: set `_src_path: {template.url}` "
            "there by a change, then run the command again.",
        )


def _conflicts(folder: Path) -> list[str]:
    from git import Repo

    with Repo(folder) as repository:
        unmerged = {str(path) for path in repository.index.unmerged_blobs()}
    rejected = {path.relative_to(folder).as_posix() for path in folder.rglob("*.rej")}
    return sorted(unmerged | rejected)


def remove_domains(folder: Path, domains: Iterable[str]) -> None:
    """Remove the folders of domains that left a project, with what their team wrote there.

    Whoever merges the change sees it; what was merged before keeps it in its history.
    """
    for domain in domains:
        for kind in FOLDERS:
            shutil.rmtree(folder / kind / domain, ignore_errors=True)
