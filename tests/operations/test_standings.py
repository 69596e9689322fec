"""status of a mesh on hosted platforms: the forge and Terraform are all there is to ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from meshnew.cli.status import status as status_command
from meshnew.forge import git
from meshnew.operations import merged
from meshnew.operations.session import Session
from tests.forge.conftest import Person
from tests.operations.hosted import Company, company

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("company")) as found:
        yield found


@pytest.fixture
def session(at: Company, monkeypatch: pytest.MonkeyPatch) -> Session:
    session = at.work(monkeypatch)
    at.enter(session, monkeypatch)
    return session


def told(
    capsys: pytest.CaptureFixture[str], *, code: int, refresh: bool = False
) -> dict[str, dict[str, Any]]:
    """What `status --json` says of each project."""
    ended = 0
    try:
        status_command(refresh=refresh, folder=Path(), as_json=True)
    except typer.Exit as exit_:
        ended = exit_.exit_code
    assert ended == code
    return {item["project"]: item for item in json.loads(capsys.readouterr().out)}


def deployed(session: Session) -> None:
    """What the projects' own CI says."""
    for name in session.mesh.projects:
        head = session.forge.head(name)
        assert head
        session.forge.report_check(name, head, "deploy / run", state="passed", summary="x")


def test_1_before_anything_is_there(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, code=3)
    assert {item["state"] for item in found.values()} == {"absent"}


def test_2_made_and_not_deployed(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    assert merged.apply(session, confirm=lambda _: True) is not None
    found = told(capsys, code=3)
    assert {item["state"] for item in found.values()} == {"pending"}
    assert "PGPASSWORD" in found["flights"]["fix"]


def test_3_deployed_and_as_the_spec_says(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed(session)
    found = told(capsys, code=0, refresh=True)
    assert {item["state"] for item in found.values()} == {"deployed"}


def test_4_a_change_is_open(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    url, environ = session.forge.url("flights"), session.forge.environment()
    folder = session.mesh.home / "try"
    git.sync(url, folder, environ=environ)
    Person(folder, dict(environ)).propose("more", "models/flights/more.sql")
    opened = session.forge.open_change("flights", "more", title="More", author="ada")
    found = told(capsys, code=3)
    assert found["flights"]["changes"] == [opened.number]
    assert found["weather"]["changes"] == []
    with pytest.raises(typer.Exit):
        status_command(folder=Path())
    shown = capsys.readouterr().out
    assert f"change {opened.number} is open: meshnew change show flights {opened.number}" in shown
    session.forge.close_change("flights", opened.number, actor="ada")


def test_5_what_differs_is_told_of_whom_it_concerns(
    session: Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = session.mesh.root / "projects" / "weather.yml"
    spec.write_text(spec.read_text().replace("members: [", "members: [newcomer, "))
    edited = session.reloaded()
    monkeypatch.setattr("meshnew.operations.session.open_session", lambda *_, **__: edited)
    assert all(not item["differs"] for item in told(capsys, code=0).values()), "nobody asked"
    found = told(capsys, code=3, refresh=True)
    assert any("newcomer" in text for text in found["weather"]["differs"])
    assert found["flights"]["differs"] == []
