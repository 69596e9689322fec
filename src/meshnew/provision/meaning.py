"""What resources of every platform mean to a user: one table, resource type -> meaning.

A plan is grouped by it, a change of a hosted platform is told by it, and so is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from meshnew.provision.plan import Change

ROLES, SCHEMAS, GRANTS, COMPUTE = "roles", "schemas", "grants", "compute and cost"
TEAMS, REPOSITORY, JOBS = "teams", "repository", "jobs"
GROUPS = (ROLES, SCHEMAS, GRANTS, COMPUTE, TEAMS, REPOSITORY, JOBS)
"""Groups of a plan, in the order in which one stands on the other."""

MEMBERSHIP = "{membership}"
_GRANT = "{privileges} on {on} to {to}"

MEANINGS: dict[str, tuple[str, str]] = {
    "embedded_branch_protection": (REPOSITORY, "protection of {branch} of {repository}"),
    "embedded_database": (SCHEMAS, "database {name}"),
    "embedded_job": (JOBS, "job {name} of {project}"),
    "embedded_membership": (GRANTS, MEMBERSHIP),
    "embedded_repository": (REPOSITORY, "repository {name}"),
    "embedded_repository_access": (REPOSITORY, "access of {team} to {repository}"),
    "embedded_role": (ROLES, "role {name}"),
    "embedded_role_members": (GRANTS, "who is in {role}"),
    "embedded_schema": (SCHEMAS, "schema {name}"),
    "embedded_schema_access": (GRANTS, "who reads {schema}"),
    "embedded_team": (TEAMS, "team {name}"),
    # --- warehouses
    "databricks_catalog": (SCHEMAS, "catalog {name}"),
    "databricks_entitlements": (GRANTS, "what {key} may do in the workspace"),
    "databricks_grant": (GRANTS, _GRANT),
    "databricks_group": (ROLES, "group {display_name}"),
    "databricks_group_member": (GRANTS, MEMBERSHIP),
    "databricks_permission_assignment": (GRANTS, "access of {key} to the workspace"),
    "databricks_permissions": (GRANTS, "who may use {key}"),
    "databricks_schema": (SCHEMAS, "schema {name}"),
    "databricks_service_principal": (ROLES, "service principal {display_name}"),
    "databricks_sql_endpoint": (COMPUTE, "SQL warehouse {name}"),
    "databricks_user": (ROLES, "login {user_name}"),
    "google_bigquery_dataset": (SCHEMAS, "dataset {dataset_id}"),
    "google_bigquery_dataset_access": (GRANTS, "access to {dataset_id}: {key}"),
    "google_bigquery_dataset_iam_member": (GRANTS, "{role} on dataset {dataset_id} to {member}"),
    "google_billing_budget": (COMPUTE, "budget {display_name}"),
    "google_cloud_identity_group": (ROLES, "group {display_name}"),
    "google_cloud_identity_group_membership": (GRANTS, MEMBERSHIP),
    "google_iam_workload_identity_pool": (ROLES, "pool of the jobs' identities"),
    "google_iam_workload_identity_pool_provider": (ROLES, "provider of the jobs' identities"),
    "google_project_iam_custom_role": (ROLES, "role {role_id}"),
    "google_project_iam_member": (GRANTS, "{role} on project {project} to {member}"),
    "google_service_account": (ROLES, "service account {account_id}"),
    "google_service_account_key": (ROLES, "public key of {key}"),
    "google_service_account_iam_member": (GRANTS, "{role} on a service account to {member}"),
    "postgresql_database": (SCHEMAS, "database {name}"),
    "postgresql_default_privileges": (GRANTS, "{privileges} on future {on} to {to}"),
    "postgresql_function": (SCHEMAS, "function {schema}.{name}"),
    "postgresql_grant": (GRANTS, _GRANT),
    "postgresql_grant_role": (GRANTS, MEMBERSHIP),
    "postgresql_role": (ROLES, "role {name}"),
    "postgresql_schema": (SCHEMAS, "schema {name}"),
    "snowflake_account_role": (ROLES, "role {name}"),
    "snowflake_database": (SCHEMAS, "database {name}"),
    "snowflake_grant_account_role": (GRANTS, MEMBERSHIP),
    "snowflake_grant_ownership": (GRANTS, "OWNERSHIP on {on} to {to}"),
    "snowflake_grant_privileges_to_account_role": (GRANTS, _GRANT),
    "snowflake_resource_monitor": (COMPUTE, "cost limit {name}"),
    "snowflake_schema": (SCHEMAS, "schema {name}"),
    "snowflake_service_user": (ROLES, "login {name}"),
    "snowflake_tag": (COMPUTE, "tag {name}"),
    "snowflake_tag_association": (COMPUTE, "tag {key} of each {object_type}"),
    "snowflake_user_public_keys": (ROLES, "public keys of {name}"),
    "snowflake_warehouse": (COMPUTE, "warehouse {name}"),
    # --- forges
    "github_actions_environment_variable": (
        REPOSITORY,
        "variable {variable_name} of {environment} of {repository}",
    ),
    "github_actions_variable": (REPOSITORY, "variable {variable_name} of {repository}"),
    "github_issue_label": (REPOSITORY, "label {name} of {repository}"),
    "github_repository": (REPOSITORY, "repository {name}"),
    "github_repository_deploy_key": (REPOSITORY, "deploy key {title} of {repository}"),
    "github_repository_environment": (REPOSITORY, "environment {environment} of {repository}"),
    "github_repository_environment_deployment_policy": (
        REPOSITORY,
        "branch {branch_pattern} in {environment} of {repository}",
    ),
    "github_repository_ruleset": (REPOSITORY, "rule `{name}` of {repository}"),
    "github_repository_vulnerability_alerts": (REPOSITORY, "security alerts of {repository}"),
    "github_team": (TEAMS, "team {name}"),
    "github_team_membership": (TEAMS, "{username} in team {team}"),
    "github_team_repository": (REPOSITORY, "{permission} of {repository} for team {team_id}"),
    "github_workflow_repository_permissions": (REPOSITORY, "rights of jobs of {repository}"),
    "gitlab_branch_protection": (REPOSITORY, "protection of {branch} of {repository}"),
    "gitlab_deploy_key": (REPOSITORY, "deploy key {title} of {repository}"),
    "gitlab_group": (TEAMS, "team {name}"),
    "gitlab_group_membership": (TEAMS, "{member} in team {team}"),
    "gitlab_pipeline_schedule": (JOBS, "schedule {description} of {repository}"),
    "gitlab_pipeline_schedule_variable": (JOBS, "job of schedule {value} of {repository}"),
    "gitlab_project": (REPOSITORY, "repository {name}"),
    "gitlab_project_approval_rule": (REPOSITORY, "approval rule `{name}` of {repository}"),
    "gitlab_project_environment": (REPOSITORY, "environment {name} of {repository}"),
    "gitlab_project_label": (REPOSITORY, "label {name} of {repository}"),
    "gitlab_project_level_mr_approvals": (REPOSITORY, "rules of approvals of {repository}"),
    "gitlab_project_share_group": (REPOSITORY, "access of team {key} to {repository}"),
    "gitlab_project_variable": (REPOSITORY, "variable {key} of {repository}"),
    "gitlab_tag_protection": (REPOSITORY, "protection of tags of {repository}"),
    # --- runtimes
    "dbtcloud_bigquery_credential": (JOBS, "what {key} of {repository} signs in with"),
    "dbtcloud_databricks_credential": (JOBS, "what {key} of {repository} signs in with"),
    "dbtcloud_environment": (JOBS, "dbt Cloud environment {name} of {repository}"),
    "dbtcloud_environment_variable": (JOBS, "variable {name} of {repository} in dbt Cloud"),
    "dbtcloud_global_connection": (JOBS, "dbt Cloud connection {name}"),
    "dbtcloud_group_partial_permissions": (JOBS, "rights of {name} on {repository} in dbt Cloud"),
    "dbtcloud_job": (JOBS, "job {name} of {repository}"),
    "dbtcloud_model_notifications": (JOBS, "notices of models of {repository}"),
    "dbtcloud_partial_notification": (JOBS, "notices of failed jobs of {repository}"),
    "dbtcloud_postgres_credential": (JOBS, "what {key} of {repository} signs in with"),
    "dbtcloud_project": (JOBS, "dbt Cloud project {name}"),
    "dbtcloud_project_repository": (JOBS, "link of {repository} to dbt Cloud"),
    "dbtcloud_repository": (JOBS, "link of {repository} to dbt Cloud"),
    "dbtcloud_snowflake_credential": (JOBS, "what {key} of {repository} signs in with"),
}
"""Resource type -> (its group, what it is called: filled in from its attributes, see `name`)."""

_KEY = re.compile(r'\["?([^"\]]*)"?\]$')
_MODULE = re.compile(r'module\.[a-z_]+\["([^"\]]*)"\]')


def group(resource_type: str) -> str:
    """The group that a resource is shown in; what is not in the table stands with grants."""
    return MEANINGS.get(resource_type, (GRANTS, ""))[0]


def name(change: Change, stack: str = "") -> str:
    """What a resource is called in the user's words, such as `schema flights_products`.

    Args:
        change: a change of it.
        stack: name of its stack, for what is a project's and does not say so.
    """
    values = change.values
    template = MEANINGS.get(change.type, ("", change.address))[1]
    if template == MEMBERSHIP:
        return _role_to(values, _key(change.address))
    if template == "role {name}" and values.get("login"):
        template = "login {name}"
    return template.format_map(_Words(values, change.address, stack))


def called(address: str, stack: str = "") -> str:
    """What a resource is called of which only the address is known."""
    parts = [part for part in re.split(r"\.(?![^\[]*\])", address) if part]
    kind = next((part for part in parts if part in MEANINGS), "")
    return name(Change(address, kind, "create", {}, {}), stack) if kind else address


def member_of(change: Change) -> tuple[str, str] | None:
    """Role and member, for a membership of the access model; its key says both."""
    if MEANINGS.get(change.type, ("", ""))[1] != MEMBERSHIP:
        return None
    role, slash, member = _key(change.address).partition("/")
    return (role, member) if slash else None


class _Words(dict[str, str]):
    """Values as words; what is not known is told by the address."""

    def __init__(self, values: dict[str, Any], address: str, stack: str) -> None:
        key = _key(address)
        team, _, member = key.rpartition("/")
        found = _MODULE.findall(address)
        home = {"repository": found[-1] if found else stack, "project": stack}
        own = {"key": key, "on": _on(values), "to": _to(values)}
        known = {"member": member, "team": team or stack, "username": member}
        super().__init__(
            {k: v for k, v in (home | known | own).items() if v}
            | {k: _word(v) for k, v in values.items() if v not in (None, "") and k != "project"}
        )
        if "project" in home and isinstance(values.get("project"), str):
            self["project"] = values["project"] if not values["project"].isdigit() else stack

    def __missing__(self, wanted: str) -> str:
        return self.get("key") or self.get("repository") or "it"


def _key(address: str) -> str:
    found = _KEY.search(address)
    return found[1] if found else ""


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    return str(value).replace('"', "")


def _role_to(values: dict[str, Any], key: str) -> str:
    role = values.get("grant_role") or values.get("role_name")
    member = values.get("parent_role_name") or values.get("user_name") or values.get("role")
    return f"role {role} to {member}" if role and member else f"role {key} to its login"


def _to(values: dict[str, Any]) -> str:
    return str(
        values.get("account_role_name") or values.get("role") or values.get("principal") or ""
    )


def _on(values: dict[str, Any]) -> str:
    """What a privilege is about."""
    for key in ("on_schema", "on_account_object", "on_schema_object", "on"):
        for block in _blocks(values.get(key)):
            return _object(block)
    for kind in ("schema", "catalog"):
        if values.get(kind) and "privileges" in values:
            of = values.get("object_type")
            return f"{of}s of {values[kind]}" if of == "table" else f"{kind} {values[kind]}"
    return f"database {values['database']}" if values.get("database") else ""


def _object(block: dict[str, Any]) -> str:
    for when in ("future", "all"):
        for inner in _blocks(block.get(when)):
            kind = str(inner.get("object_type_plural", "")).lower()
            return f"{when} {kind} of {_word(inner.get('in_schema', ''))}"
    if block.get("schema_name"):
        return f"schema {_word(block['schema_name'])}"
    kind = str(block.get("object_type", "")).lower()
    return f"{kind} {_word(block.get('object_name', ''))}".strip()


def _blocks(value: Any) -> Iterator[dict[str, Any]]:
    items: Iterable[Any] = value if isinstance(value, list) else [value]
    yield from (item for item in items if isinstance(item, dict))
