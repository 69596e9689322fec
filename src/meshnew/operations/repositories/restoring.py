"""Put the content of a repository that was deleted back, from a checkout on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from meshnew.forge import salvage
from meshnew.operations import records
from meshnew.operations.session import CHECKOUTS, Session

KEPT = ("meshnew/production",)
"""Branches that are restored beside main; those of open changes are as well."""


@dataclass(frozen=True)
class Source:
    """A checkout that knows a repository's main.

    Attributes:
        folder: the checkout.
        place: its path in the mesh's folder.
        commit: what it saw of main last.
        missing: commits that the records know to have been on main and it does not have.
    """

    folder: Path
    place: str
    commit: str
    missing: tuple[str, ...]

    def sentence(self, project: str) -> str:
        """What will be done, in the user's words."""
        text = f"will restore {project} from {self.place}, as of commit {self.commit[:8]}"
        if not self.missing:
            return text
        last = ", ".join(commit[:8] for commit in self.missing)
        return f"{text}; what came after it, up to {last}, is in no checkout here"


def was_rendered(session: Session, project: str) -> bool:
    """Whether a project's repository had content once, by the records of the laptop."""
    if session.mesh.spec.hosted:
        return False
    record = records.projects(session).get(project)
    return record is not None and record.template_version is not None


def source(session: Session, project: str) -> Source | None:
    """The checkout that knows most of a project's main; None where none knows it."""
    root, last = session.mesh.root, records.last_commits(session, project)
    found = []
    for folder in (session.mesh.home / "work" / project, root / CHECKOUTS / project):
        if commit := salvage.known(folder):
            missing = tuple(one for one in last if not salvage.has(folder, one))
            place = folder.relative_to(root).as_posix()
            found.append(Source(folder, place, commit, missing))
    found.sort(key=lambda item: len(item.missing))
    # Both may have all that the records know: then the one that has the other's main.
    best = found[:1]
    best += [other for other in found[1:] if best and salvage.has(other.folder, best[0].commit)]
    return best[-1] if best else None


def restore(session: Session, project: str, found: Source) -> None:
    """Push what a checkout knows to the repository, which is there again and empty."""
    forge = session.forge
    open_ = [change.branch for change in forge.changes(project)]
    with session.journal.step(f"Restore {project} from {found.place}", commit=found.commit):
        salvage.put_back(
            found.folder, forge.url(project), environ=forge.environment(), branches=[*KEPT, *open_]
        )
