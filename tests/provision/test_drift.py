"""What was done by hand, told from the plan that mends it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from meshnew.provision.compose import Stack
from meshnew.provision.drift import sentences, split
from meshnew.provision.plan import Change, StackPlan, read_changes
from meshnew.provision.words import adopted
from meshnew.provision.words import sentences as words


def change(
    kind: str,
    action: str,
    before: dict[str, Any],
    after: dict[str, Any],
    drifted: bool = False,
) -> Change:
    return Change(
        f"module.x.embedded_{kind}.this", f"embedded_{kind}", action, before, after, drifted
    )


def plan(*changes: Change, name: str = "flights") -> StackPlan:
    return StackPlan(Stack("domain", name, {}), Path(), changes)


SCHEMA = change("schema", "create", {}, {"database": "skyline", "name": "flights"})
JOB = change(
    "job",
    "update",
    {"project": "p", "name": "daily", "schedule": "0 7 * * *", "command": "x"},
    {"project": "p", "name": "daily", "schedule": "0 6 * * *", "command": "x"},
    drifted=True,
)


def test_what_follows_from_another_loss_is_left_out_whichever_stack_tells_it() -> None:
    login = change("role", "create", {}, {"name": "ada", "login": True})
    member = change("membership", "create", {}, {"role": "flights_developer", "member": "ada"})
    access = change("schema_access", "create", {}, {"database": "skyline", "schema": "flights"})
    assert sentences([plan(login), plan(SCHEMA, access, member)]) == [
        ["login ada is gone"],
        ["schema flights is gone"],
    ]


def test_in_an_edited_stack_only_what_was_found_otherwise_is_drift() -> None:
    mends, edits = split(plan(SCHEMA, JOB), applied=False)
    assert [item.type for item in mends.changes] == ["embedded_job"]
    assert [item.type for item in edits.changes] == ["embedded_schema"]
    mends, edits = split(plan(SCHEMA, JOB), applied=True)
    assert (len(mends.changes), len(edits.changes)) == (2, 0)


def test_many_rights_of_one_schema_do_not_hide_the_rest() -> None:
    strangers = [f"eve may read raw.t{number}" for number in range(30)]
    access = change(
        "schema_access",
        "update",
        {"schema": "raw", "strangers": strangers},
        {"schema": "raw", "strangers": []},
    )
    (found,) = sentences([plan(access)])
    assert found[0] == "eve may read raw.t0, which the spec does not allow"
    assert found[-1] == "26 more rights in raw are not those of the spec"
    assert len(found) == 5


def test_a_protection_and_a_permission_are_told_by_what_they_ask() -> None:
    main = {"repository": "flights", "branch": "main"}
    protection = change(
        "branch_protection",
        "update",
        main | {"strays": ["1a2b By hand (eve)"], "checks": [], "approvals": 0},
        main | {"strays": [], "checks": ["ci"], "approvals": 1},
    )
    team = {"repository": "flights", "team": "air"}
    access = change(
        "repository_access", "update", team | {"permission": "read"}, team | {"permission": "write"}
    )
    assert sentences([plan(protection, access)]) == [
        [
            "main of flights was edited by hand: 1 commit will be set aside",
            "main of flights no longer asks for the check ci",
            "main of flights asks for 0 approvals, not 1",
            "team air may read repository flights, not write",
        ]
    ]


def test_what_the_state_lost_is_counted_and_what_differs_of_it_named() -> None:
    as_is = {"name": "flights_owner", "login": False, "powers": []}
    role = change("role", "adopt", as_is, as_is)
    schema = change(
        "schema", "adopt", {"name": "flights", "owner": "eve"}, {"name": "flights", "owner": "x"}
    )
    assert sentences([plan(role, schema)]) == [
        [
            "schema flights belongs to eve, not to x",
            "Terraform's state of domain flights lost 2 things that are there",
        ]
    ]
    assert adopted([plan(schema, role)]) == ["role flights_owner", "schema flights"]
    assert words([plan(schema, role)]) == [
        "will adopt role flights_owner, which is there already",
        "will adopt schema flights, which is there already, and give schema flights back to x",
    ]


def test_an_imported_resource_is_an_adoption_even_where_nothing_differs() -> None:
    document = {
        "resource_drift": [{"address": "b"}],
        "resource_changes": [
            {"address": "a", "type": "t", "change": {"actions": ["no-op"], "importing": {}}},
            {"address": "b", "type": "t", "change": {"actions": ["update"], "importing": None}},
            {
                "address": "c",
                "type": "t",
                "change": {"actions": ["update"], "importing": {"id": "c"}},
            },
        ],
    }
    found = {item.address: (item.action, item.drifted) for item in read_changes(document)}
    assert found["b"] == ("update", True)
    assert found["c"] == ("adopt", False)
