"""A product that has next to nothing gets all eight characteristics, by the mends it is told."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.conftest import User

pytestmark = pytest.mark.long

MARTS = "models/sales/marts"
YAML = f"{MARTS}/orders.yml"
SOURCES = "models/sales/staging/_sales__sources.yml"
RAW = """
create table sales_raw.orders (
    order_id integer, email text, ordered_on date, _loaded_at timestamptz
);
insert into sales_raw.orders
select n, n || '@shop.example', date '2026-11-01' + n, now() from generate_series(1, 20) as n
"""
SOURCE = "sources: [{name: sales_raw, tables: [{name: orders}]}]\n"
FRESH = """\
sources:
  - name: sales_raw
    tables:
      - name: orders
        config:
          loaded_at_field: _loaded_at
          freshness: {error_after: {count: 48, period: hour}}
"""
CODE = """\
select
    order_id,
    email,
    ordered_on
from {{ source('sales_raw', 'orders') }}
"""
BARE = "models: [{name: orders, config: {access: public, materialized: view}}]\n"
PROMISED = """\
models:
  - name: orders
    description: All orders.
    config:
      access: public
      materialized: table
      contract: {enforced: true}
      meta:
        owner: ada@skyline.example
        maturity: 2
        pii: false
        slo: {fresh_within_hours: 24, complete: 0.99}
    latest_version: 1
    versions:
      - v: 1
    data_tests:
      - mesh_core.primary_key:
          arguments: {columns: [order_id]}
    columns:
      - {name: order_id, data_type: integer, description: Number of the order.}
      - {name: email, data_type: text, config: {tags: [pii]}}
      - {name: ordered_on, data_type: date, description: Its day.}
"""
WHOLE = (
    PROMISED.replace("All orders.", "\"{{ doc('orders') }}\"")
    .replace("pii: false", "pii: [email]")
    .replace("data_type: text,", "data_type: text, description: Who ordered.,")
    .replace(
        "    data_tests:",
        "    semantic_model: {enabled: true, name: sales_orders}\n"
        "    agg_time_dimension: ordered_on\n    data_tests:",
    )
    .replace(
        "description: Its day.}",
        "description: Its day., granularity: day, dimension: {name: ordered_on, type: time}}",
    )
    .replace(
        "description: Number of the order.}",
        "description: Number of the order., entity: {name: order, type: primary}}",
    )
)
DOC = """\
{% docs orders %}
All orders of the shop.

**One row** is one order.

**Join** to `calendar` of the project `shared` on `ordered_on = date_day`.

**Limits.** Orders by telephone are not in it.
{% enddocs %}
"""
EXPOSURE = """\
exposures:
  - name: orders_report
    type: dashboard
    owner: {name: Ada, email: ada@skyline.example}
    depends_on: [ref('orders')]
