"""Terraform's providers of hosted platforms: which, in which version, told what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from meshnew.mesh.models import MeshSpec

REQUIRED_VERSION = ">= 1.11"
"""Of the engine: since then it has write-only arguments, so that no secret gets into a state."""


@dataclass(frozen=True)
class Provider:
    """One provider.

    Attributes:
        name: what resources of it begin with.
        source: its address in the registry.
        version: the one that the modules were held against.
        settings: spec -> its configuration; what it signs in with comes from the environment.
    """

    name: str
    source: str
    version: str
    settings: Callable[[MeshSpec], dict[str, Any]]


def _postgresql(spec: MeshSpec) -> dict[str, Any]:
    assert spec.warehouse.kind == "postgres"  # noqa: S101  (chosen by it)
    own = spec.warehouse.model_dump(include={"host", "port", "sslmode"})
    return own | {"superuser": False, "connect_timeout": 30}


def _snowflake(spec: MeshSpec) -> dict[str, Any]:
    assert spec.warehouse.kind == "snowflake"  # noqa: S101
    own = spec.warehouse
    return {"organization_name": own.organization, "account_name": own.account}


def _google(spec: MeshSpec) -> dict[str, Any]:
    assert spec.warehouse.kind == "bigquery"  # noqa: S101
    return {"project": spec.warehouse.databases.prod}


def _databricks(spec: MeshSpec) -> dict[str, Any]:
    assert spec.warehouse.kind == "databricks"  # noqa: S101
    own = spec.warehouse
    return {"host": f"https://{own.host}", "account_id": own.account}


def _github(spec: MeshSpec) -> dict[str, Any]:
    assert spec.forge.kind == "github"  # noqa: S101
    found: dict[str, Any] = {"owner": spec.forge.organization}
    if spec.forge.host != "github.com":
        found["base_url"] = f"https://{spec.forge.host}/"
    if spec.forge.provisioner.type == "app":
        found["app_auth"] = [{}]  # its presence makes the provider look into the environment
    return found


def _gitlab(spec: MeshSpec) -> dict[str, Any]:
    assert spec.forge.kind == "gitlab"  # noqa: S101
    return {"base_url": f"https://{spec.forge.host}/api/v4/"}


def _dbtcloud(spec: MeshSpec) -> dict[str, Any]:
    assert spec.runtime.kind == "dbt_cloud"  # noqa: S101
    return {"account_id": spec.runtime.account, "host_url": f"https://{spec.runtime.host}/api"}


PROVIDERS: dict[tuple[str, str], Provider] = {
    ("warehouse", "postgres"): Provider("postgresql", "cyrilgdn/postgresql", "1.26.0", _postgresql),
    ("warehouse", "snowflake"): Provider(
        "snowflake", "snowflakedb/snowflake", "2.20.0", _snowflake
    ),
    ("warehouse", "bigquery"): Provider("google", "hashicorp/google", "7.45.0", _google),
    ("warehouse", "databricks"): Provider(
        "databricks", "databricks/databricks", "1.128.0", _databricks
    ),
    ("forge", "github"): Provider("github", "integrations/github", "6.13.0", _github),
    ("forge", "gitlab"): Provider("gitlab", "gitlabhq/gitlab", "19.1.0", _gitlab),
    ("runtime", "dbt_cloud"): Provider("dbtcloud", "dbt-labs/dbtcloud", "1.12.5", _dbtcloud),
}
"""(platform, kind) -> its provider."""


def of(modules: Iterable[tuple[str, str]]) -> list[Provider]:
    """Providers that modules, given by platform and kind, need."""
    return [PROVIDERS[module] for module in modules if module in PROVIDERS]
