"""plan: compare what the spec wants with what is there; nothing changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from meshnew.mesh.differences import of_projects
from meshnew.operations.parallel import each, told
from meshnew.operations.repositories import answering, rendering, repository
from meshnew.operations.repositories.ahead import Ahead
from meshnew.operations.repositories.rendering import Rendering
from meshnew.operations.runs import publishing
from meshnew.operations.session import Session
from meshnew.operations.stacks import applied, drift, hosted, leftovers, provisioning
from meshnew.operations.stacks.selection import Selection, select
from meshnew.operations.status import deploys_due
from meshnew.provision import meaning
from meshnew.provision.compose import Stack
from meshnew.provision.plan import StackPlan
from meshnew.provision.terraform import Runner
from meshnew.provision.words import grouped, sentences


@dataclass(frozen=True)
class Plan:
    """What apply would do.

    Attributes:
        selection: projects and stacks looked at.
        stacks: a saved Terraform plan each.
        renderings: what the projects' repositories lack.
        undeclared: rendered projects whose interface was never published.
        undeployed: project that is to be deployed -> why.
        version: template version projects are rendered from.
        departures: a saved plan for each domain that left its project and goes.
        headline: what the spec says otherwise than when it was last applied.
        behind: whether somebody's merged change is not in the mesh's folder yet.
        later: project that is to be deployed and was asked not to be -> why.
        files: new project -> files that will be rendered, where that was asked for.
        behind_others: stack that can be planned only once others are applied -> those.
        unchanged: stacks that were not planned, as they have the inputs of their last apply.
    """

    selection: Selection
    stacks: list[StackPlan]
    renderings: list[Rendering]
    undeclared: list[str]
    undeployed: dict[str, str]
    version: str
    departures: list[StackPlan] = field(default_factory=list)
    headline: list[str] = field(default_factory=list)
    behind: bool = False
    unchanged: list[Stack] = field(default_factory=list)
    later: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[str, ...]] = field(default_factory=dict)
    behind_others: dict[str, list[str]] = field(default_factory=dict)

    @property
    def sentences(self) -> list[str]:
        """What will be done, in the user's words and in order."""
        more = (texts for _, texts in self._more)
        return [*sentences([*self.stacks, *self.departures]), *chain.from_iterable(more)]

    @property
    def groups(self) -> dict[str, list[str]]:
        """The same by what it is about: schemas, grants, repository, jobs."""
        found = grouped([*self.stacks, *self.departures])
        for group, texts in self._more:
            found.setdefault(group, []).extend(texts)
        return {group: found[group] for group in meaning.GROUPS if found.get(group)}

    @property
    def _more(self) -> Iterator[tuple[str, list[str]]]:
        """What is no resource of Terraform's, with its group."""
        rendered = (item.sentence(self.version) for item in self.renderings)
        gone = sorted(self.selection.departing - self.selection.held)
        declared = [f"will publish the declared interface of {name}" for name in self.undeclared]
        deployed = [f"will deploy {name} {why}" for name, why in self.undeployed.items()]
        yield meaning.ROLES, [f"will drop login {name}" for name in gone]
        yield meaning.REPOSITORY, [*(text for text in rendered if text), *declared]
        yield meaning.JOBS, deployed

    @property
    def notes(self) -> list[str]:
        """What is pending and not this command's to change."""
        return [
            *(
                f"{project} consumes {', '.join(domains)}, which is not there yet: pending"
                for project, domains in self.selection.pending.items()
            ),
            *(
                f"keeps domain {name}, which is in no project any more: {_counted(found)} "
                "(--with-data drops them)"
                for name, found in self.selection.kept.items()
            ),
            *leftovers.notes(self.selection.left),
            *(
                f"{label} builds on {', '.join(others)}, which is not there yet: what it changes "
                "is shown once that is applied"
                for label, others in self.behind_others.items()
            ),
            *(
                ["somebody's change was merged and is not in this folder yet: apply brings it"]
                if self.behind
                else []
            ),
            *(f"{name} is not deployed: meshnew run {name} deploy" for name in self.later),
            *([_not_looked_at(len(self.unchanged))] if self.unchanged else []),
        ]

    @property
    def empty(self) -> bool:
        """Whether nothing is to be done, by apply or by whoever merges a proposed change."""
        return not self.sentences

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "projects": self.selection.projects,
            "edits": self.headline,
            "will": self.sentences,
            "groups": self.groups,
            "waiting": self.behind_others,
            "pending": self.selection.pending,
            "kept": self.selection.kept,
            "unchanged": [stack.label for stack in self.unchanged],
            "stacks": [
                stack.to_json() for stack in [*self.stacks, *self.departures] if stack.changes
            ],
        }


