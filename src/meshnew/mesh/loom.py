"""dbt-loom, an option of the template: refused where projects consume each other.

It reads the other projects' manifests while dbt parses. In a circle each parse would have to
come before the other; interfaces know no such order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshnew.errors import UsageError
from meshnew.mesh.models import ProjectSpec
from meshnew.mesh.names import Problem

OPTION = "loom"
KEY = ("answers", "options")
"""Where in projects/*.yml it is chosen."""


def circles(projects: Mapping[str, ProjectSpec]) -> Iterator[tuple[str, Problem]]:
    """Each project that reads others by dbt-loom and is needed by them in turn."""
    project_of = {domain: name for name, spec in projects.items() for domain in spec.domains}
    consumed = {
        name: {project_of[d]: d for d in spec.consumes if d in project_of}
        for name, spec in projects.items()
    }
    for name, spec in projects.items():
        if _chosen(spec) and (path := _circle(name, consumed)):
            steps = [
                f"{reader} consumes {consumed[reader][read]} (projects/{reader}.yml: consumes)"
                for reader, read in zip(path, [*path[1:], name], strict=True)
            ]
            what = (
                f"`{'.'.join(KEY)}` has {OPTION}, which parses a project after all it consumes, "
                f"and {name} is in a circle: {', '.join(steps)}"
            )
            mend = (
                f"Remove {OPTION} from the options, so that {name} imports interfaces, which may "
                "go both ways; or remove one of these from `consumes`."
            )
            yield name, Problem(what, mend)


def refuse_circles(projects: Mapping[str, ProjectSpec], *, where: str) -> None:
    """Refuse a spec in which dbt-loom would wait for itself.

    Raises:
        UsageError: with the circle.
    """
    for _, problem in circles(projects):
        raise UsageError(problem.what, where=where, fix=problem.fix)


def _chosen(spec: ProjectSpec) -> bool:
    options = spec.answers.get(KEY[1])
    return isinstance(options, list | str) and OPTION in options


def _circle(start: str, consumed: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The shortest way from a project back to itself, without its end; empty if there is none."""
    seen, ways = {start}, [[start]]
    for way in ways:
        for project in consumed[way[-1]]:
            if project == start:
                return way
            if project not in seen:
                seen.add(project)
                ways.append([*way, project])
    return []
