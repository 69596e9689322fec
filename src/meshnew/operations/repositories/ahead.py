"""Render new projects while Terraform is at work, and make the commits they begin with."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from meshnew.forge import beginning
from meshnew.operations.session import Session
from meshnew.scaffold import render
from meshnew.scaffold.template import Template


@dataclass(frozen=True)
class Begun:
    """A project that was rendered.

    Attributes:
        tree: its files.
        repository: a bare one, whose main holds them.
    """

    tree: Path
    repository: Path


class Ahead:
    """Projects that are rendered ahead, as a context manager; they are gone with its block."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[dict[str, Any], Future[Begun]]] = {}

    def __enter__(self) -> Ahead:
        self._temporary = tempfile.TemporaryDirectory(prefix="meshnew-", ignore_cleanup_errors=True)
        # Copier has one process, so more at once would only wait.
        self._pool = ThreadPoolExecutor(max_workers=1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._temporary.cleanup()

    def begin(self, session: Session, wanted: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Render projects with answers, one after the other, meanwhile."""
        template, author = session.template, session.actor
        for project, answers in wanted:
            if project not in self._made or self._made[project][0] != answers:
                future = self._pool.submit(self._begin, template, project, dict(answers), author)
                self._made[project] = (answers, future)

    def begun(self, project: str, answers: dict[str, Any]) -> Begun | None:
        """A project as it was rendered with these answers, once it is; None if it is not.

        Raises:
            MeshnewError: it cannot be rendered.
        """
        known, future = self._made.get(project, ({}, None))
        return future.result() if future and known == answers else None

    def files(self, project: str) -> tuple[str, ...]:
        """Paths of what was rendered of a project, in order."""
        return render.tree(self._made[project][1].result().tree)

    def trees(self) -> Mapping[str, Path]:
        """Project -> what was rendered of it, where that is there."""
        done = ((name, future) for name, (_, future) in self._made.items() if future.done())
        return {name: future.result().tree for name, future in done if not future.exception()}

    def _begin(
        self, template: Template, project: str, answers: dict[str, Any], author: str
    ) -> Begun:
        base = Path(self._temporary.name)
        begun = Begun(base / project, base / f"{project}.git")
        render.render(template, begun.tree, answers)
        beginning.commit(begun.repository, begun.tree, first_message(template), author=author)
        return begun


def first_message(template: Template) -> str:
    """Message of the commit that a project begins with."""
    return f"Render from template {template.version}"
