"""A plan in the user's words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshnew.provision.compose import Stack
from meshnew.provision.plan import Change, StackPlan, read_changes
from meshnew.provision.words import sentence, sentences


def change(kind: str, action: str, before: dict[str, Any], after: dict[str, Any]) -> Change:
    return Change(f"module.x.embedded_{kind}.this", f"embedded_{kind}", action, before, after)


def create(kind: str, **values: Any) -> Change:
    return change(kind, "create", {}, values)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (create("schema", name="flights_products"), "will create schema flights_products"),
        (create("role", name="flights_owner", login=False), "will create role flights_owner"),
        (create("role", name="ada", login=True), "will create login ada"),
        (
            create("membership", role="flights_consumer", member="airports_owner"),
            "will let airports read flights_products",
        ),
        (
            create("membership", role="flights_consumer", member="tableau"),
            "will let tableau read flights_products",
        ),
        (
            create("membership", role="flights_developer", member="ada"),
            "will let ada develop flights",
        ),
        (
            create("membership", role="flights_owner", member="air_transformer"),
            "will let project air build flights",
        ),
        (
            change("membership", "delete", {"role": "a_consumer", "member": "b_owner"}, {}),
            "will no longer let b read a_products",
        ),
        (change("schema", "delete", {"name": "flights"}, {}), "will drop schema flights"),
        (
            change("team", "update", {"members": ["ada"]}, {"name": "t", "members": ["bob"]}),
            "will change team t: add bob, remove ada",
        ),
        (
            change(
                "role_members",
                "update",
                {"strangers": ["eve"]},
                {"role": "flights_owner", "strangers": []},
            ),
            "will take eve out of flights_owner",
        ),
        (create("role_members", role="flights_owner"), None),
        (change("warp", "create", {}, {}), "will create module.x.embedded_warp.this"),
    ],
)
def test_each_change_is_one_sentence(found: Change, expected: str | None) -> None:
    assert sentence(found) == expected


def test_what_stands_on_others_comes_later_and_nothing_is_said_twice() -> None:
    changes = (
        create("membership", role="flights_consumer", member="airports_developer"),
        create("membership", role="flights_consumer", member="airports_owner"),
        create("schema", name="airports"),
        create("role", name="airports_owner", login=False),
    )
    plan = StackPlan(Stack("domain", "airports", {}), Path(), changes)
    assert sentences([plan]) == [
        "will create role airports_owner",
        "will create schema airports",
        "will let airports read flights_products",
    ]


def test_resources_that_stay_are_no_changes() -> None:
    document = {
        "resource_changes": [
            {"address": "a", "type": "t", "change": {"actions": ["no-op"], "after": {}}},
            {"address": "b", "type": "t", "change": {"actions": ["create"], "after": {"x": 1}}},
            {
                "address": "c",
                "type": "t",
                "change": {"actions": ["delete", "create"], "before": {}, "after": {}},
            },
        ]
    }
    assert [(item.address, item.action) for item in read_changes(document)] == [
        ("b", "create"),
        ("c", "replace"),
    ]
