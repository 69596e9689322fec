"""A first change: somebody edits a model, their test fails, they mend it, it is approved and
merged, production is built, and a consumer sees it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pexpect
import pytest

from tests.conftest import MESHNEW, User

pytestmark = pytest.mark.long

WHERE = "checkouts/sales"
MODEL = "models/sales/marts/orders_v1.sql"
YAML = """\
models:
  - name: orders
    description: One row for each order.
    config:
      access: public
      contract: {enforced: true}
      meta: {owner: sue@skyline.example, maturity: 1}
    latest_version: 1
    versions:
      - v: 1
    data_tests:
      - mesh_core.primary_key:
          arguments:
            columns: [order_id]
    columns:
      - name: order_id
        description: The order.
        data_type: integer
      - name: amount
        description: What it came to.
        data_type: integer
"""


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """A mesh with sales, whose team is sue and sam, and stores, which reads their products."""
    user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
    for domain, members, consumes in (("sales", "sue, sam", ""), ("stores", "tom", "sales")):
        data = ["-d", "starter=none", "-d", f"consumes=[{consumes}]", "-d", f"members=[{members}]"]
        user.meshnew("new", "domain", domain, *data, "--defaults", "--yes")
    return user


def save(mesh: User, name: str, text: str, *, who: str = "sue") -> None:
    """Write a file in the checkout, commit and push it with plain git."""
    path = mesh.folder / WHERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    mesh.run("git", "add", "--all", where=WHERE)
    mesh.run("git", "-c", f"user.name={who}", "commit", "-qm", f"Write {path.name}", where=WHERE)
    mesh.run("git", "push", "-q", "origin", "HEAD:refs/heads/orders", where=WHERE)


def ask(mesh: User, *words: object, who: str, code: int = 0) -> tuple[str, str]:
    """A command given inside the checkout, where neither project nor change need be named."""
    answer = User(mesh.folder / WHERE).meshnew("change", *words, who=who, code=code)
    return answer.out, answer.err


def test_a_first_change(mesh: User) -> None:
    # Sue clones her project and writes a model. One order is there twice.
    mesh.meshnew("clone", "sales", who="sue")
    mesh.run("git", "switch", "-qc", "orders", where=WHERE)
    save(mesh, "models/sales/marts/orders.yml", YAML)
    rows = (
        "select\n    order_id,\n    amount\n"
        "from (values (1, 10), ({}, 20)) as orders (order_id, amount)\n"
    )
    save(mesh, MODEL, rows.format(1))
    said, _ = ask(mesh, "open", who="sue")
    assert "needs check ci has not run on its last commit" in said
    assert "grace or sam approves: meshnew change approve sales 1" in said
    # The check fails, and says which test and why.
    said, _ = ask(mesh, "checks", "--run", who="sue", code=1)
    assert "1 test failed" in said
    run = re.search(r"meshnew runs (\S+);", said)
    assert run, said
    assert "primary_key" in mesh.meshnew("runs", run[1], who="sue").out
    ask(mesh, "approve", who="sam")
    _, refused = ask(mesh, "merge", who="sue", code=1)
    assert "check ci failed" in refused
    # She mends it. What Sam approved is something else now.
    save(mesh, MODEL, rows.format(2))
    _, refused = ask(mesh, "merge", who="sue", code=1)
    assert "check ci has not run on its last commit" in refused
    assert "a push took back what sam approved" in refused
    _, refused = ask(mesh, "approve", who="sue", code=1)
    assert "sue wrote change 1 of sales: somebody else approves it" in refused
    ask(mesh, "approve", who="sam")
    # All that is missing is the check: merge runs it, then deploys.
    said, _ = ask(mesh, "merge", who="sue")
    assert "sales_products.orders_v1 2 rows" in said
    # The consumer reads it, as the warehouse has it and by the interface.
    rows_read = mesh.meshnew(
        "psql", "-c", "select sum(amount) from sales_products.orders_v1", who="tom"
    )
    assert "30" in rows_read.out
    found = mesh.meshnew("change", "show", "sales", 1, "--json", who="tom")
    change = json.loads(found.out)
    assert (change["state"], change["merged_by"], change["author"]) == ("merged", "sue", "sue")
    assert [(item["by"], item["current"]) for item in change["approvals"]] == [
        ("sam", False),
        ("sam", True),
    ]
    assert [(item["name"], item["state"]) for item in change["checks"]] == [("ci", "passed")]
    assert f"+++ b/{MODEL}" in change["diff"]


def test_a_reviewer_reads_the_change_in_colours_and_a_pager(mesh: User, tmp_path: Path) -> None:
    words = ["change", "show", "sales", "1", "--as", "grace"]
    plain = mesh.meshnew(*words[:-2]).out
    assert "\x1b" not in plain
    assert "Change 1 of sales: Write orders_v1.sql" in plain
    seen = tmp_path / "seen"
    child = pexpect.spawn(
        str(MESHNEW), words, cwd=str(mesh.folder), timeout=60, encoding="utf-8",
        dimensions=(50, 120), env={**os.environ, "PAGER": f"tee {seen}", "TERM": "xterm-256color"},
    )  # fmt: skip
    child.expect(pexpect.EOF)
    shown = seen.read_text()
    assert re.search(r"\x1b\[32m\+    order_id,", shown)
    assert "Change 1 of sales" in shown


def test_a_change_that_is_not_wanted_is_closed_by_its_author_or_an_owner(mesh: User) -> None:
    mesh.run("git", "fetch", "-q", where=WHERE)
    mesh.run("git", "switch", "-qC", "orders", "origin/main", where=WHERE)
    save(mesh, "models/sales/marts/late.sql", "select 1 as late\n")
    ask(mesh, "open", who="sue")
    _, refused = ask(mesh, "close", who="tom", code=1)
    assert "tom may not close change 2 of sales" in refused
    said, _ = ask(mesh, "close", who="sam")
    assert said == "Closed change 2 of sales.\n"
    listed = json.loads(mesh.meshnew("change", "list", "sales", "--state", "all", "--json").out)
    assert [item["state"] for item in listed] == ["merged", "closed"]
    _, refused = ask(mesh, "show", who="sue", code=2)
    assert "meshnew change list sales" in refused


def test_a_change_named_wrongly_says_how_to_name_it(mesh: User) -> None:
    refused = mesh.meshnew("change", "show", "sales", "one", code=2)
    assert "Say PROJECT NUMBER" in refused.err
    refused = mesh.meshnew("change", "approve", "sales", 7, code=1)
    assert "sales has no change 7" in refused.err
    refused = mesh.meshnew("change", "checks", "sales", 1, "--run", code=2)
    assert "is merged: there is nothing to check" in refused.err
