"""What can be asked of a project without a run: who owns its files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from meshnew.errors import UsageError
from meshnew.governance.finding import Finding
from meshnew.operations.changes import governance
from meshnew.operations.repositories import rendering
from meshnew.operations.repositories.proposing import checked_out
from meshnew.operations.session import CHECKOUTS, Session, require_repository
from meshnew.scaffold.render import ANSWERS_FILE


@dataclass(frozen=True)
class OwnersFound:
    """What is wrong with the owners of a project's files.

    Attributes:
        where: what was looked at, such as `main of flights`.
        findings: what is wrong; nothing where every file has its owner.
    """

    where: str
    findings: list[Finding]

    @property
    def ok(self) -> bool:
        """Whether every file has its owner."""
        return not self.findings


def check_owners(
    session: Session, project: str | None, folder: Path, *, here: bool = False
) -> OwnersFound:
    """Hold CODEOWNERS against a project's files and the forge's teams.

    Args:
        session: the session.
        project: its main on the forge is looked at; None for the checkout that `folder` is in.
        folder: where the command was given.
        here: look at the checkout that `folder` is in, wherever it lies.

    Raises:
        UsageError: no project is named and the folder is in no checkout, or both are given.
    """
    with _looked_at(session, project, folder, here=here) as (where, checkout):
        if not (checkout / ANSWERS_FILE).is_file():
            raise UsageError(
                f"no template has rendered it: there is no {ANSWERS_FILE}",
                where=where,
                fix="Have it rendered: meshnew apply PROJECT",
            )
        untracked = project is None
        first = rendering.waiting(session, project or checkout.name)
        found = governance.owners(checkout, session.forge, first=first, untracked=untracked)
    return OwnersFound(where, found)


@contextmanager
def _looked_at(
    session: Session, project: str | None, folder: Path, *, here: bool
) -> Iterator[tuple[str, Path]]:
    """What is looked at, and a folder that holds it."""
    if project is None:
        checkout = _checkout(session, folder, here=here)
        yield f"the checkout {checkout.name}", checkout
        return
    if here:
        raise UsageError("--here looks at a folder, not at a project", fix="Give one of the two.")
    require_repository(session, project)
    with checked_out(session, project) as checkout:
        yield f"main of {project}", checkout


def _checkout(session: Session, folder: Path, *, here: bool) -> Path:
    """The checkout that a folder is in."""
    place, root = folder.resolve(), session.mesh.root / CHECKOUTS
    for candidate in (place, *place.parents):
        if (candidate / ".git").exists() and (here or candidate.is_relative_to(root)):
            return candidate
    raise UsageError(
        "no project is named, and this is no checkout of one",
        fix="Name it, as in: meshnew check owners flights; or go into its checkout.",
    )
