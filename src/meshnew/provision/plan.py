"""A saved plan, read from `terraform show -json` into typed changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meshnew.provision.compose import Stack

_ACTIONS = {
    ("create",): "create",
    ("update",): "update",
    ("delete",): "delete",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
}


@dataclass(frozen=True)
class Change:
    """One resource that the plan changes.

    Attributes:
        address: Terraform's address of the resource.
        type: Terraform's resource type, such as `embedded_schema`.
        action: create, update, delete, replace, or adopt: it is there and the state takes it in.
        before: attributes as they are; empty on create.
        after: attributes as they will be, unknown ones left out; empty on delete.
        drifted: whether it was found otherwise than the last apply left it.
    """

    address: str
    type: str
    action: str
    before: dict[str, Any] = field(hash=False)
    after: dict[str, Any] = field(hash=False)
    drifted: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """The attributes that name the resource: as it will be, or as it was."""
        return self.after or self.before


@dataclass(frozen=True)
class StackPlan:
    """What Terraform will do to one stack.

    Attributes:
        stack: the stack that was planned.
        folder: its root module; holds the saved plan.
        changes: resources that change; empty where nothing does.
        text: Terraform's own rendering; empty unless asked for.
    """

    stack: Stack
    folder: Path
    changes: tuple[Change, ...]
    text: str = ""

    def to_json(self) -> dict[str, Any]:
        """For `--json`: layer, name and each change's action, type and address."""
        return {
            "layer": self.stack.layer,
            "name": self.stack.name,
            "changes": [
                {"action": change.action, "type": change.type, "address": change.address}
                for change in self.changes
            ],
        }


def read_changes(document: dict[str, Any]) -> tuple[Change, ...]:
    """Changes of `terraform show -json`, in its order; what stays as it is is left out."""
    drifted = {item["address"] for item in document.get("resource_drift", [])}
    return tuple(
        Change(
            item["address"],
            item["type"],
            action,
            item["change"].get("before") or {},
            item["change"].get("after") or {},
            item["address"] in drifted,
        )
        for item in document.get("resource_changes", [])
        if (action := _action(item["change"]))
    )


def _action(change: dict[str, Any]) -> str | None:
    return "adopt" if change.get("importing") else _ACTIONS.get(tuple(change["actions"]))
