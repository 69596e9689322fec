"""Every warehouse module, given meshes that the access model describes."""

from __future__ import annotations

from typing import Any

import pytest

from meshnew.mesh.access import Membership, Role
from tests.terraform import grants, scenario
from tests.terraform.real import Plan, Real, Step

KINDS = sorted(scenario.PLATFORM)
QUICK = ("snowflake",)
READ_ONLY = [
    pytest.param(kind, marks=() if kind in QUICK else pytest.mark.long)
    for kind in sorted(grants.READERS)
]
# What is looked up is the same each time, as it would be.
MOCKS: dict[str, Any] = {
    "data.google_cloud_identity_group_lookup": {"name": "groups/of-another-stack"},
    "data.databricks_group": {"id": "4711"},
    "databricks_group": {"id": "815"},
}
Planned = dict[tuple[str, str], Plan]


@pytest.fixture(scope="module", params=READ_ONLY)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def planned(real: Real, kind: str, mesh: scenario.Mesh) -> Planned:
    """(layer, name) -> plan of all stacks of a mesh."""

    def layer(name: str, variables: dict[str, Any]) -> Planned:
        plans = real.plans(f"warehouse/{kind}/{name}", variables, MOCKS)
        return {(name, key): plan for key, plan in plans.items()}

    return (
        layer("mesh", {"skyline": scenario.mesh_variables(kind, mesh)})
        | layer("domain", {name: scenario.domain_variables(kind, mesh, name) for name in mesh})
        | layer("project", {name: scenario.project_variables(kind, mesh, name) for name in mesh})
    )


@pytest.fixture(scope="module")
def three(real: Real, kind: str) -> Planned:
    return planned(real, kind, scenario.THREE)


def differences(found: scenario.Matrix, expected: scenario.Matrix) -> list[str]:
    return [
        f"{role} in {schema}: planned {sorted(found.get((role, schema), set()))}, "
        f"should be {sorted(expected.get((role, schema), set()))}"
        for role, schema in sorted(found.keys() | expected.keys())
        if found.get((role, schema)) != expected.get((role, schema))
    ]


def test_one_domain_is_granted_what_the_access_model_says(real: Real, kind: str) -> None:
    granted = grants.READERS[kind](planned(real, kind, scenario.ONE).values())
    assert not differences(granted.matrix(), scenario.expected(scenario.ONE))


def test_three_domains_that_read_each_other_are_granted_what_the_access_model_says(
    three: Planned, kind: str
) -> None:
    granted = grants.READERS[kind](three.values())
    assert granted.joined == scenario.memberships(scenario.THREE)
    assert not differences(granted.matrix(), scenario.expected(scenario.THREE))


def test_nothing_planned_holds_a_secret(three: Planned) -> None:
    for plan in three.values():
        for address, values in plan.resources.items():
            assert not values.get("password"), address
            assert "private" not in str(values).lower(), address


def test_a_member_leaves_and_takes_only_what_was_theirs(real: Real, kind: str) -> None:
    fewer = {"flights": scenario.Domain(("ada",), ("tableau",))}
    left = real.plans(
        f"warehouse/{kind}/domain",
        {
            "before": Step(scenario.domain_variables(kind, scenario.ONE, "flights")),
            "after": scenario.domain_variables(kind, fewer, "flights"),
        },
        MOCKS,
    )["after"]
    gone = {address for address, action in left.actions.items() if action == "delete"}
    assert gone
    assert all("grace" in address for address in gone)
    before = grants.READERS[kind]([Plan({a: left.resources.get(a, {}) for a in left.resources})])
    assert Membership("flights_developer", "grace") not in before.joined


def test_a_domain_that_goes_takes_all_of_its_own(real: Real, kind: str) -> None:
    variables = scenario.domain_variables(kind, scenario.ONE, "flights")
    gone = variables | {"roles": {}, "schemas": {}, "memberships": {}}
    runs = {"before": Step(variables), "after": gone}
    left = real.plans(f"warehouse/{kind}/domain", runs, MOCKS)["after"]
    made = {address for address in left.actions if "tag_association" not in address}
    assert made
    assert {left.actions[address] for address in made} == {"delete"}
    assert not {address for address in left.resources if not address.startswith("data.")} & made


def test_a_domain_no_longer_consumed_ends_memberships_and_nothing_else(
    real: Real, kind: str
) -> None:
    fewer = scenario.THREE | {"flights": scenario.Domain(("ada", "grace"), (), ("airports",))}
    left = real.plans(
        f"warehouse/{kind}/project",
        {
            "before": Step(scenario.project_variables(kind, scenario.THREE, "flights")),
            "after": scenario.project_variables(kind, fewer, "flights"),
        },
        MOCKS,
    )["after"]
    ended = {address.split('"')[1]: action for address, action in left.actions.items()}
    reads = (Role.OWNER, Role.DEVELOPER)
    assert ended == {f"weather_consumer/{role.of('flights')}": "delete" for role in reads}
