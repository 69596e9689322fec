"""Read mesh.yml and projects/*.yml; every problem is reported with its file and line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from meshnew.errors import SpecError
from meshnew.mesh import access, identifiers, loom, names, problems, reading
from meshnew.mesh.mesh import Mesh
from meshnew.mesh.models import MeshSpec, ProjectSpec
from meshnew.mesh.place import MESH_FILE, PROJECTS

KNOW_ADDRESSES = ("bigquery", "databricks")
"""Warehouses that know a person by an address and by nothing else."""
MOST = 20
"""Problems told at once."""

_M = TypeVar("_M", bound=BaseModel)


def load(root: Path, mesh_file: Path | None = None) -> Mesh:
    """Read the mesh whose mesh.yml lies in `root`.

    Args:
        root: the mesh's folder.
        mesh_file: read in place of its mesh.yml.

    Raises:
        SpecError: a file is not valid; all problems are named at once.
    """
    mesh, projects, found = None, {}, []
    folder = root / PROJECTS
    refuse_link_out(folder, root)
    try:
        mesh = read_file(mesh_file or root / MESH_FILE, MeshSpec, root)
    except SpecError as error:
        found.append(error)
    for path in sorted(folder.glob("*.yml")):
        try:
            if bad := names.problem(path.stem):
                where = names.shown(_relative(path, root))
                fix = f"Rename the file. {bad.fix}"
                raise SpecError(bad.what, where=where, fix=fix)  # noqa: TRY301
            projects[path.stem] = read_file(path, ProjectSpec, root)
        except SpecError as error:
            found.append(error)
    if mesh is not None and not found:
        found = [
            SpecError(clash.what, where=PROJECTS, fix=clash.fix)
            for clash in identifiers.clashes(mesh, projects)
        ]
        found += list(_platform_problems(mesh, projects))
        found += list(_circles(root, projects))
    if mesh is None or found:
        raise _joined(found)
    return Mesh(root, mesh, projects)


def refuse_link_out(path: Path, root: Path) -> None:
    """Refuse a link out of the mesh: who shares it could make others read or write anywhere.

    Args:
        path: lies in the mesh, and no folder above it there is a link.
        root: the mesh's folder.

    Raises:
        SpecError: it points outside.
    """
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        raise SpecError(
            "is a link to a place outside the mesh",
            where=_relative(path, root),
            fix="Put what it points at in its place: a mesh works within its own folder only.",
        )


def read_file(path: Path, model: type[_M], root: Path) -> _M:
    """Read one YAML file as a model.

    Raises:
        SpecError: the file is missing, no YAML, or not valid.
    """
    where = _relative(path, root)
    refuse_link_out(path, root)
    data, node = reading.read(path, where)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        lines = reading.lines(node)
        raise _joined([_located(item, model, lines, where) for item in error.errors()]) from None


def _platform_problems(mesh: MeshSpec, projects: dict[str, ProjectSpec]) -> Iterator[SpecError]:
    for name, project in projects.items():
        if name == mesh.package and project.kind != "package":
            yield SpecError(
                f"is the mesh's internal package, so its kind is package, not {project.kind}",
                where=f"{PROJECTS}/{name}.yml",
                fix=f"Rename the project, or name another package in {MESH_FILE}.",
            )
        if project.public_keys:
            yield from _unknown_keys(name, project)
    if mesh.warehouse.kind in KNOW_ADDRESSES:
        yield from _without_address(mesh, projects)


def _unknown_keys(name: str, project: ProjectSpec) -> Iterator[SpecError]:
    """Public keys of somebody whom the project does not have."""
    known = [role.of(name) for role in access.PROJECT_ROLES if project.domains]
    known += [access.Role.LOADER.of(domain) for domain in project.domains]
    for stranger in sorted(set(project.public_keys) - set(known)):
        yield SpecError(
            f"public_keys: nobody of this project signs in as `{stranger}`",
            where=f"{PROJECTS}/{name}.yml",
            fix=names.did_you_mean(stranger, known, f"Those who do: {', '.join(known) or 'none'}."),
        )


def _without_address(mesh: MeshSpec, projects: dict[str, ProjectSpec]) -> Iterator[SpecError]:
    """People whom the warehouse knows by nothing but an address."""
    for person in identifiers.people(mesh, projects.values()):
        known = mesh.people.get(person)
        if known is None or "@" not in (known.principal or ""):
            yield SpecError(
                f"people: nothing says which address {person} has in {mesh.warehouse.kind}",
                where=MESH_FILE,
                fix=f"Write: people: {{{person}: {{principal: ADDRESS}}}}",
            )


def _circles(root: Path, projects: dict[str, ProjectSpec]) -> Iterator[SpecError]:
    for name, problem in loom.circles(projects):
        where = f"{PROJECTS}/{name}.yml"
        _, node = reading.read(root / where, where)
        line = reading.lines(node)[loom.KEY]
        yield SpecError(problem.what, where=f"{where}:{line}", fix=problem.fix)


def _located(item: Any, model: type[BaseModel], lines: reading.Lines, where: str) -> SpecError:
    path = problems.path_of(item)
    line = next(lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in lines)
    what, fix = problems.explain(item, model)
    return SpecError(what, where=f"{where}:{line}", fix=fix)


def _joined(found: list[SpecError]) -> SpecError:
    if len(found) == 1:
        return found[0]
    told = [str(problem) for problem in found[:MOST]]
    if len(found) > MOST:
        told.append(f"and {len(found) - MOST} more")
    return SpecError("\n".join(told), fix="Correct them all, then give the command again.")


def _relative(path: Path, root: Path) -> str:
    text, above = path.as_posix(), f"{root.as_posix()}/"
    if text.startswith(above):  # much quicker than pathlib, for a thousand files
        return text[len(above) :]
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
