"""The folder of a mesh as a place to work in: whose it is, and what lies there beside the mesh."""

from __future__ import annotations

import os
from pathlib import Path

from meshnew import temporary
from meshnew.errors import RequirementError
from meshnew.mesh.load import refuse_link_out
from meshnew.mesh.mesh import Mesh
from meshnew.mesh.place import CHECKOUTS_FOLDER, PROJECTS
from meshnew.mesh.write import write_text
from meshnew.operations.progress import Progress


def prepare(mesh: Mesh) -> None:
    """Make the folders of meshnew's own, closed to others, and clear what killed commands left.

    Raises:
        RequirementError: the mesh's folder may not be written.
        UsageError: a folder to write in is a link out of the mesh.
    """
    from meshnew.embedded.host import keep_private

    refuse_links_out(mesh.root)
    if not os.access(mesh.root, os.W_OK | os.X_OK):
        raise RequirementError(
            "may not be written",
            where=f"the mesh's folder {mesh.root.name}",
            fix="Give yourself the right to, or work on a clone of your own.",
        )
    keep_private(mesh.home)
    for place in (mesh.root, mesh.root / PROJECTS, mesh.home, mesh.home / "embedded"):
        temporary.clear(place)
    for own in (mesh.home, mesh.root / CHECKOUTS_FOLDER):
        _hide_from_git(own)


def refuse_links_out(root: Path) -> None:
    """Refuse folders to write in that are links out of the mesh."""
    checkouts = root / CHECKOUTS_FOLDER
    for path in (root / ".meshnew", checkouts, *checkouts.glob("*")):
        refuse_link_out(path, root)


def say_whose(mesh: Mesh, progress: Progress) -> None:
    """Say to root, at work in a mesh of somebody else's, what that leaves behind."""
    owner = mesh.home.stat().st_uid
    if os.getuid() == 0 and owner != 0:
        progress.say(
            f"This mesh belongs to user id {owner} and you work in it as root: what this command "
            f"makes, locks too, is root's. Give it back: chown -R {owner} {mesh.root}"
        )


def _hide_from_git(folder: Path) -> None:
    """Let git ignore a folder by a file inside it, whatever the mesh's .gitignore says."""
    ignore = folder / ".gitignore"
    if not ignore.is_file():
        write_text(ignore, "*\n")
