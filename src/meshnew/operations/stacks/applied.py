"""The spec as it was last applied, kept in the platform's records file by file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from meshnew.mesh.differences import Difference, differences
from meshnew.mesh.mesh import Mesh
from meshnew.mesh.models import MeshSpec, ProjectSpec
from meshnew.mesh.place import MESH_FILE, PROJECTS
from meshnew.operations import records
from meshnew.operations.session import Session


def applied(session: Session) -> Mesh | None:
    """The mesh as it was last applied; None before the first time.

    A project that was provisioned and whose spec is not known counts as it is now.
    """
    known = records.specs(session)
    there = {name for layer, name in records.provisioned(session) if layer == "project"}
    try:
        spec = MeshSpec.model_validate(known.pop(MESH_FILE))
    except (KeyError, ValidationError):
        if not there:
            return None
        spec = session.mesh.spec
    projects = {name: now for name, now in session.mesh.projects.items() if name in there}
    projects |= {_stem(file): found for file, data in known.items() if (found := _project(data))}
    return Mesh(session.mesh.root, spec, dict(sorted(projects.items())))


def edits(session: Session) -> list[Difference]:
    """What the spec says that was not applied yet."""
    return differences(applied(session), session.mesh)


def remember(session: Session, names: Iterable[str]) -> None:
    """Remember mesh.yml and the named projects as applied; with all, forget those that went."""
    mesh, asked = session.mesh, set(names)
    known = {MESH_FILE: mesh.spec.model_dump(mode="json", exclude_defaults=True)}
    known |= {
        _file(name): mesh.projects[name].model_dump(mode="json", exclude_defaults=True)
        for name in asked
    }
    gone: list[str] = []
    if asked >= set(mesh.projects):
        gone = [file for file in records.specs(session) if file not in known]
    homes = {domain: name for domain, name in mesh.project_of.items() if name in asked}
    records.specs_applied(session, known, gone, homes)


def forget(session: Session, names: Iterable[str]) -> None:
    """Forget projects that were taken down."""
    records.specs_applied(session, {}, [_file(name) for name in names], {})


def _file(name: str) -> str:
    return f"{PROJECTS}/{name}.yml"


def _stem(file: str) -> str:
    return file.removeprefix(f"{PROJECTS}/").removesuffix(".yml")


def _project(data: dict[str, Any]) -> ProjectSpec | None:
    try:
        return ProjectSpec.model_validate(data)
    except ValidationError:  # an earlier meshnew allowed what this one does not
        return None
