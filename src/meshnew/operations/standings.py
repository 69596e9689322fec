"""status on a hosted forge: where every project stands, told by the forge and by Terraform."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from meshnew.operations.plan import make_plan
from meshnew.operations.proposed import Standing, all_standing
from meshnew.operations.session import Session
from meshnew.provision.compose import Stack
from meshnew.provision.words import sentences

DIFFERS = "differs"
"""State of the mesh itself, which has no deploy to wait for."""


def standings(session: Session, *, refresh: bool = False) -> list[Standing]:
    """Where every project stands, in order of name; last the mesh, where its own stack differs.

    Args:
        session: on a mesh with a hosted forge.
        refresh: also plan all stacks, and say for each project what is not as the spec says:
            Terraform alone cannot tell what was changed there from what was edited here.

    Raises:
        ForgeError: the forge does not answer.
        ProvisionError: Terraform could not plan.
    """
    opened = session.forge.open_changes()
    found = all_standing(session, session.mesh.projects)
    by_project = _differences(session) if refresh else {}
    told = [
        replace(
            item,
            changes=tuple(opened.get(item.project, ())),
            differs=tuple(by_project.get(item.project, ())),
        )
        for item in found
    ]
    if own := by_project.get(session.mesh.spec.name):
        name = session.mesh.spec.name
        told.append(Standing(name, DIFFERS, f"mesh {name} differs", differs=tuple(own)))
    return told


def _differences(session: Session) -> dict[str, list[str]]:
    """Project, or the mesh's name -> what apply would do to its stacks."""
    found: dict[str, list[str]] = defaultdict(list)
    plan = make_plan(session, [], everything=True)
    for item in plan.stacks:
        found[_owner(session, item.stack)] += sentences([item])
    for stack in plan.selection.stacks:
        if others := plan.behind_others.get(stack.label):
            text = f"{stack.label} can be planned once {', '.join(others)} is applied"
            found[_owner(session, stack)].append(text)
    return {name: texts for name, texts in found.items() if texts}


def _owner(session: Session, stack: Stack) -> str:
    return session.mesh.project_of[stack.name] if stack.layer == "domain" else stack.name
