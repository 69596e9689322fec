"""status: where every project stands, told from the records alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from meshnew.mesh.mesh import Mesh
from meshnew.operations import again, records
from meshnew.operations.records import ProjectRecord, RunRecord
from meshnew.operations.session import Session
from meshnew.operations.stacks.leftovers import Applied, leftovers, standing
from meshnew.provision import compose
from meshnew.provision.compose import Stack

Edits = dict[tuple[str, str], list[str]]
"""(layer, name) of a stack -> what apply will do because the spec was edited."""


@dataclass(frozen=True)
class ProjectStatus:
    """Where one project stands.

    Attributes:
        pending: what is still to be done, in a person's words; empty if nothing is.
        drift: what was changed behind the spec's back, as the last look found it.
        edits: what apply will do because the spec was edited, where that was looked at.
        applied_at: when something of it was last provisioned.
        looked_at: when it was last compared with the platform; of its stacks, the oldest.
    """

    name: str
    kind: str
    template_version: str | None
    schemas: list[str]
    repository: str
    products: list[dict[str, Any]] = field(hash=False)
    pending: list[str] = field(hash=False)
    last_run: RunRecord | None = None
    drift: list[str] = field(hash=False, default_factory=list)
    edits: list[str] = field(hash=False, default_factory=list)
    applied_at: datetime | None = None
    looked_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        data = asdict(self)
        for key in ("applied_at", "looked_at"):
            data[key] = _text(data[key]) if data[key] else None
        if self.last_run is not None:
            data["last_run"] = {
                "id": self.last_run.id,
                "state": self.last_run.state,
                "at": _text(self.last_run.started_at),
                "seconds": self.last_run.seconds,
            }
        return data


def status(session: Session, edits: Edits | None = None) -> list[ProjectStatus]:
    """Where every project of the mesh stands, in order of name; then the mesh itself where
    something of it drifted or waits, and what is left over.

    Args:
        session: the session.
        edits: what `meshnew.operations.stacks.drift.look` returned, if it was asked.
    """
    mesh = session.mesh
    records_ = _Records(session, edits or {})
    found = [_project(records_, mesh, name) for name in mesh.projects]
    own = records_.of([("mesh", mesh.spec.name)])
    if own["drift"] or own["edits"]:
        found.append(ProjectStatus(mesh.spec.name, "mesh", None, [], "", [], [], **own))
    left = leftovers(mesh, records_.applied)
    pending = standing(session, left)
    return found + [
        ProjectStatus(name, layer, None, [], "", [], pending[name]) for layer, name in left
    ]


def answer(session: Session) -> list[ProjectStatus]:
    """Where everything stands, by `status`; kept, to be told again until something moves."""
    _ = session.embedded  # started: before, nobody says how far its log is
    read_from = again.state(session.mesh.root)
    found = status(session)
    again.keep(session.mesh.root, "status", read_from, [item.to_json() for item in found])
    return found


class _Records:
    """What is remembered of everything, read once."""

    def __init__(self, session: Session, edits: Edits) -> None:
        mesh = session.mesh
        self.stacks = records.stacks(session)
        self.applied = {key: record.digest for key, record in self.stacks.items()}
        self.present = frozenset(name for layer, name in self.applied if layer == "domain")
        self.projects, self.runs = records.projects(session), records.last_runs(session)
        self.due = _deploys_due(session, self.projects)
        self.proposed = session.forge.open_changes()
        self.edits = edits
        self.url = session.forge.url
        self.mesh_stack = _pending_stacks([compose.mesh_stack(mesh)], self.applied)

    def of(self, keys: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """Drift, edits and ages of some stacks together."""
        all_ = list(keys)
        there = [self.stacks[key] for key in all_ if key in self.stacks]
        looked = [record.looked_at for record in there if record.looked_at]
        return {
            "drift": [text for record in there for text in record.drift],
            "edits": [text for key in all_ for text in self.edits.get(key, [])],
            "applied_at": max((record.applied_at for record in there), default=None),
            "looked_at": min(looked, default=None),
        }


def _project(known: _Records, mesh: Mesh, name: str) -> ProjectStatus:
    spec, record = mesh.projects[name], known.projects.get(name)
    stacks = [compose.domain_stack(mesh, domain) for domain in spec.domains]
    stacks.append(compose.project_stack(mesh, name, known.present))
    pending = known.mesh_stack + _pending_stacks(stacks, known.applied)
    pending += ["not rendered"] if record is None or not record.template_version else []
    pending += [f"change {number} is open" for number in known.proposed.get(name, [])]
    pending += [f"to be deployed: {known.due[name]}"] if name in known.due and record else []
    pending += [
        f"consumes {d}, which is not there yet" for d in mesh.pending_inputs(name, known.present)
    ]
    return ProjectStatus(
        name,
        spec.kind,
        record.template_version if record else None,
        _schemas(mesh, name),
        known.url(name),
        record.products if record else [],
        pending,
        known.runs.get(name),
        **known.of((stack.layer, stack.name) for stack in stacks),
    )


def deploys_due(session: Session) -> dict[str, str]:
    """Project -> why it is to be deployed: never yet, or what it waited for is there now."""
    return _deploys_due(session, records.projects(session))


def _deploys_due(session: Session, known: dict[str, ProjectRecord]) -> dict[str, str]:
    passed = records.last_runs(session, passed=True)
    built = {
        product["key"]
        for record in known.values()
        for product in record.products
        if product["built"]
    }
    due = {}
    for name, spec in session.mesh.projects.items():
        if not spec.domains:
            continue
        if name not in passed:
            due[name] = "for the first time"
            continue
        record = known.get(name)
        if (
            record
            and record.due
            and record.due_since
            and (passed[name].started_at < record.due_since)
        ):
            due[name] = record.due
            continue
        waited = {
            key for needs in passed[name].summary.get("waiting", {}).values() for key in needs
        }
        if there := sorted(waited & built):
            due[name] = f"because {', '.join(there)} is there now"
    return due


def _pending_stacks(stacks: Iterable[Stack], applied: Applied) -> list[str]:
    return [
        f"{stack.label} is not provisioned"
        if (stack.layer, stack.name) not in applied
        else f"{stack.label} was edited and not applied"
        for stack in stacks
        if applied.get((stack.layer, stack.name)) != stack.digest
    ]


def _schemas(mesh: Mesh, name: str) -> list[str]:
    from meshnew.mesh.access import SCHEMAS, schema

    return [schema(domain, kind) for domain in mesh.projects[name].domains for kind in SCHEMAS]


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
