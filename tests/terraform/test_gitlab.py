"""forge/gitlab: what a team, a project and a mesh get on GitLab, by the tier of its group."""

from __future__ import annotations

from typing import Any

import pytest

from tests.terraform.real import Plan, Real, Step

Variables = dict[str, Any]
FREE = {"group": "skyline/mesh"}
PAID = FREE | {"tier": "premium"}
LONGEST = "a" * 63
MESH: Variables = {
    "platform_team": {"name": "platform", "members": ["grace"]},
    "repositories": {
        "interfaces": {
            "description": "What projects promise",
            "protected_branches": {"main": {"checks": ["folder"]}},
        },
        "mesh": {
            "description": "The mesh",
            "protected_branches": {"main": {"checks": ["plan"], "approvals": 1}},
        },
    },
    "settings": PAID,
}
DOMAIN: Variables = {
    "teams": {"flights-data": {"members": ["ada", "lin"]}},
    "reads": ["interfaces"],
    "settings": FREE | {"usernames": {"lin": "lin.w"}},
}
PROJECT: Variables = {
    "access": {"flights-data": "write", "platform": "maintain", "weather-data": "read"},
    "environments": {
        "ci": {"variables": {"SNOWFLAKE_USER": "flights_ci"}},
        "production": {
            "protected": True,
            "secrets": ["SNOWFLAKE_PRIVATE_KEY"],
            "variables": {"SNOWFLAKE_USER": "flights_transformer"},
        },
    },
    "labels": {"breaks consumers": {"color": "b60205", "description": "Ask them first"}},
    "protected_branches": {"main": {"checks": ["ci"], "approvals": 2}},
    "repository": {"name": "flights", "description": "All about flights", "topics": ["dbt"]},
    "schedules": {"daily": "0 6 * * *", "template-update": "30 4 * * 1"},
    "settings": PAID,
    "variables": {"MESHNEW": "meshnew==0.1"},
}
UNREVIEWED = {"main": {"checks": ["ci"]}}


@pytest.fixture(scope="module")
def mesh(real: Real) -> Plan:
    return real.plans("forge/gitlab/mesh", {"steady": MESH})["steady"]


@pytest.fixture(scope="module")
def domain(real: Real) -> dict[str, Plan]:
    teams = {"flights-data": {"members": ["ada"]}}
    runs: dict[str, Any] = {
        "one": DOMAIN,
        "longest": DOMAIN | {"teams": {LONGEST: {"members": [LONGEST]}}},
        "shared": DOMAIN | {"teams": {}},
        "made": Step(DOMAIN),
        "member_removed": DOMAIN | {"teams": teams},
        "domain_removed": DOMAIN | {"teams": {}},
    }
    return real.plans("forge/gitlab/domain", runs, {"gitlab_group": {"id": "12"}})


@pytest.fixture(scope="module")
def project(real: Real) -> dict[str, Plan]:
    runs: dict[str, Any] = {
        "paid": PROJECT,
        "free": PROJECT | {"settings": FREE, "protected_branches": UNREVIEWED},
        "starter": PROJECT | {"starter": True},
        "unchecked": PROJECT | {"settings": FREE, "protected_branches": {"main": {}}},
        "longest": PROJECT | {"repository": {"name": LONGEST, "description": ""}},
        "keys": PROJECT | {"deploy_keys": {"dbt Cloud": {"key": "ssh-ed25519 AAAA"}}},
        "made": Step(PROJECT),
        "team_removed": PROJECT | {"access": {"flights-data": "write", "platform": "maintain"}},
        "schedule_removed": PROJECT | {"schedules": {"daily": "0 6 * * *"}},
    }
    return real.plans("forge/gitlab/project", runs)


def test_a_mesh_has_its_repositories_and_one_group_that_maintains_them(mesh: Plan) -> None:
    assert mesh.of("gitlab_group")[""]["path"] == "platform"
    assert mesh.of("gitlab_group_membership")["grace"]["access_level"] == "maintainer"
    for name in ("interfaces", "mesh"):
        address = f'module.repository["{name}"].gitlab_project_share_group.this["platform"]'
        assert mesh.resources[address]["group_access"] == "maintainer"
    assert mesh.outputs["repositories"] == ["interfaces", "mesh"]


def test_interfaces_takes_what_its_check_lets_in_and_asks_nobody(mesh: Plan) -> None:
    inside = 'module.repository["interfaces"].gitlab_{}'
    project = mesh.resources[inside.format("project.this")]
    assert project["only_allow_merge_if_pipeline_succeeds"] is True
    branch = mesh.resources[inside.format('branch_protection.this["main"]')]
    assert branch["push_access_level"] == "no one"
    assert inside.format('project_approval_rule.this["main"]') not in mesh.resources
    rule = 'module.repository["mesh"].gitlab_project_approval_rule.this["main"]'
    assert mesh.resources[rule]["approvals_required"] == 1


