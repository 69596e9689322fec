"""Bring the projects' repositories to what the spec says: a first push, then changes."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meshnew.errors import ConflictError, UsageError
from meshnew.forge import Change, beginning, git
from meshnew.mesh.mesh import Mesh
from meshnew.operations import records
from meshnew.operations.repositories import platform_files, restoring
from meshnew.operations.repositories.ahead import Ahead, first_message
from meshnew.operations.repositories.proposing import checked_out, push_branch
from meshnew.operations.repositories.restoring import Source
from meshnew.operations.session import CHECKOUTS, Session
from meshnew.scaffold import answers as spec_answers
from meshnew.scaffold import render

BRANCH = "meshnew/render"
EDITED = (
    "Edited here by hand, though the platform owns them. The edits are kept; what every project "
    "should have belongs into the template:"
)
AUTHOR = "meshnew"
"""Who proposes re-renderings: no person, so that a platform team of one can approve them."""


@dataclass(frozen=True)
class Rendering:
    """What a project's repository lacks.

    Attributes:
        project: its name.
        kind: `new` (nothing is there yet), `lost` (nothing is there any more), `bring` (it
            has content that no template rendered), `update` (the spec says something else
            than was rendered), `proposed` (an open change already brings it),
            `obsolete` (an open change brings what the spec no longer says) or `none`.
        answers: what it is rendered with.
        changed: answers that differ from those recorded.
        version: of the template its main was rendered from; None if it is new.
        change: number of the open change that re-renders it, if there is one.
        source: checkout from which lost content is restored, if there is one.
    """

    project: str
    kind: str
    answers: dict[str, Any] = field(hash=False)
    changed: tuple[str, ...] = ()
    version: str | None = None
    change: int | None = None
    source: Source | None = None

    @property
    def whole(self) -> bool:
        """Whether all of it is rendered, for a repository in which there is nothing."""
        return self.kind in ("new", "lost") and self.source is None

    @property
    def renders(self) -> bool:
        """Whether the template is to be rendered with its answers."""
        return self.whole or self.kind in ("update", "bring")

    @property
    def foreign(self) -> bool:
        """Whether its main holds what no template rendered, so that nothing can be built of it."""
        return self.kind == "bring" or (self.kind == "proposed" and self.version is None)

    def sentence(self, version: str) -> str | None:
        """What will be done, in the user's words."""
        if self.source:
            return self.source.sentence(self.project)
        return {
            "new": f"will render {self.project} from template {version} and push it",
            "lost": f"will render {self.project} anew from template {version}: "
            "no checkout here knows what it held",
            "bring": f"will open a change in {self.project} that brings the template {version}",
            "update": f"will open a change in {self.project}: {', '.join(self.changed)}",
            "proposed": f"waits for an owner to merge change {self.change} of {self.project}",
            "obsolete": f"will close change {self.change} of {self.project}: the spec took it back",
        }.get(self.kind)


class Lookout:
    """Compares what the spec asks for with what the projects' repositories record.

    Args:
        session: the session.
        present: domains that are provisioned.
    """

    def __init__(self, session: Session, present: Iterable[str]) -> None:
        self._session = session
        self._present = frozenset(present)
        self._changes = {
            change.repository: change.number
            for change in session.forge.changes()
            if change.branch == BRANCH
        }
        self._tagged = package_tag(session) is not None

    def __call__(self, project: str) -> Rendering:
        """What the repository of a project lacks."""
        session, change = self._session, self._changes.get(project)
        wanted = spec_answers.for_project(session.mesh, project, self._present)
        text = session.forge.file(project, render.ANSWERS_FILE)
        if text is None:
            return self._without_answers(project, wanted)
        version = render.recorded_version(text)
        self._hold_back(project, wanted, text)
        changed = _differences(text, wanted, session.mesh)
        if not changed:
            kind = "obsolete" if change else "none"
            return Rendering(project, kind, wanted, version=version, change=change)
        proposed = session.forge.file(project, render.ANSWERS_FILE, ref=BRANCH) if change else None
        waits = proposed is not None and not _differences(proposed, wanted, session.mesh)
        kind = "proposed" if waits else "update"
        return Rendering(project, kind, wanted, changed, version, change)

    def _without_answers(self, project: str, wanted: dict[str, Any]) -> Rendering:
        session, change = self._session, self._changes.get(project)
        if session.forge.has_content(project):
            return Rendering(project, "proposed" if change else "bring", wanted, change=change)
        if session.forge.remembers_main(project):
            return Rendering(project, "none", wanted)  # its protection puts main back
        if not restoring.was_rendered(session, project):
            return Rendering(project, "new", wanted)
        return Rendering(project, "lost", wanted, source=restoring.source(session, project))

    def _hold_back(self, project: str, wanted: dict[str, Any], text: str) -> None:
        """Import a new version of the package only once it is tagged."""
        if project != self._session.mesh.spec.package and not self._tagged:
            recorded = render.read_answers(text)
            wanted["package_version"] = recorded.get("package_version", wanted["package_version"])


def waiting(session: Session, project: str) -> str:
    """The open change that re-renders a project, such as `change 3 of flights`; empty without."""
    open_ = session.forge.changes(project)
    numbers = (change.number for change in open_ if change.branch == BRANCH)
    return next((f"change {number} of {project}" for number in numbers), "")


def package_tag(session: Session) -> str | None:
    """Commit that the internal package's version is tagged at; None before it is."""
    package = session.mesh.spec.package
    spec = session.mesh.projects.get(package)
    if spec is None or not session.forge.has_content(package):
        return None
    forge = session.forge
    tag = f"refs/tags/{spec.version}"
    return git.remote_ref(forge.url(package), tag, environ=forge.environment())


