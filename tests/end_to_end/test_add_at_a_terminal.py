"""A trainee at a terminal: from a raw table to a product in production by `meshnew add` alone."""

from __future__ import annotations

import json
import re

import pytest

from tests.conftest import User
from tests.terminal import ENTER, Terminal

pytestmark = pytest.mark.long

WHERE = "checkouts/sales"
RAW = """
create table sales_raw.orders (id integer, status text, amount text, _loaded_at timestamptz);
create table sales_raw.notes (id integer, note text);
insert into sales_raw.orders
select n, case when n % 2 = 0 then 'open' else 'done' end, (n * 1.5)::text, now()
from generate_series(1, 40) as n
"""
DOWN, SPACE, CLEAR = "\x1b[B", " ", "\x15"


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """A mesh with sales, whose trainee tina has a checkout, two raw tables, and stores."""
    user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
    for name, member in (("sales", "tina"), ("stores", "stella")):
        data = ["-d", f"members=[{member}]", "-d", "consumes=[]", "--defaults", "--yes"]
        starter = "none" if name == "sales" else "example"
        user.meshnew("new", "domain", name, "-d", f"starter={starter}", *data)
    user.meshnew("psql", "-c", RAW, who="sales_loader")
    user.meshnew("clone", "sales", who="tina")
    user.run("git", "switch", "-qc", "orders", where=WHERE)
    return user


def add(mesh: User, *words: str) -> Terminal:
    """A command of tina's, at a terminal in her checkout."""
    return Terminal(mesh.folder / WHERE, "add", *words, who="tina", timeout=180)


def press(terminal: Terminal, question: str, keys: str) -> str:
    """Wait for a question and press keys; what was shown before it."""
    terminal.child.expect(re.escape(question))
    shown = str(terminal.child.before)
    terminal.child.send(keys)
    return shown


def changed(mesh: User) -> str:
    return mesh.run("git", "status", "--short", "-uall", where=WHERE).out


def test_no_and_ctrl_c_write_nothing(mesh: User) -> None:
    terminal = add(mesh, "source")
    press(terminal, "Which raw tables?", ENTER)
    press(terminal, "Choose one.", DOWN + SPACE + ENTER)
    assert "- name: orders" in press(terminal, "Write this?", "n"), "shown before it is asked"
    assert "Nothing was changed" in terminal.ends(1)
    terminal = add(mesh, "source", "orders")
    terminal.child.expect("Write this?")
    terminal.child.sendcontrol("c")
    terminal.ends(130)
    assert changed(mesh) == ""


def test_a_raw_table_is_chosen_and_declared(mesh: User) -> None:
    terminal = add(mesh, "source")
    shown = press(terminal, "Which raw tables?", DOWN + SPACE + ENTER)
    assert "notes" not in shown
    press(terminal, "Write this?", "y")
    assert "meshnew add staging sales_raw.orders" in terminal.ends(0)
    assert changed(mesh) == "?? models/sales/staging/_sales__sources.yml\n"


def test_its_staging_model_gets_the_tests_that_are_chosen(mesh: User) -> None:
    terminal = add(mesh, "staging")
    press(terminal, "Which raw table?", ENTER)
    assert "tells all 40 rows apart" in press(terminal, "Which tests?", ENTER)
    assert "id as order_id" in press(terminal, "Write this?", "y")
    assert "Built stg_sales__orders in your own schema; its tests passed." in terminal.ends(0)
    text = (mesh.folder / WHERE / "models/sales/staging/stg_sales__orders.yml").read_text()
    assert "mesh_core.primary_key" in text
    assert "accepted_values" in text


def test_it_becomes_a_product_that_somebody_described(mesh: User) -> None:
    terminal = add(mesh, "product", "orders", "--from", "stg_sales__orders")
    terminal.answer("What is it, and for whom", "")
    press(terminal, "Say it.", "All orders, for whoever plans." + ENTER)
    press(terminal, "Which tests?", ENTER)
    assert "contract: {enforced: true}" in press(terminal, "Write this?", "y")
    shown = terminal.ends(0)
    assert "Built orders in your own schema; its tests passed." in shown
    assert "meshnew change open" in shown


def test_what_it_says_next_brings_it_into_production(mesh: User) -> None:
    mesh.run("git", "add", "--all", where=WHERE)
    mesh.run("git", "commit", "-qm", "Add orders", where=WHERE)
    mesh.run("git", "push", "-q", "origin", "orders", where=WHERE)
    mesh.meshnew("change", "open", "-C", WHERE, who="tina")
    mesh.meshnew("run", "sales", "ci", "--change", 1, who="tina")
    mesh.merge("sales", 1, who="tina")
    view = json.loads(mesh.meshnew("product", "show", "orders", "--json").out)
    assert (view["rows"], view["contract"], view["built"]) == (40, True, True)
    assert view["description"].startswith("All orders, for whoever plans.")
    assert {test["status"] for test in view["tests"]} == {"pass"}


def test_products_of_another_domain_are_chosen_by_what_they_are(mesh: User) -> None:
    terminal = add(mesh, "input", "stores", "--no-deploy")
    press(terminal, "Which products?", ENTER)
    shown = press(terminal, "?", "n")
    assert "ref('stores', 'stores_example')" in shown
    assert "A first data product" in shown
    assert "Nothing was changed" in terminal.ends(1)
    terminal = add(mesh, "input", "stores", "--no-deploy")
    press(terminal, "Which products?", ENTER)
    press(terminal, "Let sales read stores?", "y")
    assert "ref('stores', 'stores_example')" in terminal.ends(0)
    assert "stores" in (mesh.folder / "projects/sales.yml").read_text()


def test_a_domain_is_asked_about(mesh: User) -> None:
    terminal = add(mesh, "domain", "stock", "--no-deploy")
    terminal.answer("What is it about", "What lies in store")
    terminal.answer("Who answers for the data", CLEAR + "Stan")
    terminal.answer("Where do questions go", "stan@skyline.example")
    assert "stock" in press(terminal, "Add domain stock to sales?", "y")
    terminal.ends(0)
    assert "name: Stan" in (mesh.folder / "projects/sales.yml").read_text()
