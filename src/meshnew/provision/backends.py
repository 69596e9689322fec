"""Where Terraform keeps the state of each stack: a key of its own, and locked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from meshnew.mesh import names

if TYPE_CHECKING:
    from meshnew.mesh.platforms import State


def backend(state: State, mesh: str, layer: str, name: str) -> dict[str, dict[str, Any]]:
    """The `backend` block of a stack; what it signs in with comes from the environment.

    Args:
        state: `state` of mesh.yml.
        mesh: the mesh's name: several meshes may share one place.
        layer: of the stack.
        name: of the stack.
    """
    if state.kind == "local":
        return {"local": {}}
    if state.kind == "pg":
        return {"pg": {"schema_name": names.state_schema(state.prefix, layer, name)}}
    if state.kind == "http":
        return {"http": _http(state.address.rstrip("/"), f"{mesh}-{layer}-{name}")}
    key = f"{state.prefix}/{mesh}/{layer}/{name}"
    if state.kind == "s3":
        place = {"bucket": state.bucket, "key": f"{key}.tfstate", "region": state.region}
        return {"s3": place | {"encrypt": True, "use_lockfile": True}}
    if state.kind == "gcs":
        return {"gcs": {"bucket": state.bucket, "prefix": key}}
    return {
        "azurerm": {
            "storage_account_name": state.storage_account,
            "container_name": state.container,
            "key": f"{key}.tfstate",
            "use_azuread_auth": True,
        }
    }


def _http(address: str, name: str) -> dict[str, Any]:
    """As GitLab's Terraform states are addressed and locked."""
    return {
        "address": f"{address}/{name}",
        "lock_address": f"{address}/{name}/lock",
        "unlock_address": f"{address}/{name}/lock",
        "lock_method": "POST",
        "unlock_method": "DELETE",
        "retry_wait_min": 5,
    }
