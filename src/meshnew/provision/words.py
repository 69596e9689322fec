"""A plan in the user's words: what a change of a resource means to them.

The laptop's resources have words of their own; those of hosted platforms are told by
the table of meanings, so that a new platform adds a line for each of its types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from meshnew.mesh.access import Role
from meshnew.provision import meaning
from meshnew.provision.plan import Change, StackPlan

Values = dict[str, Any]


def sentences(plans: Iterable[StackPlan]) -> list[str]:
    """One sentence a change, without doubles: stack by stack, in each the things first
    that others stand on.
    """
    return list(dict.fromkeys(text for _, text in _told(plans)))


def grouped(plans: Iterable[StackPlan]) -> dict[str, list[str]]:
    """The same sentences by what they are about, whichever provider is under it."""
    found: dict[str, list[str]] = {group: [] for group in meaning.GROUPS}
    seen = set()
    for group, text in _told(plans):
        if text not in seen:
            found[group].append(text)
            seen.add(text)
    return {group: texts for group, texts in found.items() if texts}


def _told(plans: Iterable[StackPlan]) -> Iterator[tuple[str, str]]:
    for plan in plans:
        for change in sorted(plan.changes, key=lambda item: _rank(item.type)):
            if text := sentence(change, plan.stack.name):
                yield meaning.group(change.type), text


def sentence(change: Change, stack: str = "") -> str | None:
    """What a change means, or None where it means nothing to a user.

    Args:
        change: the change.
        stack: name of its stack.
    """
    if not change.type.startswith("embedded_"):
        return _hosted(change, stack)
    kind = kind_of(change)
    if (kind, change.action) in _SILENT:
        return None
    if change.action == "adopt":
        return _adoption(kind, change)
    if change.action == "update" and kind in _UPDATES:
        return _UPDATES[kind](change.before, change.after)
    if kind not in _THINGS:
        return f"will {change.action} {change.address}"
    return _plainly(kind, change)


def _hosted(change: Change, stack: str) -> str:
    """A change of a hosted platform, by the table of meanings."""
    if pair := meaning.member_of(change):
        values = {"role": pair[0], "member": pair[1]}
        gone = change.action == "delete"
        verbs = ("no longer let", "no longer have") if gone else ("let", "put")
        return f"will {_membership(values, *verbs)}"
    thing = meaning.name(change, stack)
    if meaning.group(change.type) == meaning.GRANTS and change.action != "adopt":
        verb = {"create": "grant", "delete": "revoke"}.get(change.action)
        return f"will {verb} {thing}" if verb else f"will change the grant of {thing}"
    if change.action == "adopt":
        keys = [key for key, to in change.after.items() if change.before.get(key) != to]
        more = f", and change: {', '.join(sorted(keys))}" if keys else ""
        return f"will adopt {thing}, which is there already{more}"
    if change.action == "update":
        keys = [key for key, to in change.after.items() if change.before.get(key) != to]
        return f"will change {thing}" + (f": {', '.join(sorted(keys))}" if keys else "")
    return f"will {change.action} {thing}"


def _plainly(kind: str, change: Change) -> str | None:
    create, delete = _THINGS[kind]
    values = change.values
    if change.action == "delete":
        return f"will {delete(values)}"
    if change.action != "create":
        return f"will {change.action} what it has: {create(values)}"
    return None if kind == "schema_access" and not values["readers"] else f"will {create(values)}"


def adopted(plans: Iterable[StackPlan]) -> list[str]:
    """What plans took into the state, named; memberships and rights are not worth a name."""
    changes = [change for plan in plans for change in plan.changes if change.action == "adopt"]
    changes.sort(key=lambda change: _rank(change.type))
    return [name for change in changes if (name := _adopted(change))]


def _adopted(change: Change) -> str | None:
    if not change.type.startswith("embedded_"):
        return meaning.name(change)
    kind = kind_of(change)
    return NAMES[kind](change.values) if kind in NAMES else None


def kind_of(change: Change) -> str:
    """The resource type without its platform's prefix."""
    return change.type.partition("_")[2]


def _adoption(kind: str, change: Change) -> str | None:
    """What taking in something that is there means: only what differs, for rights."""
    name = NAMES[kind](change.values) if kind in NAMES else None
    update = _UPDATES[kind](change.before, change.after) if kind in _UPDATES else None
    if not differs(change):
        return f"will adopt {name}, which is there already" if name else None
    if name is None:
        return update
    return f"will adopt {name}, which is there already, and {(update or '').removeprefix('will ')}"


def differs(change: Change) -> bool:
    """Whether something is there otherwise than it is wanted."""
    return any(_plain(change.before.get(key)) != _plain(v) for key, v in change.after.items())


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _rank(resource_type: str) -> int:
    kind = resource_type.partition("_")[2]
    if resource_type.startswith("embedded_"):
        return list(_THINGS).index(kind) if kind in _THINGS else len(_THINGS)
    return meaning.GROUPS.index(meaning.group(resource_type))


def _domain_of(role: str) -> str:
    for suffix in Role:
        if role.endswith(f"_{suffix.value}"):
            return role.removesuffix(f"_{suffix.value}")
    return role


def held(values: Values) -> tuple[str, str] | None:
    """Who a membership means and what they may do by it; None where no words fit."""
    role, member = values["role"], values["member"]
    domain, who = _domain_of(role), _domain_of(member)
    if role.endswith(f"_{Role.CONSUMER}"):
        return who, f"read {domain}_products"
    if role.endswith(f"_{Role.OWNER}"):
        return f"project {who}", f"build {domain}"
    if member.endswith(f"_{Role.CI}"):
        return f"the checks of project {who}", f"read {domain}"
    if role.endswith(f"_{Role.DEVELOPER}"):
        return who, f"develop {domain}"
    return None


def _membership(values: Values, verb: str, gone: str) -> str:
    if means := held(values):
        return f"{verb} {means[0]} {means[1]}"
    return f"{gone} {values['member']} in {values['role']}"


def role_name(values: Values) -> str:
    """A role as a person calls it."""
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
    "role": (lambda v: f"create {role_name(v)}", lambda v: f"drop {role_name(v)}"),
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


NAMES: dict[str, Callable[[Values], str]] = {
    "database": lambda v: f"database {v['name']}",
    "role": role_name,
    "schema": lambda v: f"schema {v['name']}",
    "repository": lambda v: f"repository {v['name']}",
    "team": lambda v: f"team {v['name']}",
    "branch_protection": lambda v: f"the protection of {v['branch']} of {v['repository']}",
    "job": lambda v: f"job {v['name']} of {v['project']}",
}
"""What a person calls a thing by name; rights and memberships have none."""


# Their coming and going means nothing by itself; only what they find does.
_SILENT = frozenset(
    {("role_members", "create"), ("role_members", "delete"), ("schema_access", "delete")}
)


def _update_members(before: Values, after: Values) -> str | None:
    allowed, knew = set(after.get("allowed") or []), set(before.get("allowed") or [])
    found = set(before.get("strangers") or []) - set(after.get("strangers") or [])
    parts = []
    if strangers := sorted(found - allowed):
        parts.append(f"will take {', '.join(strangers)} out of {after['role']}")
    # Of one who just came to be allowed it is not known yet whether they let others in.
    if keepers := sorted(found & allowed & knew):
        parts.append(f"will no longer let {', '.join(keepers)} let others into {after['role']}")
    return "; ".join(parts) or None


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
    "role": lambda _, after: f"will change {role_name(after)}",
    "branch_protection": _update_protection,
}