def make_plan(
    session: Session,
    names: Iterable[str],
    *,
    everything: bool = False,
    text: bool = False,
    changed_only: bool = False,
    render: bool = False,
) -> Plan:
    """Plan the projects; nothing changes, nor is anything left behind.

    Args:
        session: the session.
        names: projects.
        everything: all projects of the mesh.
        text: also Terraform's own rendering of each plan.
        changed_only: pass over stacks with the same inputs as at their last apply.
        render: also render what is new, for the names of its files.
    """
    names = session.mesh.select(names, everything=everything)  # before anything starts
    if session.mesh.spec.hosted:
        with session.terraform() as runner:
            return _hosted(session, runner, names, text=text)
    with Ahead() as ahead, session.terraform() as runner:
        selection = select(session, runner, names, everything=everything)
        same: list[Stack] = []
        if changed_only:
            selection, same = edited(session, runner, selection)
        plan = compare(session, runner, selection, ahead if render else None, text=text)
        return replace(plan, behind=repository.is_behind(session), unchanged=same)


def _hosted(session: Session, runner: Runner, names: list[str], *, text: bool) -> Plan:
    """What Terraform would do on hosted platforms; their repositories are not looked into."""
    selection = hosted.select(session.mesh, names)
    plans, waiting = hosted.plan(session, runner, selection.stacks, text=text)
    version = session.mesh.spec.template.version
    return Plan(selection, plans, [], [], {}, version, behind_others=waiting)


def edited(
    session: Session, runner: Runner, selection: Selection, *, whole: bool = False
) -> tuple[Selection, list[Stack]]:
    """A selection without the stacks that have the inputs of their last apply, and these.

    Args:
        session: the session.
        runner: an engine.
        selection: what is looked at.
        whole: also who may be in a domain's roles has to be as it was.
    """
    same = provisioning.unchanged(session, runner, selection.stacks, whole=whole)
    passed = set(same)
    rest = [stack for stack in selection.stacks if stack not in passed]
    return replace(selection, stacks=rest), same


def compare(
    session: Session,
    runner: Runner,
    selection: Selection,
    ahead: Ahead | None = None,
    *,
    text: bool = False,
) -> Plan:
    """What selected stacks and their projects lack.

    Args:
        session: the session.
        runner: an engine.
        selection: what is looked at.
        ahead: renders what is new meanwhile, for the names of its files.
        text: also Terraform's own rendering of each plan.

    Raises:
        UsageError: the spec answers the template's questions as it does not take them.
    """
    names = selection.projects
    with session.journal.passing("Compare the repositories with the spec") as at:
        published = publishing.published(session)
        look = rendering.Lookout(session, selection.present)
        renderings = each(told(look, len(names), at), names)
    # What is rendered ahead is found out by that.
    answering.refuse_wrong(session, [item for item in renderings if not (ahead and item.whole)])
    if ahead:
        ahead.begin(session, new_projects(renderings))
    stacks = provisioning.plan(session, runner, selection.stacks, text=text)
    departures = []
    if selection.going:
        departures = provisioning.plan(session, runner, selection.going, destroy=True, text=text)
    mesh = session.mesh
    foreign = {item.project for item in renderings if item.foreign}
    domain_projects = [name for name in names if mesh.projects[name].domains]
    domain_projects = [name for name in domain_projects if name not in foreign]
    due = drift.deploys(session, stacks) | deploys_due(session)
    plan = Plan(
        selection,
        stacks,
        renderings,
        [name for name in domain_projects if name not in published],
        {name: due[name] for name in domain_projects if name in due},
        mesh.spec.template.version,
        departures,
        files={name: ahead.files(name) for name, _ in new_projects(renderings)} if ahead else {},
    )
    # What needs nothing done, as an edit that was taken back, need not be told either.
    edits = [] if plan.empty else of_projects(applied.edits(session), names)
    return replace(plan, headline=edits)


def new_projects(renderings: Iterable[Rendering]) -> list[tuple[str, dict[str, Any]]]:
    """Projects of which nothing is there yet, with their answers."""
    return [(item.project, item.answers) for item in renderings if item.whole]


def _not_looked_at(count: int) -> str:
    subject = "1 stack has" if count == 1 else f"{count} stacks have"
    return (
        f"{subject} the inputs of the last apply: not planned, drift was not looked for "
        "(without --changed-only it is)"
    )


def _counted(found: dict[str, int]) -> str:
    count = sum(found.values())
    return f"{count} table{'' if count == 1 else 's'} in {', '.join(found)}"
