"""A trainee goes from a raw table to a data product with three commands, and carries on."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.conftest import Answer, User

pytestmark = pytest.mark.long

WHERE = "checkouts/sales"
RAW = """
create table sales_raw.orders (id integer, status text, amount text, _loaded_at timestamptz);
comment on column sales_raw.orders.status is 'Where the order stands.';
insert into sales_raw.orders
select n, case when n % 2 = 0 then 'open' else 'done' end, (n * 1.5)::text, now()
from generate_series(1, 40) as n
"""
STATUSES = (
    "select\n    status,\n    count(*) as orders\nfrom {{ ref('orders') }}\ngroup by status\n"
)
BY_HAND = """\
# Ours, by hand.
models:
  - name: statuses
    description: One row for each state of an order.
    columns:
      - name: orders  # not revenue
        description: How many are in it.
"""


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """A mesh with sales, whose trainee tina has a checkout, and a raw table that was loaded."""
    user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
    data = ["-d", "starter=none", "-d", "members=[tina]"]
    user.meshnew("new", "domain", "sales", *data, "--defaults", "--yes")
    user.meshnew("psql", "-c", RAW, who="sales_loader")
    user.meshnew("clone", "sales", who="tina")
    user.run("git", "switch", "-qc", "orders", where=WHERE)
    return user


def add(mesh: User, *words: str, code: int = 0) -> Answer:
    """A command of tina's, given in her checkout."""
    return User(mesh.folder / WHERE).meshnew("add", *words, who="tina", code=code)


def text(mesh: User, path: str) -> str:
    return (mesh.folder / WHERE / path).read_text()


def status(mesh: User) -> list[str]:
    return mesh.run("git", "status", "--short", "-uall", where=WHERE).out.splitlines()


def model(mesh: User, path: str) -> dict[str, object]:
    (found,) = yaml.safe_load(text(mesh, path))["models"]
    return dict(found)


def test_what_is_missing_is_named_and_nothing_is_written(mesh: User) -> None:
    assert "There are: orders" in add(mesh, "source", "--yes", code=2).err
    assert "`orders`" in add(mesh, "source", "order", "--yes", code=2).err
    assert "First: meshnew add source orders" in add(mesh, "staging", "orders", code=2).err
    refused = add(mesh, "source", "orders", code=2)
    assert "+      - name: orders" in refused.err, "the diff is shown before anybody is asked"
    assert "--yes" in refused.err
    assert status(mesh) == []


def test_three_commands_from_a_raw_table_to_a_product(mesh: User) -> None:
    said = add(mesh, "source", "orders", "--yes")
    assert "meshnew add staging sales_raw.orders" in said.out
    said = add(mesh, "staging", "sales_raw.orders", "--no-build", "--yes")
    assert "accepted_values:status: done (20), open (20)" in said.err
    what = "All orders, for whoever plans."
    said = add(mesh, "product", "orders", "--from", "stg_sales__orders", "-d", what, "--yes")
    assert "Built orders in your own schema; its tests passed." in said.out
    assert text(mesh, "models/sales/staging/stg_sales__orders.sql") == (
        "select\n    id as order_id,\n    status,\n    cast(amount as numeric) as amount,\n"
        "    _loaded_at as loaded_at\nfrom {{ source('sales_raw', 'orders') }}\n"
    )
    promised = model(mesh, "models/sales/marts/orders.yml")
    assert promised["constraints"] == [{"type": "primary_key", "columns": ["order_id"]}]
    assert {c["name"]: c["data_type"] for c in promised["columns"]} == {  # type: ignore[attr-defined]
        "order_id": "integer",
        "status": "text",
        "amount": "numeric",
        "loaded_at": "timestamp with time zone",
    }
    columns = {c["name"]: c["description"] for c in promised["columns"]}  # type: ignore[attr-defined]
    assert columns["status"] == "Where the order stands.", "as the warehouse's comment says"
    assert what in text(mesh, "models/sales/marts/orders.md")
    rows = mesh.meshnew("psql", "-c", "select count(*) from sales_dev_tina.orders_v1", who="tina")
    assert "40" in rows.out
    assert (
        "yamllint"
        not in mesh.meshnew(
            "shell", "sales", "--", "yamllint", "--strict", "models", who="tina"
        ).out
    )


