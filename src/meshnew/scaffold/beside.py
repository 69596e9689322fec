"""Copier in a process beside this one, which has other work meanwhile.

Importing Copier takes as long as rendering a project, and Python does one thing at a time: in
a process of its own both cost this one nothing while it waits for Terraform and git, or serves
them. The process is asked one thing after the other, and ends when this one does, however
that ends: its input is closed then.
"""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meshnew.errors import MeshnewError, ScaffoldError

if TYPE_CHECKING:
    from meshnew.scaffold.template import Template

_Process = subprocess.Popen[bytes]
_lock = threading.Lock()
_running: list[_Process] = []


def begin() -> None:
    """Start the process, so that Copier is imported by the time it is needed."""
    with _lock:
        _started()


def copy(template: Template, folder: Path, options: Mapping[str, Any]) -> None:
    """`meshnew.scaffold.copying.copy` in the process beside; nobody can be asked there."""
    _ask("copy", template, folder, dict(options))


def update(template: Template, folder: Path, answers: Mapping[str, Any]) -> None:
    """`meshnew.scaffold.copying.update` in the process beside."""
    _ask("update", template, folder, dict(answers))


def _ask(verb: str, template: Template, folder: Path, given: dict[str, Any]) -> None:
    request = (verb, template, folder.absolute(), given, tempfile.gettempdir())
    with _lock:
        process = _started()
        assert process.stdin and process.stdout  # noqa: S101  (both are pipes)
        try:
            pickle.dump(request, process.stdin)
            process.stdin.flush()
            failure = pickle.load(process.stdout)  # noqa: S301  (our own process)
        except BaseException as error:  # its answer is not the next one's
            _end(process)
            if isinstance(error, (EOFError, OSError)):
                raise ScaffoldError(
                    "the process that renders was ended",
                    where=f"{template.url} {template.version}",
                    fix="Give the same command again: it carries on.",
                ) from None
            raise
    if failure is not None:
        raise failure


def _started() -> _Process:
    if not _running:
        # -P: what lies in the folder somebody stands in is not imported.
        command = [sys.executable, "-P", "-m", __name__]
        # Told by a terminal's Ctrl-C too, it would end in the middle of an answer.
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        _running.append(process)
        atexit.register(_end, process)
    return _running[0]


def _end(process: _Process) -> None:
    _running.clear()
    process.kill()
    process.communicate()


def _serve() -> None:
    """Answer until there is nobody who asks."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a template prints is no answer
    import copier  # noqa: F401  (before anybody asks)

    from meshnew.scaffold import copying

    _compile_once()
    while True:
        try:
            verb, template, folder, given, temporary = pickle.load(sys.stdin.buffer)  # noqa: S301
        except EOFError:
            os._exit(0)
        tempfile.tempdir = temporary
        failure: Exception | None = None
        try:
            getattr(copying, verb)(template, folder, given)
        except MeshnewError as error:
            failure = error
        except OSError as error:
            failure = error
        pickle.dump(failure, answers)
        answers.flush()


def _compile_once() -> None:
    """Let Jinja compile each text once.

    Copier makes an environment of Jinja for each project, which knows nothing of the last, and
    compiles the conditions in its questions and paths for each question and path again: two
    thirds of what it takes to render a project.
    """
    from jinja2 import Environment

    compile_, known = Environment.compile, {}

    def compiled(self: Environment, source: Any, *how: Any, **named: Any) -> Any:
        tags = (tag for extension in self.extensions.values() for tag in extension.tags)
        if any(tag in source for tag in tags):  # its extension acts as it is read
            return compile_(self, source, *how, **named)
        # Jinja itself keeps one lexer for all environments that read a text alike.
        key = (source, how, tuple(named.items()), self.lexer, tuple(self.extensions))
        if key in known:
            self.preprocess(source)  # extensions are told of each text
        else:
            known[key] = compile_(self, source, *how, **named)
        return known[key]

    Environment.compile = compiled  # type: ignore[method-assign]


if __name__ == "__main__":
    _serve()
