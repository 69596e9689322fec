"""Somebody adds a source, a staging model, a product, a domain and an input by answering questions.

Each is told what would change before anything is written, and believed when they say no.
"""

from __future__ import annotations

import json
import re

import pytest
import yaml

from tests.conftest import User
from tests.terminal import ENTER, Terminal

pytestmark = pytest.mark.long

WHERE = "checkouts/sales"
SOURCES = "models/sales/staging/_sales__sources.yml"
STAGING = "models/sales/staging/stg_sales__orders"
MART = "models/sales/marts/orders"
WRITE = "Write this?"
CLEAR = "\x15"
DOWN = "\x1b[B"
RAW = """
create table sales_raw.customers (id integer);
create table sales_raw.orders (id integer, status text, _loaded_at timestamptz);
insert into sales_raw.orders
select n, case when n % 2 = 0 then 'open' else 'done' end, now() from generate_series(1, 40) as n
"""
READS = """\
select
    orders.order_id,
    examples.label
from {{ ref('orders') }} as orders
inner join {{ ref('stores', 'stores_example') }} as examples
    on orders.order_id = examples.example_id
"""
READS_YAML = """\
models:
  - name: labels
    description: Orders with the label of their store.
    columns:
      - name: order_id
        description: The order.
        data_tests:
          - not_null
      - name: label
        description: What the store says of it.
"""


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """Sales, whose tina has a checkout and raw tables, and stores, which has a product."""
    user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
    user.meshnew("new", "domain", "stores", "-d", "consumes=[]", "--defaults", "--yes")
    data = ["-d", "starter=none", "-d", "members=[tina]", "-d", "consumes=[]"]
    user.meshnew("new", "domain", "sales", *data, "--defaults", "--yes")
    user.meshnew("psql", "-c", RAW, who="sales_loader")
    user.meshnew("clone", "sales", who="tina")
    user.run("git", "switch", "-qc", "orders", where=WHERE)
    return user


class Adding(Terminal):
    """`meshnew add` as tina gives it in her checkout."""

    def __init__(self, mesh: User, *words: str) -> None:
        super().__init__(mesh.folder / WHERE, "add", *words, who="tina", timeout=90)

    def asked(self, question: str, keys: str = ENTER) -> str:
        """Wait for a question, press keys; all that was said before it, without colours."""
        self.child.expect(re.escape(question))
        said = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.child.before)
        self.child.send(keys)
        return str(said)


def status(mesh: User) -> list[str]:
    return mesh.run("git", "status", "--short", "-uall", where=WHERE).out.splitlines()


def text(mesh: User, path: str) -> str:
    return (mesh.folder / WHERE / path).read_text()


def spec(mesh: User) -> str:
    return (mesh.folder / "projects/sales.yml").read_text()


def passes_ci(mesh: User, message: str) -> int:
    """Commit, propose and check what there is; the number of the change."""
    mesh.run("git", "add", "--all", where=WHERE)
    mesh.run("git", "commit", "-qm", message, where=WHERE)
    mesh.run("git", "push", "-q", "origin", "HEAD:refs/heads/orders", where=WHERE)
    words = ["open", "sales", "--branch", "orders", "--json"]
    number = json.loads(mesh.meshnew("change", *words, who="tina").out)["number"]
    mesh.meshnew("run", "sales", "ci", "--change", number, who="tina")
    return int(number)


def test_a_source_is_chosen_from_the_raw_tables(mesh: User) -> None:
    adding = Adding(mesh, "source")
    adding.asked("Which raw tables?", f"{DOWN} {ENTER}")
    assert "+      - name: orders" in adding.asked(WRITE, "n"), "the diff comes before the question"
    assert "Nothing was changed." in adding.ends(1)
    assert status(mesh) == []

    adding = Adding(mesh, "source")
    adding.asked("Which raw tables?", f"{ENTER}{DOWN} {ENTER}")  # none is no choice
    adding.asked(WRITE, "y")
    assert "meshnew add staging sales_raw.orders" in adding.ends(0)
    (declared,) = yaml.safe_load(text(mesh, SOURCES))["sources"][0]["tables"]
    assert declared["name"] == "orders", "and not customers, which was not chosen"


