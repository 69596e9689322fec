"""Run Copier on a template; its errors become ours in one place."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from meshnew.environment import patched
from meshnew.scaffold import _failures as failures
from meshnew.scaffold.template import ANSWERS_FILE, Template

# plumbum, by which Copier calls git, keeps one environment for the process.
_one_at_a_time = threading.Lock()


def copy(template: Template, folder: Path, options: Mapping[str, Any]) -> None:
    """Render into a folder.

    Args:
        template: the template.
        folder: where to.
        options: of Copier's own, such as `data` and `defaults`.

    Raises:
        ScaffoldError: the template cannot be rendered.
        UsageError: an answer is not valid.
    """
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
    """Bring a rendered project to a version and to answers; conflicts are marked in its files.

    Raises:
        ScaffoldError: the template cannot be rendered.
        UsageError: an answer is not valid.
    """
    from copier import Settings, run_update

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
