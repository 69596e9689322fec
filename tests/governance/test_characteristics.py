"""What a data product still lacks is measured from what is published and remembered of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from meshnew.dbt.product import Column, Product
from meshnew.governance.characteristics import Known, Lack, measure

FILE = "models/flights/marts/delays.yml"
TEXT = """\
How late flights leave.

**One row** is one departure.

**Join** to `calendar` on `flight_date = date_day`.

**Limits.** New York only.
"""


def passed(name: str, column: str | None = None, status: str | None = "pass") -> dict[str, Any]:
    return {"name": name, "column": column, "status": status}


PRODUCT = Product(
    "delays",
    "flights",
    "flights_products",
    "delays_v1",
    version=1,
    latest_version=1,
    description=TEXT,
    columns=(Column("flight_id", "text", "Its name."), Column("flight_date", "date", "The day.")),
    contract=True,
    meta={"owner": "ada@example.com", "maturity": 3, "slo": {"complete": 0.99}, "pii": False},
)
STATE: dict[str, Any] = {
    "built": True,
    "file": FILE,
    "materialized": "table",
    "semantic_model": "delays",
    "catalog": None,
    "exposures": [],
    "tests": [passed("primary_key"), passed("not_null", "flight_date", "warn")],
    "sources": [{"relation": "flights_raw.legs", "status": "pass"}],
}
WHOLE = Known(
    PRODUCT, "air", (PRODUCT,), {"name": "Ada", "email": "ada@example.com"}, STATE,
    ("hotels",), {"calendar": frozenset({"date_day"})},
)  # fmt: skip


def lacks(known: Known) -> dict[str, tuple[Lack, ...]]:
    return {item.name: item.lacks for item in measure(known) if item.lacks}


def product(**changes: Any) -> Known:
    changed = replace(PRODUCT, **changes)
    return replace(WHOLE, product=changed, versions=(changed,))


def state(**changes: Any) -> Known:
    return replace(WHOLE, state={**STATE, **changes})


def test_a_product_that_has_all_eight_lacks_nothing() -> None:
    assert lacks(WHOLE) == {}
    assert [item.name for item in measure(WHOLE)] == [
        "discoverable", "addressable", "understandable", "trustworthy", "natively accessible",
        "interoperable", "valuable on its own", "secure",
    ]  # fmt: skip


OLD = replace(PRODUCT, version=1, latest_version=2, identifier="delays_v1")
META = PRODUCT.meta


@pytest.mark.parametrize(
    ("known", "name", "what", "mend"),
    [
        (product(description=""), "discoverable", "no description", FILE),
        (product(columns=()), "discoverable", "no column", FILE),
        (
            product(columns=(Column("flight_id"), *PRODUCT.columns[1:])),
            "discoverable", "not described: flight_id", FILE,
        ),
        (
            product(columns=(Column("flight_id", "text", "To be described."),)),
            "discoverable", "not described: flight_id", FILE,
        ),
        (product(description="To be described."), "discoverable", "no description", FILE),
        (
            replace(product(meta={**META, "owner": None}), owner=None),
            "discoverable", "nobody answers", "projects/*.yml",
        ),
        (product(version=None), "addressable", "no version", FILE),
        (product(contract=False), "addressable", "no contract", FILE),
        (
            replace(WHOLE, versions=(OLD, PRODUCT)),
            "addressable", "delays.v1 has no end", "deprecation_date",
        ),
        (product(description="Late. Join it. Limits."), "understandable", "one row", "doc block"),
        (product(description="One row. Limits."), "understandable", "join", "**Join**"),
        (product(description="One row. Join calendar."), "understandable", "limits", "**Limits.**"),
        (
            product(description=f"{TEXT.partition('**Limits')[0]}**Limits.** To be said: what."),
            "understandable", "limits", "**Limits.**",
        ),
        (state(built=False), "trustworthy", "never built", "meshnew run air deploy"),
        (state(tests=[passed("not_null", "x")]), "trustworthy", "one row", "primary_key"),
        (
            state(tests=[passed("primary_key", None, "fail")]),
            "trustworthy", "failed at the last run: primary_key", "deploy",
        ),
        (
            state(tests=[passed("primary_key", None, None)]),
            "trustworthy", "never run: primary_key", "meshnew run air deploy",
        ),
        (state(materialized="view"), "trustworthy", "view", "materialized: table"),
        (product(meta={**META, "slo": None}), "trustworthy", "freshness", "slo"),
        (
            state(sources=[{"relation": "r.t", "status": "error"}]),
            "trustworthy", "r.t is stale", "loader",
        ),
        (
            state(sources=[{"relation": "r.t", "status": None}]),
            "trustworthy", "age of source r.t", "the YAML of the source, then meshnew run",
        ),
        (
            state(sources=[{"relation": "r.t", "status": None, "file": "s.yml"}]),
            "trustworthy", "age of source r.t", "`freshness:` in s.yml, then meshnew run air daily",
        ),
        (state(semantic_model=None), "natively accessible", "table only", "semantic_model"),
        (
            replace(WHOLE, words={"stars": frozenset({"star_id"})}),
            "interoperable", "no column", "meshnew product list",
        ),
        (replace(WHOLE, consumers=()), "valuable on its own", "nobody", "exposure"),
        (product(meta={**META, "maturity": None}), "valuable on its own", "mature", "maturity"),
        (state(pii=["passenger"]), "secure", "marks passenger", FILE),
        (
            product(meta={k: v for k, v in META.items() if k != "pii"}),
            "secure", "personal data", "pii: false",
        ),
    ],
)  # fmt: skip
def test_what_it_lacks_is_told_with_what_mends_it(
    known: Known, name: str, what: str, mend: str
) -> None:
    found = lacks(known)
    assert name in found, found
    assert any(what in lack.what and mend in lack.mend for lack in found[name]), found[name]


@pytest.mark.parametrize(
    "known",
    [
        state(semantic_model=None, catalog="skyline_iceberg"),
        replace(
            product(meta={**META, "pii": ["passenger"]}), state={**STATE, "pii": ["passenger"]}
        ),
        replace(state(exposures=["report"]), consumers=()),
        replace(WHOLE, words={"stars": frozenset({"flight_date"})}),
        state(sources=[{"relation": "r.t", "status": "warn"}], materialized="incremental"),
        state(tests=[passed("unique", "flight_id"), passed("not_null", "flight_id")]),
    ],
)
def test_there_is_more_than_one_way_to_have_it(known: Known) -> None:
    assert lacks(known) == {}


def test_a_source_that_says_how_fresh_it_is_has_only_to_be_asked() -> None:
    asked = {"relation": "r.t", "status": None, "file": "s.yml", "has_freshness": True}
    (lack,) = lacks(state(sources=[asked]))["trustworthy"]
    assert lack.mend == "meshnew run air daily"


def test_what_was_never_deployed_is_told_by_what_is_declared() -> None:
    found = lacks(replace(WHOLE, state={}))
    assert [lack.what for lack in found["trustworthy"]] == ["it was never built"]
    assert "discoverable" not in found