def tag_package(session: Session) -> None:
    """Tag the internal package's main with the version the spec gives it, once it has that."""
    package = session.mesh.spec.package
    spec = session.mesh.projects.get(package)
    text = session.forge.file(package, render.ANSWERS_FILE)
    if spec is None or text is None or package_tag(session):
        return
    if render.read_answers(text).get("package_version") != spec.version:
        return
    with checked_out(session, package) as folder:
        git.tag(folder, str(spec.version), environ=session.forge.environment())


def carry_out(session: Session, rendering: Rendering, ahead: Ahead) -> Change | None:
    """Render a new project and push it, or open a change with what the spec changed.

    Args:
        session: the session.
        rendering: what the project's repository lacks.
        ahead: holds what was rendered meanwhile.

    Returns:
        The change that was opened, if one was.

    Raises:
        ConflictError: the project and the template changed the same lines.
        UsageError: the spec answers what the template does not ask.
    """
    if rendering.source:
        restoring.restore(session, rendering.project, rendering.source)
    elif rendering.whole:
        _push_first(session, rendering, ahead)
    elif rendering.kind in ("update", "bring"):
        return _open_change(session, rendering)
    elif rendering.kind == "obsolete" and rendering.change is not None:
        session.forge.close_change(rendering.project, rendering.change)
    if rendering.project == session.mesh.spec.package:
        tag_package(session)
    return None


def remember(session: Session, renderings: Iterable[Rendering]) -> None:
    """Record what repositories were rendered from where the records were lost."""
    known = records.projects(session)
    for item in renderings:
        record = known.get(item.project)
        if item.version and (record is None or record.template_version != item.version):
            kind = session.mesh.projects[item.project].kind
            records.project_rendered(session, item.project, kind, item.version)


def _push_first(session: Session, rendering: Rendering, ahead: Ahead) -> None:
    project, version = rendering.project, session.template.version
    spec = session.mesh.projects[project]
    with session.journal.step(f"Render {project} and push it", project=project):
        url, environ = session.forge.url(project), session.forge.environment()
        begun = ahead.begun(project, rendering.answers)
        if not (begun and beginning.push(begun.repository, url, environ=environ, tag=spec.version)):

            def write(folder: Path) -> None:
                render.render(session.template, folder, rendering.answers)

            session.publish(project, first_message(session.template), write, tag=spec.version)
    if session.mesh.spec.hosted:
        return  # what was rendered is recorded in the repository; the laptop alone records more
    records.project_rendered(session, project, spec.kind, version)


def _open_change(session: Session, rendering: Rendering) -> Change:
    project, forge = rendering.project, session.forge
    title = f"Bring the project to its spec: {', '.join(rendering.changed or ['its template'])}"
    resolving = session.mesh.root / CHECKOUTS / f"{project}-render"
    if resolving.exists():
        raise _to_resolve(project, "is still to be resolved")
    with (
        session.journal.step(f"Re-render {project} as a change", project=project),
        checked_out(session, project) as folder,
    ):
        try:
            gone = _domains_gone(session.mesh, folder, rendering)
            body = _edited(session, folder) if rendering.version else ""
            make = render.update if rendering.version else render.render
            make(session.template, folder, rendering.answers)
            render.remove_domains(folder, gone)
        except ConflictError as error:
            shutil.move(folder, resolving)
            git.connect(resolving, forge.url(project), environ=forge.environment())
            raise _to_resolve(project, error.what) from error
        if not push_branch(session, folder, BRANCH, title, author=AUTHOR):
            raise UsageError(
                f"the template does not ask {', '.join(rendering.changed)}",
                where=f"projects/{project}.yml: answers",
                fix="Remove it.",
            )
        return forge.open_change(project, BRANCH, title=title, author=AUTHOR, body=body)


def _edited(session: Session, folder: Path) -> str:
    """What a reviewer should know of files of the platform that a person edited."""
    names = platform_files.edited(session.template, folder)
    listed = "".join(f"\n- {name}" for name in names)
    return f"{EDITED}{listed}" if names else ""


def _domains_gone(mesh: Mesh, folder: Path, rendering: Rendering) -> list[str]:
    """Domains a project was rendered with that are in no project any more."""
    if rendering.version is None:
        return []
    text = (folder / render.ANSWERS_FILE).read_text(encoding="utf-8")
    recorded = render.read_answers(text).get("domains") or {}
    return [name for name in recorded if name not in mesh.domains]


def _to_resolve(project: str, what: str) -> ConflictError:
    folder = f"{CHECKOUTS}/{project}-render"
    return ConflictError(
        what,
        where=f"the re-rendering of {project}",
        fix=f"Resolve the marked lines in {folder}, then there: git commit -am 'Bring the "
        f"project to its spec'; git push -f origin HEAD:refs/heads/{BRANCH}; meshnew change "
        f"open {project} --branch {BRANCH}; and remove the folder. To begin anew, remove it now.",
    )


def _differences(text: str, wanted: dict[str, Any], mesh: Mesh) -> tuple[str, ...]:
    """Names of answers that the repository records otherwise; the template's version too."""
    recorded = render.read_answers(text)
    changed = [key for key, value in wanted.items() if recorded.get(key) != value]
    if render.recorded_version(text) != mesh.spec.template.version:
        changed.append(f"template {mesh.spec.template.version}")
    return tuple(changed)
