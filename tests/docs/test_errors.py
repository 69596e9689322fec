"""Messages, looked at as a set: each names the thing and says what to do."""

from __future__ import annotations

import runpy
from types import SimpleNamespace

import pytest

from meshnew.errors import MeshnewError
from tests.docs.pages import ROOT

SCRIPT = SimpleNamespace(**runpy.run_path(str(ROOT / "docs" / "make_errors.py")))
MESSAGES = SCRIPT.messages()


def places(wrong: list[object]) -> list[str]:
    return [message.place for message in MESSAGES if message in wrong]


def test_there_are_messages_of_every_class() -> None:
    kinds = {message.kind for message in MESSAGES}
    assert len(MESSAGES) > 150
    assert {name for name in SCRIPT.classes() if not name.startswith("_")} == {
        *kinds, "MeshnewError",
    }  # fmt: skip


def test_every_message_says_what_to_do() -> None:
    assert [message.place for message in MESSAGES if not message.fix] == []


def test_messages_are_written_alike() -> None:
    """What is wrong is no whole sentence, so that a place can stand before it."""
    ended = [message for message in MESSAGES if message.what.endswith(".")]
    capital = [
        message
        for message in MESSAGES
        if message.what[:1].isupper()
        and message.what[1:2].islower()  # MESHNEW_ENGINE is a name
        and not message.what.startswith("Postgres")
    ]
    shouted = [message for message in MESSAGES if "!" in message.what + message.fix]
    assert places(ended + capital + shouted) == []


@pytest.mark.parametrize("name", [name for name in SCRIPT.classes() if not name.startswith("_")])
def test_every_class_shows_thing_wrong_and_mend_in_this_order(name: str) -> None:
    kind: type[MeshnewError] = SCRIPT.classes()[name]
    error = kind("is not there", where="mesh.yml:3", fix="Write it.")
    assert str(error) == "mesh.yml:3: is not there\nWrite it."
    assert error.exit_code in {1, 2, 4, 130}
    assert kind.__doc__


def test_a_constant_is_shown_as_the_file_means_it() -> None:
    """Several files name a branch BRANCH, each another."""
    (pushed,) = [m for m in MESSAGES if "git push -f origin" in m.fix]
    assert "refs/heads/meshnew/render;" in pushed.fix
