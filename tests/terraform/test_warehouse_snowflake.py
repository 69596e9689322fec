"""warehouse/snowflake: what only Snowflake has."""

from __future__ import annotations

import pytest

from tests.terraform import scenario
from tests.terraform.real import MODULES, Plan, Real, Step

KIND = "snowflake"
MESH = scenario.ONE
ISSUER = "https://token.actions.githubusercontent.com"
SUBJECT = "repo:skyline/flights:environment:production"


@pytest.fixture(scope="module")
def mesh(real: Real) -> Plan:
    keys = {"public_keys": [scenario.KEY, "c2Vjb25k"]}
    logins = {
        "ada": {"principal": "ada@skyline.test"} | keys,
        "grace": {},
        "tableau": {"person": False, "comment": "reader"} | keys,
    }
    variables = scenario.mesh_variables(KIND, MESH) | {
        "logins": logins,
        "compute": {"readers": {"users": ["tableau"], "cost_limit": 20, "size": "SMALL"}},
    }
    return real.plans(f"warehouse/{KIND}/mesh", {"skyline": variables})["skyline"]


@pytest.fixture(scope="module")
def project(real: Real) -> Plan:
    variables = scenario.project_variables(KIND, MESH, "flights")
    variables["roles"]["flights_ci"] |= {"public_keys": [scenario.KEY]}
    variables["roles"]["flights_transformer"] |= {"subjects": [SUBJECT]}
    variables |= {"settings": {"oidc_issuer": ISSUER}}
    # Applied: what outputs promise is known then.
    return real.plans(f"warehouse/{KIND}/project", {"flights": Step(variables)})["flights"]


def test_each_purpose_has_its_database(mesh: Plan) -> None:
    databases = mesh.of("snowflake_database")
    assert set(databases) == {"ANALYTICS", "ANALYTICS_CI", "ANALYTICS_DEV", "RAW"}
    assert all(database["drop_public_schema_on_creation"] for database in databases.values())
    developing = mesh.of("snowflake_grant_privileges_to_account_role", "development")
    assert set(developing) == {"ada", "grace"}
    assert {grant["on_account_object"][0]["object_name"] for grant in developing.values()} == {
        "ANALYTICS_DEV"
    }


def test_existing_databases_are_used_as_they_are(real: Real) -> None:
    variables = scenario.mesh_variables(KIND, MESH) | {"settings": {"create_databases": False}}
    plan = real.plans(f"warehouse/{KIND}/mesh", {"found": variables})["found"]
    assert not plan.of("snowflake_database")
    assert not plan.of("snowflake_tag_association", "database")


def test_persons_keep_their_user_and_tools_are_given_one(mesh: Plan) -> None:
    persons = mesh.of("snowflake_grant_account_role", "person")
    assert {name: grant["user_name"] for name, grant in persons.items()} == {
        "ada": "ada@skyline.test",
        "grace": "GRACE",
    }
    assert mesh.of("snowflake_user_public_keys")["ada"]["rsa_public_key_2"] == "c2Vjb25k"
    (tool,) = mesh.of("snowflake_service_user").values()
    assert (tool["name"], tool["default_role"]) == ("TABLEAU", "TABLEAU")
    assert tool["rsa_public_key"] == scenario.KEY


def test_compute_stops_when_idle_and_when_its_credits_are_used_up(mesh: Plan) -> None:
    (warehouse,) = mesh.of("snowflake_warehouse").values()
    assert warehouse["resource_monitor"] == "READERS"
    assert (warehouse["warehouse_size"], warehouse["auto_suspend"]) == ("SMALL", 60)
    (monitor,) = mesh.of("snowflake_resource_monitor").values()
    assert (monitor["credit_quota"], monitor["suspend_trigger"]) == (20, 100)
    (grant,) = mesh.of("snowflake_grant_privileges_to_account_role", "compute").values()
    assert (grant["account_role_name"], grant["privileges"]) == ("TABLEAU", ["USAGE"])


def test_without_a_limit_there_is_no_monitor(project: Plan) -> None:
    assert not project.of("snowflake_resource_monitor")
    assert project.of("snowflake_warehouse")["flights"]["resource_monitor"] is None
    users = project.of("snowflake_grant_privileges_to_account_role", "compute")
    assert set(users) == {
        "flights/flights_ci",
        "flights/flights_developer",
        "flights/flights_transformer",
    }


def test_identities_connect_by_key_or_by_a_token_and_never_by_a_password(project: Plan) -> None:
    users = project.of("snowflake_service_user")
    assert users["flights_ci"]["rsa_public_key"] == scenario.KEY
    assert users["flights_ci"]["default_workload_identity"] == []
    (identity,) = users["flights_transformer"]["default_workload_identity"]
    assert identity["oidc"][0]["issuer"] == ISSUER
    assert identity["oidc"][0]["subject"] == SUBJECT
    assert project.outputs["identities"] == {
        "flights_ci": "FLIGHTS_CI",
        "flights_transformer": "FLIGHTS_TRANSFORMER",
    }
    assert project.outputs["compute"] == {"flights": "FLIGHTS"}


def test_ci_makes_schemas_in_its_own_database_only(project: Plan) -> None:
    (grant,) = project.of("snowflake_grant_privileges_to_account_role", "ci").values()
    assert grant["account_role_name"] == "FLIGHTS_CI"
    assert sorted(grant["privileges"]) == ["CREATE SCHEMA", "USAGE"]
    assert grant["on_account_object"][0]["object_name"] == "ANALYTICS_CI"


def test_schemas_are_managed_and_tagged(real: Real) -> None:
    variables = scenario.domain_variables(KIND, MESH, "flights")
    plan = real.plans(f"warehouse/{KIND}/domain", {"flights": variables})["flights"]
    schemas = plan.of("snowflake_schema")
    assert {schema["with_managed_access"] for schema in schemas.values()} == {"true"}
    assert {name: schema["database"] for name, schema in schemas.items()} == {
        "flights": "ANALYTICS",
        "flights_products": "ANALYTICS",
        "flights_raw": "RAW",
        "flights_dev_ada": "ANALYTICS_DEV",
        "flights_dev_grace": "ANALYTICS_DEV",
    }
    tags = plan.of("snowflake_tag_association")
    assert tags["cost_center"]["tag_value"] == "4711"
    assert tags["cost_center"]["tag_id"] == '"ANALYTICS"."MESHNEW"."COST_CENTER"'
    assert '"RAW"."FLIGHTS_RAW"' in tags["domain"]["object_identifiers"]


def test_nothing_is_granted_on_an_account_or_with_grant_option(real: Real) -> None:
    variables = scenario.domain_variables(KIND, MESH, "flights")
    plan = real.plans(f"warehouse/{KIND}/domain", {"flights": variables})["flights"]
    for grant in plan.all("snowflake_grant_privileges_to_account_role"):
        assert not grant["on_account"]
        assert not grant["all_privileges"]
        assert not grant["with_grant_option"]
        assert not grant["always_apply"]  # it never converges


def test_the_longest_names_fit(real: Real) -> None:
    domain = "f" * (255 - len("_developer"))
    variables = scenario.domain_variables(KIND, {domain: scenario.Domain()}, domain)
    assert real.plans(f"warehouse/{KIND}/domain", {"longest": variables})


def test_what_layers_share_is_the_same_in_each() -> None:
    folder = MODULES / "warehouse" / KIND
    identities = [(folder / layer / "identities.tf").read_text() for layer in ("domain", "project")]
    assert identities[0] == identities[1]
