"""What was changed on the platform behind the spec's back, in the user's words.

`words` says what a plan will do; here the same plan is read the other way round: what
somebody did, so that it has this to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from meshnew.provision.plan import Change, StackPlan
from meshnew.provision.words import NAMES, Values, differs, held, kind_of, role_name

MOST = 4
"""How many rights of one schema are named; more would hide everything else."""

_NOT_ALLOWED = "which the spec does not allow"


def split(plan: StackPlan, *, applied: bool) -> tuple[StackPlan, StackPlan]:
    """The part of a plan that mends drift, and the part that carries out edits of the spec.

    Args:
        plan: the plan.
        applied: whether the stack asks for just what was applied last, so that all is drift.
    """

    def mends(change: Change) -> bool:
        return change.action != "delete" and (applied or change.drifted)

    parts = ([c for c in plan.changes if mends(c)], [c for c in plan.changes if not mends(c)])
    return tuple(replace(plan, changes=tuple(part)) for part in parts)  # type: ignore[return-value]


def sentences(plans: Iterable[StackPlan]) -> list[list[str]]:
    """For each plan what was done; what only follows from another thing's loss is left out."""
    made = list(plans)
    gone = {
        (kind_of(change), change.after.get("name"))
        for plan in made
        for change in plan.changes
        if change.action == "create"
    }
    return [list(dict.fromkeys(_of(plan, gone))) for plan in made]


def _of(plan: StackPlan, gone: set[tuple[str, str | None]]) -> Iterator[str]:
    unknown = sum(change.action == "adopt" for change in plan.changes)
    for change in plan.changes:
        kind = kind_of(change)
        if change.action == "adopt":
            if kind in NAMES and kind in _ALTERED and differs(change):
                yield from _ALTERED[kind](change.before, change.after)
        elif change.action == "create" and not _follows(kind, change.after, gone):
            known = kind in _GONE
            yield from _GONE[kind](change.after) if known else [f"{change.address} is gone"]
        elif change.action in ("update", "replace"):
            if kind in _ALTERED:
                yield from _ALTERED[kind](change.before, change.after)
            else:
                yield f"{change.address} was changed"
    if unknown:
        things = "a thing that is" if unknown == 1 else f"{unknown} things that are"
        yield f"Terraform's state of {plan.stack.label} lost {things} there"


def _follows(kind: str, values: Values, gone: set[tuple[str, str | None]]) -> bool:
    """Whether something is gone because what it belongs to is."""
    owners = [(field, values.get(field)) for field in ("database", "schema", "repository", "team")]
    owners += [("role", values.get(field)) for field in ("role", "member")]
    return any(owner in gone for owner in owners if owner[0] != kind)


def _lost_right(values: Values) -> list[str]:
    if means := held(values):
        return [f"{means[0]} may no longer {means[1]}"]
    return [f"{values['member']} is no longer in {values['role']}"]


_GONE: dict[str, Callable[[Values], list[str]]] = {
    "database": lambda v: [f"database {v['name']} is gone"],
    "role": lambda v: [f"{role_name(v)} is gone"],
    "schema": lambda v: [f"schema {v['name']} is gone"],
    "schema_access": lambda v: [f"nobody may read {v['schema']} any more"],
    "membership": _lost_right,
    "role_members": lambda _: [],
    "repository": lambda v: [f"repository {v['name']} is gone"],
    "branch_protection": lambda v: [
        f"{v['branch']} of {v['repository']} was removed, renamed or is no longer protected"
    ],
    "team": lambda v: [f"team {v['name']} is gone"],
    "repository_access": lambda v: [
        f"team {v['team']} may no longer {v['permission']} repository {v['repository']}"
    ],
    "job": lambda v: [f"job {v['name']} of {v['project']} is gone"],
}


def _differences(before: Values, after: Values, key: str) -> tuple[list[str], list[str]]:
    """What came and what went in a set of strings."""
    was, wanted = set(before.get(key) or []), set(after.get(key) or [])
    return sorted(was - wanted), sorted(wanted - was)


