"""A plan in the user's words: what a change of a resource means to them.

Keyed by the resource type without its platform's prefix, so a new platform
adds words only for what it alone has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from meshnew.mesh.access import Role
from meshnew.provision.plan import Change, StackPlan

Values = dict[str, Any]


def sentences(plans: Iterable[StackPlan]) -> list[str]:
    """One sentence a change, without doubles: stack by stack, in each the things first
    that others stand on.
    """
    found = (
        sentence(change)
        for plan in plans
        for change in sorted(plan.changes, key=lambda item: _rank(item.type))
    )
    return list(dict.fromkeys(text for text in found if text))


def sentence(change: Change) -> str | None:
    """What a change means, or None where it means nothing to a user."""
    kind = change.type.partition("_")[2]
    if change.action != "update" and (kind, change.action) in _SILENT:
        return None
    if change.action == "update" and kind in _UPDATES:
        return _UPDATES[kind](change.before, change.after)
    if kind not in _THINGS:
        return f"will {change.action} {change.address}"
    create, delete = _THINGS[kind]
    values = change.values
    if change.action == "create":
        return (
            None if kind == "schema_access" and not values["readers"] else f"will {create(values)}"
        )
    if change.action == "delete":
        return f"will {delete(values)}"
    return f"will {change.action} what it has: {create(values)}"


def _rank(resource_type: str) -> int:
    kind = resource_type.partition("_")[2]
    return list(_THINGS).index(kind) if kind in _THINGS else len(_THINGS)


def _domain_of(role: str) -> str:
    for suffix in Role:
        if role.endswith(f"_{suffix.value}"):
            return role.removesuffix(f"_{suffix.value}")
    return role


def _membership(values: Values, verb: str, gone: str) -> str:
    role, member = values["role"], values["member"]
    domain, who = _domain_of(role), _domain_of(member)
    if role.endswith(f"_{Role.CONSUMER}"):
        return f"{verb} {who} read {domain}_products"
    if role.endswith(f"_{Role.OWNER}"):
        return f"{verb} project {who} build {domain}"
    if member.endswith(f"_{Role.CI}"):
        return f"{verb} the checks of project {who} read {domain}"
    if role.endswith(f"_{Role.DEVELOPER}"):
        return f"{verb} {who} develop {domain}"
    return f"{gone} {member} in {role}"


def _role(values: Values) -> str:
    return f"{'login' if values.get('login') else 'role'} {values['name']}"


def _schedule(values: Values) -> str:
    return f" ({values['schedule']})" if values.get("schedule") else ""


def _permission(values: Values) -> str:
    return f"team {values['team']} {values['permission']} repository {values['repository']}"


def _readers(values: Values) -> str:
    return ", ".join(values.get("readers") or []) or "nobody else"


def _members(values: Values) -> str:
    return ", ".join(values.get("members") or []) or "nobody yet"


def _needs(values: Values) -> str:
    """What a change of a protected branch needs, as ` (ci passed, 1 approval)`."""
    parts = [f"{check} passed" for check in sorted(values.get("checks") or [])]
    if count := int(values.get("approvals") or 0):
        parts.append(f"{count} approval{'s' if count > 1 else ''}")
    return f" (changes need: {', '.join(parts)})" if parts else ""


_THINGS: dict[str, tuple[Callable[[Values], str], Callable[[Values], str]]] = {
    "database": (lambda v: f"create database {v['name']}", lambda v: f"drop database {v['name']}"),
    "role": (lambda v: f"create {_role(v)}", lambda v: f"drop {_role(v)}"),
    "schema": (
        lambda v: f"create schema {v['name']}",
        lambda v: f"drop schema {v['name']}",
    ),
    "schema_access": (
        lambda v: f"let {_readers(v)} read {v['schema']}",
        lambda v: f"close {v['schema']}",
    ),
    "membership": (
        lambda v: _membership(v, "let", "put"),
        lambda v: _membership(v, "no longer let", "no longer have"),
    ),
    "repository": (
        lambda v: f"create repository {v['name']}",
        lambda v: f"delete repository {v['name']}",
    ),
    "branch_protection": (
        lambda v: f"protect {v['branch']} of {v['repository']}{_needs(v)}",
        lambda v: f"no longer protect {v['branch']} of {v['repository']}",
    ),
    "team": (
        lambda v: f"create team {v['name']} ({_members(v)})",
        lambda v: f"delete team {v['name']}",
    ),
    "repository_access": (
        lambda v: f"let {_permission(v)}",
        lambda v: f"no longer let {_permission(v)}",
    ),
    "job": (
        lambda v: f"create job {v['name']} of {v['project']}{_schedule(v)}",
        lambda v: f"delete job {v['name']} of {v['project']}",
    ),
}


# Their coming and going means nothing by itself; only what they find does.
_SILENT = frozenset(
    {("role_members", "create"), ("role_members", "delete"), ("schema_access", "delete")}
)


def _update_members(before: Values, after: Values) -> str | None:
    strangers = sorted(set(before.get("strangers") or []) - set(after.get("strangers") or []))
    if not strangers:
        return None
    return f"will take {', '.join(strangers)} out of {after['role']}"


def _update_team(before: Values, after: Values) -> str:
    was, now = set(before.get("members") or []), set(after.get("members") or [])
    parts = [f"add {name}" for name in sorted(now - was)]
    parts += [f"remove {name}" for name in sorted(was - now)]
    return f"will change team {after['name']}: {', '.join(parts) or 'its settings'}"


def _update_protection(before: Values, after: Values) -> str:
    branch = f"{after['branch']} of {after['repository']}"
    parts = []
    if strays := sorted(before.get("strays") or []):
        parts.append(
            f"put {branch} back, which was edited by hand, and keep that on a branch of its own: "
            + "; ".join(strays)
        )
    if _needs(before) != _needs(after):
        parts.append(f"protect {branch}{_needs(after) or ' (changes need nothing)'}")
    return f"will {', and '.join(parts) or f'protect {branch} again'}"


_UPDATES: dict[str, Callable[[Values, Values], str | None]] = {
    "role_members": _update_members,
    "team": _update_team,
    "schema_access": lambda _, after: f"will restore who may use and read {after['schema']}",
    "schema": lambda before, after: (
        f"will give schema {after['name']} back to {after['owner']}"
        if before.get("owner") != after.get("owner")
        else f"will change schema {after['name']}"
    ),
    "repository_access": lambda _, after: f"will let {_permission(after)}",
    "job": lambda _, after: (
        f"will change job {after['name']} of {after['project']}{_schedule(after)}"
    ),
    "repository": lambda _, after: f"will change the settings of repository {after['name']}",
    "role": lambda _, after: f"will change {_role(after)}",
    "branch_protection": _update_protection,
}
