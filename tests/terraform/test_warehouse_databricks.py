"""warehouse/databricks: what only Databricks has."""

from __future__ import annotations

import pytest

from tests.terraform import scenario
from tests.terraform.real import MODULES, Plan, Real, Step

pytestmark = pytest.mark.long
KIND = "databricks"
MESH = scenario.ONE
KNOWN = {
    "data.databricks_user": {"id": "501"},
    "data.databricks_group": {"id": "601"},
    "databricks_group": {"id": "801"},
    "databricks_service_principal": {"id": "701", "application_id": "0000-app"},
    "databricks_sql_endpoint": {"id": "abc123"},
}


@pytest.fixture(scope="module")
def mesh(real: Real) -> Plan:
    variables = scenario.mesh_variables(KIND, MESH) | {
        "compute": {"people": {"users": ["ada", "tableau"], "size": "Small", "max_clusters": 3}},
        "settings": {"storage_root": "s3://skyline/lake"},
    }
    return real.plans(f"warehouse/{KIND}/mesh", {"skyline": variables}, KNOWN)["skyline"]


@pytest.fixture(scope="module")
def domain(real: Real) -> Plan:
    variables = scenario.domain_variables(KIND, MESH, "flights")
    return real.plans(f"warehouse/{KIND}/domain", {"flights": variables})["flights"]


@pytest.fixture(scope="module")
def project(real: Real) -> Plan:
    variables = scenario.project_variables(KIND, MESH, "flights")
    # Applied: what outputs promise is known then.
    return real.plans(f"warehouse/{KIND}/project", {"flights": Step(variables)}, KNOWN)["flights"]


def test_each_purpose_has_its_catalog(mesh: Plan) -> None:
    catalogs = mesh.of("databricks_catalog")
    assert set(catalogs) == {"analytics", "analytics_ci", "analytics_dev", "raw"}
    assert {catalog["storage_root"] for catalog in catalogs.values()} == {"s3://skyline/lake"}
    let_in = mesh.of("databricks_grant", "development")
    assert {name: grant["catalog"] for name, grant in let_in.items()} == {
        "ada": "analytics_dev",
        "grace": "analytics_dev",
    }


def test_existing_catalogs_are_used_as_they_are(real: Real) -> None:
    variables = scenario.mesh_variables(KIND, MESH) | {"settings": {"create_databases": False}}
    plan = real.plans(f"warehouse/{KIND}/mesh", {"found": variables}, KNOWN)["found"]
    assert not plan.of("databricks_catalog")
    assert plan.of("databricks_grant", "development")


def test_every_role_is_a_group_of_the_account_that_may_compute_in_the_workspace(
    mesh: Plan, domain: Plan, project: Plan
) -> None:
    for plan in (mesh, domain, project):
        groups = plan.of("databricks_group")
        assert {group["api"] for group in groups.values()} == {"account"}
        assert set(plan.of("databricks_entitlements")) == set(groups)
        assigned = plan.of("databricks_permission_assignment")
        assert {name: given["permissions"] for name, given in assigned.items()} == {
            name: ["USER"] for name in groups
        }
        for given in plan.all("databricks_entitlements"):
            assert given["databricks_sql_access"]
            assert not given["allow_cluster_create"]
            assert not given["workspace_access"]


def test_persons_are_there_and_tools_are_given_a_principal(mesh: Plan) -> None:
    members = mesh.of("databricks_group_member", "login")
    assert members["ada"]["member_id"] == "501"
    assert members["tableau"]["member_id"] == "701"
    (tool,) = mesh.of("databricks_service_principal").values()
    assert tool["display_name"] == "tableau"
    assert not mesh.of("databricks_user")


def test_no_secret_is_made(mesh: Plan, domain: Plan, project: Plan) -> None:
    for plan in (mesh, domain, project):
        assert not [address for address in plan.resources if "secret" in address]


