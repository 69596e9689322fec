"""All messages as a set: each names the thing, the place and the mend."""

from __future__ import annotations

import importlib
import pkgutil
import re
import runpy

import pytest

import meshnew
from meshnew.errors import MeshnewError
from tests.docs.pages import ROOT

PAGE = runpy.run_path(str(ROOT / "docs" / "make_errors.py"))
# What a message without a place is about: a word of the command line, a program, who is there.
THING = re.compile(r"…|`|--|\b(git|Postgres|projects?|folder|nobody|jobs?|change)\b")
RAISED = list(PAGE["raised"]())


def subclasses(kind: type[MeshnewError]) -> set[str]:
    inner = (one for one in kind.__subclasses__() if one.__module__.startswith("meshnew."))
    return {kind.__name__}.union(*map(subclasses, inner))


def test_every_class_of_errors_is_in_the_reference() -> None:
    for module in pkgutil.walk_packages(meshnew.__path__, "meshnew."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    assert subclasses(MeshnewError) == set(PAGE["classes"]())


def test_messages_were_found() -> None:
    assert len(RAISED) > 150


@pytest.mark.parametrize("message", RAISED, ids=lambda message: message.place)
def test_a_message_names_the_thing_the_place_and_the_mend(message) -> None:  # type: ignore[no-untyped-def]
    assert message.fix, "no fix: say what to do"
    assert message.fix == message.fix.strip()
    assert message.what == message.what.strip()
    assert not message.what.endswith((".", ":", "!", ","))
    assert message.where or THING.search(message.what), "about what?"
    first = message.fix[0]
    is_sentence = first.isupper() or first in "`…"
    is_command = message.fix.split()[0] in {"git", "meshnew", "pip", "mesh.yml"} or first == "-"
    assert is_sentence or is_command, message.fix
