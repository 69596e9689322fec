"""What every project of a mesh stands on: its copy of the template, its own repository."""

from __future__ import annotations

import shutil
from pathlib import Path

from meshnew import __version__
from meshnew.assets import asset
from meshnew.errors import ScaffoldError
from meshnew.forge import git
from meshnew.mesh.mesh import MESH_REPOSITORY, TEMPLATE
from meshnew.operations.repositories import repository
from meshnew.operations.session import Session

VERSION = f"v{__version__}"
"""The version of the template that this meshnew carries."""


def ensure(session: Session) -> None:
    """Publish the template and push the mesh's repository where they are missing.

    They are after `init` was interrupted, and after a mesh was taken down and is built again.

    Raises:
        ScaffoldError: mesh.yml wants a version of the template that is nowhere.
    """
    publish_template(session)
    if not session.forge.has_content(MESH_REPOSITORY):
        repository.push(session)


def publish_template(session: Session) -> None:
    """Give the mesh its own copy of the template, tagged with meshnew's version."""
    forge, wanted = session.forge, session.mesh.spec.template.version
    ref = f"refs/tags/{wanted}"
    if git.remote_ref(forge.url(TEMPLATE), ref, environ=forge.environment()):
        return
    if wanted != VERSION:
        raise ScaffoldError(
            f"the template has no version {wanted}",
            where="mesh.yml: template",
            fix=f"This meshnew carries {VERSION}; other versions are tags of the repository "
            f"{forge.url(TEMPLATE)}",
        )
    with session.journal.step(f"Publish the template as {VERSION}"):
        message = f"Publish the template of meshnew {__version__}"
        session.publish(TEMPLATE, message, _fill, tag=VERSION)


def _fill(folder: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(asset("template"), folder / "template", dirs_exist_ok=True, ignore=ignored)
    shutil.copy(asset("copier.yml"), folder / "copier.yml")
