"""What differs between two states of the spec, in a person's words.

Pure: neither state is read here and nothing is looked up. The sentences head a plan,
become the message of a commit, and explain a change of the mesh to whoever reviews it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from meshnew.mesh.mesh import Mesh
from meshnew.mesh.models import Domain, MeshSpec, Owner, ProjectSpec, Reader

MESH = ""
"""Stands for mesh.yml where a difference names its projects."""


@dataclass(frozen=True)
class Difference:
    """One thing that the spec says otherwise.

    Attributes:
        projects: projects whose files say it; `MESH` for mesh.yml.
        text: what it is, as a sentence without its full stop.
    """

    projects: tuple[str, ...]
    text: str


def differences(before: Mesh | None, after: Mesh) -> list[Difference]:
    """What `after` says that `before` did not: first mesh.yml, then project by project.

    Args:
        before: the earlier state; None where there was none.
        after: the later state.
    """
    if before is None:
        return [_of(name, _new_project(name, spec)) for name, spec in after.projects.items()]
    found = [_of(MESH, text) for text in _mesh(before.spec, after.spec)]
    for name in sorted({*before.projects, *after.projects}):
        was, now = before.projects.get(name), after.projects.get(name)
        if was == now:
            continue
        if now is None:
            found.append(_of(name, f"project {name} is in no file of projects/ any more"))
        elif was is None:
            found.append(_of(name, _new_project(name, now)))
        else:
            found += [_of(name, text) for text in _project(name, was, now)]
        if now is not None:
            found += _domains(name, before, after)
    return found


def of_projects(found: Iterable[Difference], names: Iterable[str]) -> list[str]:
    """Sentences of mesh.yml and of the named projects."""
    wanted = {MESH, *names}
    return [item.text for item in found if wanted & set(item.projects)]


def _of(project: str, text: str) -> Difference:
    return Difference((project,), text)


def _mesh(was: MeshSpec, now: MeshSpec) -> Iterator[str]:
    if was.name != now.name:
        yield f"the mesh becomes {now.name}"
    if was.template.version != now.template.version:
        yield (
            f"projects are rendered from template {now.template.version}, "
            f"no longer {was.template.version}"
        )
    if was.package != now.package:
        yield f"the internal package becomes {now.package}, no longer {was.package}"
    for what in ("warehouse", "forge", "runtime", "state"):
        old, new = getattr(was, what), getattr(now, what)
        if old.kind != new.kind:
            yield f"the {what} becomes {new.kind}"
        elif old != new:
            yield f"settings of the {what} change: {_changed(old.model_dump(), new.model_dump())}"
    if was.platform_team.name != now.platform_team.name:
        yield f"the platform team becomes {now.platform_team.name}"
    yield from _members(was.platform_team.members, now.platform_team.members, "the platform team")
    if was.approvals != now.approvals:
        needed = f"{now.approvals} approval{'' if now.approvals == 1 else 's'}"
        yield f"changes of projects need {needed}, no longer {was.approvals}"
    if was.labels != now.labels:
        yield f"labels change: {_changed(was.labels, now.labels)}"
    if was.people != now.people:
        yield f"it changes what is known of {_changed(was.people, now.people)}"
    yield from _readers(was.readers, now.readers)


def _changed(was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Keys whose values differ."""
    return _list(key for key in sorted({*was, *now}) if was.get(key) != now.get(key))


def _readers(was: Mapping[str, Reader], now: Mapping[str, Reader]) -> Iterator[str]:
    for name in sorted({*was, *now}):
        if name not in now:
            yield f"reader {name} is gone"
        elif name not in was:
            yield f"reader {name} is new and reads {_list(now[name].reads) or 'nothing yet'}"
        else:
            yield from _more_or_less(f"reader {name}", "reads", was[name].reads, now[name].reads)
            if was[name].public_keys != now[name].public_keys:
                yield f"reader {name} gets other public keys"


def _new_project(name: str, spec: ProjectSpec) -> str:
    if spec.kind == "package":
        return f"package {name} is new, in version {spec.version}"
    parts = [f"domain {domain} of {_team(settings)}" for domain, settings in spec.domains.items()]
    reads = f"; it consumes {_list(spec.consumes)}" if spec.consumes else ""
    return f"project {name} is new, with {_list(parts)}{reads}"


def _project(name: str, was: ProjectSpec, now: ProjectSpec) -> Iterator[str]:
    if was.kind != now.kind:
        yield f"project {name} becomes a {now.kind}"
    if was.description != now.description:
        yield f"project {name} is described as `{now.description}`"
    if was.version != now.version and now.version:
        yield f"package {name} becomes version {now.version}"
    yield from _more_or_less(name, "consumes", was.consumes, now.consumes)
    for job in sorted({*was.jobs, *now.jobs}):
        old, new = (spec.jobs[job].schedule if job in spec.jobs else "" for spec in (was, now))
        if old != new:
            yield f"job {job} of {name} " + (f"runs at `{new}`" if new else "is gone")
    if was.public_keys != now.public_keys:
        yield f"other public keys for {_changed(was.public_keys, now.public_keys)}"
    yield from _answers(name, was.answers, now.answers)


def _answers(name: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted({*was, *now}):
        if key not in now:
            yield f"{name} no longer answers `{key}`"
        elif key not in was or was[key] != now[key]:
            yield f"{name} answers `{key}` with {now[key]}"


def _domains(name: str, before: Mesh, after: Mesh) -> Iterator[Difference]:
    """Domains that came to a project, left it, or are described otherwise."""
    old = before.projects[name].domains if name in before.projects else {}
    now = after.projects[name].domains
    for domain in sorted({*old, *now}):
        place, origin = after.project_of.get(domain), before.project_of.get(domain)
        if place is None:
            yield _of(name, f"domain {domain} leaves project {name}")
        elif place != name:
            continue  # said of the project that it moved to
        elif origin is None:
            if name in before.projects:
                yield _of(
                    name, f"domain {domain} is new in project {name}, of {_team(now[domain])}"
                )
        else:
            if origin != place:
                text = f"domain {domain} moves from project {origin} to project {place}"
                yield Difference((origin, place), text)
            for sentence in _domain(domain, before.domains[domain], now[domain]):
                yield _of(name, sentence)


def _domain(name: str, was: Domain, now: Domain) -> Iterator[str]:
    if was.description != now.description:
        yield f"domain {name} is described as `{now.description}`"
    if was.owner != now.owner:
        yield f"the owner of domain {name} becomes {_owner(now.owner)}"
    if was.team != now.team:
        yield f"the team of domain {name} becomes {now.team}, no longer {was.team}"
    yield from _members(was.members, now.members, f"domain {name}")


def _members(was: Iterable[str], now: Iterable[str], what: str) -> Iterator[str]:
    old, new = set(was), set(now)
    yield from (f"{who} joins {what}" for who in sorted(new - old))
    yield from (f"{who} leaves {what}" for who in sorted(old - new))


def _more_or_less(who: str, does: str, was: Iterable[str], now: Iterable[str]) -> Iterator[str]:
    old, new = set(was), set(now)
    yield from (f"{who} {does} {what}" for what in sorted(new - old))
    yield from (f"{who} no longer {does} {what}" for what in sorted(old - new))


def _team(domain: Domain) -> str:
    return f"team {domain.team} ({_list(domain.members) or 'nobody yet'})"


def _owner(owner: Owner) -> str:
    return f"{owner.name} <{owner.email}>"


def _list(items: Iterable[str]) -> str:
    return ", ".join(items)
