"""A product is found by any of its names and shows what was published and remembered of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from meshnew.cli import product as command
from meshnew.dbt.product import Column, Interface, Product, Reads
from meshnew.errors import UsageError
from meshnew.mesh.models import Domain
from meshnew.operations import records
from meshnew.operations.product import list_products, show_product
from meshnew.operations.records import ProjectRecord
from meshnew.operations.runs import publishing

OWNER = {"name": "Ada", "email": "ada@skyline.example"}


def domain() -> Domain:
    return Domain.model_validate({"description": "x", "owner": OWNER, "team": "t"})


def promised(name: str, where: str, version: int | None = None, **more: Any) -> Product:
    suffix = "" if version is None else f"_v{version}"
    return Product(name, where, f"{where}_products", f"{name}{suffix}", version=version, **more)


INTERFACES = {
    "air": Interface(
        "air",
        (
            promised("delays", "flights", 1, latest_version=2, deprecation_date="2027-01-31"),
            promised(
                "delays",
                "flights",
                2,
                latest_version=2,
                description="How late [really].",
                contract=True,
                columns=(Column("carrier", "text", "Who\nflew."), Column("late", "integer")),
                depends_on=("weather.storms",),
            ),
            promised("calendar", "flights"),
        ),
        Reads(("weather.storms",)),
    ),
    "weather": Interface(
        "weather",
        (promised("storms", "weather", depends_on=("shared.calendar", "air.calendar")),),
        Reads(("shared.calendar", "air.calendar")),
    ),
    "shared": Interface("shared", (promised("calendar", "shared"),)),
    "hotels": Interface("hotels", (), Reads(("air.delays.v1",))),
}

STATE = {
    "key": "air.delays.v2",
    "rows": 1234,
    "built": True,
    "built_at": "2026-11-25T06:00:03+00:00",
    "run": "r",
    "tests": [
        {"id": "1", "name": "not_null", "column": "late", "status": "fail", "rows": 3,
         "at": "2026-11-25T06:00:03+00:00", "run": "r"},
        {"id": "2", "name": "unique", "column": None, "status": None, "rows": None, "at": None,
         "run": None},
    ],
    "sources": [
        {"relation": "flights_raw.legs", "status": "warn", "message": "30.0 hours old",
         "at": "2026-11-25T06:00:03+00:00"}
    ],
}  # fmt: skip


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(publishing, "interfaces_of", lambda _: INTERFACES)
    monkeypatch.setattr(records, "projects", lambda _: {"air": ProjectRecord("v1", [STATE])})
    mesh = SimpleNamespace(
        spec=SimpleNamespace(name="skyline"),
        domains={"flights": domain(), "weather": domain(), "shared": domain()},
        readers=lambda name: ["tableau"] if name == "flights" else [],
    )
    return SimpleNamespace(mesh=mesh)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("delays", "air.delays.v2"),
        ("delays.v1", "air.delays.v1"),
        ("flights.delays", "air.delays.v2"),
        ("air.delays.v1", "air.delays.v1"),
        ("flights.calendar", "air.calendar"),
        ("storms", "weather.storms"),
    ],
)
def test_a_product_has_several_names(session: Any, name: str, key: str) -> None:
    assert show_product(session, name).key == key


def test_a_name_that_two_projects_use_must_say_whose(session: Any) -> None:
    with pytest.raises(UsageError) as refused:
        show_product(session, "calendar")
    assert "air.calendar, shared.calendar" in refused.value.what


def test_a_name_that_is_nearly_right_is_suggested(session: Any) -> None:
    with pytest.raises(UsageError) as refused:
        show_product(session, "weather.stroms")
    assert refused.value.fix == "Did you mean `weather.storms`?"
    with pytest.raises(UsageError, match="no domain `flight`"):
        list_products(session, "flight")


def test_products_are_listed_by_domain(session: Any) -> None:
    keys = [view.key for view in list_products(session)]
    assert keys == sorted(keys)
    assert len(keys) == 5
    assert [view.key for view in list_products(session, "weather")] == ["weather.storms"]


def test_it_says_who_reads_it_and_what_it_is_made_from(session: Any) -> None:
    view = show_product(session, "delays")
    assert view.projects == ()
    assert view.readers == ("tableau",)
    assert show_product(session, "delays.v1").projects == ("hotels",)
    assert view.lineage.sources == ("flights_raw.legs",)
    (storms,) = view.lineage.upstream
    assert [item.key for item in storms.upstream] == ["shared.calendar", "air.calendar"]
    assert show_product(session, "delays.v1").ref == "ref('air', 'delays', v=1)"


def test_a_version_that_was_never_built_says_so(session: Any) -> None:
    view = show_product(session, "storms").to_json()
    assert view["built"] is None
    assert view["tests"] == []
    assert view["owner"] == OWNER


def test_a_person_sees_it_all_on_one_page(session: Any) -> None:
    console = Console(width=100, no_color=True)
    with console.capture() as captured:
        command._shown(console, show_product(session, "delays"))
        command._listed(console, list_products(session))
    page = captured.get()
    for line in (
        "How late [really].",
        "  address     flights_products.delays_v2",
        "  in a model  {{ ref('air', 'delays') }}",
        "  owner       Ada <ada@skyline.example>",
        "  versions    v1 (gone from 2027-01-31), v2 (latest)",
        "  rows        1,234",
        "  built       2026-11-25 06:00",
        "  carrier  text     Who flew.",
        "✗ not_null of late fail 2026-11-25 06:00, 3 rows offend",
        "… unique not run yet",
        "flights_raw.legs  warn 2026-11-25 06:00: 30.0 hours old",
        "└── weather.storms",
        "    ├── shared.calendar",
        "1 of 8 characteristics",
        "✗ trustworthy          no test says what one row is",
        "a `primary_key` test in the YAML of delays",
        "failed at the last run: not_null",
        "✓ addressable",
        "0 of 2",
    ):
        assert line in page, page
