"""What a project takes from its consumers is named, with them; what it gives them breaks nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from meshnew.dbt.contract import Kind, compare, expired, private_models
from meshnew.dbt.data_types import same_type
from meshnew.dbt.graph import Graph
from meshnew.dbt.product import Column, Interface, Product, Reads

TODAY = date(2026, 11, 25)
DELAYS = Product(
    "delays",
    "flights",
    "flights_products",
    "delays_v1",
    version=1,
    latest_version=1,
    columns=(Column("carrier", "text"), Column("minutes", "integer", "Late by.")),
    contract=True,
)
OTHERS = (
    Interface("airports", reads=Reads(("flights.delays.v1",))),
    Interface("weather", (Product("w", "weather", "x", "w", depends_on=("flights.delays.v1",)),)),
    Interface("hotels", reads=Reads(("flights.routes",), ("flights_products.delays_v1",))),
    Interface("declared_only"),
)


def told(*after: Product, before: Product = DELAYS, private: tuple[str, ...] = ()) -> list[str]:
    """Kinds of what happens, what breaks first."""
    found = compare(
        Interface("flights", (before,)),
        Interface("flights", after),
        OTHERS,
        {"flights": ["tableau"]},
        private=private,
        today=TODAY,
    )
    return [item.kind.value for item in found]


def test_an_unchanged_interface_says_nothing() -> None:
    assert told(DELAYS) == []


def test_a_product_made_private_names_everybody_who_reads_it() -> None:
    (item,) = compare(
        Interface("flights", (DELAYS,)),
        Interface("flights"),
        OTHERS,
        {"flights": ["tableau"], "weather": ["looker"]},
        private={"delays.v1"},
    )
    assert (item.kind, item.breaking) == (Kind.PRIVATE, True)
    assert item.projects == ("airports", "hotels", "weather")
    assert item.readers == ("tableau",)
    assert item.sentence == (
        "flights.delays.v1 is no longer public; read by airports, hotels, weather, reader tableau"
    )
    assert item.relation == "flights_products.delays_v1"


def test_what_nobody_reads_says_so() -> None:
    (item,) = compare(Interface("flights", (DELAYS,)), Interface("flights"))
    assert item.kind is Kind.REMOVED
    assert item.sentence == "flights.delays.v1 is removed; nobody reads it"
    assert item.to_json()["projects"] == []


def test_a_version_removed_names_what_is_left() -> None:
    second = replace(DELAYS, version=2, identifier="delays_v2", latest_version=2)
    found = compare(Interface("flights", (DELAYS,)), Interface("flights", (second,)))
    assert [item.kind for item in found] == [Kind.VERSION_REMOVED, Kind.NEW_VERSION]
    assert "delays.v2" in found[0].what


def test_a_first_version_moves_the_product() -> None:
    plain = replace(DELAYS, version=None, latest_version=None, identifier="delays")
    fewer = replace(DELAYS, columns=DELAYS.columns[:1])
    assert told(fewer, before=plain) == ["moved", "column removed", "new version"]


def test_columns_of_a_contract_are_promised() -> None:
    changed = (Column("CARRIER", "int"), Column("late", "integer"))
    assert told(replace(DELAYS, columns=changed)) == [
        "column retyped",
        "column removed",
        "column added",
    ]


def test_columns_that_no_contract_holds_may_go() -> None:
    loose = replace(DELAYS, contract=False)
    assert told(replace(loose, columns=()), before=loose) == []
    assert told(loose) == ["contract dropped"]
    assert told(DELAYS, before=loose) == ["contract added"]


def test_a_type_that_is_not_stated_is_no_other_type() -> None:
    untyped = replace(DELAYS, columns=(Column("carrier"), Column("minutes", "bigint")))
    assert told(untyped) == ["column retyped", "described"]
    assert told(DELAYS, before=untyped) == ["column retyped", "described"]


def test_a_product_that_changes_its_domain_has_moved() -> None:
    assert told(replace(DELAYS, domain="delays", schema="delays_products")) == ["moved"]


def test_a_version_is_past_from_its_date_on() -> None:
    past, tomorrow = (replace(DELAYS, deprecation_date=day) for day in ("2026-11-25", "2026-11-26"))
    assert told(past) == ["expired"]
    assert told(past, before=past) == ["expired"]
    assert told(tomorrow) == ["deprecated"]
    assert compare(Interface("flights"), Interface("flights", (past,)), today=TODAY) == []
    assert told(tomorrow, before=tomorrow) == []
    assert expired(Interface("flights", (past, tomorrow)), TODAY) == (past,)


def test_what_is_added_or_said_breaks_nobody() -> None:
    second = replace(DELAYS, version=2, identifier="delays_v2", latest_version=2)
    better = replace(
        DELAYS,
        latest_version=2,
        description="Delays.",
        columns=(*DELAYS.columns, Column("tail", "text")),
    )
    found = compare(Interface("flights", (DELAYS,)), Interface("flights", (better, second)), OTHERS)
    assert [item.kind.value for item in found] == [
        "column added",
        "latest version",
        "described",
        "new version",
    ]
    assert not any(item.breaking for item in found)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("int4", "INTEGER", True),
        ("varchar", "text", True),
        ("character varying (10)", "VARCHAR(10)", True),
        ("varchar(10)", "varchar(20)", False),
        ("numeric(10, 2)", "decimal(10,2)", True),
        ("numeric(10,2)", "numeric(12,2)", False),
        ("timestamp  with time zone", "timestamptz", True),
        ("timestamp(3) with time zone", "timestamptz(3)", True),
        ("timestamp", "timestamptz", False),
        ("int[]", "integer[]", True),
        ("integer", "bigint", False),
        ("array<string>", "array<string>", True),
    ],
)
def test_a_type_by_another_name_is_the_same_type(one: str, other: str, same: bool) -> None:
    assert same_type(one, other) is same


def test_private_models_are_told_from_the_manifest() -> None:
    def node(access: str, package: str = "flights") -> dict[str, object]:
        return {
            "resource_type": "model", "access": access, "package_name": package, "config": {}
        }  # fmt: skip

    manifest = {
        "nodes": {
            "model.flights.delays.v1": node("private"),
            "model.flights.routes": node("public"),
            "model.mesh_core.x": node("private", "mesh_core"),
        },
        "sources": {},
    }
    assert private_models(Graph(manifest, "flights")) == {"delays.v1"}
