"""Bring the projects' repositories to what the spec says: a first push, then changes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meshnew.forge import Change, git
from meshnew.mesh.mesh import Mesh
from meshnew.operations import records
from meshnew.operations.session import Session
from meshnew.scaffold import answers as spec_answers
from meshnew.scaffold import render

BRANCH = "meshnew/render"


@dataclass(frozen=True)
class Rendering:
    """What a project's repository lacks.

    Attributes:
        project: its name.
        kind: `new` (nothing is there yet), `update` (the spec says something else
            than was rendered), `proposed` (an open change already brings it) or
            `none`.
        answers: what it is rendered with.
        changed: answers that differ from those recorded.
        version: of the template its main was rendered from; None if it is new.
    """

    project: str
    kind: str
    answers: dict[str, Any] = field(hash=False)
    changed: tuple[str, ...] = ()
    version: str | None = None

    def sentence(self, version: str) -> str | None:
        """What will be done, in the user's words."""
        if self.kind == "new":
            return f"will render {self.project} from template {version} and push it"
        if self.kind == "update":
            return f"will open a change in {self.project}: {', '.join(self.changed)}"
        if self.kind == "proposed":
            return f"waits for you to merge the change in {self.project} that re-renders it"
        return None


def look(session: Session, project: str, present: Iterable[str]) -> Rendering:
    """Compare what the spec asks for with what the project's repository records."""
    wanted = spec_answers.for_project(session.mesh, project, present)
    text = session.forge.file(project, render.ANSWERS_FILE)
    if text is None:
        return Rendering(project, "new", wanted)
    version = render.recorded_version(text)
    changed = _differences(text, wanted, session.mesh)
    if not changed:
        return Rendering(project, "none", wanted, version=version)
    proposed = session.forge.file(project, render.ANSWERS_FILE, ref=BRANCH)
    waits = proposed is not None and not _differences(proposed, wanted, session.mesh)
    return Rendering(project, "proposed" if waits else "update", wanted, changed, version)


def carry_out(session: Session, rendering: Rendering) -> Change | None:
    """Render a new project and push it, or open a change with what the spec changed.

    Returns:
        The change that was opened, if one was.
    """
    if rendering.kind == "new":
        _push_first(session, rendering)
    elif rendering.kind == "update":
        return _open_change(session, rendering)
    return None


def remember(session: Session, renderings: Iterable[Rendering]) -> None:
    """Record what repositories were rendered from where the records were lost."""
    known = records.projects(session)
    for item in renderings:
        record = known.get(item.project)
        if item.version and (record is None or record.template_version is None):
            kind = session.mesh.projects[item.project].kind
            records.project_rendered(session, item.project, kind, item.version)


def _push_first(session: Session, rendering: Rendering) -> None:
    project, forge = rendering.project, session.forge
    spec = session.mesh.projects[project]
    with session.journal.step(f"Render {project} and push it", project=project):

        def write(folder: Path) -> None:
            render.render(session.template, folder, rendering.answers)

        git.publish(
            forge.url(project),
            environ=forge.environment(),
            author=session.actor,
            message=f"Render from template {session.template.version}",
            write=write,
            tag=spec.version,
        )
    records.project_rendered(session, project, spec.kind, session.template.version)


def _open_change(session: Session, rendering: Rendering) -> Change:
    project, forge = rendering.project, session.forge
    title = f"Bring the project to its spec: {', '.join(rendering.changed)}"
    with (
        session.journal.step(f"Re-render {project} as a change", project=project),
        tempfile.TemporaryDirectory(prefix="meshnew-") as temporary,
    ):
        folder = Path(temporary, project)
        git.clone(forge.url(project), folder, environ=forge.environment())
        render.update(session.template, folder, rendering.answers)
        git.commit_all(folder, title, author=session.actor)
        git.push(folder, environ=forge.environment(), branch=BRANCH, force=True)
        return forge.open_change(project, BRANCH, title=title, author=session.actor)


def _differences(text: str, wanted: dict[str, Any], mesh: Mesh) -> tuple[str, ...]:
    """Names of answers that the repository records otherwise; the template's version too."""
    recorded = render.read_answers(text)
    changed = [key for key, value in wanted.items() if recorded.get(key) != value]
    if render.recorded_version(text) != mesh.spec.template.version:
        changed.append(f"template {mesh.spec.template.version}")
    return tuple(changed)
