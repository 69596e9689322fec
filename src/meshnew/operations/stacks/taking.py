"""adopt on hosted platforms: what is there is found by trying to take it in.

Providers have no common way to ask whether something is there. Terraform has: it plans an import,
which changes nothing, and says which of the things it did not find.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from meshnew.environment import patched
from meshnew.errors import ProvisionError, UsageError
from meshnew.operations.session import Session
from meshnew.operations.stacks import hosted
from meshnew.operations.stacks.selection import Selection
from meshnew.provision import failures, imports
from meshnew.provision.compose import LAYERS, Stack
from meshnew.provision.plan import StackPlan
from meshnew.provision.terraform import Runner

Ids = dict[str, str]
NOT_FOUND = ("the name is taken", "it is the wrong account, or there is none of that name")


def plans(
    session: Session, runner: Runner, selection: Selection, given: Mapping[str, str]
) -> list[StackPlan]:
    """Plans of the stacks that something is taken into.

    Args:
        session: the session.
        runner: an engine.
        selection: stacks that are looked at.
        given: address -> id of what only its platform can name.

    Raises:
        UsageError: an address is of nothing that would be made.
    """
    made, _ = hosted.plan(session, runner, selection.stacks)
    known = {change.address for item in made for change in item.changes}
    if strange := sorted(set(given) - known):
        raise UsageError(
            f"nothing is to be made at {', '.join(strange)}",
            where="--id",
            fix="meshnew plan --json tells the addresses of what is to be made.",
        )
    with session.journal.step(f"Look for what {len(made)} stacks would make") as at:
        found = []
        for item in made:
            at(item.stack.label)
            found.append(_taken(runner, item, given))
    return [item for item in found if item]


def apply(session: Session, runner: Runner, taking: Iterable[StackPlan]) -> None:
    """Apply the plans in the order of layers."""
    # Postgres lets no two sessions change the rights on one object at once.
    one = session.mesh.spec.warehouse.kind == "postgres"
    made = runner.take(taking)
    with patched({"TF_CLI_ARGS_apply": "-parallelism=1"} if one else {}):
        for item in sorted(made, key=lambda plan: LAYERS.index(plan.stack.layer)):
            with session.journal.step(f"Adopt into {item.stack.label}"):
                runner.apply(item, lambda _address, _state: None)


def _taken(runner: Runner, made: StackPlan, given: Mapping[str, str]) -> StackPlan | None:
    """A plan that takes in all that is there; None where nothing is."""
    found: Ids = {}
    looked: set[str] = set()
    while True:
        own = {change.address for change in made.changes if change.action == "create"}
        asked = imports.ids(made.changes) | {at: name for at, name in given.items() if at in own}
        more = {at: name for at, name in asked.items() if at not in looked}
        if not more:
            return made if found else None
        looked |= set(more)
        there = _there(runner, made.stack, found, more)
        if not there:
            # The folder holds the plan of the last attempt, which may have failed.
            return runner.plan(made.stack, adopt=found) if found else None
        found |= there
        # What was taken in is known from now on, so more things have an id.
        made = runner.plan(made.stack, adopt=found)


def _there(runner: Runner, stack: Stack, found: Ids, asked: Ids) -> Ids:
    """Those of the things that Terraform finds."""
    if not asked:
        return {}
    try:
        runner.plan(stack, adopt=found | asked)
    except ProvisionError as error:
        why = failures.cause(error.what)
        if why and why.what not in NOT_FOUND:
            raise
        absent = {at for at in asked if f'"{at}"' in error.what or at in error.addresses}
        if absent:
            return _there(runner, stack, found, _without(asked, absent))
        if len(asked) == 1:
            return {}
        first = set(list(asked)[: len(asked) // 2])
        here = _there(runner, stack, found, _without(asked, set(asked) - first))
        return here | _there(runner, stack, found | here, _without(asked, first))
    return asked


def _without(asked: Ids, gone: set[str]) -> Ids:
    return {at: name for at, name in asked.items() if at not in gone}
