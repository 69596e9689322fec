"""Between the spec and the template's questions: what is asked, what is derived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from meshnew.errors import UsageError
from meshnew.mesh import problems
from meshnew.mesh.base import EMBEDDED
from meshnew.mesh.mesh import SHARED, Mesh
from meshnew.mesh.models import DERIVED_ANSWERS, ProjectSpec

if TYPE_CHECKING:
    from meshnew.mesh.platforms import Forge

# Whatever else is known before anyone was asked, mesh.yml decides.
_DECIDED_BY = {"kind": "the command", "project": "the command", "inputs": "`consumes`"}

Answers = dict[str, Any]
_M = TypeVar("_M", bound=BaseModel)


def for_mesh(mesh: Mesh, credentials: Iterable[str] = ()) -> Answers:
    """Answers that render the mesh's own repository.

    Args:
        mesh: the mesh.
        credentials: variables that whoever provisions it signs in with.
    """
    found = {"kind": "mesh", "project": mesh.spec.name, **_common(mesh)}
    return found | ({"credentials": list(credentials)} if mesh.spec.hosted else {})


def for_project(mesh: Mesh, project: str, present: Iterable[str]) -> Answers:
    """Answers that render a project as its spec says.

    Args:
        mesh: the mesh.
        project: the project's name.
        present: domains that are provisioned; others are not imported yet.
    """
    spec = mesh.projects[project]
    answers = {**spec.answers, "kind": spec.kind, "project": project, **_common(mesh)}
    if spec.kind == "package":
        return answers | {"package_version": spec.version, "description": spec.description}
    if answers["runtime"] == "forge":  # its workflow says itself when it runs
        answers["schedule"] = _schedule(spec)
    there = set(present)
    return answers | {
        "domains": {
            name: domain.model_dump(include={"description", "owner", "team"})
            for name, domain in spec.domains.items()
        },
        "inputs": sorted(
            {
                mesh.project_of[domain]
                for domain in spec.consumes
                if domain in there and domain in mesh.project_of
            }
        ),
    }


def to_ask(mesh: Mesh, kind: str, project: str) -> Answers:
    """What is known of a new project before anyone was asked."""
    return {"kind": kind, "project": project, **_common(mesh)}


def suggested(mesh: Mesh, project: str, actor: str) -> Answers:
    """Defaults that fit this mesh better than the template's own."""
    shared = [SHARED] if SHARED in mesh.domains and project != SHARED else []
    return {"members": [actor], "consumes": shared}


def to_spec(kind: str, project: str, answers: Mapping[str, Any], version: str) -> ProjectSpec:
    """The spec of a new project, from the answers to the template's questions.

    Raises:
        UsageError: an answer does not fit the spec.
    """
    further = {key: value for key, value in answers.items() if _is_further(key, value)}
    data: Answers = {"kind": kind, "answers": further}
    if kind == "package":
        data |= {"version": version, "description": answers.get("description") or ""}
    else:
        data |= {
            "domains": answers.get("domains") or {project: _first_domain(project, answers)},
            "consumes": answers.get("consumes") or [],
        }
        if schedule := answers.get("schedule"):
            data["jobs"] = {"daily": {"schedule": schedule}}
    fix = "Give another answer with --data KEY=VALUE"
    return checked(ProjectSpec, data, where=f"answers for {project}", fix=fix)


def from_spec(project: str, spec: ProjectSpec) -> Answers:
    """The answers that `to_spec` made a spec of, as far as they are questions of the template."""
    found: Answers = {"description": spec.description, "consumes": spec.consumes, **spec.answers}
    if domain := spec.domains.get(project):
        found |= domain.model_dump(include={"description", "team", "members"})
        found |= {"owner_name": domain.owner.name, "owner_email": domain.owner.email}
    if schedule := _schedule(spec):
        found["schedule"] = schedule
    return found | {"domains": {key: item.model_dump() for key, item in spec.domains.items()}}


def refuse_decided(given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse answers to what nobody is asked, because it is decided elsewhere.

    Args:
        given: names of the answers given.
        known: names of what `to_ask` knows.

    Raises:
        UsageError: with what decides it.
    """
    for key in sorted(set(given) & {*known, *_DECIDED_BY}):
        by = _DECIDED_BY.get(key, "mesh.yml")
        raise UsageError(f"`{key}` is decided by {by}", where="answers", fix="Leave it out.")


def checked(model: type[_M], data: Mapping[str, Any], *, where: str, fix: str) -> _M:
    """Data as a model of the spec.

    Raises:
        UsageError: it does not fit; the first problem is named.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        what, mend = problems.explain(error.errors()[0], model)
        raise UsageError(what, where=where, fix=f"{mend} {fix}".strip()) from None


def _schedule(spec: ProjectSpec) -> str:
    daily = spec.jobs.get("daily")
    return daily.schedule if daily else ""


def _is_further(key: str, value: Any) -> bool:
    return key not in DERIVED_ANSWERS and not key.startswith("_") and value not in (None, "")


def _first_domain(project: str, answers: Mapping[str, Any]) -> Answers:
    return {
        "description": answers.get("description") or f"Data of {project}",
        "owner": {"name": answers.get("owner_name"), "email": answers.get("owner_email")},
        "team": answers.get("team"),
        "members": answers.get("members") or [],
    }


def _common(mesh: Mesh) -> Answers:
    spec = mesh.spec
    package = mesh.projects.get(spec.package)
    return {
        "mesh": spec.name,
        "package": spec.package,
        "package_version": (package and package.version) or spec.template.version,
        "platform_team": spec.platform_team.name,
        "warehouse": spec.warehouse.kind,
        "forge": spec.forge.kind,
        "runtime": spec.runtime.kind,
        **_of_forge(spec.forge),
    }


def _of_forge(forge: Forge) -> Answers:
    """Whose the repositories are, and what stands before their names in an address."""
    if forge.kind == EMBEDDED:
        return {"repositories": "git@embedded:"}
    host = forge.host.partition(":")[0]
    return {"organization": forge.owner, "repositories": f"git@{host}:{forge.owner}/"}
