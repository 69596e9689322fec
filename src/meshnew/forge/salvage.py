"""What is left of a repository: one that is gone is put back from what a checkout of it knows,
a checkout in which git was killed is made usable again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from meshnew.forge._checkout import commit_of, upstream
from meshnew.forge._command import run


def known(folder: Path, branch: str = "main") -> str | None:
    """What a checkout last saw of origin's branch; None where it is no checkout or saw none."""
    return commit_of(folder, upstream(branch)) if (folder / ".git").exists() else None


def has(folder: Path, commit: str, branch: str = "main") -> bool:
    """Whether what a checkout saw of origin's branch holds a commit."""
    asked = ["--is-ancestor", commit, upstream(branch)]
    return run(folder, "merge-base", *asked, codes=(0, 1, 128)).code == 0


def put_back(
    folder: Path, url: str, *, environ: Mapping[str, str], branches: Iterable[str] = ()
) -> None:
    """Push main, tags and other branches as a checkout last saw them; its own work stays in it.

    Args:
        folder: the checkout.
        url: address of the repository, there again and empty.
        environ: variables with which git reaches it.
        branches: which others, where the checkout saw them.

    Raises:
        ForgeError: refused, in the server's own words, or not reached.
    """
    seen = ["main", *(name for name in dict.fromkeys(branches) if known(folder, name))]
    refs = [f"{upstream(name)}:refs/heads/{name}" for name in seen]
    run(folder, "push", "--quiet", url, *refs, "refs/tags/*:refs/tags/*", environ=environ)


def release(folder: Path) -> None:
    """Free a checkout in which git was killed; the caller knows that no git works there.

    Files stay as they are. A rebase that was under way is given up: commits and edits are
    as they were before it.
    """
    git = folder / ".git"
    for lock in (*git.glob("*.lock"), *(git / "refs").rglob("*.lock")):
        lock.unlink(missing_ok=True)
    if any((git / name).is_dir() for name in ("rebase-merge", "rebase-apply")):
        run(folder, "rebase", "--abort", codes=range(256))
