"""What jobs on hosted platforms connect as, and where they build.

Values that only the warehouse knows once it made them are references to its module's
outputs, which Terraform resolves.
"""

from __future__ import annotations

from typing import Any

from meshnew.mesh.access import Role
from meshnew.mesh.mesh import Mesh
from meshnew.mesh.models import MeshSpec, ProjectSpec
from meshnew.mesh.names import CI, DEPLOY
from meshnew.provision import hosted

PRODUCTION = "production"
TOKEN = "MESH_TOKEN"  # noqa: S105
"""Secret by which a job reads the mesh's repositories and writes its own interface."""

Variables = dict[str, Any]


def environments(spec: MeshSpec, project: str) -> dict[str, Variables]:
    """Environments of the forge's CI, named as the template's workflows name them."""
    secrets = [TOKEN, *_SECRETS.get(spec.warehouse.kind, ())]
    return {
        name: {"variables": _variables(spec, project, name), "secrets": sorted(secrets)}
        | ({"protected": True} if name == PRODUCTION else {})
        for name in (CI, PRODUCTION)
    }


def dbt_cloud(mesh: Mesh, project: str) -> Variables:
    """A project of dbt Cloud: environments, jobs, connection and repository."""
    spec, own = mesh.spec, mesh.projects[project]
    runtime = spec.runtime
    assert runtime.kind == "dbt_cloud"  # noqa: S101  (asked for it alone)
    owners = sorted({domain.owner.email for domain in own.domains.values()})
    return {
        "project": project,
        "access": {domain.team: "write" for domain in own.domains.values()}
        | {spec.platform_team.name: "maintain"},
        "environments": _environments_of_dbt(spec, project, own),
        "jobs": {
            CI: {"command": f"meshnew run {project} {CI}", "on": "change"},
            DEPLOY: {"command": f"meshnew run {project} {DEPLOY}", "on": "merge"},
        }
        | {
            name: {"command": f"meshnew run {project} {name}", "schedule": job.schedule}
            for name, job in own.jobs.items()
        },
        "notify": owners if runtime.notification_user else [],
        "repository": {"url": hosted.address(spec, project), "id": "${module.forge.id}"},
        "secrets": "${var.secrets}",
        "settings": _settings_of_dbt(spec, project),
        "starter": "${var.starter}",
    }


def _identity(project: str, environment: str) -> str:
    role = Role.TRANSFORMER if environment == PRODUCTION else Role.CI
    return role.of(project)


def _database(spec: MeshSpec, environment: str) -> str:
    production, others = hosted.databases(spec)
    return others.get(environment, production)


def _output(name: str, key: str) -> str:
    return f'${{module.warehouse.{name}["{key}"]}}'


def _variables(spec: MeshSpec, project: str, environment: str) -> dict[str, str]:
    """Variables that profiles.yml reads; the secrets beside them somebody sets."""
    warehouse = spec.warehouse
    identity = _output("identities", _identity(project, environment))
    database = _database(spec, environment)
    if warehouse.kind == "postgres":
        return {"PGHOST": warehouse.host, "PGUSER": identity, "PGDATABASE": database}
    if warehouse.kind == "snowflake":
        return {
            "SNOWFLAKE_ACCOUNT": f"{warehouse.organization}-{warehouse.account}",
            "SNOWFLAKE_USER": identity,
            "SNOWFLAKE_ROLE": _identity(project, environment).upper(),
            "SNOWFLAKE_DATABASE": database,
        }
    if warehouse.kind == "bigquery":
        return {
            "GOOGLE_CLOUD_PROJECT": database,
            "BIGQUERY_LOCATION": warehouse.location,
            "GOOGLE_SERVICE_ACCOUNT": identity,
            "GOOGLE_WORKLOAD_IDENTITY_PROVIDER": "${module.warehouse.federation}",
        }
    assert warehouse.kind == "databricks"  # noqa: S101  (the laptop has no such jobs)
    return {
        "DATABRICKS_HOST": warehouse.host,
        "DATABRICKS_HTTP_PATH": _output("compute", project),
        "DATABRICKS_CATALOG": database,
        "DATABRICKS_CLIENT_ID": identity,
    }


_SECRETS = {
    "postgres": ["PGPASSWORD"],
    "snowflake": ["SNOWFLAKE_PRIVATE_KEY"],
    "databricks": ["DATABRICKS_CLIENT_SECRET"],
}
"""Warehouse -> secrets of a job, as the template's workflows name them."""


def _environments_of_dbt(spec: MeshSpec, project: str, own: ProjectSpec) -> dict[str, Variables]:
    first = next(iter(own.domains))
    found: dict[str, Variables] = {"development": {"database": _database(spec, "development")}}
    for name, schema in ((CI, f"ci_{project}"), (PRODUCTION, first)):
        found[name] = {
            "database": _database(spec, name),
            "identity": _output("identities", _identity(project, name)),
            "schema": schema,
        }
        if spec.warehouse.kind == "snowflake":
            found[name]["role"] = _identity(project, name).upper()
            found[name]["compute"] = _output("compute", project)
    return found


def _settings_of_dbt(spec: MeshSpec, project: str) -> Variables:
    runtime = spec.runtime
    assert runtime.kind == "dbt_cloud"  # noqa: S101
    own = runtime.model_dump(
        include={
            *("dbt_version", "threads", "timeout", "state_aware", "compare_changes", "lint"),
            "notification_user",
        },
        exclude_none=True,
    )
    connection = (
        {"connection_id": runtime.connection}
        if runtime.connection
        else {"connection": _connection(spec, project)}
    )
    return own | connection | {"adapter": spec.warehouse.kind, "git": _git(spec)}


def _git(spec: MeshSpec) -> Variables:
    runtime = spec.runtime
    assert runtime.kind == "dbt_cloud"  # noqa: S101
    if runtime.github_installation:
        return {
            "strategy": "github_app",
            "github_installation_id": runtime.github_installation,
        }
    return {"strategy": "deploy_token" if spec.forge.kind == "gitlab" else "deploy_key"}


def _connection(spec: MeshSpec, project: str) -> Variables:
    """Where the warehouse is: each project computes with its own."""
    warehouse = spec.warehouse
    database = _database(spec, PRODUCTION)
    if warehouse.kind == "postgres":
        place = {"hostname": warehouse.host, "port": warehouse.port, "dbname": database}
        return {"postgres": place}
    if warehouse.kind == "snowflake":
        return {
            "snowflake": {
                "account": f"{warehouse.organization}-{warehouse.account}",
                "database": database,
                "warehouse": _output("compute", project),
            }
        }
    assert warehouse.kind == "databricks"  # noqa: S101  (BigQuery's is given by number)
    return {
        "databricks": {
            "host": warehouse.host,
            "http_path": _output("compute", project),
            "catalog": database,
        }
    }
