"""status: where every project stands, told from the records."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from meshnew.mesh.mesh import Mesh
from meshnew.operations import records
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
    """Where every project of the mesh stands, in order of name."""
    mesh = session.mesh
    applied = records.provisioned(session)
    rendered = records.projects(session)
    runs, passed = records.last_runs(session), records.last_runs(session, passed=True)
    present = frozenset(name for layer, name in applied if layer == "domain")
    proposed = {change.repository: change.number for change in session.forge.changes()}
    found = []
    for name, spec in mesh.projects.items():
        record = rendered.get(name)
        pending = _pending_stacks(mesh, name, applied, present)
        if record is None:
            pending.append("not rendered")
        if name in proposed:
            pending.append(f"change {proposed[name]} is open")
        if spec.domains and record is not None and name not in passed:
            pending.append("no deploy has passed yet")
        pending += [f"consumes {d}, which is not there yet" for d in _absent(mesh, name, present)]
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
    return found


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


def _absent(mesh: Mesh, name: str, present: frozenset[str]) -> list[str]:
    return [domain for domain in mesh.projects[name].consumes if domain not in present]


def _schemas(mesh: Mesh, name: str) -> list[str]:
    from meshnew.mesh.access import SCHEMAS, schema

    return [schema(domain, kind) for domain in mesh.projects[name].domains for kind in SCHEMAS]


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