def test_a_team_is_a_group_that_may_make_no_projects(domain: dict[str, Plan]) -> None:
    one = domain["one"]
    group = one.of("gitlab_group")["flights-data"]
    assert (group["project_creation_level"], group["visibility_level"]) == ("noone", "private")
    assert group["request_access_enabled"] is False
    assert set(one.of("gitlab_group_membership")) == {"flights-data/ada", "flights-data/lin"}
    (share,) = one.of("gitlab_project_share_group").values()
    assert (share["project"], share["group_access"]) == ("skyline/mesh/interfaces", "reporter")
    assert one.outputs["teams"] == ["flights-data"]


def test_a_team_that_another_stack_makes_is_not_made_twice(domain: dict[str, Plan]) -> None:
    assert not [a for a in domain["shared"].resources if not a.startswith("data.")]


def test_names_may_be_as_long_as_anywhere(
    domain: dict[str, Plan], project: dict[str, Plan]
) -> None:
    assert domain["longest"].of("gitlab_group")[LONGEST]["path"] == LONGEST
    assert project["longest"].of("gitlab_project")[""]["path"] == LONGEST


def test_who_leaves_leaves_the_team_and_nobody_else_does(domain: dict[str, Plan]) -> None:
    assert changed(domain["member_removed"]) == {
        'gitlab_group_membership.this["flights-data/lin"]': "delete"
    }


def test_a_domain_that_goes_takes_its_team_along(domain: dict[str, Plan]) -> None:
    actions = changed(domain["domain_removed"])
    assert set(actions.values()) == {"delete"}
    assert 'gitlab_group.this["flights-data"]' in actions
    assert len(actions) == 4


def test_a_repository_is_private_and_archived_not_deleted(project: dict[str, Plan]) -> None:
    repository = project["paid"].of("gitlab_project")[""]
    assert repository["visibility_level"] == "private"
    assert repository["archive_on_destroy"] is True
    assert repository["remove_source_branch_after_merge"] is True
    assert repository["public_jobs"] is False
    assert repository["topics"] == ["dbt"]


def test_each_team_may_do_what_it_was_given(project: dict[str, Plan]) -> None:
    shares = project["paid"].of("gitlab_project_share_group")
    assert {team: share["group_access"] for team, share in shares.items()} == {
        "flights-data": "developer",
        "platform": "maintainer",
        "weather-data": "reporter",
    }


@pytest.mark.parametrize("run", ["paid", "free"])
def test_nobody_pushes_to_main_and_a_red_pipeline_is_not_merged(
    project: dict[str, Plan], run: str
) -> None:
    branch = project[run].of("gitlab_branch_protection")["main"]
    assert branch["push_access_level"] == "no one"
    assert branch["merge_access_level"] == "developer"
    assert branch["allow_force_push"] is False
    repository = project[run].of("gitlab_project")[""]
    assert repository["only_allow_merge_if_pipeline_succeeds"] is True
    assert repository["allow_merge_on_skipped_pipeline"] is False


def test_a_project_without_checks_waits_for_no_pipeline(project: dict[str, Plan]) -> None:
    repository = project["unchecked"].of("gitlab_project")[""]
    assert repository["only_allow_merge_if_pipeline_succeeds"] is False


def test_owners_approve_where_the_tier_knows_it(project: dict[str, Plan]) -> None:
    paid, free = project["paid"], project["free"]
    assert paid.of("gitlab_branch_protection")["main"]["code_owner_approval_required"] is True
    assert paid.of("gitlab_project_approval_rule")["main"]["approvals_required"] == 2
    (approvals,) = paid.of("gitlab_project_level_mr_approvals").values()
    assert approvals["reset_approvals_on_push"] is True
    assert approvals["merge_requests_author_approval"] is False
    assert approvals["merge_requests_disable_committers_approval"] is True
    assert free.of("gitlab_branch_protection")["main"]["code_owner_approval_required"] is None
    assert free.of("gitlab_project_approval_rule") == {}
    assert free.of("gitlab_project_level_mr_approvals") == {}


def test_a_published_tag_stays(project: dict[str, Plan]) -> None:
    assert project["free"].of("gitlab_tag_protection")[""]["tag"] == "*"


def test_the_first_push_passes_and_schedules_wait_for_it(project: dict[str, Plan]) -> None:
    starter = project["starter"]
    assert starter.of("gitlab_branch_protection")["main"]["push_access_level"] == "maintainer"
    schedules = starter.of("gitlab_pipeline_schedule")
    assert {name: found["active"] for name, found in schedules.items()} == {
        "daily": False,
        "template-update": False,
    }


