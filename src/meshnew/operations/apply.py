"""plan and apply: compare what the spec wants with what is there, and do the difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from meshnew.forge import Change
from meshnew.operations import provisioning, publishing, records, rendering
from meshnew.operations.parallel import each
from meshnew.operations.rendering import Rendering
from meshnew.operations.run import Deployed, deploy
from meshnew.operations.selection import Selection, select
from meshnew.operations.session import Session
from meshnew.provision.plan import StackPlan
from meshnew.provision.words import sentences


@dataclass(frozen=True)
class Plan:
    """What apply would do.

    Attributes:
        selection: projects and stacks looked at.
        stacks: a saved Terraform plan each.
        renderings: what the projects' repositories lack.
        undeclared: rendered projects whose interface was never published.
        undeployed: projects no deploy of which has passed yet.
        version: template version projects are rendered from.
    """

    selection: Selection
    stacks: list[StackPlan]
    renderings: list[Rendering]
    undeclared: list[str]
    undeployed: list[str]
    version: str

    @property
    def sentences(self) -> list[str]:
        """What will be done, in the user's words and in order."""
        rendered = (item.sentence(self.version) for item in self.renderings)
        return [
            *sentences(self.stacks),
            *(text for text in rendered if text),
            *(f"will publish the declared interface of {name}" for name in self.undeclared),
            *(f"will deploy {name} for the first time" for name in self.undeployed),
        ]

    @property
    def notes(self) -> list[str]:
        """What is pending and not this command's to change."""
        return [
            f"{project} consumes {', '.join(domains)}, which no project provides yet: pending"
            for project, domains in self.selection.pending.items()
        ]

    @property
    def empty(self) -> bool:
        """Whether nothing is to be done, by apply or by whoever merges a proposed change."""
        return not self.sentences

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "projects": self.selection.projects,
            "will": self.sentences,
            "pending": self.selection.pending,
            "stacks": [stack.to_json() for stack in self.stacks if stack.changes],
        }


@dataclass(frozen=True)
class Applied:
    """What apply did."""

    plan: Plan
    changes: list[Change] = field(default_factory=list)
    deployed: list[Deployed] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            **self.plan.to_json(),
            "changes": [
                {"repository": change.repository, "number": change.number, "title": change.title}
                for change in self.changes
            ],
            "runs": [
                {"project": done.project, "run": done.run, "ok": done.ok, "waiting": done.waiting}
                for done in self.deployed
            ],
        }


def make_plan(
    session: Session, names: Iterable[str], *, everything: bool = False, text: bool = False
) -> Plan:
    """Plan the projects; nothing changes.

    Args:
        session: the session.
        names: projects.
        everything: all projects of the mesh.
        text: also Terraform's own rendering of each plan.
    """
    with session.terraform() as runner:
        selection = select(session, names, everything=everything)
        stacks = provisioning.plan(session, runner, selection.stacks, text=text)
        return _complete(session, selection, stacks)


def apply(
    session: Session,
    names: Iterable[str],
    *,
    everything: bool = False,
    confirm: Callable[[Plan], bool],
) -> Applied | None:
    """Do what `make_plan` shows, then deploy what was never deployed.

    Args:
        session: the session.
        names: projects.
        everything: all projects of the mesh.
        confirm: shown the plan; nothing is done where it says no.

    Returns:
        What was done; None where `confirm` said no.
    """
    with session.terraform() as runner:
        selection = select(session, names, everything=everything)
        plan = _complete(session, selection, provisioning.plan(session, runner, selection.stacks))
        if not plan.empty and not confirm(plan):
            return None
        session.journal.note(step="plan", will=plan.sentences)
        provisioning.apply(session, runner, plan.stacks)
    opened = each(lambda item: rendering.carry_out(session, item), plan.renderings)
    rendering.remember(session, plan.renderings)
    publishing.declare(session, plan.undeclared)
    return Applied(plan, [change for change in opened if change], deploy(session, plan.undeployed))


def _complete(session: Session, selection: Selection, stacks: list[StackPlan]) -> Plan:
    names = selection.projects
    domain_projects = [name for name in names if session.mesh.projects[name].domains]
    renderings = each(lambda name: rendering.look(session, name, selection.present), names)
    return Plan(
        selection,
        stacks,
        renderings,
        _missing(domain_projects, publishing.published(session)),
        _missing(domain_projects, records.last_runs(session, passed=True)),
        session.mesh.spec.template.version,
    )


def _missing(names: Sequence[str], there: Iterable[str]) -> list[str]:
    found = set(there)
    return [name for name in names if name not in found]