def test_compute_stops_when_idle_and_is_used_by_whom_it_is_for(mesh: Plan, project: Plan) -> None:
    (people,) = mesh.of("databricks_sql_endpoint").values()
    assert (people["cluster_size"], people["max_num_clusters"]) == ("Small", 3)
    assert (people["auto_stop_mins"], people["enable_serverless_compute"]) == (1, True)
    tags = {tag["key"]: tag["value"] for tag in people["tags"][0]["custom_tags"]}
    assert tags == scenario.LABELS
    (may,) = project.of("databricks_permissions").values()
    used = {(rule["group_name"], rule["permission_level"]) for rule in may["access_control"]}
    users = ("flights_ci", "flights_developer", "flights_transformer")
    assert used == {(user, "CAN_USE") for user in users}


def test_own_machines_are_stopped_no_sooner_than_databricks_lets(real: Real) -> None:
    compute = {
        "flights": {"users": [], "suspend_after": 60},
        "always": {"users": [], "suspend_after": 0},
    }
    variables = scenario.project_variables(KIND, MESH, "flights") | {
        "compute": compute,
        "settings": {"serverless": False},
    }
    plan = real.plans(f"warehouse/{KIND}/project", {"own": variables}, KNOWN)["own"]
    endpoints = plan.of("databricks_sql_endpoint")
    stops = {name: endpoint["auto_stop_mins"] for name, endpoint in endpoints.items()}
    assert stops == {"flights": 10, "always": 0}
    assert not plan.of("databricks_permissions")  # one without anybody in it is refused


def test_a_job_connects_as_its_principal_to_the_projects_warehouse(project: Plan) -> None:
    assert project.outputs["compute"] == {"flights": "/sql/1.0/warehouses/abc123"}
    assert project.outputs["identities"] == dict.fromkeys(
        ("flights_ci", "flights_transformer"), "0000-app"
    )


def test_ci_makes_schemas_in_its_own_catalog_only(project: Plan) -> None:
    (grant,) = project.all("databricks_grant")
    assert (grant["catalog"], grant["principal"]) == ("analytics_ci", "flights_ci")
    assert sorted(grant["privileges"]) == ["CREATE_SCHEMA", "USE_CATALOG"]


def test_schemas_lie_in_the_catalog_of_their_purpose_and_are_labelled(domain: Plan) -> None:
    schemas = domain.of("databricks_schema")
    assert {name: schema["catalog_name"] for name, schema in schemas.items()} == {
        "flights": "analytics",
        "flights_products": "analytics",
        "flights_raw": "raw",
        "flights_dev_ada": "analytics_dev",
        "flights_dev_grace": "analytics_dev",
    }
    assert schemas["flights"]["properties"] == scenario.LABELS | {"domain": "flights"}


def test_nobody_is_given_a_right_on_everything(mesh: Plan, domain: Plan, project: Plan) -> None:
    for plan in (mesh, domain, project):
        for grant in plan.all("databricks_grant"):
            assert "ALL_PRIVILEGES" not in grant["privileges"]
            assert not grant["metastore"]
            assert grant["catalog"] or grant["schema"]
    on_catalogs = {
        privilege
        for plan in (mesh, domain)
        for grant in plan.all("databricks_grant")
        if grant["catalog"]
        for privilege in grant["privileges"]
    }
    assert on_catalogs == {"USE_CATALOG"}


def test_data_goes_only_where_somebody_said_so(real: Real, domain: Plan) -> None:
    kept = domain.all("databricks_schema")
    assert {schema["force_destroy"] for schema in kept} == {False}
    variables = scenario.domain_variables(KIND, MESH, "flights") | {"drop_data": True}
    plan = real.plans(f"warehouse/{KIND}/domain", {"drop": variables})["drop"]
    assert {schema["force_destroy"] for schema in plan.all("databricks_schema")} == {True}


def test_the_longest_names_fit(real: Real) -> None:
    domain = "f" * (255 - len("_developer"))
    variables = scenario.domain_variables(KIND, {domain: scenario.Domain()}, domain)
    assert real.plans(f"warehouse/{KIND}/domain", {"longest": variables})
    longer = scenario.domain_variables(KIND, {f"{domain}f": scenario.Domain()}, f"{domain}f")
    said = real.refusals(f"warehouse/{KIND}/domain", {"longer": longer})["longer"]
    assert "ends at 255 characters" in said


def test_what_layers_share_is_the_same_in_each() -> None:
    folder = MODULES / "warehouse" / KIND
    identities = [(folder / layer / "identities.tf").read_text() for layer in ("domain", "project")]
    assert identities[0] == identities[1]
