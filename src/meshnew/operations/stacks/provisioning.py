"""Plan stacks in parallel, apply exactly the saved plans layer by layer, remember it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext

from meshnew.operations import records
from meshnew.operations.parallel import ENGINES, each
from meshnew.operations.session import Session
from meshnew.operations.stacks.selection import Selection
from meshnew.provision import compose, modules
from meshnew.provision.compose import LAYERS, Stack
from meshnew.provision.plan import StackPlan
from meshnew.provision.terraform import Runner

_FEW = 8
Known = dict[tuple[str, str], records.StackRecord]
"""(layer, name) of stacks that were applied -> what is remembered of each."""


def plan(
    session: Session,
    runner: Runner,
    stacks: Sequence[Stack],
    *,
    destroy: bool = False,
    text: bool = False,
) -> list[StackPlan]:
    """Plans of all stacks, in their order; what is there already is adopted, not made."""
    if not stacks:
        return []
    count = 0
    many = "" if len(stacks) == 1 else "s"
    with session.journal.step(f"Plan {len(stacks)} stack{many}") as at:

        def one(stack: Stack) -> StackPlan:
            nonlocal count
            made = runner.plan(stack, destroy=destroy, text=text)
            if known_as := {} if destroy else _there(session, made):
                made = runner.plan(stack, text=text, adopt=known_as)
            count += 1
            at(f"{count}/{len(stacks)} {stack.label}")
            return made

        # To read all there is costs about as much as what a few stacks ask for.
        with session.embedded.still() if len(stacks) > _FEW else nullcontext():
            return each(one, stacks, workers=ENGINES)


def unchanged(
    session: Session, runner: Runner, stacks: Iterable[Stack], *, whole: bool = False
) -> list[Stack]:
    """Stacks with the same inputs as at their last apply: nothing of the platform is asked.

    Args:
        session: the session.
        runner: an engine.
        stacks: what is looked at.
        whole: compare also what follows from other projects' specs; see `Stack.digest`.
    """
    known = records.stacks(session)

    def is_written(stack: Stack) -> bool:
        # An apply that was interrupted left another root module than it recorded.
        last = runner.known(stack.layer, stack.name)
        if whole:
            return last == stack
        return last is not None and last.digest == stack.digest

    return [stack for stack in stacks if _same(stack, known) and is_written(stack)]


def _same(stack: Stack, known: Known) -> bool:
    record = known.get((stack.layer, stack.name))
    return record is not None and (record.digest, record.modules) == (
        stack.digest,
        modules.digest(),
    )


def _there(session: Session, made: StackPlan) -> dict[str, str]:
    """Address -> id of what the plan means to create and the platform has already."""
    from meshnew.embedded.provider import existing

    found = {
        change.address: existing(session.embedded, change.type, change.after)
        for change in made.changes
        if change.action == "create"
    }
    return {address: known_as for address, known_as in found.items() if known_as}


def apply(
    session: Session,
    runner: Runner,
    plans: Iterable[StackPlan],
    *,
    after: Callable[[str], None] = lambda _: None,
) -> None:
    """Apply the plans, each layer in parallel; a stack without changes is only remembered.

    Args:
        session: the session.
        runner: an engine.
        plans: of stacks.
        after: told of each layer that is there.
    """
    known = records.stacks(session)
    made = runner.take(plans)
    for layer in LAYERS:
        each(
            lambda item: _apply_one(session, runner, item, known),
            [item for item in made if item.stack.layer == layer],
            workers=ENGINES,
        )
        after(layer)


def let_go(session: Session, runner: Runner, selection: Selection) -> None:
    """Drop the logins that the spec has no more, once nothing of theirs is left.

    Those that a domain holds which stays for its data are all the spec can have for now. Of
    those that somebody dropped by hand the passwords are left: they go as well.
    """
    if selection.departing - selection.held:
        last = [compose.mesh_stack(session.mesh, selection.held)]
        apply(session, runner, plan(session, runner, last))
    if selection.held:
        wanted = compose.mesh_stack(session.mesh)
        digest, engine = wanted.digest, runner.engine.name
        records.stack_applied(session, wanted.layer, wanted.name, digest, engine)
    with session.embedded.cluster() as server:
        session.embedded.postgres.passwords.forget_gone(server)


def _apply_one(session: Session, runner: Runner, item: StackPlan, known: Known) -> None:
    stack = item.stack
    if item.changes:
        with session.journal.step(f"Provision {stack.label}", changes=len(item.changes)) as at:
            _run(runner, item, at)
    key = (stack.layer, stack.name)
    if item.changes or not _same(stack, known):
        records.stack_applied(session, *key, stack.digest, runner.engine.name)
    else:
        records.stacks_looked(session, {key: []})


def destroy(session: Session, runner: Runner, plans: Iterable[StackPlan]) -> None:
    """Apply plans that destroy, last layer first, and forget the stacks."""
    made = runner.take(plans)
    for layer in reversed(LAYERS):
        each(
            lambda item: _destroy_one(session, runner, item),
            [item for item in made if item.stack.layer == layer],
        )


def _destroy_one(session: Session, runner: Runner, item: StackPlan) -> None:
    if item.changes:
        with session.journal.step(f"Destroy {item.stack.label}", changes=len(item.changes)) as at:
            _run(runner, item, at)
    records.stack_gone(session, item.stack.layer, item.stack.name)
    shutil.rmtree(item.folder, ignore_errors=True)


def _run(runner: Runner, item: StackPlan, at: Callable[[str], None]) -> None:
    done = 0

    def on_event(address: str, state: str) -> None:
        nonlocal done
        done += state == "done"
        at(f"{done}/{len(item.changes)} {address.rpartition('.')[2]}")

    runner.apply(item, on_event)
