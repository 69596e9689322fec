"""apply --merged: do on hosted platforms what main of the mesh says; its CI does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from meshnew.errors import ConflictError
from meshnew.forge import Change, history
from meshnew.mesh.mesh import INTERFACES, MESH_REPOSITORY, TEMPLATE
from meshnew.operations.apply import Applied
from meshnew.operations.init import own_files
from meshnew.operations.parallel import ENGINES, each
from meshnew.operations.plan import Plan
from meshnew.operations.repositories import foundation, rendering
from meshnew.operations.repositories.ahead import Ahead
from meshnew.operations.repositories.repository import SPEC
from meshnew.operations.runs import publishing
from meshnew.operations.session import Session
from meshnew.operations.stacks import hosted
from meshnew.provision.compose import LAYERS, Stack
from meshnew.provision.plan import StackPlan
from meshnew.provision.terraform import Runner

Confirm = Callable[[Plan], bool]


def apply(session: Session, *, confirm: Confirm) -> Applied | None:
    """Provision all projects, render and push what is new, propose what changed.

    It may be repeated: what is there is left as it is. Deploys are the projects' own CI's.

    Args:
        session: the session.
        confirm: shown the plan, and again what of a later layer it could not show yet;
            nothing more is done where it says no.

    Returns:
        What was done; None where `confirm` said no at once.

    Raises:
        ConflictError: the folder is not what was merged, or a re-rendering needs a person.
    """
    _require_merged(session)
    selection = hosted.select(session.mesh, session.mesh.projects)
    with session.terraform() as runner:
        unpushed = _unpushed(session, selection.stacks)
        plans, waiting = hosted.plan(session, runner, selection.stacks, unpushed=unpushed)
        look = rendering.Lookout(session, selection.present)
        renderings = each(look, selection.projects)
        version = session.mesh.spec.template.version
        plan = Plan(selection, plans, renderings, [], {}, version, behind_others=waiting)
        if not (plan.empty and not waiting) and not confirm(plan):
            return None
        _provision(session, runner, plan, unpushed, confirm)
        changes = _render(session, plan)
        # From here on whoever provisions may not push past the protection any more.
        closing = [stack for stack in selection.stacks if stack.label in unpushed]
        if closing:
            _apply(session, runner, hosted.plan(session, runner, closing)[0])
    return Applied(plan, changes)


def _provision(
    session: Session, runner: Runner, plan: Plan, unpushed: frozenset[str], confirm: Confirm
) -> None:
    """Apply the saved plans layer by layer; what had to wait is planned once its turn comes."""
    announced = set(plan.sentences)
    made = runner.take(plan.stacks)
    for layer in LAYERS:
        here = [item for item in made if item.stack.layer == layer]
        waited = [item for item in plan.selection.stacks if item.label in plan.behind_others]
        if late := [stack for stack in waited if stack.layer == layer]:
            more, _ = hosted.plan(session, runner, late, unpushed=unpushed)
            shown = replace(plan, stacks=more, renderings=[], behind_others={})
            _announce(shown, announced, confirm)
            here += more
        _apply(session, runner, here)
        if layer == LAYERS[0]:  # the mesh's own repositories are there now
            foundation.publish_template(session)
            if not session.forge.has_content(MESH_REPOSITORY):
                own_files(session)


def _require_merged(session: Session) -> None:
    """Refuse to apply what nobody merged; the first time there is nothing to merge into."""
    head, root = session.forge.head(MESH_REPOSITORY), session.mesh.root
    if head is None:
        return
    edits = history.edited(root, SPEC)
    if edits or history.lacks(root, head) or history.unpushed(root):
        raise ConflictError(
            f"the folder is not what was merged: {', '.join(edits) or 'its commits differ'}",
            where=session.mesh.spec.name,
            fix="Propose it: meshnew apply --all. Or go to main: git stash; git switch main; "
            "git pull",
        )


def _unpushed(session: Session, stacks: list[Stack]) -> frozenset[str]:
    """Labels of stacks with a repository in which nothing is yet."""
    own = {"mesh": (MESH_REPOSITORY, TEMPLATE, INTERFACES)}
    return frozenset(
        stack.label
        for stack in stacks
        if stack.layer != "domain"
        and not all(map(session.forge.has_content, own.get(stack.layer, (stack.name,))))
    )


def _announce(plan: Plan, announced: set[str], confirm: Confirm) -> None:
    """Ask again where a later layer shows what was not shown yet."""
    if set(plan.sentences) - announced and not confirm(plan):
        raise ConflictError(
            "you said no to what a later layer needs; what came before it was applied",
            fix="meshnew apply --all --merged carries on from there.",
        )
    announced.update(plan.sentences)


def _apply(session: Session, runner: Runner, plans: list[StackPlan]) -> None:
    # Postgres lets nobody change a role that somebody else changes at this moment.
    workers = 1 if session.mesh.spec.warehouse.kind == "postgres" else ENGINES

    def one(item: StackPlan) -> None:
        with session.journal.step(f"Provision {item.stack.label}", changes=len(item.changes)):
            runner.apply(item, lambda _address, _state: None)

    each(one, [item for item in plans if item.changes], workers=workers)


def _render(session: Session, plan: Plan) -> list[Change]:
    """Push what is new, open changes of what differs, publish interfaces nobody published."""
    ahead = Ahead()
    opened = each(lambda item: rendering.carry_out(session, item, ahead), plan.renderings)
    known = publishing.published(session)
    names = [name for name, spec in session.mesh.projects.items() if spec.domains]
    there = [name for name in names if session.forge.has_content(name)]
    publishing.declare(session, [name for name in there if name not in known], {})
    return [change for change in opened if change]
