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
        "select", "group", "pg_flights", "meshnew", "x" * 64, "flüge", "flights\n", "../x",
        "a b", "a;drop table x", "${x}", "{{ x }}", "\u0430",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_a_reason(name: str) -> None:
    found = names.problem(name)
    assert found is not None
    assert found.what
    assert found.fix.endswith(".")
