"""The first commit of a repository, made before there is one to push it to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from meshnew.errors import ForgeError
from meshnew.forge._command import identity, run


def commit(folder: Path, tree: Path, message: str, *, author: str) -> None:
    """Make a bare repository whose main is one commit of all files of a tree.

    Args:
        folder: a new folder for the repository.
        tree: the files.
        message: the commit's.
        author: a login.
    """
    folder.mkdir()
    run(folder, "init", "--quiet", "--bare", "--template=", "--initial-branch=main")
    where = f"--work-tree={tree}"
    run(folder, where, "add", "--all", bare=True)
    who = identity(author)
    run(folder, where, "commit", "--quiet", "--message", message, environ=who, bare=True)


def push(folder: Path, url: str, *, environ: Mapping[str, str], tag: str | None = None) -> bool:
    """Push it to a repository in which there is nothing; whether that was taken.

    Args:
        folder: the repository that `commit` made.
        url: where to.
        environ: variables with which git reaches the address.
        tag: set on the commit in the same push.
    """
    refs = ["main", *([f"main:refs/tags/{tag}"] if tag else [])]
    try:
        run(folder, "push", "--quiet", "--atomic", url, *refs, environ=environ, bare=True)
    except ForgeError:
        return False
    return True