def test_tests_of_a_staging_model_are_left_out_at_a_keystroke(mesh: User) -> None:
    adding = Adding(mesh, "staging")
    adding.asked("Which raw table?")
    said = adding.asked("Which tests?", f"{DOWN}{DOWN} {ENTER}")
    assert "primary_key:order_id: tells all 40 rows apart" in said
    assert "+    id as order_id," in adding.asked(WRITE, "n")
    assert "Nothing was changed." in adding.ends(1)
    assert status(mesh) == [f"?? {SOURCES}"]

    adding = Adding(mesh, "staging")
    adding.asked("Which raw table?")
    adding.asked("Which tests?")
    adding.asked(WRITE, "y")
    assert "Built stg_sales__orders in your own schema" in adding.ends(0)
    assert "accepted_values" in text(mesh, f"{STAGING}.yml")


def test_a_mart_is_chosen_and_described_and_becomes_a_product(mesh: User) -> None:
    mart = mesh.folder / WHERE / f"{MART}.sql"
    mart.write_text("select\n    order_id,\n    status\nfrom {{ ref('stg_sales__orders') }}\n")
    before = status(mesh)
    for answer, code in (("n", 1), ("y", 0)):
        adding = Adding(mesh, "product")
        adding.asked("Which mart?")
        adding.asked("What is it, and for whom", f"All orders, for planners.{ENTER}")
        adding.asked("Which tests?")
        said = adding.asked(WRITE, answer)
        assert "+      contract: {enforced: true}" in said
        assert "+All orders, for planners." in said
        ended = adding.ends(code)
        if code:
            assert "Nothing was changed." in ended
            assert status(mesh) == before
            assert mart.exists()
    assert "Built orders in your own schema; its tests passed." in ended
    assert not mart.exists()
    assert "All orders, for planners." in text(mesh, f"{MART}.md")
    number = passes_ci(mesh, "Add orders")
    mesh.merge("sales", number, who="tina")
    rows = mesh.meshnew("psql", "-c", "select count(*) from sales_products.orders_v1", who="tina")
    assert "40" in rows.out


def test_an_input_is_chosen_applied_and_read(mesh: User) -> None:
    before = spec(mesh)
    for answer, code in (("n", 1), ("y", 0)):
        adding = Adding(mesh, "input", "stores")
        adding.asked("Which products?")
        said = adding.asked("Let sales read stores?", answer)
        assert re.search(r"^\+ *(consumes: )?(- |\[)stores", said, re.MULTILINE), said
        ended = adding.ends(code)
        if code:
            assert "Nothing was changed." in ended
            assert spec(mesh) == before
    assert "ref('stores', 'stores_example')" in ended
    assert "stores" in yaml.safe_load(spec(mesh))["consumes"]
    # The import comes to the project as a change of its own.
    (update,) = [
        change
        for change in json.loads(mesh.meshnew("change", "list", "sales", "--json").out)
        if change["branch"].startswith("meshnew/")
    ]
    mesh.merge("sales", update["number"], who="tina")
    mesh.run("git", "fetch", "-q", where=WHERE)
    mesh.run("git", "switch", "-qC", "orders", "origin/main", where=WHERE)
    marts = mesh.folder / WHERE / "models/sales/marts"
    (marts / "labels.sql").write_text(READS)
    (marts / "labels.yml").write_text(READS_YAML)
    passes_ci(mesh, "Read the stores")


def test_a_domain_is_asked_about_and_its_plan_shown(mesh: User) -> None:
    before = spec(mesh)
    for answer, code in (("n", 1), ("y", 0)):
        adding = Adding(mesh, "domain", "stock", "--no-deploy")
        adding.asked("What is it about", f"What lies in store{ENTER}")
        adding.asked("Who answers for the data", f"{CLEAR}Stan{ENTER}")
        adding.asked("Where do questions go", f"stan@skyline.example{ENTER}")
        said = adding.asked("Add domain stock to sales?", answer)
        assert "+  stock:" in said
        assert "will create schema stock_raw" in said
        ended = adding.ends(code)
        if code:
            assert "Nothing was changed." in ended
            assert spec(mesh) == before
    stock = yaml.safe_load(spec(mesh))["domains"]["stock"]
    assert stock["owner"] == {"name": "Stan", "email": "stan@skyline.example"}
    assert (stock["description"], stock["members"]) == ("What lies in store", ["tina"])
