"""adopt: take what is there already, and the spec wants, into Terraform's state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from meshnew.operations.session import Session
from meshnew.operations.stacks import hosted, provisioning, taking
from meshnew.operations.stacks.selection import select
from meshnew.provision import words
from meshnew.provision.plan import Change, StackPlan


@dataclass(frozen=True)
class Adoption:
    """What would be taken in.

    Attributes:
        projects: the projects asked for.
        plans: plans of the stacks that something is adopted into.
    """

    projects: list[str]
    plans: list[StackPlan] = field(hash=False)

    @property
    def sentences(self) -> list[str]:
        """What will be done to those stacks, what differs and what is missing included."""
        return words.sentences(self.plans)

    @property
    def things(self) -> list[str]:
        """What is adopted, by name: `schema flights`, `repository flights`."""
        return words.adopted(self.plans)

    @property
    def rights(self) -> int:
        """How many memberships and rights are adopted with them."""
        return sum(map(_adopts, self._changes)) - len(self.things)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to adopt."""
        return not any(map(_adopts, self._changes))

    @property
    def _changes(self) -> list[Change]:
        return [change for plan in self.plans for change in plan.changes]

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "projects": self.projects,
            "adopted": self.things,
            "rights": self.rights,
            "did": self.sentences,
        }


def adopt(
    session: Session,
    names: Iterable[str],
    *,
    everything: bool = False,
    given: Mapping[str, str] | None = None,
    confirm: Callable[[Adoption], bool],
) -> Adoption | None:
    """Take what is there into the state of its stack, and make it as the spec says.

    A stack into which nothing is adopted is left alone; rendering and deploying is `apply`'s.

    Args:
        session: the session.
        names: projects.
        everything: all projects of the mesh.
        given: address -> id of what only a hosted platform can name.
        confirm: shown what will be done; nothing is done where it says no.

    Returns:
        What was adopted, empty where nothing was to be; None where `confirm` said no.
    """
    on_hosted = bool(session.mesh.spec.hosted)
    with session.terraform() as runner:
        session = session.reloaded()
        if on_hosted:
            names = session.mesh.select(names, everything=everything)
            selection = hosted.select(session.mesh, names)
            plans = taking.plans(session, runner, selection, given or {})
        else:
            selection = select(session, runner, names, everything=everything)
            plans = provisioning.plan(session, runner, selection.stacks)
        wanted = [plan for plan in plans if any(map(_adopts, plan.changes))]
        found = Adoption(selection.projects, wanted)
        if found.empty:
            return found
        if not confirm(found):
            return None
        session.journal.note(step="adopt", will=found.sentences)
        (taking if on_hosted else provisioning).apply(session, runner, wanted)
    return found


def _adopts(change: Change) -> bool:
    return change.action == "adopt"
