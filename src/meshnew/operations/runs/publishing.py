"""Publish interfaces: one commit to the mesh's interfaces repository."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from meshnew.dbt import interfaces, package
from meshnew.dbt.declared import declared
from meshnew.dbt.interfaces import Interface
from meshnew.errors import RunError
from meshnew.mesh.mesh import INTERFACES
from meshnew.operations.parallel import each
from meshnew.operations.repositories.proposing import checked_out
from meshnew.operations.session import Session


def publish(session: Session, published: Sequence[Interface]) -> str | None:
    """Write the projects' interfaces; nothing is committed where none changed.

    Returns:
        The commit, or None.

    Raises:
        RunError: together with what others published the models form a circle.
    """
    if not published:
        return None
    return session.publish(
        INTERFACES, f"Publish the interface of {_names(published)}", writer(published)
    )


def writer(published: Sequence[Interface]) -> Callable[[Path], None]:
    """Writes projects' interfaces into a checkout of the interfaces repository.

    It raises a RunError where together with what others published the models form a circle.
    """

    def write(folder: Path) -> None:
        others = [interfaces.read(path) for path in _folders(folder)]
        mine = {interface.project for interface in published}
        everything = [item for item in others if item.project not in mine] + list(published)
        if circle := interfaces.find_cycle(everything):
            raise RunError(
                f"the models read each other in a circle: {' -> '.join(circle)}",
                where=_names(published),
                fix="Split one of the models so that no circle is left.",
            )
        for interface in published:
            interfaces.write(interface, folder / interface.project)

    return write


def _names(published: Sequence[Interface]) -> str:
    return ", ".join(interface.project for interface in published)


def withdraw(session: Session, projects: Iterable[str]) -> None:
    """Remove the folders of projects that are no more."""
    gone = list(projects)

    def write(folder: Path) -> None:
        for project in gone:
            shutil.rmtree(folder / project, ignore_errors=True)

    session.publish(INTERFACES, f"Remove the interface of {', '.join(gone)}", write)


def declare(session: Session, projects: Sequence[str], trees: Mapping[str, Path]) -> None:
    """Publish what the projects' repositories declare, before anything was built.

    Args:
        session: the session.
        projects: rendered projects.
        trees: project -> what it was rendered as just now.
    """
    if not projects:
        return
    with session.journal.step("Publish declared interfaces", projects=list(projects)):

        def read(project: str) -> Interface:
            if project in trees:
                return declared(trees[project])
            with checked_out(session, project) as folder:
                return declared(folder)

        publish(session, each(read, projects))


def interfaces_of(session: Session) -> dict[str, Interface]:
    """Every interface that is published, by project.

    Raises:
        RunError: one of them was not written by meshnew.
    """
    found = {}
    for project in session.forge.folders(INTERFACES):
        text = session.forge.file(INTERFACES, f"{project}/{package.MANIFEST}")
        if text is not None:
            found[project] = package.parse(text, project)
    return found


def published(session: Session) -> set[str]:
    """Projects that have a folder in the interfaces repository."""
    return set(session.forge.folders(INTERFACES))


def _folders(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.glob("*/dbt_project.yml"))
