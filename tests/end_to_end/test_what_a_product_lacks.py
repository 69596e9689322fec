"""Every mend that `meshnew product show` names is done as it is named; then nothing is lacking."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import User

pytestmark = pytest.mark.long

WHERE = "checkouts/sales"
RAW = """
create table sales_raw.orders (
    id integer, status text, ordered_on date, _loaded_at timestamptz
);
insert into sales_raw.orders
select n, case when n % 2 = 0 then 'open' else 'done' end, date '2026-05-01' + n, now()
from generate_series(1, 40) as n
"""
RECORDS = "select\n    order_id,\n    ordered_on\nfrom {{ ref('orders') }}\n"
EXPOSURE = """\
exposures:
  - name: planning
    label: Planning
    type: dashboard
    description: Whoever plans looks at it each morning.
    owner: {name: Sol, email: sol@skyline.example}
    depends_on:
      - ref('orders')
"""
Mend = Callable[[User, str], None]


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """Sales, whose tina has just added a product that was merged and deployed."""
    user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
    data = ["-d", "starter=none", "-d", "members=[tina]", "-d", "consumes=[]"]
    user.meshnew("new", "domain", "sales", *data, "--defaults", "--yes")
    user.meshnew("psql", "-c", RAW, who="sales_loader")
    user.meshnew("clone", "sales", who="tina")
    user.run("git", "switch", "-qc", "orders", where=WHERE)
    here = User(user.folder / WHERE)
    here.meshnew("add", "source", "orders", "--yes", who="tina")
    here.meshnew("add", "staging", "sales_raw.orders", "--no-build", "--yes", who="tina")
    words = ["--from", "stg_sales__orders", "-d", "All orders, for planners.", "--no-build"]
    here.meshnew("add", "product", "orders", *words, "--yes", who="tina")
    merge(user, "orders", "Add orders")
    return user


def merge(mesh: User, branch: str, message: str) -> None:
    """Propose what there is, have it approved, merged and deployed."""
    mesh.run("git", "add", "--all", where=WHERE)
    mesh.run("git", "commit", "-qm", message, where=WHERE)
    mesh.run("git", "push", "-q", "origin", f"HEAD:refs/heads/{branch}", where=WHERE)
    opened = mesh.meshnew("change", "open", "sales", "--branch", branch, "--json", who="tina")
    mesh.merge("sales", json.loads(opened.out)["number"], who="tina")


def shown(mesh: User) -> dict[str, Any]:
    return dict(json.loads(mesh.meshnew("product", "show", "orders", "--json", who="tina").out))


def lacks(mesh: User) -> list[tuple[str, str, str]]:
    """Characteristic, what is lacking, and what mends it."""
    return [
        (item["name"], lack["what"], lack["mend"])
        for item in shown(mesh)["characteristics"]
        for lack in item["lacks"]
    ]


def file_of(mesh: User, mend: str) -> Path:
    """The one file that a mend names."""
    (name,) = re.findall(r"[\w/]+\.yml", mend)
    path = mesh.folder / WHERE / name
    assert path.is_file(), mend
    return path


def doc_of(mesh: User, mend: str) -> Path:
    """The file with the doc block that a mend names."""
    found = re.search(r"in the doc block (\w+), a file beside (\S+)", mend)
    assert found, mend
    (path,) = (
        path
        for path in (mesh.folder / WHERE / found[2]).parent.glob("*.md")
        if f"{{% docs {found[1]} %}}" in path.read_text()
    )
    return path


def say(path: Path, begins: str, line: str) -> None:
    """Write a line of a file anew."""
    new, times = re.subn(
        rf"^{re.escape(begins)}.*$", lambda _: line, path.read_text(), flags=re.MULTILINE
    )
    assert times == 1, (path, begins)
    path.write_text(new)


def describe(mesh: User, mend: str) -> None:
    assert mend.startswith("`description:` of the column in ")
    path = file_of(mesh, mend)
    path.write_text(path.read_text().replace("To be described.", "As the shop has it."))


def tell_limits(mesh: User, mend: str) -> None:
    assert mend.startswith("`**Limits.** ...`")
    say(doc_of(mesh, mend), "**Limits.**", "**Limits.** Orders by telephone are missing.")


def tell_join(mesh: User, mend: str) -> None:
    assert mend.startswith("`**Join** to ... on ...` with a product of meshnew product list")
    listed = json.loads(mesh.meshnew("product", "list", "--json", who="tina").out)
    (other,) = (item["name"] for item in listed if item["name"] == "calendar")
    say(doc_of(mesh, mend), "**Join**", f"**Join** to `{other}` on `ordered_on = date_day`.")


def ask_source(mesh: User, mend: str) -> None:
    found = re.fullmatch(r"meshnew (run sales daily)", mend)
    assert found, mend
    mesh.meshnew(*found[1].split())


def expose(mesh: User, mend: str) -> None:
    assert mend.startswith("an exposure beside ")
    (file_of(mesh, mend).parent / "_sales__exposures.yml").write_text(EXPOSURE)


def say_personal(mesh: User, mend: str) -> None:
    assert mend.startswith("`pii: false`, or the list of its columns, in `meta` of ")
    path = file_of(mesh, mend)
    path.write_text(path.read_text().replace("      meta:\n", "      meta:\n        pii: false\n"))


def model_meaning(mesh: User, mend: str) -> None:
    """As CONTRIBUTING.md shows, which the mend names."""
    assert "`semantic_model:`" in mend
    assert "as CONTRIBUTING.md shows" in mend
    guide = (mesh.folder / WHERE / "CONTRIBUTING.md").read_text()
    _, _, told = guide.partition("**give reports a semantic model?**")
    told, _, _ = told.partition("\n**")
    example = told.partition("```yaml\n")[2].partition("```")[0]
    marts = file_of(mesh, mend).parent
    assert "`order_records.sql`" in told
    (marts / "order_records.sql").write_text(RECORDS)
    (marts / "order_records.yml").write_text(example)
    told = " ".join(told.split())
    assert "`options: [semantic_layer]` under `answers` in `projects/sales.yml`" in told
    spec = mesh.folder / "projects/sales.yml"
    say(spec, "  options:", "  options: [semantic_layer]")
    mesh.meshnew("apply", "sales", "--yes", "--no-deploy")
    (update,) = json.loads(mesh.meshnew("change", "list", "sales", "--json").out)
    mesh.merge("sales", update["number"], "--no-deploy", who="tina")
    mesh.run("git", "fetch", "-q", where=WHERE)
    mesh.run("git", "merge", "-q", "origin/main", "-m", "Take main", where=WHERE)


MENDS: dict[str, tuple[str, Mend]] = {
    "discoverable": ("not described: order_id, status, ordered_on, loaded_at", describe),
    "understandable": ("its text does not tell its limits", tell_limits),
    "trustworthy": ("the age of source sales_raw.orders is not known", ask_source),
    "natively accessible": ("it is a table only", model_meaning),
    "interoperable": ("it shares no column with a product of another domain", tell_join),
    "valuable on its own": ("nobody is known to use it", expose),
    "secure": ("it does not say whether it holds personal data", say_personal),
}


def test_all_mends_together_leave_nothing_lacking(mesh: User) -> None:
    missing = lacks(mesh)
    assert [name for name, _, _ in missing] == [*MENDS]
    mesh.run("git", "fetch", "-q", where=WHERE)
    mesh.run("git", "switch", "-qc", "mends", "origin/main", where=WHERE)
    for name, what, mend in missing:
        told, do = MENDS[name]
        assert what.startswith(told)
        do(mesh, mend)
    merge(mesh, "mends", "Say what was lacking")
    assert lacks(mesh) == []
    assert "8 of 8 characteristics" in mesh.meshnew("product", "show", "orders").out


def test_what_is_shown_then_is_true(mesh: User) -> None:
    """As the warehouse, the project's files and the spec have it."""
    view = shown(mesh)
    with mesh.connect() as connection:
        relation = view["relation"]
        (kind,) = connection.execute(
            "select relkind from pg_class where oid = %s::regclass", [relation]
        ).fetchone() or [""]
        columns = connection.execute(
            "select attname, format_type(atttypid, atttypmod) from pg_attribute "
            "where attrelid = %s::regclass and attnum > 0 order by attnum",
            [relation],
        ).fetchall()
        (rows,) = connection.execute(f"select count(*) from {relation}").fetchone() or [0]
    assert (kind, rows) == ("r", view["rows"])
    assert columns == [(item["name"], item["data_type"]) for item in view["columns"]]
    (written,) = yaml.safe_load(
        (mesh.folder / WHERE / "models/sales/marts/orders.yml").read_text()
    )["models"]
    described = {item["name"]: item["description"] for item in written["columns"]}
    assert described == {item["name"]: item["description"] for item in view["columns"]}
    assert view["contract"]
    assert view["meta"]["pii"] is False
    declared = len(written["data_tests"]) + sum(
        len(c.get("data_tests", ())) for c in written["columns"]
    )
    assert len(view["tests"]) == declared
    assert {item["status"] for item in view["tests"]} == {"pass"}
    assert [(item["relation"], item["status"]) for item in view["sources"]] == [
        ("sales_raw.orders", "pass")
    ]
    spec = yaml.safe_load((mesh.folder / "projects/sales.yml").read_text())
    assert view["owner"] == spec["domains"]["sales"]["owner"]
    # What reports ask for, metrics, dbt has taken up.
    manifest = json.loads((mesh.folder / ".meshnew/work/sales/target/manifest.json").read_text())
    assert [item["model"] for item in manifest["semantic_models"].values()] == [
        "ref('order_records')"
    ]
