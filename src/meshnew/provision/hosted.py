"""What modules of hosted platforms are told beside what every platform is.

The access model is the same everywhere (`compose`); here is who people are on the
platform, which database is for what, what it may cost, and what the forge's CI and
the runtime connect as. Modules take one settings object in all layers and keep what
they need of it.
"""

from __future__ import annotations

import re
from typing import Any

from meshnew.mesh import access
from meshnew.mesh.mesh import INTERFACES, MESH_REPOSITORY, TEMPLATE, Mesh
from meshnew.mesh.models import MeshSpec

PEOPLE = "people"
"""Compute that people and readers share."""
_GITHUB_TOKENS = "https://token.actions.githubusercontent.com"

Variables = dict[str, Any]


def databases(spec: MeshSpec) -> tuple[str, dict[str, str]]:
    """The production database, and those for `development`, `ci` and `raw` where they differ."""
    own = getattr(spec.warehouse, "databases", None)
    if own is not None:
        found = {"development": own.dev, "ci": own.ci}
        return own.prod, found | ({"raw": own.raw} if own.raw else {})
    if spec.warehouse.kind == "snowflake":
        name = spec.name.upper()
        return name, {"development": f"{name}_DEV", "ci": f"{name}_CI"}
    if spec.warehouse.kind == "databricks":
        return spec.name, {"development": f"{spec.name}_dev", "ci": f"{spec.name}_ci"}
    return spec.name, {}


def mesh_warehouse(mesh: Mesh) -> Variables:
    """Databases, compute that people share, and who they are."""
    spec = mesh.spec
    _prod, others = databases(spec)
    logins = sorted({*mesh.people, *spec.readers})
    return {
        "databases": others,
        "compute": _compute(spec, PEOPLE, logins),
        "labels": _labels(mesh),
        "settings": _warehouse_settings(spec),
        **_location(spec),
    }


def login(spec: MeshSpec, name: str) -> Variables:
    """What is known of somebody who connects."""
    if name in spec.readers:
        return {"person": False, "public_keys": spec.readers[name].public_keys}
    known = spec.people.get(name)
    return {"principal": known.principal} if known and known.principal else {}


def domain_warehouse(mesh: Mesh, domain: str) -> Variables:
    """Labels and place of a domain's schemas."""
    spec = mesh.domains[domain]
    owner = re.sub(r"[^a-z0-9]+", "-", spec.owner.name.lower()).strip("-")[:63]
    labels = _labels(mesh) | {"domain": domain, "owner": owner, "team": spec.team}
    return {
        "labels": labels,
        "drop_data": "${var.drop_data}",
        "settings": _warehouse_settings(mesh.spec),
        **_location(mesh.spec),
    }


def schema(spec: MeshSpec, domain: str, name: str) -> Variables:
    """In which database a schema lies, and whose tables its views read."""
    _prod, others = databases(spec)
    if name == access.schema(domain, "products"):
        return {"views_of": [access.schema(domain, "private")]}
    if name == access.schema(domain, "private"):
        return {}
    purpose = "raw" if name == access.schema(domain, "raw") else "development"
    return {"database": others[purpose]} if purpose in others else {}


def role(mesh: Mesh, project: str, name: str) -> Variables:
    """By what an identity signs in: its keys, or what the forge's CI says of its jobs."""
    spec = mesh.spec
    found: Variables = {"public_keys": mesh.projects[project].public_keys.get(name, [])}
    environments = {
        access.Role.TRANSFORMER.of(project): "production",
        access.Role.CI.of(project): "ci",
    }
    if spec.runtime.kind == "forge" and name in environments:
        found["subjects"] = _subjects(spec, project, environments[name])
    return {key: value for key, value in found.items() if value}


def project_warehouse(mesh: Mesh, project: str) -> Variables:
    """Compute of a project, and where its changes are checked."""
    _prod, others = databases(mesh.spec)
    domains = mesh.projects[project].domains
    own = [access.Role.OWNER, access.Role.DEVELOPER, access.Role.LOADER]
    if mesh.spec.warehouse.kind == "bigquery":
        # Jobs are run in a Google Cloud project: a loader's where its data lies, an owner's by
        # the transformer.
        own = [access.Role.DEVELOPER]
    users = [role.of(project) for role in access.PROJECT_ROLES]
    users += [role.of(domain) for domain in domains for role in own]
    return {
        "databases": others,
        "compute": _compute(mesh.spec, project, users),
        "labels": _labels(mesh) | {"project": project},
        "settings": _warehouse_settings(mesh.spec),
    }


def mesh_forge(mesh: Mesh) -> Variables:
    """Whose the mesh's own repositories are, and whether they are still empty."""
    return {"settings": forge_settings(mesh.spec), "starter": "${var.unpushed}"}


def mesh_repository(mesh: Mesh, name: str) -> Variables:
    """How one of the mesh's own repositories is protected.

    `interfaces` is not, as on the laptop: every deploy of whatever project pushes to it, and a
    change would wait for somebody. Who may push at all is the platform team, by the mesh's token.
    """
    main = {"main": {"approvals": mesh.spec.approvals}}
    return {"protected_branches": {} if name == INTERFACES else main}


