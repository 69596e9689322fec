"""warehouse/bigquery: what only BigQuery has."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.terraform import scenario
from tests.terraform.real import MODULES, Plan, Real, Step

pytestmark = pytest.mark.long
KIND = "bigquery"
MESH = scenario.ONE
ISSUER = "https://token.actions.githubusercontent.com"
SUBJECT = "repo:skyline/flights:environment:production"
GITLAB = "project_path:skyline/flights:ref_type:branch:ref:*"
SETTINGS = scenario.PLATFORM[KIND]["settings"] | {
    "oidc_issuer": ISSUER,
    "oidc_subjects": "repo:skyline/",
    "billing_account": "012345-6789AB-CDEF01",
}
NUMBER = {"data.google_project": {"number": "815"}}
GROUP = {"google_cloud_identity_group": {"name": "groups/own"}}
ELSEWHERE = {"data.google_cloud_identity_group_lookup": {"name": "groups/elsewhere"}}


def granted(plan: Plan, role: str) -> dict[str, str]:
    """Member -> Google Cloud project in which it has a role."""
    return {
        grant["member"]: grant["project"]
        for grant in plan.all("google_project_iam_member")
        if grant["role"] == role
    }


def group(name: str) -> str:
    return f"group:mesh-{name}@skyline.test"


@pytest.fixture(scope="module")
def mesh(real: Real) -> Plan:
    variables = scenario.mesh_variables(KIND, MESH) | {
        "compute": {"people": {"users": ["ada", "grace", "tableau"], "cost_limit": 300}},
        "settings": SETTINGS,
    }
    variables["logins"]["tableau"] |= {"public_keys": [scenario.KEY]}
    return real.plans(f"warehouse/{KIND}/mesh", {"skyline": variables}, NUMBER)["skyline"]


@pytest.fixture(scope="module")
def domain(real: Real) -> Plan:
    variables = scenario.domain_variables(KIND, MESH, "flights")
    return real.plans(f"warehouse/{KIND}/domain", {"flights": variables})["flights"]


@pytest.fixture(scope="module")
def project(real: Real) -> Plan:
    variables = scenario.project_variables(KIND, MESH, "flights") | {"settings": SETTINGS}
    variables["roles"]["flights_transformer"] |= {"subjects": [SUBJECT]}
    variables["roles"]["flights_ci"] |= {"subjects": [GITLAB]}
    variables["compute"]["flights"] |= {"cost_limit": 50}
    mocks: dict[str, Any] = NUMBER | GROUP | ELSEWHERE
    # Applied: what outputs promise is known then.
    run = Step(variables)
    return real.plans(f"warehouse/{KIND}/project", {"flights": run}, mocks)["flights"]


def test_each_login_is_a_group_of_the_person_or_of_the_tools_account(mesh: Plan) -> None:
    keys = {
        name: g["group_key"][0]["id"] for name, g in mesh.of("google_cloud_identity_group").items()
    }
    assert keys == {name: f"mesh-{name}@skyline.test" for name in ("ada", "grace", "tableau")}
    members = mesh.of("google_cloud_identity_group_membership")
    assert members["ada"]["preferred_member_key"][0]["id"] == "ada@skyline.test"
    (tool,) = mesh.of("google_service_account").values()
    assert (tool["account_id"], tool["project"]) == ("tableau", "skyline-data")


def test_keys_are_public_halves_so_no_state_holds_a_private_one(mesh: Plan) -> None:
    (key,) = mesh.of("google_service_account_key").values()
    sent = base64.b64decode(key["public_key_data"]).decode()
    assert sent.startswith("-----BEGIN CERTIFICATE-----\n")
    assert sent.replace("\n", "").count(scenario.KEY) == 1


def test_jobs_may_be_run_where_each_works_and_nowhere_else(
    mesh: Plan, domain: Plan, project: Plan
) -> None:
    runs = "roles/bigquery.jobUser"
    assert granted(mesh, runs) == {
        group("ada"): "skyline-dev",
        group("grace"): "skyline-dev",
        group("tableau"): "skyline-data",
    }
    assert granted(domain, runs) == {group("flights_loader"): "skyline-raw"}
    assert granted(project, runs) == {
        group("flights_developer"): "skyline-dev",
        group("flights_transformer"): "skyline-data",
    }


def test_ci_makes_datasets_in_its_own_google_project_only(project: Plan) -> None:
    assert granted(project, "roles/bigquery.user") == {group("flights_ci"): "skyline-ci"}
    roles = {grant["role"] for grant in project.all("google_project_iam_member")}
    assert roles == {"roles/bigquery.user", "roles/bigquery.jobUser"}


def test_a_limit_is_an_alarm_of_its_own_jobs(mesh: Plan, project: Plan) -> None:
    (people,) = mesh.of("google_billing_budget").values()
    assert people["amount"][0]["specified_amount"][0]["units"] == "300"
    assert people["budget_filter"][0]["projects"] == ["projects/815"]
    (own,) = project.of("google_billing_budget").values()
    assert own["budget_filter"][0]["labels"] == {"profile_name": "flights"}
    assert [rule["threshold_percent"] for rule in own["threshold_rules"]] == [0.75, 0.9, 1]
    assert own["billing_account"] == SETTINGS["billing_account"]


def test_only_this_organisations_jobs_are_let_in(mesh: Plan) -> None:
    (provider,) = mesh.of("google_iam_workload_identity_pool_provider").values()
    assert provider["oidc"][0]["issuer_uri"] == ISSUER
    assert provider["attribute_condition"] == "assertion.sub.startsWith('repo:skyline/')"


def test_an_identity_is_who_the_forge_says_it_is(project: Plan) -> None:
    pool = "iam.googleapis.com/projects/815/locations/global/workloadIdentityPools/meshnew"
    members = {m["member"] for m in project.of("google_service_account_iam_member").values()}
    of_gitlab = GITLAB.removesuffix(":ref:*")
    assert members == {
        f"principal://{pool}/subject/{SUBJECT}",
        f"principalSet://{pool}/attribute.job/{of_gitlab}",
    }
    assert project.outputs["federation"] == f"{pool.partition('/')[2]}/providers/forge"
    assert project.outputs["compute"] == {"flights": "skyline-data"}


def test_a_group_of_another_stack_is_joined_by_its_id(project: Plan) -> None:
    joined = project.of("google_cloud_identity_group_membership", "this")
    assert {joins["group"] for joins in joined.values()} == {"groups/elsewhere"}
    own = project.of("google_cloud_identity_group_membership", "identity")
    assert {joins["group"] for joins in own.values()} == {"groups/own"}


def test_views_of_products_read_the_domain_for_their_readers(domain: Plan) -> None:
    (entry,) = [
        access["dataset"][0]
        for dataset in domain.all("google_bigquery_dataset")
        for access in dataset["access"]
        if access["dataset"] and dataset["dataset_id"] == "flights"
    ]
    assert entry["target_types"] == ["VIEWS"]
    assert entry["dataset"][0] == {"project_id": "skyline-data", "dataset_id": "flights_products"}
    consumer = "mesh-flights_consumer@skyline.test"
    reads = {
        dataset["dataset_id"]
        for dataset in domain.all("google_bigquery_dataset")
        for access in dataset["access"]
        if access["group_by_email"] == consumer
    }
    assert reads == {"flights_products"}


def test_datasets_have_their_place_and_labels_that_bigquery_takes(domain: Plan) -> None:
    datasets = domain.of("google_bigquery_dataset")
    assert {name: dataset["project"] for name, dataset in datasets.items()} == {
        "flights": "skyline-data",
        "flights_products": "skyline-data",
        "flights_raw": "skyline-raw",
        "flights_dev_ada": "skyline-dev",
        "flights_dev_grace": "skyline-dev",
    }
    assert {dataset["location"] for dataset in datasets.values()} == {"europe-west6"}
    labels = {"cost_center": "4711", "domain": "flights", "owner": "ada_skyline_test"}
    assert datasets["flights"]["labels"] == labels


def test_nobody_is_given_more_than_the_dataset_needs(domain: Plan) -> None:
    for dataset in domain.all("google_bigquery_dataset"):
        owners = [access for access in dataset["access"] if access["role"] == "OWNER"]
        assert [access["special_group"] for access in owners] == ["projectOwners"]
        everybody = ("allAuthenticatedUsers", "projectReaders", "projectWriters")
        assert not any(access["special_group"] in everybody for access in dataset["access"])
        assert not any(access["domain"] or access["iam_member"] for access in dataset["access"])


def test_data_goes_only_where_somebody_said_so(real: Real, domain: Plan) -> None:
    kept = domain.all("google_bigquery_dataset")
    assert {dataset["delete_contents_on_destroy"] for dataset in kept} == {False}
    variables = scenario.domain_variables(KIND, MESH, "flights") | {"drop_data": True}
    plan = real.plans(f"warehouse/{KIND}/domain", {"drop": variables})["drop"]
    dropped = plan.all("google_bigquery_dataset")
    assert {dataset["delete_contents_on_destroy"] for dataset in dropped} == {True}


def test_the_longest_names_fit(real: Real) -> None:
    account = "f" * (30 - len("-loader"))
    address = "f" * (64 - len("mesh-_developer"))
    of_group = scenario.domain_variables(KIND, {address: scenario.Domain()}, address)
    of_group["roles"][f"{address}_loader"] |= {"principal": "flights-loader"}
    of_account = scenario.domain_variables(KIND, {account: scenario.Domain()}, account)
    runs = {"group": of_group, "account": of_account}
    assert real.plans(f"warehouse/{KIND}/domain", runs)
    longer = scenario.domain_variables(KIND, {f"{account}f": scenario.Domain()}, f"{account}f")
    said = real.refusals(f"warehouse/{KIND}/domain", {"longer": longer})["longer"]
    assert "of 6 to 30 letters" in said


def test_what_layers_share_is_the_same_in_each() -> None:
    folder = MODULES / "warehouse" / KIND
    identities = [(folder / layer / "identities.tf").read_text() for layer in ("domain", "project")]
    assert identities[0] == identities[1]
