"""Which names a mesh takes."""

from __future__ import annotations

import pytest

from meshnew.mesh import names


@pytest.mark.parametrize("name", ["flights", "a", "flight_delays", "b2b", "x" * 63])
def test_lower_snake_case_is_taken(name: str) -> None:
    assert names.problem(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "", "Flights", "2flights", "flight-delays", "flights_", "_flights", "fl__ights",
        "select", "group", "yes", "ref", "pg_flights", "meshnew", "x" * 64, "flüge", "flights\n",
        "../x", "a b", "a;drop table x", "${x}", "{{ x }}", "\u0430",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_a_reason(name: str) -> None:
    found = names.problem(name)
    assert found is not None
    assert found.what
    assert found.fix.endswith(".")


def test_a_near_miss_is_told_what_was_meant() -> None:
    known = {"flights": 1, "weather": 2}
    assert names.did_you_mean("flihgts", known, "nothing like it") == "Did you mean `flights`?"
    assert names.did_you_mean("zzz", known, "nothing like it") == "nothing like it"
