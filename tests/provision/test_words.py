"""A plan in the user's words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from meshnew.assets import asset
from meshnew.provision.compose import Stack
from meshnew.provision.meaning import MEANINGS
from meshnew.provision.plan import Change, StackPlan, read_changes
from meshnew.provision.words import grouped, sentence, sentences


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


def test_every_resource_of_the_modules_has_a_meaning() -> None:
    """One table: a type that is missing would be shown by its address alone."""
    modules = asset("terraform_modules").rglob("*.tf")
    found = {
        kind
        for path in modules
        for kind in re.findall(r'^resource "(\w+)"', path.read_text(), re.MULTILINE)
    }
    assert found - set(MEANINGS) == set()


def hosted(address: str, action: str = "create", **values: Any) -> Change:
    kind = next(part for part in address.split(".") if part in MEANINGS)
    return Change(address, kind, action, {}, values)


@pytest.mark.parametrize(
    ("found", "group", "expected"),
    [
        (
            hosted('module.warehouse.snowflake_grant_account_role.this["flights_developer/ada"]'),
            "grants",
            "will let ada develop flights",
        ),
        (
            hosted(
                'module.warehouse.postgresql_grant_role.this["weather_consumer/flights_owner"]',
                "delete",
            ),
            "grants",
            "will no longer let flights read weather_products",
        ),
        (
            hosted(
                'module.warehouse.snowflake_grant_privileges_to_account_role.future["x"]',
                account_role_name="FLIGHTS_CONSUMER",
                privileges=["SELECT"],
                on_schema_object=[
                    {"future": [{"object_type_plural": "TABLES", "in_schema": '"P"."FLIGHTS"'}]}
                ],
            ),
            "grants",
            "will grant SELECT on future tables of P.FLIGHTS to FLIGHTS_CONSUMER",
        ),
        (
            hosted(
                'module.warehouse.postgresql_grant.tables["x"]',
                database="skyline",
                schema="flights_products",
                role="flights_consumer",
                object_type="table",
                privileges=["SELECT"],
            ),
            "grants",
            "will grant SELECT on tables of flights_products to flights_consumer",
        ),
        (
            hosted('module.forge.github_team_membership.this["data/ada"]', username="ada-l"),
            "teams",
            "will create ada-l in team data",
        ),
        (
            hosted('module.forge.module.repository["mesh"].gitlab_tag_protection.this'),
            "repository",
            "will create protection of tags of mesh",
        ),
        (
            hosted('module.runtime.dbtcloud_job.this["daily"]', name="daily", project_id=7),
            "jobs",
            "will create job daily of flights",
        ),
    ],
)  # fmt: skip
def test_a_hosted_platform_is_told_by_what_it_means(
    found: Change, group: str, expected: str
) -> None:
    plan = StackPlan(Stack("project", "flights", {}), Path(), (found,))
    assert grouped([plan]) == {group: [expected]}
    assert sentences([plan]) == [expected]


def test_the_laptop_is_grouped_alike() -> None:
    changes = (create("job", name="daily", project="f"), create("schema", name="f"))
    plan = StackPlan(Stack("project", "f", {}), Path(), changes)
    assert list(grouped([plan])) == ["schemas", "jobs"]
