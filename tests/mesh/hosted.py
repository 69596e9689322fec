"""Settings of every kind of platform, as a company would write them."""

from __future__ import annotations

from typing import Any

PLATFORMS: dict[str, dict[str, dict[str, Any]]] = {
    "warehouse": {
        "embedded": {},
        "postgres": {"host": "db.skyline.example"},
        "snowflake": {"organization": "SKYLINE", "account": "ANALYTICS"},
        "bigquery": {
            "databases": {"prod": "skyline-data", "dev": "skyline-dev", "ci": "skyline-ci"},
            "customer": "C012abcd",
            "group_domain": "skyline.example",
        },
        "databricks": {
            "host": "skyline.cloud.databricks.com",
            "account": "00000000-1111-2222-3333-444444444444",
        },
    },
    "forge": {
        "embedded": {},
        "github": {"organization": "skyline"},
        "gitlab": {"group": "skyline/data", "tier": "premium"},
    },
    "runtime": {"embedded": {}, "forge": {}, "dbt_cloud": {"account": 4711, "connection": 12}},
    "state": {
        "local": {},
        "s3": {"bucket": "skyline-state", "region": "eu-central-1"},
        "gcs": {"bucket": "skyline-state"},
        "azurerm": {"storage_account": "skylinestate", "container": "terraform"},
        "pg": {},
        "http": {"address": "https://gitlab.com/api/v4/projects/1/terraform/state"},
    },
}
"""Key of mesh.yml -> kind -> its settings."""

KINDS = {of: list(kinds) for of, kinds in PLATFORMS.items()}
BASE: dict[str, Any] = {
    "name": "skyline",
    "template": {"version": "v0.1.0"},
    "platform_team": {"name": "platform", "members": ["grace"]},
}


def spec(warehouse: str, forge: str, runtime: str, state: str) -> dict[str, Any]:
    """The part of mesh.yml that names these platforms."""
    kinds = {"warehouse": warehouse, "forge": forge, "runtime": runtime, "state": state}
    return {of: {"kind": kind, **PLATFORMS[of][kind]} for of, kind in kinds.items()}
