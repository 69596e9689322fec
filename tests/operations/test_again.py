"""status --json tells again what it told as long as nothing moved, and never anything older."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meshnew.operations import again
from meshnew.operations.session import Session
from tests.conftest import User
from tests.operations.conftest import PROJECT


@pytest.fixture(scope="module")
def me(session: Session) -> User:
    return User(session.mesh.root)


def told(me: User) -> str:
    """What it says; it has told that before, if nothing moves, and says the same again."""
    answer = me.meshnew("status", "--json", code=3).out
    assert me.meshnew("status", "--json", code=3).out == answer
    return answer


def kept(me: User) -> bool:
    return again.told(me.folder / "projects", "status") is not None


def test_an_answer_is_kept_until_a_record_changes(me: User, session: Session) -> None:
    before = told(me)
    assert kept(me)
    with session.embedded.records() as records:
        records.execute("update stacks set digest = 'another' where name = 'sales'")
    assert not kept(me)
    after = told(me)
    assert "sales was edited and not applied" in after
    assert "sales was edited and not applied" not in before


def test_an_answer_is_kept_until_the_spec_is_edited(me: User) -> None:
    told(me)
    file = me.folder / "projects" / "harbours.yml"
    file.write_text(PROJECT.replace("NAME", "harbours").replace("OTHER", "sales"))
    assert not kept(me)
    assert "harbours" in {item["name"] for item in json.loads(told(me))}
    file.unlink()
    assert "harbours" not in told(me)


def test_a_spec_that_is_not_valid_is_told_although_an_answer_was_kept(me: User) -> None:
    told(me)
    file = me.folder / "mesh.yml"
    text = file.read_text()
    file.write_text(text + "unheard: of\n")
    assert "unheard" in me.meshnew("status", "--json", code=2).err
    file.write_text(text)
    told(me)


@pytest.mark.parametrize("left", ["", "{", '{"read_from": null}', "[]"])
def test_what_a_crash_left_of_an_answer_is_no_answer(me: User, left: str) -> None:
    (me.folder / ".meshnew" / "cache" / "status.json").write_text(left)
    assert not kept(me)
    told(me)


def test_no_answer_is_kept_of_a_platform_that_is_down(me: User, session: Session) -> None:
    told(me)
    session.embedded.postgres.stop()
    assert not kept(me)
    assert "sales" in told(me)


def test_there_is_no_answer_where_there_is_no_mesh(tmp_path: Path) -> None:
    assert again.told(tmp_path, "status") is None
