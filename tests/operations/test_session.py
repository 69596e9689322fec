"""What is told while a mesh is being opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshnew.embedded.platform import Embedded
from meshnew.operations.progress import Silent
from meshnew.operations.session import open_session
from tests.operations.conftest import MESH


class Told(Silent):
    """Remembers what began and what is over."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def start(self, key: str, text: str) -> None:  # noqa: ARG002
        self.lines.append(text)

    def drop(self, key: str) -> None:  # noqa: ARG002
        self.lines.append("over")


def test_that_postgres_starts_is_told_before_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told()
    monkeypatch.setattr(Embedded, "start", lambda _: told.lines.append("started"))
    (tmp_path / "mesh.yml").write_text(MESH.replace("readers: {tableau: {reads: [sales]}}", ""))
    session = open_session(tmp_path, "grace", "init", told)
    assert told.lines == []
    assert session.embedded
    assert told.lines == ["Start Postgres", "started", "over"]
