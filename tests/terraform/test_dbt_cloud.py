"""runtime/dbt_cloud: what a project gets on dbt Cloud, whatever warehouse it builds in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.terraform.real import Plan, Real, Step

Variables = dict[str, Any]
MODULE = "runtime/dbt_cloud/project"
LONGEST = "a" * 63
IDS = {
    "dbtcloud_environment": {"environment_id": 70},
    "dbtcloud_job": {"id": 90},
    "dbtcloud_project": {"id": 50},
    "dbtcloud_snowflake_credential": {"credential_id": 60},
    "dbtcloud_repository": {"deploy_key": "ssh-ed25519 AAAA", "repository_id": 40},
}
SNOWFLAKE = {"account": "skyline-eu", "database": "ANALYTICS", "warehouse": "FLIGHTS"}
GITHUB = {"strategy": "github_app", "github_installation_id": 321}
SETTINGS: Variables = {
    "adapter": "snowflake",
    "connection_id": 1001,
    "git": GITHUB,
    "notification_user": 7,
}
PROJECT: Variables = {
    "access": {"airports-data": "read", "flights-data": "write", "platform": "maintain"},
    "environments": {
        "ci": {
            "compute": "FLIGHTS",
            "database": "ANALYTICS_CI",
            "identity": "flights_ci",
            "role": "flights_ci",
            "schema": "ci_flights",
            "variables": {"DBT_LIMIT": "100"},
        },
        "development": {"variables": {"DBT_LIMIT": "1000"}},
        "production": {
            "compute": "FLIGHTS",
            "database": "ANALYTICS",
            "identity": "flights_transformer",
            "role": "flights_transformer",
            "schema": "flights",
        },
    },
    "jobs": {
        "ci": {"command": "meshnew job ci", "on": "change"},
        "daily": {"command": "meshnew job daily", "schedule": "0 6 * * *"},
        "deploy": {"command": "meshnew job deploy", "on": "merge"},
        "repair": {"command": "meshnew job repair", "steps": ["dbt retry"]},
    },
    "notify": ["ada@skyline.example"],
    "project": "flights",
    "repository": {"url": "git@github.com:skyline/flights.git"},
    "secrets": {"ci": "the private key of ci", "production": "the private key of production"},
    "settings": SETTINGS,
}


def settings(**changed: Any) -> Variables:
    return PROJECT | {"settings": SETTINGS | changed}


def building_in(adapter: str) -> Variables:
    return settings(adapter=adapter)


@pytest.fixture(scope="module")
def project(real: Real) -> dict[str, Plan]:
    without = settings(connection=None, notification_user=None)
    runs: dict[str, Any] = {
        "steady": PROJECT,
        "starter": PROJECT | {"starter": True},
        "bigquery": building_in("bigquery"),
        "databricks": building_in("databricks"),
        "postgres": building_in("postgres"),
        "own": settings(connection_id=None, connection={"snowflake": SNOWFLAKE}),
        "deploy_key": settings(git={}),
        "gitlab": settings(git={"strategy": "deploy_token"})
        | {"repository": {"id": "81", "url": "skyline/flights"}},
        "silent": without | {"notify": []},
        "rich": settings(
            compare_changes=True,
            dbt_version="latest-fusion",
            lint=True,
            model_notifications=True,
            slack={"id": "C012", "name": "#flights"},
            sso_groups={"flights-data": ["okta-flights"]},
            state_aware=True,
        ),
        "longest": PROJECT | {"project": LONGEST},
    }
    return real.plans(MODULE, runs, IDS)


@pytest.fixture(scope="module")
def later(real: Real) -> dict[str, Plan]:
    """Plans of a project that is there already."""
    jobs = {name: job for name, job in PROJECT["jobs"].items() if name != "repair"}
    runs: dict[str, Any] = {
        "made": Step(PROJECT),
        "job_removed": PROJECT | {"jobs": jobs},
        "team_removed": PROJECT | {"access": {"flights-data": "write", "platform": "maintain"}},
        "key_rotated": settings(secrets_version=2),
    }
    return real.plans(MODULE, runs, IDS)


def test_a_project_is_linked_to_its_repository_by_the_forges_app(project: dict[str, Plan]) -> None:
    steady = project["steady"]
    repository = steady.of("dbtcloud_repository")[""]
    assert repository["git_clone_strategy"] == "github_app"
    assert repository["github_installation_id"] == 321
    assert repository["remote_url"] == "git@github.com:skyline/flights.git"
    link = steady.of("dbtcloud_project_repository")[""]
    assert (link["project_id"], link["repository_id"]) == (50, 40)
    assert steady.outputs["deploy_key"] is None


def test_it_is_linked_to_gitlab_by_number_and_elsewhere_by_a_key(
    project: dict[str, Plan],
) -> None:
    gitlab = project["gitlab"].of("dbtcloud_repository")[""]
    assert (gitlab["git_clone_strategy"], gitlab["gitlab_project_id"]) == ("deploy_token", 81)
    assert project["deploy_key"].outputs["deploy_key"] == "ssh-ed25519 AAAA"


def test_it_has_three_environments_and_one_connection(project: dict[str, Plan]) -> None:
    found = project["steady"].of("dbtcloud_environment")
    assert {name: (e["type"], e["deployment_type"]) for name, e in found.items()} == {
        "ci": ("deployment", None),
        "development": ("development", None),
        "production": ("deployment", "production"),
    }
    assert {e["connection_id"] for e in found.values()} == {1001}
    assert found["production"]["custom_branch"] == "main"
    assert found["development"]["use_custom_branch"] is False
    assert project["steady"].of("dbtcloud_global_connection") == {}


def test_it_may_have_a_connection_of_its_own(project: dict[str, Plan]) -> None:
    address = "module.connection[0].dbtcloud_global_connection.this[0]"
    connection = project["own"].resources[address]
    assert connection["name"] == "flights"
    assert connection["snowflake"]["database"] == "ANALYTICS"


def test_each_deployment_connects_as_its_own_identity(project: dict[str, Plan]) -> None:
    found = project["steady"].of("dbtcloud_snowflake_credential")
    assert {
        name: (c["auth_type"], c["user"], c["role"], c["database"], c["warehouse"], c["schema"])
        for name, c in found.items()
    } == {
        "ci": ("keypair", "flights_ci", "flights_ci", "ANALYTICS_CI", "FLIGHTS", "ci_flights"),
        "production": (
            "keypair",
            "flights_transformer",
            "flights_transformer",
            "ANALYTICS",
            "FLIGHTS",
            "flights",
        ),
    }
    environments = project["steady"].of("dbtcloud_environment")
    assert environments["production"]["credential_id"] == 60
    assert environments["development"].get("credential_id") != 60


@pytest.mark.parametrize(
    ("adapter", "attributes"),
    [
        ("bigquery", {"dataset": "flights", "connection_id": 1001}),
        ("databricks", {"catalog": "ANALYTICS", "schema": "flights", "token_wo_version": 1}),
        (
            "postgres",
            {
                "username": "flights_transformer",
                "default_schema": "flights",
                "password_wo_version": 1,
            },
        ),
    ],
)
def test_other_warehouses_have_their_own_credentials(
    project: dict[str, Plan], adapter: str, attributes: Variables
) -> None:
    kinds = {
        address.partition(".")[0]
        for address in project[adapter].resources
        if "_credential" in address
    }
    assert kinds == {f"dbtcloud_{adapter}_credential"}
    found = project[adapter].of(f"dbtcloud_{adapter}_credential")["production"]
    assert {key: found[key] for key in attributes} == attributes


def test_no_secret_reaches_the_plan_or_the_state(
    project: dict[str, Plan], later: dict[str, Plan]
) -> None:
    for found in (project["steady"], project["postgres"], project["databricks"], later["made"]):
        assert "the private key of" not in str(found)
    (changed,) = {
        address.partition(".")[0]
        for address, action in later["key_rotated"].actions.items()
        if action == "update"
    }
    assert changed == "dbtcloud_snowflake_credential"


def test_a_change_is_compared_with_production_and_starts_by_itself(
    project: dict[str, Plan],
) -> None:
    ci = project["steady"].of("dbtcloud_job")["ci"]
    assert ci["job_type"] == "ci"
    assert ci["execute_steps"] == ["dbt build --select state:modified+"]
    assert ci["deferring_environment_id"] == 70
    assert ci["target_name"] == "ci"
    assert triggers(ci) == {"git_provider_webhook", "github_webhook"}
    gitlab = project["gitlab"].of("dbtcloud_job")["ci"]
    assert triggers(gitlab) == {"git_provider_webhook"}


def test_a_merge_is_deployed_and_the_clock_builds_it_all(project: dict[str, Plan]) -> None:
    jobs = project["steady"].of("dbtcloud_job")
    assert jobs["deploy"]["job_type"] == "merge"
    assert triggers(jobs["deploy"]) == {"on_merge"}
    assert jobs["deploy"]["execute_steps"] == ["dbt build --select state:modified+"]
    assert jobs["deploy"]["deferring_environment_id"] == 70
    assert jobs["deploy"]["target_name"] == "prod"
    assert jobs["daily"]["job_type"] == "scheduled"
    assert triggers(jobs["daily"]) == {"schedule"}
    assert jobs["daily"]["execute_steps"] == ["dbt build"]
    assert jobs["daily"]["deferring_environment_id"] is None
    assert (jobs["daily"]["schedule_type"], jobs["daily"]["schedule_cron"]) == (
        "custom_cron",
        "0 6 * * *",
    )


def test_by_hand_runs_what_it_says(project: dict[str, Plan]) -> None:
    repair = project["steady"].of("dbtcloud_job")["repair"]
    assert repair["execute_steps"] == ["dbt retry"]
    assert (repair["job_type"], triggers(repair)) == ("other", set())


def test_the_first_run_builds_everything_and_compares_with_nothing(
    project: dict[str, Plan],
) -> None:
    jobs = project["starter"].of("dbtcloud_job")
    for name in ("ci", "deploy"):
        assert jobs[name]["execute_steps"] == ["dbt build"]
        assert jobs[name]["deferring_environment_id"] is None
        assert jobs[name]["run_compare_changes"] is False


def test_where_no_app_hears_of_changes_nothing_starts_by_itself(
    project: dict[str, Plan],
) -> None:
    jobs = project["deploy_key"].of("dbtcloud_job")
    assert triggers(jobs["ci"]) == triggers(jobs["deploy"]) == set()
    assert triggers(jobs["daily"]) == {"schedule"}


def test_features_of_the_account_are_used_where_it_has_them(project: dict[str, Plan]) -> None:
    jobs = project["rich"].of("dbtcloud_job")
    assert jobs["daily"]["cost_optimization_features"] == ["state_aware_orchestration"]
    assert not jobs["ci"].get("cost_optimization_features")
    assert not project["steady"].of("dbtcloud_job")["daily"].get("cost_optimization_features")
    assert (jobs["ci"]["run_compare_changes"], jobs["deploy"]["run_compare_changes"]) == (
        True,
        False,
    )
    assert (jobs["ci"]["run_lint"], jobs["daily"]["run_lint"]) == (True, False)
    (notified,) = project["rich"].of("dbtcloud_model_notifications").values()
    assert (notified["environment_id"], notified["on_failure"]) == ("70", True)


def test_a_team_writes_where_it_develops_and_nowhere_else(project: dict[str, Plan]) -> None:
    groups = project["steady"].of("dbtcloud_group_partial_permissions")
    found = {team: group["group_permissions"][0] for team, group in groups.items()}
    assert {team: rights["permission_set"] for team, rights in found.items()} == {
        "airports-data": "stakeholder",
        "flights-data": "developer",
        "platform": "admin",
    }
    assert found["flights-data"]["writable_environment_categories"] == ["development"]
    assert {(r["all_projects"], r["project_id"]) for r in found.values()} == {(False, 50)}
    assert groups["flights-data"]["sso_mapping_groups"] == []
    rich = project["rich"].of("dbtcloud_group_partial_permissions")
    assert rich["flights-data"]["sso_mapping_groups"] == ["okta-flights"]


def test_owners_hear_of_failures_in_production(project: dict[str, Plan]) -> None:
    email = project["steady"].of("dbtcloud_partial_notification", "email")
    (found,) = email.values()
    assert (found["notification_type"], found["external_email"]) == (4, "ada@skyline.example")
    assert (found["user_id"], found["on_failure"], found["on_success"]) == (7, [90], [])
    (slack,) = project["rich"].of("dbtcloud_partial_notification", "slack").values()
    assert (slack["notification_type"], slack["slack_channel_name"]) == (2, "#flights")
    assert project["silent"].of("dbtcloud_partial_notification") == {}


def test_variables_have_a_value_for_each_environment(project: dict[str, Plan]) -> None:
    (found,) = project["steady"].of("dbtcloud_environment_variable").values()
    assert found["environment_values"] == {"ci": "100", "development": "1000"}


def test_the_forges_ci_is_told_the_numbers(project: dict[str, Plan]) -> None:
    assert project["steady"].outputs["variables"] == {
        "DBT_CLOUD_ENVIRONMENT_ID_CI": "70",
        "DBT_CLOUD_ENVIRONMENT_ID_DEVELOPMENT": "70",
        "DBT_CLOUD_ENVIRONMENT_ID_PRODUCTION": "70",
        "DBT_CLOUD_JOB_ID_CI": "90",
        "DBT_CLOUD_JOB_ID_DAILY": "90",
        "DBT_CLOUD_JOB_ID_DEPLOY": "90",
        "DBT_CLOUD_JOB_ID_REPAIR": "90",
        "DBT_CLOUD_PROJECT_ID": "50",
    }
    assert project["steady"].outputs["jobs"] == ["ci", "daily", "deploy", "repair"]


def test_names_may_be_as_long_as_anywhere(project: dict[str, Plan]) -> None:
    assert project["longest"].of("dbtcloud_project")[""]["name"] == LONGEST


def test_what_is_wanted_no_more_goes_alone(later: dict[str, Plan]) -> None:
    gone = {a for a, action in later["job_removed"].actions.items() if action == "delete"}
    assert gone == {'dbtcloud_job.this["repair"]'}
    gone = {a for a, action in later["team_removed"].actions.items() if action == "delete"}
    assert gone == {'dbtcloud_group_partial_permissions.this["airports-data"]'}


def test_a_mesh_shares_one_connection(real: Real) -> None:
    runs = {
        "own": {"mesh": "skyline", "settings": {"connection": {"snowflake": SNOWFLAKE}}},
        "by_hand": {"mesh": "skyline"},
    }
    found = real.plans("runtime/dbt_cloud/mesh", runs)
    connection = found["own"].resources["dbtcloud_global_connection.this[0]"]
    assert (connection["name"], connection["snowflake"]["account"]) == ("skyline", "skyline-eu")
    assert found["by_hand"].resources == {}
    two = {"connection": {"snowflake": SNOWFLAKE, "postgres": {"dbname": "a", "hostname": "b"}}}
    cases: Variables = {"two": {"mesh": "skyline", "settings": two}}
    said = real.refusals("runtime/dbt_cloud/mesh", cases)
    assert "keep one of databricks, postgres, snowflake" in said["two"]


def test_wrong_variables_are_refused_with_the_fix(real: Real) -> None:
    production = PROJECT["environments"]["production"]
    secret = production | {"variables": {"DBT_ENV_SECRET_TOKEN": "x"}}
    job = {"command": "x"}
    cases: dict[str, tuple[Variables, str]] = {
        "permission": ({"access": {"flights-data": "admin"}}, "use `write` for the team"),
        "environments": ({"environments": {"ci": production}}, "name production, and no other"),
        "schema": (
            {"environments": {"production": {"identity": "x"}}, "jobs": {}},
            "each need a schema",
        ),
        "identity": (
            {"environments": {"production": {"schema": "flights"}}, "jobs": {}},
            "give the project's, such as `flights_transformer`",
        ),
        "secret": (
            {"environments": {"production": secret}, "jobs": {}},
            "set a DBT_ENV_SECRET variable in dbt Cloud by hand",
        ),
        "cron": ({"jobs": {"daily": job | {"schedule": "every morning"}}}, "five fields"),
        "both": (
            {"jobs": {"daily": job | {"on": "merge", "schedule": "0 6 * * *"}}},
            "a job is started by one thing",
        ),
        "no_ci": (
            {"environments": {"production": production}, "jobs": {"ci": job | {"on": "change"}}},
            "add ci to environments",
        ),
        "user": (settings(notification_user=None), "give the number of one"),
        "slack": (
            settings(notification_user=None, slack={"id": "C1", "name": "#a"}) | {"notify": []},
            "keeps a notification of Slack with one of its users",
        ),
        "number": (settings(git={"strategy": "deploy_token"}), "give it as repository.id"),
        "adapter": (settings(adapter="redshift"), "name the mesh's warehouse"),
        "none": (settings(connection_id=None), "a project has one connection"),
        "strategy": (settings(git={"strategy": "ssh"}), "use github_app on GitHub"),
        "installation": (
            settings(git={"strategy": "github_app"}),
            "give it as settings.git.github_installation_id",
        ),
        "fusion": (settings(state_aware=True), "set settings.dbt_version to latest-fusion"),
    }
    said = real.refusals(MODULE, {k: PROJECT | v for k, (v, _) in cases.items()})
    for name, (_, fix) in cases.items():
        assert fix in said[name], name


def triggers(job: Variables) -> set[str]:
    return {name for name, on in job["triggers"].items() if on}
