"""Render and update projects with Copier; its errors become ours in one place."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from meshnew.environment import patched
from meshnew.errors import ConflictError, ScaffoldError, UsageError
from meshnew.mesh.names import FOLDERS, did_you_mean
from meshnew.scaffold import _failures as failures
from meshnew.scaffold.template import Template

ANSWERS_FILE = ".copier-answers.yml"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# plumbum, by which Copier calls git, keeps one environment for the process.
_one_at_a_time = threading.Lock()


def render(template: Template, folder: Path, answers: Mapping[str, Any]) -> None:
    """Render into a folder; nobody is asked.

    Raises:
        ScaffoldError: the template cannot be rendered.
        UsageError: an answer is not valid.
    """
    _copy(template, folder, data=dict(answers), defaults=True, overwrite=True)


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
        _copy(
            template,
            folder,
            data=dict(data),
            user_defaults=dict(suggested or {}),
            exclude=["*", f"!{ANSWERS_FILE}"],
            defaults=not ask,
        )
        answers = read_answers((folder / ANSWERS_FILE).read_text(encoding="utf-8"))
        _refuse_unknown(set(data) - known, set(answers) - known)
        return answers


def _copy(template: Template, folder: Path, **options: Any) -> None:
    from copier import Settings, run_copy

    copied = template.copy
    with _copier(template, git=copied is None):
        run_copy(
            str(copied or template.url),
            folder,
            vcs_ref=template.version,
            settings=Settings(),
            quiet=True,
            **options,
        )
    if copied and (folder / ANSWERS_FILE).is_file():
        template.sign(folder / ANSWERS_FILE)


def update(template: Template, folder: Path, answers: Mapping[str, Any]) -> None:
    """Bring a rendered project to a version and to answers; its own edits stay.

    Raises:
        ConflictError: the same lines were changed by both; files are named.
        ScaffoldError: the project says it came from another template than the mesh's.
    """
    from copier import Settings, run_update

    _refuse_other_source(template, folder)
    with _copier(template):
        run_update(
            folder,
            data=dict(answers),
            vcs_ref=template.version,
            settings=Settings(),
            defaults=True,
            overwrite=True,
            conflict="inline",
            quiet=True,
        )
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


@contextmanager
def _copier(template: Template, *, git: bool = True) -> Iterator[None]:
    """Copier with the environment git needs; whatever it raises becomes an error of ours.

    Without git Copier finds no program at all, and takes a folder for what it is.

    It is never told to trust a template, and given no settings of the user's, which may: a
    template has no tasks, migrations or extensions, or it is not rendered.
    """
    from copier.errors import CopierAnswersInterrupt, CopierError
    from filelock import FileLock
    from jinja2 import TemplateError
    from plumbum import ProcessExecutionError, local

    with ExitStack() as stack:
        stack.enter_context(_one_at_a_time)
        if git:
            template.cache.mkdir(parents=True, exist_ok=True)
            stack.enter_context(FileLock(template.cache / "lock"))
            stack.enter_context(patched({"COPIER_CACHE_DIR": str(template.cache)}))
            stack.enter_context(local.env(**template.environ))
        else:
            stack.enter_context(local.env(PATH=os.devnull))
        try:
            yield
        except CopierAnswersInterrupt:
            raise KeyboardInterrupt from None
        except (
            CopierError, TemplateError, ProcessExecutionError, KeyError, TypeError, ValueError,
        ) as error:  # fmt: skip
            raise failures.ours(f"{template.url} {template.version}", error) from error


def remove_domains(folder: Path, domains: Iterable[str]) -> None:
    """Remove the folders of domains that left a project, with what their team wrote there.

    Whoever merges the change sees it; what was merged before keeps it in its history.
    """
    for domain in domains:
        for kind in FOLDERS:
            shutil.rmtree(folder / kind / domain, ignore_errors=True)
