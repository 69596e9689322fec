"""Somebody at a terminal: questions, their checks, and saying no."""

from __future__ import annotations

import pytest
import yaml

from tests.conftest import User
from tests.terminal import ENTER, Terminal


@pytest.fixture
def mesh(user: User) -> User:
    return user


def test_the_wizard_asks_and_no_leaves_a_mesh_to_carry_on_with(mesh: User) -> None:
    terminal = Terminal(mesh.folder, "init")
    name = "Name of the mesh"
    terminal.answer(name, "\x15skyline")
    terminal.answer("Name of the platform team")
    terminal.answer("Logins of its members")
    terminal.answer("Who answers for shared data", "\x15Grace Gomez <grace@skyline.example>")
    terminal.answer("Do this?", "n")
    shown = terminal.ends(1)
    assert "carries on" in shown
    spec = yaml.safe_load((mesh.folder / "mesh.yml").read_text())
    assert spec["name"] == "skyline"
    assert spec["platform_team"]["members"] == ["grace"]


def test_the_same_command_carries_on(mesh: User) -> None:
    answer = mesh.meshnew("init", "--yes")
    assert "shared_products.calendar_v1" in answer.out


def test_new_asks_the_templates_questions_and_shows_everything_first(mesh: User) -> None:
    terminal = Terminal(mesh.folder, "new", "domain", "orders")
    terminal.answer("What is it about", "\x15Orders of our shop")
    terminal.answer("Who answers for the data", "\x15Olga")
    terminal.answer("Where do questions", "\x15olga@skyline.example")
    terminal.answer("Which team on the forge")
    for _ in range(2):  # members and inputs are YAML: a second line ends them
        terminal.child.expect(r"\?")
        terminal.child.send("\x1b\r")
    for question in ("first day", "What else should"):
        terminal.child.expect(question)
        terminal.child.send(ENTER)
    terminal.answer("Create domain orders?", "n")
    assert "Nothing was changed" in terminal.ends(1)
    assert not (mesh.folder / "projects" / "orders.yml").exists()
    assert not (mesh.folder / ".meshnew" / "stacks" / "domain" / "orders").exists()


def test_destroy_does_nothing_unless_the_very_name_is_typed(mesh: User) -> None:
    terminal = Terminal(mesh.folder, "destroy", "--all", "--with-data")
    terminal.answer("to go on", "skylin")
    assert "Nothing was changed" in terminal.ends(1)
    assert mesh.meshnew("status").code == 0


def test_ctrl_c_ends_with_130_and_says_that_it_can_be_repeated(mesh: User) -> None:
    terminal = Terminal(mesh.folder, "new", "domain", "orders")
    terminal.child.expect("What is it about")
    terminal.child.sendcontrol("c")
    assert "carries on" in terminal.ends(130)


def test_new_with_yes_asks_nothing_and_takes_the_defaults(mesh: User) -> None:
    about = ("--data", "description=Returned parcels", "--no-deploy", "--yes")
    terminal = Terminal(mesh.folder, "new", "domain", "returns", *about)
    shown = terminal.ends(0)
    for question in ("Who answers", "Which team", "first day", "Create domain returns?"):
        assert question not in shown
    spec = yaml.safe_load((mesh.folder / "projects" / "returns.yml").read_text())
    domain = spec["domains"]["returns"]
    assert domain["description"] == "Returned parcels"
    assert (domain["team"], domain["members"]) == ("returns-data", ["grace"])
