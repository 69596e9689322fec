"""forge/github: what a team, a project and a mesh get on GitHub, and nothing past it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.terraform.real import Plan, Real, Step

Variables = dict[str, Any]
SETTINGS = {"organization": "skyline"}
APP = {"provisioner": {"type": "app", "id": 4711}}
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
    "settings": SETTINGS | APP | {"organization_owners": ["grace"]},
}
DOMAIN: Variables = {
    "teams": {"flights-data": {"members": ["ada", "lin"]}},
    "reads": ["interfaces", "template"],
    "settings": {"usernames": {"lin": "lin-skyline"}},
}
PROJECT: Variables = {
    "access": {"flights-data": "write", "platform": "maintain"},
    "environments": {
        "ci": {"variables": {"SNOWFLAKE_USER": "flights_ci"}},
        "production": {
            "protected": True,
            "secrets": ["SNOWFLAKE_PRIVATE_KEY"],
            "variables": {"SNOWFLAKE_USER": "flights_transformer"},
        },
    },
    "labels": {"breaks consumers": {"color": "b60205", "description": "Ask them first"}},
    "protected_branches": {"main": {"checks": ["ci", "policies"], "approvals": 2}},
    "repository": {"name": "flights", "description": "All about flights", "topics": ["dbt"]},
    "settings": SETTINGS | APP,
    "variables": {"MESHNEW": "meshnew==0.1"},
}


@pytest.fixture(scope="module")
def mesh(real: Real) -> dict[str, Plan]:
    runs = {"steady": MESH, "starter": MESH | {"starter": True}}
    return real.plans("forge/github/mesh", runs)


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
    return real.plans("forge/github/domain", runs)


@pytest.fixture(scope="module")
def project(real: Real) -> dict[str, Plan]:
    teams = {"flights-data": "write", "weather-data": "write", "airports-data": "read"}
    runs: dict[str, Any] = {
        "one": PROJECT,
        "three": PROJECT | {"access": teams | {"platform": "maintain"}},
        "starter": PROJECT | {"starter": True},
        "admins": PROJECT
        | {"starter": True, "settings": SETTINGS | {"provisioner": {"type": "admins"}}},
        "nobody_approves": PROJECT | {"protected_branches": {"main": {}}},
        "longest": PROJECT | {"repository": {"name": LONGEST, "description": ""}},
        "keys": PROJECT | {"deploy_keys": {"dbt Cloud": {"key": "ssh-ed25519 AAAA"}}},
        "made": Step(PROJECT),
        "team_removed": PROJECT | {"access": {"platform": "maintain"}},
        "variable_removed": PROJECT | {"variables": {}},
    }
    return real.plans("forge/github/project", runs)


def rules(plan: Plan, address: str = 'github_repository_ruleset.branch["main"]') -> Variables:
    (found,) = plan.resources[address]["rules"]
    return dict(found)


def test_a_mesh_has_its_repositories_and_one_team_that_maintains_them(
    mesh: dict[str, Plan],
) -> None:
    steady = mesh["steady"]
    assert steady.of("github_team")[""]["privacy"] == "closed"
    assert steady.of("github_team_membership")["grace"]["role"] == "maintainer"  # owns it all
    access = 'github_team_repository.this["platform"]'
    for name in ("interfaces", "mesh"):
        share = steady.resources[f'module.repository["{name}"].{access}']
        assert share["permission"] == "maintain"
    assert steady.outputs["repositories"] == ["interfaces", "mesh"]


def test_interfaces_takes_what_its_check_lets_in_and_asks_nobody(mesh: dict[str, Plan]) -> None:
    address = 'module.repository["{}"].github_repository_ruleset.branch["main"]'
    (review,) = rules(mesh["steady"], address.format("interfaces"))["pull_request"]
    assert review["required_approving_review_count"] == 0
    (checks,) = rules(mesh["steady"], address.format("interfaces"))["required_status_checks"]
    assert [check["context"] for check in checks["required_check"]] == ["folder"]
    (review,) = rules(mesh["steady"], address.format("mesh"))["pull_request"]
    assert review["require_code_owner_review"] is True


def test_only_a_mesh_without_content_lets_its_provisioner_past(mesh: dict[str, Plan]) -> None:
    address = 'module.repository["mesh"].github_repository_ruleset.branch["main"]'
    assert mesh["steady"].resources[address]["bypass_actors"] == []
    (actor,) = mesh["starter"].resources[address]["bypass_actors"]
    assert actor == {"actor_id": 4711, "actor_type": "Integration", "bypass_mode": "always"}


def test_a_team_has_its_members_and_reads_what_the_mesh_shares(domain: dict[str, Plan]) -> None:
    one = domain["one"]
    members = one.of("github_team_membership")
    assert {key: (m["username"], m["role"]) for key, m in members.items()} == {
        "flights-data/ada": ("ada", "member"),
        "flights-data/lin": ("lin-skyline", "member"),
    }
    reads = one.of("github_team_repository")
    assert {(r["repository"], r["permission"]) for r in reads.values()} == {
        ("interfaces", "pull"),
        ("template", "pull"),
    }
    assert one.outputs["teams"] == ["flights-data"]


def test_a_team_that_another_stack_makes_is_not_made_twice(domain: dict[str, Plan]) -> None:
    assert domain["shared"].resources == {}
    assert domain["shared"].outputs["teams"] == []


def test_names_may_be_as_long_as_anywhere(
    domain: dict[str, Plan], project: dict[str, Plan]
) -> None:
    assert domain["longest"].of("github_team")[LONGEST]["name"] == LONGEST
    assert project["longest"].of("github_repository")[""]["name"] == LONGEST


def test_who_leaves_leaves_the_team_and_nobody_else_does(domain: dict[str, Plan]) -> None:
    assert domain["member_removed"].actions == {
        'github_team_membership.this["flights-data/lin"]': "delete"
    }


def test_a_domain_that_goes_takes_its_team_along(domain: dict[str, Plan]) -> None:
    actions = domain["domain_removed"].actions
    assert set(actions.values()) == {"delete"}
    assert 'github_team.this["flights-data"]' in actions
    assert len(actions) == 5


def test_a_repository_is_private_and_archived_not_deleted(project: dict[str, Plan]) -> None:
    repository = project["one"].of("github_repository")[""]
    assert repository["visibility"] == "private"
    assert repository["archive_on_destroy"] is True
    assert repository["delete_branch_on_merge"] is True
    assert repository["topics"] == ["dbt"]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("one", {"flights-data": "push", "platform": "maintain"}),
        (
            "three",
            {
                "airports-data": "pull",
                "flights-data": "push",
                "platform": "maintain",
                "weather-data": "push",
            },
        ),
    ],
)
def test_each_team_may_do_what_it_was_given(
    project: dict[str, Plan], run: str, expected: dict[str, str]
) -> None:
    access = project[run].of("github_team_repository")
    assert {team: share["permission"] for team, share in access.items()} == expected


def test_main_takes_reviewed_and_checked_changes_only(project: dict[str, Plan]) -> None:
    found = rules(project["one"])
    assert found["deletion"] is True
    assert found["non_fast_forward"] is True
    (review,) = found["pull_request"]
    assert review["required_approving_review_count"] == 2
    assert review["require_code_owner_review"] is True
    assert review["require_last_push_approval"] is True
    assert review["dismiss_stale_reviews_on_push"] is True
    (checks,) = found["required_status_checks"]
    # The job `ci` calls a workflow, so Actions reports it under a name of two parts.
    assert [check["context"] for check in checks["required_check"]] == ["ci / run", "policies"]
    ruleset = project["one"].of("github_repository_ruleset", "branch")["main"]
    assert ruleset["enforcement"] == "active"
    assert ruleset["bypass_actors"] == []
    assert ruleset["conditions"][0]["ref_name"][0]["include"] == ["refs/heads/main"]


def test_a_project_of_one_person_still_needs_a_change(project: dict[str, Plan]) -> None:
    found = rules(project["nobody_approves"])
    (review,) = found["pull_request"]
    assert review["required_approving_review_count"] == 0
    assert review["require_code_owner_review"] is False
    assert found["required_status_checks"] == []


def test_a_published_tag_stays(project: dict[str, Plan]) -> None:
    ruleset = project["one"].of("github_repository_ruleset", "tags")[""]
    assert ruleset["target"] == "tag"
    assert ruleset["bypass_actors"] == []
    (found,) = ruleset["rules"]
    assert (found["deletion"], found["update"]) == (True, True)


@pytest.mark.parametrize(
    ("run", "actor"), [("starter", (4711, "Integration")), ("admins", (1, "OrganizationAdmin"))]
)
def test_the_first_push_passes(project: dict[str, Plan], run: str, actor: tuple[int, str]) -> None:
    ruleset = project[run].of("github_repository_ruleset", "branch")["main"]
    (found,) = ruleset["bypass_actors"]
    assert (found["actor_id"], found["actor_type"]) == actor


def test_production_is_for_main_and_ci_for_every_change(project: dict[str, Plan]) -> None:
    environments = project["one"].of("github_repository_environment")
    assert environments["ci"]["deployment_branch_policy"] == []
    (policy,) = environments["production"]["deployment_branch_policy"]
    assert policy == {"custom_branch_policies": True, "protected_branches": False}
    assert environments["production"]["can_admins_bypass"] is False
    policies = project["one"].of("github_repository_environment_deployment_policy")
    assert {key: p["branch_pattern"] for key, p in policies.items()} == {"production/main": "main"}


def test_jobs_know_who_they_are_and_secrets_are_only_named(project: dict[str, Plan]) -> None:
    one = project["one"]
    values = one.of("github_actions_environment_variable")
    assert {key: found["value"] for key, found in values.items()} == {
        "ci/SNOWFLAKE_USER": "flights_ci",
        "production/SNOWFLAKE_USER": "flights_transformer",
    }
    assert one.of("github_actions_variable")["MESHNEW"]["value"] == "meshnew==0.1"
    assert one.outputs["secrets"] == ["production/SNOWFLAKE_PRIVATE_KEY"]
    assert not [address for address in one.resources if "secret" in address]


def test_a_warehouse_knows_jobs_by_their_environment(project: dict[str, Plan]) -> None:
    assert project["one"].outputs["subjects"] == {
        "ci": ["repo:skyline/flights:environment:ci"],
        "production": ["repo:skyline/flights:environment:production"],
    }


def test_a_workflow_never_approves_its_own_change(project: dict[str, Plan]) -> None:
    rights = project["one"].of("github_workflow_repository_permissions")[""]
    assert rights["default_workflow_permissions"] == "read"
    assert rights["can_approve_pull_request_reviews"] is False


def test_labels_and_deploy_keys(project: dict[str, Plan]) -> None:
    label = project["one"].of("github_issue_label")["breaks consumers"]
    assert (label["color"], label["description"]) == ("b60205", "Ask them first")
    assert project["keys"].of("github_repository_deploy_key")["dbt Cloud"]["read_only"] is True


def test_what_is_wanted_no_more_goes_alone(project: dict[str, Plan]) -> None:
    assert project["team_removed"].actions == {
        'github_team_repository.this["flights-data"]': "delete"
    }
    assert project["variable_removed"].actions == {
        'github_actions_variable.this["MESHNEW"]': "delete"
    }


def test_wrong_variables_of_a_project_are_refused_with_the_fix(real: Real) -> None:
    production = {"production": {"secrets": ["KEY"], "variables": {"KEY": "x"}}}
    cases: dict[str, tuple[Variables, str]] = {
        "permission": ({"access": {"flights-data": "push"}}, "use `write` for the team that works"),
        "reserved": (
            {"variables": {"GITHUB_TOKEN": "x"}},
            "use a name such as DBT_CLOUD_PROJECT_ID",
        ),
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
        "visibility": ({"settings": SETTINGS | {"visibility": "secret"}}, "use `private`"),
        "who": (
            {"settings": SETTINGS | {"provisioner": {"type": "user"}}},
            "use `app` with the number of the GitHub App",
        ),
        "number": (
            {"settings": SETTINGS | {"provisioner": {"type": "app"}}},
            "give the number of the app or team",
        ),
        "nobody": ({"settings": SETTINGS, "starter": True}, "name it in settings.provisioner"),
    }
    said = real.refusals("forge/github/project", {k: PROJECT | v for k, (v, _) in cases.items()})
    for name, (_, fix) in cases.items():
        assert fix in said[name], name


def test_wrong_teams_are_refused_with_the_fix(real: Real) -> None:
    two = {"teams": {"one": {"members": []}, "two": {"members": []}}}
    said = real.refusals(
        "forge/github/domain", {"two": two, "name": {"teams": {"Flights Data": {"members": []}}}}
    )
    assert "or split the domain" in said["two"]
    assert "rename `team` in projects/*.yml" in said["name"]
    team = {"platform_team": {"name": "The Platform", "members": []}}
    said = real.refusals("forge/github/mesh", {"name": MESH | team})
    assert "rename platform_team in mesh.yml" in said["name"]