"""
TWO = WHOLE.replace("latest_version: 1", "latest_version: 2").replace(
    "      - v: 1\n", "      - v: 1\n      - v: 2\n"
)

Lacks = dict[str, str]


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """A mesh with sales, rendered with the example and never deployed, and a raw table."""
    user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
    data = ["-d", "members=[ada]", "-d", "options=[semantic_layer]", "--no-deploy"]
    user.meshnew("new", "domain", "sales", *data, "--defaults", "--yes")
    user.meshnew("psql", "-c", RAW, who="sales_loader")
    return user


def lacks(mesh: User, name: str) -> Lacks:
    """What a product lacks -> what mends it, as `meshnew product show` tells."""
    view = json.loads(mesh.meshnew("product", "show", name, "--json").out)
    found = {
        lack["what"]: lack["mend"] for item in view["characteristics"] for lack in item["lacks"]
    }
    page = mesh.meshnew("product", "show", name).out
    assert f"{sum(item['ok'] for item in view['characteristics'])} of 8 characteristics" in page
    return found


def land(mesh: User, **files: str | None) -> None:
    """Bring files to main as if merged, past rules that would ask for most of this; deploy."""
    bare = mesh.folder / ".meshnew/embedded/repositories/sales.git"
    work = mesh.folder / "scratch"
    if not work.exists():
        subprocess.run(["git", "clone", "-q", bare, work], check=True)
    for name, text in files.items():
        if text is None:
            (work / name).unlink()
        else:
            (work / name).write_text(text)
    for words in (["add", "-A"], ["commit", "-qm", "As if merged"]):
        subprocess.run(["git", *words], cwd=work, check=True)
    refs = ("main:main", "main:refs/meshnew/main")  # the second is what protects the first
    subprocess.run(["git", f"--git-dir={bare}", "fetch", "-q", work, *refs], check=True)
    mesh.meshnew("run", "sales", "deploy")


def test_what_was_never_built_names_the_command_that_builds_it(mesh: User) -> None:
    before = lacks(mesh, "sales_example")
    assert before["it was never built"] == "meshnew run sales deploy"
    mesh.meshnew("run", "sales", "deploy")
    assert lacks(mesh, "sales_example") == {}, "the example has all eight"


def test_a_bare_product_is_told_everything_it_lacks(mesh: User) -> None:
    land(mesh, **{f"{MARTS}/orders.sql": CODE, YAML: BARE, SOURCES: SOURCE})
    told = lacks(mesh, "orders")
    assert set(told) == {
        "it has no description",
        "it declares no column",
        "it has no version",
        "no contract is enforced",
        "it has no text",
        "no test says what one row is",
        "it is a view",
        "it promises no freshness or completeness",
        "the age of source sales_raw.orders is not known",
        "it is a table only: no semantic model, no Iceberg",
        "it shares no column with a product of another domain, and its text names none to join",
        "nobody is known to use it",
        "it does not say how mature it is",
        "it does not say whether it holds personal data",
    }
    elsewhere = {what for what, mend in told.items() if YAML not in mend}
    assert elsewhere == {"the age of source sales_raw.orders is not known"}


def test_what_the_yaml_can_mend_is_mended_there(mesh: User) -> None:
    land(mesh, **{f"{MARTS}/orders.sql": None, f"{MARTS}/orders_v1.sql": CODE, YAML: PROMISED})
    told = lacks(mesh, "orders")
    assert set(told) == {
        "not described: email",
        "its text does not tell what one row is",
        "its text does not tell how to join it",
        "its text does not tell its limits",
        "the age of source sales_raw.orders is not known",
        "it is a table only: no semantic model, no Iceberg",
        "it shares no column with a product of another domain, and its text names none to join",
        "nobody is known to use it",
        "it says that it holds no personal data, and marks email",
    }
    assert "`**Join** to ... on ...` in the doc block orders" in "\n".join(told.values())


def test_the_rest_is_a_text_an_exposure_a_semantic_model_and_a_daily_run(mesh: User) -> None:
    land(
        mesh,
        **{
            YAML: WHOLE,
            f"{MARTS}/orders.md": DOC,
            f"{MARTS}/_sales__orders_exposures.yml": EXPOSURE,
            SOURCES: FRESH,
        },
    )
    (told,) = lacks(mesh, "orders").items()
    assert told[0] == "the age of source sales_raw.orders is not known"
    assert told[1] == "`freshness:` in the YAML of the source, then meshnew run sales daily"
    mesh.meshnew("run", "sales", "daily")
    assert lacks(mesh, "orders") == {}


def test_what_is_stale_is_fresh_once_the_loader_has_run(mesh: User) -> None:
    stale = "update sales_raw.orders set _loaded_at = now() - interval '9 days'"
    mesh.meshnew("psql", "-c", stale, who="sales_loader")
    mesh.meshnew("run", "sales", "daily", code=1)
    assert list(lacks(mesh, "orders")) == ["source sales_raw.orders is stale"]
    mesh.meshnew("psql", "-c", "update sales_raw.orders set _loaded_at = now()", who="sales_loader")
    mesh.meshnew("run", "sales", "daily")
    assert lacks(mesh, "orders") == {}


def test_a_test_that_fails_is_told_until_the_data_is_mended(mesh: User) -> None:
    twice = "insert into sales_raw.orders select * from sales_raw.orders where order_id = 1"
    mesh.meshnew("psql", "-c", twice, who="sales_loader")
    mesh.meshnew("run", "sales", "deploy", code=1)
    told = lacks(mesh, "orders")
    assert told == {
        "failed at the last run: primary_key": "mend the data or the test; meshnew run sales deploy"
    }
    once = "delete from sales_raw.orders where ctid = (select max(ctid) from sales_raw.orders)"
    mesh.meshnew("psql", "-c", once, who="sales_loader")
    mesh.meshnew("run", "sales", "deploy")
    assert lacks(mesh, "orders") == {}


def test_an_old_version_without_an_end_gets_one(mesh: User) -> None:
    land(mesh, **{f"{MARTS}/orders_v2.sql": CODE, YAML: TWO})
    ((what, mend),) = lacks(mesh, "orders").items()
    assert what == "orders.v1 has no end"
    assert "`deprecation_date:`" in mend
    assert YAML in mend
    land(mesh, **{YAML: TWO.replace("- v: 1\n", "- v: 1\n        deprecation_date: 2999-01-31\n")})
    assert lacks(mesh, "orders") == {}
