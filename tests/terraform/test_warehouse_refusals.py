"""Every validation of every warehouse module refuses something, and names the fix."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.terraform import scenario
from tests.terraform.real import MODULES, Real

QUICK = ("postgres", "snowflake")
KINDS = [
    pytest.param(kind, marks=() if kind in QUICK else pytest.mark.long)
    for kind in sorted(scenario.PLATFORM)
    if (MODULES / "warehouse" / kind).is_dir()
]
MESH = scenario.ONE
LONG = "f" * 300
Change = dict[str, Any]


def role(**fields: Any) -> Change:
    return {"roles": {"flights_owner": {"login": True} | fields}}


def login(**fields: Any) -> Change:
    return {"logins": {"ada": {"principal": "ada@skyline.test"} | fields}}


def compute(**fields: Any) -> Change:
    return {"compute": {"flights": {"users": []} | fields}}


def schema(name: str = "flights", **fields: Any) -> Change:
    none: Change = {"owner": "flights_owner", "makers": [], "users": [], "readers": []}
    return {"schemas": {name: none | fields}}


def google(**fields: Any) -> Change:
    return {"settings": {"customer": "C012abcd", "group_domain": "skyline.test"} | fields}


PRIVATE = "-----BEGIN PRIVATE KEY-----"
COMPUTE = {
    "compute_limit": compute(cost_limit=0),
    "compute_clusters": compute(max_clusters=0),
    "compute_name": {"compute": {"Flights": {"users": []}}},
    "compute_size": compute(size="HUGE"),
    "compute_whole": compute(cost_limit=1.5),
    "compute_any": compute(cost_limit=10),
    "customer": google(customer="skyline"),
    "group_domain": google(group_domain="skyline"),
    "group_prefix": google(group_prefix="Sky line"),
}
KEYS = ["a", "b", "c"]
CASES: dict[str, dict[str, Change]] = {
    "mesh": COMPUTE
    | {
        "database": {"database": "1-No"},
        "databases": {"databases": {"test": "skyline"}},
        "databases_name": {"databases": {"raw": "1-No"}},
        "labels": {"labels": {"Cost Center": "1"}},
        "location": {"location": "over there"},
        "login": {"logins": {"Ada": {}}},
        "login_long": {"logins": {LONG: {}}},
        "login_keys": login(public_keys=KEYS),
        "login_private": login(public_keys=[PRIVATE]),
        "login_person": {"logins": {"ada": {"principal": "ada"}}},
        "login_tool": login(person=False),
        "retention": {"settings": {"retention_days": 100}},
        "oidc_subjects": google(oidc_issuer="https://issuer.test"),
        "oidc_subjects_quoted": google(oidc_subjects="') || true || ('"),
    },
    "domain": {
        "customer": google(customer="skyline"),
        "group_domain": google(group_domain="skyline"),
        "group_prefix": google(group_prefix="Sky line"),
        "allowed": {"allowed_members": {"weather_owner": []}},
        "database": {"database": "1-No"},
        "domain": {"domain": "Flights"},
        "labels": {"labels": {"Cost Center": "1"}},
        "location": {"location": "over there"},
        "membership": {"memberships": {"wrong": {"role": "flights_developer", "member": "ada"}}},
        "role_long": {"roles": {LONG: {"login": False}}},
        "role_keys": role(public_keys=KEYS),
        "role_private": role(public_keys=[PRIVATE]),
        "role_principal": role(principal="Flights"),
        "role_subjects": role(subjects=["a", "b"]),
        "role_issuer": role(subjects=["a"]),
        "role_subject_long": role(subjects=[LONG]),
        "reader": schema(readers=["ada"]),
        "views": schema(views_of=["weather"]),
        "views_chain": schema(views_of=["flights"]),
        "schema_database": schema(database="elsewhere"),
        "schema_database_name": schema(database="1-No"),
        "schema_long": schema(LONG),
        "schema_longer": schema(LONG * 4),
        "retention": {"settings": {"retention_days": 100}},
    },
    "project": COMPUTE
    | {
        "database": {"database": "1-No"},
        "databases": {"databases": {"test": "skyline"}},
        "databases_name": {"databases": {"raw": "1-No"}},
        "databases_ci": {"databases": {}},
        "labels": {"labels": {"Cost Center": "1"}},
        "membership": {"memberships": {"wrong": {"role": "flights_owner", "member": "ada"}}},
        "project": {"project": "Flights"},
        "role_long": {"roles": {LONG: {"login": False}}},
        "role_keys": role(public_keys=KEYS),
        "role_private": role(public_keys=[PRIVATE]),
        "role_principal": role(principal="Flights"),
        "role_subjects": role(subjects=["a", "b"]),
        "role_issuer": role(subjects=["a"]),
        "role_subject_long": role(subjects=[LONG]),
    },
}


def messages(module: str) -> list[str]:
    """Messages of all validations of a module."""
    text = (MODULES / module / "variables.tf").read_text()
    found = re.findall(r'^    error_message += (".*")$', text, flags=re.MULTILINE)
    return [json.loads(message) for message in found]


@pytest.mark.parametrize("layer", CASES)
@pytest.mark.parametrize("kind", KINDS)
def test_each_validation_refuses_something_and_names_the_fix(
    real: Real, kind: str, layer: str
) -> None:
    module = f"warehouse/{kind}/{layer}"
    base = {
        "mesh": scenario.mesh_variables(kind, MESH),
        "domain": scenario.domain_variables(kind, MESH, "flights"),
        "project": scenario.project_variables(kind, MESH, "flights"),
    }[layer]
    wanted = messages(module)
    said = real.said(module, {name: base | change for name, change in CASES[layer].items()})
    everything = "\n".join(said.values())
    assert [message for message in wanted if message not in everything] == []
    assert wanted