def _role(before: Values, after: Values) -> Iterator[str]:
    name = role_name(after)
    if powers := before.get("powers"):
        yield f"{name} has the powers {', '.join(powers)} over the server, {_NOT_ALLOWED}"
    if before.get("login") != after.get("login"):
        may = "may log in" if before.get("login") else "may no longer log in"
        yield f"{after['name']} {may}"
    if before.get("comment") != after.get("comment"):
        yield f"the comment on {name} was changed"


def _members(before: Values, after: Values) -> Iterator[str]:
    role = after["role"]
    for name in before.get("strangers") or []:
        means = held({"role": role, "member": name})
        if name in (after.get("allowed") or []):
            yield f"{name} may let others into {role}, {_NOT_ALLOWED}"
        else:
            may = f"may {means[1]}" if means else f"is in {role}"
            yield f"{name} {may}, {_NOT_ALLOWED}"


def _schema_access(before: Values, after: Values) -> list[str]:
    schema, found = after["schema"], []
    verbs = {"users": "use", "creators": "make things in", "readers": "read all of"}
    for key, verb in verbs.items():
        came, went = _differences(before, after, key)
        found += [f"{name} may {verb} {schema}, {_NOT_ALLOWED}" for name in came]
        found += [f"{name} may no longer {verb} {schema}" for name in went]
    found += [
        text if " may not " in text else f"{text}, {_NOT_ALLOWED}"
        for text in before.get("strangers") or []
    ]
    more = len(found) - MOST
    rest = [f"{more} more rights in {schema} are not those of the spec"] if more > 1 else []
    return found[:MOST] + rest if rest else found


def _team(before: Values, after: Values) -> list[str]:
    came, went = _differences(before, after, "members")
    return [f"{name} is in team {after['name']}, {_NOT_ALLOWED}" for name in came] + [
        f"{name} is no longer in team {after['name']}" for name in went
    ]


def _job(before: Values, after: Values) -> list[str]:
    found = [
        f"{key} is {before.get(key) or 'nothing'}, not {after.get(key) or 'nothing'}"
        for key in ("schedule", "command")
        if before.get(key) != after.get(key)
    ]
    return [f"job {after['name']} of {after['project']} was edited: {'; '.join(found)}"]


def _protection(before: Values, after: Values) -> Iterator[str]:
    branch = f"{after['branch']} of {after['repository']}"
    if strays := before.get("strays"):
        gone = [text for text in strays if text.endswith(" is missing")]
        if came := len(strays) - len(gone):
            many = "" if came == 1 else "s"
            yield f"{branch} was edited by hand: {came} commit{many} will be set aside"
        if gone:
            many = "" if len(gone) == 1 else "s"
            yield f"{branch} was set back by hand: {len(gone)} commit{many} will be put back"
    for check in _differences(before, after, "checks")[1]:
        yield f"{branch} no longer asks for the check {check}"
    asks, wanted = (int(values.get("approvals") or 0) for values in (before, after))
    if asks != wanted:
        yield f"{branch} asks for {asks} approvals, not {wanted}"


_ALTERED: dict[str, Callable[[Values, Values], Iterable[str]]] = {
    "database": lambda before, _: [
        f"{text}, {_NOT_ALLOWED}" if " may " in text and " may not " not in text else text
        for text in before.get("strangers") or []
    ],
    "role": _role,
    "schema": lambda before, after: [
        f"schema {after['name']} belongs to {before.get('owner')}, not to {after['owner']}"
    ],
    "schema_access": _schema_access,
    "role_members": _members,
    "repository": lambda _, after: [f"the description of repository {after['name']} was changed"],
    "branch_protection": _protection,
    "team": _team,
    "repository_access": lambda before, after: [
        f"team {after['team']} may {before.get('permission')} repository "
        f"{after['repository']}, not {after['permission']}"
    ],
    "job": _job,
}
