"""status: where every project stands, told from the records."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from meshnew.mesh.mesh import Mesh
from meshnew.operations import records
from meshnew.operations.leftovers import leftovers
from meshnew.operations.records import RunRecord
from meshnew.operations.session import Session
from meshnew.provision import compose


@dataclass(frozen=True)
class ProjectStatus:
    """Where one project stands.

    Attributes:
        pending: what is still to be done, in a person's words; empty if nothing is.
    """

    name: str
    kind: str
    template_version: str | None
    schemas: list[str]
    repository: str
    products: list[dict[str, Any]] = field(hash=False)
    pending: list[str] = field(hash=False)
    last_run: RunRecord | None = None

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        data = asdict(self)
        if self.last_run is not None:
            data["last_run"] = {
                "id": self.last_run.id,
                "state": self.last_run.state,
                "at": _text(self.last_run.started_at),
                "seconds": self.last_run.seconds,
            }
        return data


def status(session: Session) -> list[ProjectStatus]:
    """Where every project of the mesh stands, in order of name; then what is left over."""
    mesh = session.mesh
    applied = records.provisioned(session)
    rendered, runs = records.projects(session), records.last_runs(session)
    due = deploys_due(session)
    present = frozenset(name for layer, name in applied if layer == "domain")
    proposed = {change.repository: change.number for change in session.forge.changes()}
    found = []
    for name, spec in mesh.projects.items():
        record = rendered.get(name)
        pending = _pending_stacks(mesh, name, applied, present)
        pending += ["not rendered"] if record is None or not record.template_version else []
        pending += [f"change {proposed[name]} is open"] if name in proposed else []
        pending += [f"to be deployed: {due[name]}"] if name in due and record else []
        pending += [
            f"consumes {d}, which is not there yet" for d in mesh.pending_inputs(name, present)
        ]
        found.append(
            ProjectStatus(
                name,
                spec.kind,
                record.template_version if record else None,
                _schemas(mesh, name),
                session.forge.url(name),
                record.products if record else [],
                pending,
                runs.get(name),
            )
        )
    return found + [
        ProjectStatus(name, layer, None, [], "", [], [f"left over: meshnew destroy {name}"])
        for layer, name in leftovers(mesh, applied)
    ]


def deploys_due(session: Session) -> dict[str, str]:
    """Project -> why it is to be deployed: never yet, or what it waited for is there now."""
    passed = records.last_runs(session, passed=True)
    built = {
        product["key"]
        for record in records.projects(session).values()
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
        waited = {
            key for needs in passed[name].summary.get("waiting", {}).values() for key in needs
        }
        if there := sorted(waited & built):
            due[name] = f"because {', '.join(there)} is there now"
    return due


def _pending_stacks(
    mesh: Mesh, name: str, applied: dict[tuple[str, str], str], present: frozenset[str]
) -> list[str]:
    stacks = [compose.mesh_stack(mesh)]
    stacks += [compose.domain_stack(mesh, domain) for domain in mesh.projects[name].domains]
    stacks.append(compose.project_stack(mesh, name, present))
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
