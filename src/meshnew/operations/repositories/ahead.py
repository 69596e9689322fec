"""Render new projects while Terraform is at work: the one needs Python, the other waits for it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

from meshnew.operations.session import Session
from meshnew.scaffold import render
from meshnew.scaffold.template import Template


class Ahead:
    """Trees that are rendered ahead, as a context manager; they are gone with its block."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[dict[str, Any], Future[Path]]] = {}

    def __enter__(self) -> Ahead:
        self._temporary = tempfile.TemporaryDirectory(prefix="meshnew-", ignore_cleanup_errors=True)
        # Copier has one environment for the process, so more at once would only wait.
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
        template = session.template
        for project, answers in wanted:
            if project not in self._made or self._made[project][0] != answers:
                future = self._pool.submit(self._render, template, project, dict(answers))
                self._made[project] = (answers, future)

    def tree(self, project: str, answers: dict[str, Any]) -> Path | None:
        """What was rendered of a project with these answers, once it is there; None if it is not.

        Raises:
            MeshnewError: it cannot be rendered.
        """
        known, future = self._made.get(project, ({}, None))
        return future.result() if future and known == answers else None

    def files(self, project: str) -> tuple[str, ...]:
        """Paths of what was rendered of a project, in order."""
        return render.tree(self._made[project][1].result())

    def trees(self) -> dict[str, Path]:
        """Project -> what was rendered of it, where that is there."""
        done = ((name, future) for name, (_, future) in self._made.items() if future.done())
        return {name: future.result() for name, future in done if not future.exception()}

    def _render(self, template: Template, project: str, answers: dict[str, Any]) -> Path:
        folder = Path(self._temporary.name, project)
        render.render(template, folder, answers)
        return folder
