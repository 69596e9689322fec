"""Stacks on hosted platforms: which belong to projects, and what Terraform would do to them.

What stands there is known by Terraform's state alone, which everybody shares. So whoever is
selected is selected with all that it builds on, and nothing is ever taken as pending.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from meshnew.errors import ProvisionError
from meshnew.mesh.mesh import Mesh
from meshnew.operations.parallel import ENGINES, each
from meshnew.operations.session import Session
from meshnew.operations.stacks.selection import Selection
from meshnew.provision import compose
from meshnew.provision.compose import LAYERS, Stack
from meshnew.provision.plan import StackPlan
from meshnew.provision.terraform import Runner


def select(mesh: Mesh, names: Iterable[str]) -> Selection:
    """Stacks of the named projects, of their domains and those they consume, and of the mesh."""
    projects = list(names)
    specs = [mesh.projects[name] for name in projects]
    domains = {domain for spec in specs for domain in (*spec.domains, *spec.consumes)}
    present = frozenset(mesh.domains)
    stacks = [
        compose.mesh_stack(mesh),
        *(compose.domain_stack(mesh, domain) for domain in sorted(domains & present)),
        *(compose.project_stack(mesh, name, present) for name in projects),
    ]
    none: frozenset[str] = frozenset()
    return Selection(projects, present, stacks, {}, none, none, [], [], {})


def plan(
    session: Session,
    runner: Runner,
    stacks: Sequence[Stack],
    *,
    text: bool = False,
    unpushed: Collection[str] = (),
) -> tuple[list[StackPlan], dict[str, list[str]]]:
    """Plans of stacks layer by layer, and stacks that cannot be planned before others are applied.

    A stack may look up what an earlier layer makes, such as the number of a group on GitLab.
    Where that is not there yet, the stack is no error: it waits.

    Args:
        session: the session.
        runner: an engine.
        stacks: in the order of layers.
        text: also Terraform's own rendering.
        unpushed: labels of stacks with a repository in which nothing is yet: whoever
            provisions may push there first.

    Returns:
        The plans, and label of a stack that waits -> labels of the stacks it waits for.

    Raises:
        ProvisionError: Terraform could not plan for another reason.
    """
    found: list[StackPlan] = []
    waiting: dict[str, list[str]] = {}
    with session.journal.step(f"Plan {len(stacks)} stacks") as at:
        for layer in LAYERS:
            coming = [item.stack.label for item in found if _makes(item)]

            def one(stack: Stack, coming: list[str] = coming) -> StackPlan | None:
                at(stack.label)
                try:
                    first = {"unpushed": True} if stack.label in unpushed else {}
                    return runner.plan(stack, text=text, variables=first)
                except ProvisionError as error:
                    if not (coming and _looks_up(error)):
                        raise
                    waiting[stack.label] = coming
                    return None

            here = [stack for stack in stacks if stack.layer == layer]
            found += [item for item in each(one, here, workers=ENGINES) if item]
    return found, _in_order(waiting, stacks)


def _makes(item: StackPlan) -> bool:
    return any(change.action == "create" for change in item.changes)


def _looks_up(error: ProvisionError) -> bool:
    """Whether all that failed is looking something up."""
    parts = [address.split(".") for address in error.addresses]
    return bool(parts) and all("data" in part for part in parts)


def _in_order(waiting: Mapping[str, list[str]], stacks: Sequence[Stack]) -> dict[str, list[str]]:
    return {stack.label: waiting[stack.label] for stack in stacks if stack.label in waiting}