def test_jobs_run_by_the_clock_and_know_their_name(project: dict[str, Plan]) -> None:
    daily = project["paid"].of("gitlab_pipeline_schedule")["daily"]
    assert (daily["cron"], daily["cron_timezone"]) == ("0 6 * * *", "UTC")
    assert (daily["ref"], daily["active"]) == ("refs/heads/main", True)
    names = project["paid"].of("gitlab_pipeline_schedule_variable")
    assert {(found["key"], found["value"]) for found in names.values()} == {
        ("MESHNEW_JOB", "daily"),
        ("MESHNEW_JOB", "template-update"),
    }


def test_variables_of_production_are_for_protected_branches(project: dict[str, Plan]) -> None:
    paid = project["paid"]
    found = paid.of("gitlab_project_variable", "environment")
    assert {
        key: (v["environment_scope"], v["value"], v["protected"]) for key, v in found.items()
    } == {
        "ci/SNOWFLAKE_USER": ("ci", "flights_ci", False),
        "production/SNOWFLAKE_USER": ("production", "flights_transformer", True),
    }
    assert paid.of("gitlab_project_variable", "this")["MESHNEW"]["value"] == "meshnew==0.1"
    assert paid.outputs["secrets"] == ["production/SNOWFLAKE_PRIVATE_KEY"]
    tiers = {name: e["tier"] for name, e in paid.of("gitlab_project_environment").items()}
    assert tiers == {"ci": "testing", "production": "production"}


def test_a_warehouse_knows_jobs_by_their_branch(project: dict[str, Plan]) -> None:
    subject = "project_path:skyline/mesh/flights:ref_type:branch:ref:"
    assert project["paid"].outputs["subjects"] == {
        "ci": [f"{subject}*"],
        "production": [f"{subject}main"],
    }


def test_labels_and_deploy_keys(project: dict[str, Plan]) -> None:
    label = project["paid"].of("gitlab_project_label")["breaks consumers"]
    assert (label["color"], label["description"]) == ("#b60205", "Ask them first")
    assert project["keys"].of("gitlab_deploy_key")["dbt Cloud"]["can_push"] is False


def test_what_is_wanted_no_more_goes_alone(project: dict[str, Plan]) -> None:
    assert changed(project["team_removed"]) == {
        'gitlab_project_share_group.this["weather-data"]': "delete"
    }
    assert changed(project["schedule_removed"]) == {
        'gitlab_pipeline_schedule.this["template-update"]': "delete",
        'gitlab_pipeline_schedule_variable.job["template-update"]': "delete",
    }


def changed(plan: Plan) -> dict[str, str]:
    """What is done, without what is only read."""
    return {a: action for a, action in plan.actions.items() if action != "read"}


def test_wrong_variables_of_a_project_are_refused_with_the_fix(real: Real) -> None:
    production = {"production": {"secrets": ["KEY"], "variables": {"KEY": "x"}}}
    cases: dict[str, tuple[Variables, str]] = {
        "permission": ({"access": {"flights-data": "push"}}, "use `write` for the team that works"),
        "reserved": ({"variables": {"CI_TOKEN": "x"}}, "such as DBT_CLOUD_PROJECT_ID"),
        "lower": (
            {"environments": {"ci": {"variables": {"user": "x"}}}},
            "use a name such as SNOWFLAKE_USER",
        ),
        "twice": ({"environments": production}, "Remove it from variables"),
        "unprotected": (
            {"protected_branches": {}, "environments": {"production": {"protected": True}}},
            "name one in protected_branches",
        ),
        "color": ({"labels": {"new": {"color": "#FF0000"}}}, "six hexadecimal digits"),
        "half": ({"protected_branches": {"main": {"approvals": 0.5}}}, "is a whole number"),
        "name": ({"repository": {"name": "all flights", "description": ""}}, "choose a shorter"),
        "cron": ({"schedules": {"daily": "every morning"}}, "five fields"),
        "visibility": ({"settings": PAID | {"visibility": "secret"}}, "use `private`"),
        "tier": ({"settings": FREE | {"tier": "gold"}}, "say which your group has"),
        "free": ({"settings": FREE}, "set `approvals: 0` in mesh.yml, or settings.tier to premium"),
    }
    said = real.refusals("forge/gitlab/project", {k: PROJECT | v for k, (v, _) in cases.items()})
    for name, (_, fix) in cases.items():
        assert fix in said[name], name


def test_wrong_teams_are_refused_with_the_fix(real: Real) -> None:
    two = {"teams": {"one": {"members": []}, "two": {"members": []}}}
    name = {"teams": {"Flights Data": {"members": []}}}
    said = real.refusals("forge/gitlab/domain", {"two": DOMAIN | two, "name": DOMAIN | name})
    assert "or split the domain" in said["two"]
    assert "rename `team` in projects/*.yml" in said["name"]
    team = {"platform_team": {"name": "The Platform", "members": []}}
    said = real.refusals("forge/gitlab/mesh", {"name": MESH | team})
    assert "rename platform_team in mesh.yml" in said["name"]
