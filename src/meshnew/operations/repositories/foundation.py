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
from meshnew.operations.repositories.proposing import checked_out, push_branch
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
    """Give the mesh its own copy of the template, tagged with meshnew's version.

    Raises:
        ScaffoldError: mesh.yml wants a version of the template that is nowhere.
        ConflictError: somebody else's work is on the branch that would propose the version.
    """
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
        if session.mesh.spec.hosted and forge.has_content(TEMPLATE):
            _propose(session, message)
        else:
            session.publish(TEMPLATE, message, _fill, tag=VERSION)


def _propose(session: Session, message: str) -> None:
    """Tag a version on a branch, for main takes changes only there, and propose that branch.

    The tag comes last: until it is there, the same is done again.
    """
    branch, forge = f"meshnew/{VERSION}", session.forge
    with checked_out(session, TEMPLATE) as folder:
        _fill(folder)
        if push_branch(session, folder, branch, message):
            forge.open_change(TEMPLATE, branch, title=message, author=session.actor)
        git.tag(folder, VERSION, environ=forge.environment())


def _fill(folder: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(asset("template"), folder / "template", dirs_exist_ok=True, ignore=ignored)
    shutil.copy(asset("copier.yml"), folder / "copier.yml")
