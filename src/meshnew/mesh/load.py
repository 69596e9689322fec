"""Read mesh.yml and projects/*.yml; every problem is reported with its file and line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from meshnew.errors import SpecError, UsageError
from meshnew.mesh import identifiers, names
from meshnew.mesh.mesh import Mesh
from meshnew.mesh.models import MeshSpec, ProjectSpec

MESH_FILE = "mesh.yml"
PROJECTS = "projects"
CHECKOUTS_FOLDER = "checkouts"

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT = "tag:yaml.org,2002:str"
_Path = tuple[str | int, ...]
_M = TypeVar("_M", bound=BaseModel)
_PLAIN = "Write `key: value`, indented with spaces; put a text in quotes if it has : # or {."


def find_root(start: Path) -> Path:
    """The folder of the mesh that `start` lies in.

    Raises:
        UsageError: there is no mesh.yml in `start` or above it.
    """
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        # A clone of the mesh's own repository among its checkouts is no mesh of its own.
        if (
            candidate.parent.name == CHECKOUTS_FOLDER
            and (candidate.parents[1] / MESH_FILE).is_file()
        ):
            continue
        if (candidate / MESH_FILE).is_file():
            return candidate
    raise UsageError(
        f"no {MESH_FILE} in {start} or above it",
        fix="Go to the folder of a mesh, name it with -C DIR, or make one: meshnew init DIR",
    )


def load(root: Path) -> Mesh:
    """Read the mesh whose mesh.yml lies in `root`.

    Raises:
        SpecError: a file is not valid; all problems are named at once.
    """
    mesh, projects, problems = None, {}, []
    try:
        mesh = read_file(root / MESH_FILE, MeshSpec, root)
    except SpecError as error:
        problems.append(error)
    for path in sorted((root / PROJECTS).glob("*.yml")):
        try:
            if found := names.problem(path.stem):
                fix = "Rename the file: it is named as its project is."
                raise SpecError(found, where=_relative(path, root), fix=fix)  # noqa: TRY301
            projects[path.stem] = read_file(path, ProjectSpec, root)
        except SpecError as error:
            problems.append(error)
    if mesh is not None and not problems:
        problems = [
            SpecError(text, where=PROJECTS, fix=fix)
            for text, fix in identifiers.clashes(mesh, projects)
        ]
        problems += list(_platform_problems(mesh, projects))
    if mesh is None or problems:
        raise _joined(problems)
    return Mesh(root, mesh, projects)


def read_file(path: Path, model: type[_M], root: Path) -> _M:
    """Read one YAML file as a model.

    Raises:
        SpecError: the file is missing, no YAML, or not valid.
    """
    where = _relative(path, root)
    try:
        data, lines = _parse(path, where)
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(
            f"cannot be read: {error}",
            where=where,
            fix="It must be a text file in UTF-8 that you may read.",
        ) from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _joined([_located(item, model, lines, where) for item in error.errors()]) from None


def _platform_problems(mesh: MeshSpec, projects: dict[str, ProjectSpec]) -> Iterator[SpecError]:
    for name, project in projects.items():
        if name == mesh.package and project.kind != "package":
            yield SpecError(
                f"is the mesh's internal package, so its kind is package, not {project.kind}",
                where=f"{PROJECTS}/{name}.yml",
                fix=f"Say kind: package there, or name another package in {MESH_FILE}.",
            )


def _parse(path: Path, where: str) -> tuple[Any, dict[_Path, int]]:
    """Data of a YAML file, and the line of every key and item by its path."""
    try:
        with path.open("rb") as stream:
            node = yaml.compose(stream, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"{where}:{mark.line + 1}" if mark else where
        raise SpecError(f"is not valid YAML: {error.problem}", where=line, fix=_PLAIN) from None
    except yaml.YAMLError as error:
        raise SpecError(f"is not valid YAML: {error}", where=where, fix=_PLAIN) from None
    lines: dict[_Path, int] = {(): 1}
    if node is None:
        return {}, lines
    return _convert(node, (), lines, where, set()), lines


def _convert(
    node: yaml.Node, path: _Path, lines: dict[_Path, int], where: str, seen: set[int]
) -> Any:
    if id(node) in seen:
        raise SpecError(
            "uses a YAML alias",
            where=f"{where}:{node.start_mark.line + 1}",
            fix="Write the value out.",
        )
    seen.add(id(node))
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [
            _convert(item, (*path, index), lines, where, seen)
            for index, item in enumerate(node.value)
        ]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines, where, seen)
    return _scalar(node, where)


def _mapping(
    node: yaml.MappingNode, path: _Path, lines: dict[_Path, int], where: str, seen: set[int]
) -> dict[Any, Any]:
    result: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = _scalar(key_node, where)
        if key in result:
            fix = "Keep one of them."
            raise SpecError(f"`{key}` is given twice", where=f"{where}:{line}", fix=fix)
        lines[(*path, key)] = line
        result[key] = _convert(value_node, (*path, key), lines, where, seen)
    return result


def _scalar(node: yaml.Node, where: str) -> Any:
    if node.tag == _TEXT and isinstance(node, yaml.ScalarNode):
        return node.value
    try:
        return yaml.constructor.SafeConstructor().construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError) as error:
        problem = getattr(error, "problem", None) or error
        raise SpecError(
            f"has a value that is not plain YAML: {problem}",
            where=f"{where}:{node.start_mark.line + 1}",
            fix=_PLAIN,
        ) from None


def _located(item: Any, model: type[BaseModel], lines: dict[_Path, int], where: str) -> SpecError:
    path: _Path = tuple(part for part in item["loc"] if part != "[key]")
    line = next(lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in lines)
    key = ".".join(map(str, path))
    if item["type"] == "extra_forbidden":
        known = _keys_at(model, path[:-1])
        near = difflib.get_close_matches(str(path[-1]), known, n=1)
        what = f"unknown key `{key}`"
        fix = f"Did you mean `{near[0]}`?" if near else f"Known keys: {', '.join(known)}"
        return SpecError(what, where=f"{where}:{line}", fix=fix)
    what = item["msg"].removeprefix("Value error, ")
    meaning = _schema_at(model, path).get("description", "").split("\n\n")[0]
    fix = f"{path[-1]}: {meaning}" if path and meaning else "See the comment at its first line."
    return SpecError(f"{key}: {what}" if key else what, where=f"{where}:{line}", fix=fix)


def _keys_at(model: type[BaseModel], path: _Path) -> list[str]:
    """Keys that the model knows at a path."""
    return sorted(_schema_at(model, path).get("properties", {}))


def _schema_at(model: type[BaseModel], path: _Path) -> dict[str, Any]:
    """The JSON Schema of what stands at a path; empty where the model knows nothing there."""
    schema: dict[str, Any] = model.model_json_schema()
    definitions = schema.get("$defs", {})
    for part in path:
        named = schema.get("properties", {}).get(part)
        others: list[Any] = [
            *schema.get("patternProperties", {}).values(),
            schema.get("additionalProperties"),
            schema.get("items"),
        ]
        found = [item for item in (named, *others) if item and isinstance(item, dict)]
        schema = found[0] if found else {}
        while "$ref" in schema:
            schema = {**definitions[schema.pop("$ref").rpartition("/")[2]], **schema}
    return schema


def _joined(problems: list[SpecError]) -> SpecError:
    if len(problems) == 1:
        return problems[0]
    return SpecError("\n".join(str(problem) for problem in problems))


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
