"""Render and update projects with Copier; its errors become ours in one place."""

from __future__ import annotations

import difflib
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from meshnew.environment import patched
from meshnew.errors import ConflictError, MeshnewError, ScaffoldError, UsageError
from meshnew.mesh.names import FOLDERS

ANSWERS_FILE = ".copier-answers.yml"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# plumbum, by which Copier calls git, keeps one environment for the process.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Template:
    """A version of the template.

    Attributes:
        url: address of its repository.
        version: a tag.
        environ: environment by which git reaches the address.
        cache: folder for Copier's copies of it. Copier knows them by address, and
            `git@embedded:template.git` is another repository in each mesh.
    """

    url: str
    version: str
    environ: Mapping[str, str] = field(hash=False)
    cache: Path


@dataclass(frozen=True)
class Preview:
    """What a rendering would write: paths relative to the project, and the answers used."""

    files: tuple[str, ...]
    answers: dict[str, Any] = field(hash=False)


def render(template: Template, folder: Path, answers: Mapping[str, Any]) -> None:
    """Render into a folder; nobody is asked.

    Raises:
        ScaffoldError: the template cannot be rendered.
        UsageError: an answer is not valid.
    """
    from copier import Settings, run_copy

    with _copier(template):
        run_copy(
            template.url,
            folder,
            data=dict(answers),
            vcs_ref=template.version,
            settings=Settings(),
            defaults=True,
            overwrite=True,
            quiet=True,
        )


def preview(
    template: Template,
    data: Mapping[str, Any],
    *,
    ask: bool = False,
    known: frozenset[str],
    suggested: Mapping[str, Any] | None = None,
) -> Preview:
    """Ask what is not in `data`, check it all, and say what would be rendered.

    Args:
        template: the template.
        data: answers given.
        ask: prompt on the terminal; otherwise defaults are taken.
        suggested: defaults that fit better than the template's own.
        known: answers that did not come from the user and need no question's name check.

    Raises:
        UsageError: an answer is not valid, or answers a question nobody asks.
    """
    from copier import Settings, run_copy

    with tempfile.TemporaryDirectory(prefix="meshnew-") as temporary:
        folder = Path(temporary, "project")
        with _copier(template):
            run_copy(
                template.url,
                folder,
                data=dict(data),
                user_defaults=dict(suggested or {}),
                vcs_ref=template.version,
                settings=Settings(),
                defaults=not ask,
                quiet=True,
            )
        answers = read_answers((folder / ANSWERS_FILE).read_text(encoding="utf-8"))
        _refuse_unknown(set(data) - known, set(answers) - known)
        files = (path for path in folder.rglob("*") if path.is_file())
        return Preview(tuple(sorted(p.relative_to(folder).as_posix() for p in files)), answers)


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
        near = difflib.get_close_matches(name, asked, n=1)
        raise UsageError(
            f"the template does not ask `{name}`",
            where="--data",
            fix=f"Did you mean `{near[0]}`?" if near else f"It asks: {', '.join(sorted(asked))}",
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
def _copier(template: Template) -> Iterator[None]:
    """Copier with the environment git needs; whatever it raises becomes an error of ours.

    It is never told to trust a template, and given no settings of the user's, which may: a
    template has no tasks, migrations or extensions, or it is not rendered.
    """
    from copier.errors import CopierAnswersInterrupt, CopierError
    from filelock import FileLock
    from jinja2 import TemplateError
    from plumbum import ProcessExecutionError, local

    template.cache.mkdir(parents=True, exist_ok=True)
    with (
        _one_at_a_time,
        FileLock(template.cache / "lock"),
        patched({"COPIER_CACHE_DIR": str(template.cache)}),
        local.env(**template.environ, COPIER_CACHE_DIR=str(template.cache)),
    ):
        try:
            yield
        except CopierAnswersInterrupt:
            raise KeyboardInterrupt from None
        except (CopierError, TemplateError, ProcessExecutionError, TypeError, ValueError) as error:
            raise _ours(template, error) from error


def _ours(template: Template, error: Exception) -> MeshnewError:
    from copier.errors import PathError, UnsafeTemplateError
    from plumbum import ProcessExecutionError

    if isinstance(error, PathError):
        return UsageError(
            f"the template would write outside the project: {' '.join(str(error).split())}",
            where=f"{template.url} {template.version}",
            fix="Correct the file's name in the template, or the answer it is made of.",
        )
    if isinstance(error, UnsafeTemplateError):
        return _unsafe(template, str(error))
    if isinstance(error, ProcessExecutionError):
        return _failure(template, str(error.stderr).strip())
    # Copier has no class of its own for a wrong answer; a revision is none.
    if isinstance(error, ValueError) and "revision" not in str(error):
        return UsageError(str(error), where="answers", fix="Give another answer.")
    return _failure(template, str(error))


def _failure(template: Template, cause: str) -> ScaffoldError:
    return ScaffoldError(
        f"the template cannot be rendered: {cause}",
        where=f"{template.url} {template.version}",
        fix="Check `template: version` in mesh.yml against the tags of that repository.",
    )


def _unsafe(template: Template, cause: str) -> ScaffoldError:
    # "Template uses potentially unsafe features: tasks, migrations.", then Copier's advice.
    named = cause.partition(".")[0].partition(": ")[2].replace("_", " ")
    return ScaffoldError(
        f"the template wants to run programs of its own while it is rendered ({named})",
        where=f"{template.url} {template.version}",
        fix="mesh.yml names no source that may. Take them out of the template's copier.yml and "
        "tag a new version, or name a version without them in mesh.yml.",
    )


def remove_domains(folder: Path, domains: Iterable[str]) -> None:
    """Remove the folders of domains that left a project, with what their team wrote there.

    Whoever merges the change sees it; what was merged before keeps it in its history.
    """
    for domain in domains:
        for kind in FOLDERS:
            shutil.rmtree(folder / kind / domain, ignore_errors=True)
