"""What a thing that is there already is called when Terraform takes it into its state.

One table, resource type -> the provider's id of it, filled in from what the plan means to make.
Types that are not in it have no such id: rights, which are simply given again, and what only the
platform can name, by a number of its own; that is said by hand.
"""

from __future__ import annotations

import string
from collections.abc import Iterable
from typing import Any

from meshnew.provision.plan import Change

IDS: dict[str, str] = {
    "databricks_catalog": "{name}",
    "databricks_schema": "{catalog_name}.{name}",
    "github_actions_environment_variable": "{repository}:{environment}:{variable_name}",
    "github_actions_variable": "{repository}:{variable_name}",
    "github_issue_label": "{repository}:{name}",
    "github_repository": "{name}",
    "github_repository_environment": "{repository}:{environment}",
    "github_team": "{name}",
    "github_team_membership": "{team_id}:{username}",
    "github_team_repository": "{team_id}:{repository}",
    "gitlab_branch_protection": "{project}:{branch}",
    "gitlab_group_membership": "{group_id}:{user_id}",
    "gitlab_project_label": "{project}:{name}",
    "gitlab_project_share_group": "{project}:{group_id}",
    "gitlab_project_variable": "{project}:{key}:{environment_scope}",
    "gitlab_tag_protection": "{project}:{tag}",
    "google_bigquery_dataset": "projects/{project}/datasets/{dataset_id}",
    "google_iam_workload_identity_pool": (
        "projects/{project}/locations/global/workloadIdentityPools/{workload_identity_pool_id}"
    ),
    "google_service_account": (
        "projects/{project}/serviceAccounts/{account_id}@{project}.iam.gserviceaccount.com"
    ),
    "postgresql_database": "{name}",
    "postgresql_role": "{name}",
    "postgresql_schema": "{database}.{name}",
    "snowflake_account_role": '"{name}"',
    "snowflake_database": '"{name}"',
    "snowflake_resource_monitor": '"{name}"',
    "snowflake_schema": '"{database}"."{name}"',
    "snowflake_service_user": '"{name}"',
    "snowflake_warehouse": '"{name}"',
}
"""Resource type -> its id, with the attributes that it is made of."""


def ids(changes: Iterable[Change]) -> dict[str, str]:
    """Address -> id of what a plan would make and could be there already.

    What is made of a value that is not known yet, as a team's number, comes once that is.
    """
    found = {}
    for change in changes:
        if change.action == "create" and (known_as := id_of(change.type, change.after)):
            found[change.address] = known_as
    return found


def id_of(resource_type: str, values: dict[str, Any]) -> str | None:
    """The provider's id of a resource with these values; None where they do not tell it."""
    template = IDS.get(resource_type, "")
    needed = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    if not needed or any(values.get(name) in (None, "") for name in needed):
        return None
    return template.format_map(values)