def test_what_was_written_is_not_written_again(mesh: User) -> None:
    before = status(mesh)
    assert "declared already" in add(mesh, "source", "orders", "--yes", code=2).err
    refused = add(mesh, "staging", "orders", "--yes", code=2).err
    assert "models/sales/staging/stg_sales__orders.sql" in refused
    assert "models/sales/marts/orders.yml" in add(mesh, "product", "orders", code=2).err
    assert status(mesh) == before


def test_a_mart_that_is_there_becomes_a_product(mesh: User) -> None:
    """Its YAML keeps what a person wrote; the test of a relationship is found."""
    mesh.run("git", "add", "--all", where=WHERE)
    mesh.run("git", "-c", "user.name=tina", "commit", "-qm", "Add orders", where=WHERE)
    marts = mesh.folder / WHERE / "models/sales/marts"
    (marts / "statuses.sql").write_text(STATUSES)
    (marts / "statuses.yml").write_text(BY_HAND)
    mesh.run("git", "add", "--all", where=WHERE)
    (marts / "statuses.md").write_text("Mine.\n")
    refused = add(mesh, "product", "statuses", "--yes", code=4)
    assert "models/sales/marts/statuses.md" in refused.err
    assert (marts / "statuses.sql").exists()
    (marts / "statuses.md").unlink()
    report = json.loads(add(mesh, "product", "statuses", "--yes", "--json").out)
    assert report["moved"] == {
        "models/sales/marts/statuses.sql": "models/sales/marts/statuses_v1.sql"
    }
    written = text(mesh, "models/sales/marts/statuses.yml")
    assert written.startswith("# Ours, by hand.\n")
    assert "- name: orders  # not revenue" in written
    assert "description: How many are in it." in written
    assert "One row for each state of an order." in text(mesh, "models/sales/marts/statuses.md")
    # Orders of another model lead to it by their status.
    (marts / "late.sql").write_text(
        "select\n    order_id,\n    status\nfrom {{ ref('stg_sales__orders') }}\n"
    )
    found = add(mesh, "product", "late", "-d", "Late orders.", "--yes")
    assert "relationships:status: all 40 are in statuses.status" in found.err
    assert "ref('statuses')" in text(mesh, "models/sales/marts/late.yml")


def test_a_second_domain_moves_in(mesh: User) -> None:
    refused = add(mesh, "domain", "stock", "-d", "What lies in store", code=2)
    assert "--owner-email" in refused.err
    words = [
        "-d",
        "What lies in store",
        "--owner-email",
        "stan@skyline.example",
        "--member",
        "stan",
    ]
    proposed = json.loads(add(mesh, "domain", "stock", *words, "--propose", "--yes", "--json").out)
    assert "stock" not in (mesh.folder / "projects/sales.yml").read_text()
    shown = mesh.meshnew("change", "show", "mesh", proposed["change"])
    assert "+  stock:" in shown.out
    mesh.meshnew("change", "close", "mesh", proposed["change"])
    done = add(mesh, "domain", "stock", *words, "--no-deploy", "--yes")
    assert "will create schema stock_raw" in done.err
    assert "stock:" in (mesh.folder / "projects/sales.yml").read_text()
    assert "Bring the project to its spec: domains" in done.out
    assert "exists, in project sales" in add(mesh, "domain", "stock", *words, code=2).err
    assert "several domains" in add(mesh, "source", "orders", "--yes", code=2).err


def test_another_domain_is_read(mesh: User) -> None:
    data = ["-d", "members=[stella]", "-d", "consumes=[]"]
    mesh.meshnew("new", "domain", "stores", *data, "--defaults", "--yes")
    there = add(mesh, "input", "shared", "--yes")
    assert "ref('shared', 'calendar')" in there.out
    assert "stores" in add(mesh, "input", "store", "--yes", code=2).err
    done = add(mesh, "input", "stores", "--no-deploy", "--yes")
    assert "ref('stores', 'stores_example')" in done.out
    assert "A first data product" in done.out, "with its description"
    spec = yaml.safe_load((mesh.folder / "projects/sales.yml").read_text())
    assert "stores" in spec["consumes"]
    assert "sales" in add(mesh, "input", "sales", code=2).err