def domain_forge(mesh: Mesh) -> Variables:
    """What every team may read."""
    return {
        "reads": sorted((INTERFACES, MESH_REPOSITORY, TEMPLATE)),
        "settings": forge_settings(mesh.spec),
    }


def project_forge(mesh: Mesh, project: str) -> Variables:
    """What a project's CI runs in, or what it must know of dbt Cloud."""
    spec, own = mesh.spec, mesh.projects[project]
    found: Variables = {"settings": forge_settings(spec), "starter": "${var.unpushed}"}
    if not own.domains:
        return found
    if spec.runtime.kind == "dbt_cloud":
        found["variables"] = "${module.runtime.variables}"
        if not spec.runtime.github_installation:
            key = {"key": "${module.runtime.deploy_key}"}
            found["deploy_keys"] = {} if spec.forge.kind == "gitlab" else {"dbt Cloud": key}
        return found
    return found | {"schedules": {name: job.schedule for name, job in own.jobs.items()}}


def checks(spec: MeshSpec) -> list[str]:
    """Checks that a change of a project must have passed."""
    return ["ci"] if spec.runtime.kind != "dbt_cloud" or spec.runtime.check else []


def forge_settings(spec: MeshSpec) -> Variables:
    """What only this kind of forge has."""
    usernames = {name: known.forge for name, known in spec.people.items() if known.forge}
    forge = spec.forge
    if forge.kind == "github":
        own = forge.model_dump(
            include={"organization", "organization_owners", "provisioner", "visibility"},
            exclude_none=True,
        )
        if spec.runtime.kind == "dbt_cloud":
            own["check_contexts"] = {"ci": spec.runtime.check} if spec.runtime.check else {}
    else:
        own = forge.model_dump(include={"group", "tier", "visibility"})
    return own | {"usernames": usernames}


def address(spec: MeshSpec, repository: str) -> str:
    """Of a repository, as git reads it by ssh."""
    assert spec.forge.kind != "embedded"  # noqa: S101  (its own addresses mean one machine)
    host = spec.forge.host.partition(":")[0]
    return f"git@{host}:{spec.forge.owner}/{repository}.git"


def _compute(spec: MeshSpec, name: str, users: list[str]) -> Variables:
    own = getattr(spec.warehouse, "compute", None)
    return {name: own.model_dump(exclude_none=True) | {"users": users}} if own else {}


def _labels(mesh: Mesh) -> dict[str, str]:
    return mesh.spec.labels | {"mesh": mesh.spec.name}


def _location(spec: MeshSpec) -> Variables:
    return {"location": spec.warehouse.location} if spec.warehouse.kind == "bigquery" else {}


def _warehouse_settings(spec: MeshSpec) -> Variables:
    issuer = {"oidc_issuer": _issuer(spec)} if spec.runtime.kind == "forge" else {}
    if spec.warehouse.kind == "postgres":
        return {"create_database": spec.warehouse.create_database}
    if spec.warehouse.kind == "snowflake":
        own = spec.warehouse.model_dump(include={"create_databases", "retention_days"})
        return own | issuer
    if spec.warehouse.kind == "bigquery":
        return _google_settings(spec) | issuer
    assert spec.warehouse.kind == "databricks"  # noqa: S101  (the laptop has no settings)
    return spec.warehouse.model_dump(
        include={"create_databases", "serverless", "storage_root"}, exclude_none=True
    )


def _google_settings(spec: MeshSpec) -> Variables:
    """Whose groups the roles are, how their addresses begin, and whose jobs are let in."""
    assert spec.warehouse.kind == "bigquery"  # noqa: S101
    names = {"billing_account", "customer", "group_domain"}
    found = spec.warehouse.model_dump(include=names, exclude_none=True)
    if spec.runtime.kind == "forge":
        assert spec.forge.kind != "embedded"  # noqa: S101
        kind = "repo" if spec.forge.kind == "github" else "project_path"
        found["oidc_subjects"] = f"{kind}:{spec.forge.owner}/"
    return found | {"group_prefix": spec.name}


def _issuer(spec: MeshSpec) -> str:
    """Who issues the tokens by which the forge's CI is known."""
    assert spec.forge.kind != "embedded"  # noqa: S101
    if spec.forge.kind == "gitlab":
        return f"https://{spec.forge.host}"
    own = f"https://{spec.forge.host}/_services/token"
    return _GITHUB_TOKENS if spec.forge.host == "github.com" else own


def _subjects(spec: MeshSpec, project: str, environment: str) -> list[str]:
    """What the forge says of jobs; the forge's modules say the same in their outputs.

    Said here, for theirs depend on what the environments are told of the warehouse.
    """
    assert spec.forge.kind != "embedded"  # noqa: S101
    repository = f"{spec.forge.owner}/{project}"
    if spec.forge.kind == "github":
        return [f"repo:{repository}:environment:{environment}"]
    branch = "main" if environment == "production" else "*"
    if branch == "*" and spec.warehouse.kind == "snowflake":
        return []  # it compares subjects letter by letter
    return [f"project_path:{repository}:ref_type:branch:ref:{branch}"]
