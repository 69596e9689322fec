"""git for jobs: merge a change into a checkout, keep a file on a branch without a history."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from meshnew.errors import ConflictError, ForgeError
from meshnew.forge._checkout import attach, commit_of, head
from meshnew.forge._command import identity, run
from meshnew.forge._owners import PLACES


def merge(folder: Path, commit: str, *, author: str) -> str:
    """Merge a commit that a checkout has fetched into what is checked out.

    Returns:
        The commit it is at now.

    Raises:
        ConflictError: both changed the same lines; `where` names the files. The checkout
            is as it was.
    """
    message = f"Merge {commit[:12]} to check it"
    try:
        run(folder, "merge", "--quiet", "-m", message, commit, environ=identity(author))
    except ForgeError:
        files = run(folder, "diff", "--name-only", "--diff-filter=U", "-z").parts()
        run(folder, "merge", "--abort", codes=range(256))
        if not files:
            raise
        listed = ", ".join(files)
        fix = "Merge main into the branch, resolve, and push it."
        raise ConflictError(f"both changed {listed}", where=listed, fix=fix) from None
    return head(folder)


def changed(folder: Path, old: str, new: str) -> list[str]:
    """Paths that differ between two commits and are there in the newer one."""
    asked = ["--name-only", "--no-renames", "--no-ext-diff", "--diff-filter=d", "-z", old, new]
    return list(run(folder, "diff", *asked).parts())


def replace_branch(
    url: str,
    branch: str,
    files: Mapping[str, str],
    *,
    environ: Mapping[str, str],
    author: str,
    message: str,
) -> None:
    """Make a branch one commit that holds just these files, whatever it was before.

    Raises:
        ForgeError: refused or not reached.
    """
    with tempfile.TemporaryDirectory(prefix="meshnew-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        attach(folder, url, branch)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        run(folder, "add", "--all", "--force")
        run(folder, "commit", "--quiet", "--message", message, environ=identity(author))
        target = f"HEAD:refs/heads/{branch}"
        run(folder, "push", "--quiet", "--force", "origin", target, environ=environ)


def files(folder: Path, *, patterns: str = "", untracked: bool = False) -> list[str]:
    """Paths of a checkout.

    Args:
        folder: the checkout.
        patterns: a file in it; only paths that its patterns match, as .gitignore has them.
        untracked: those as well that nobody has committed yet, unless git ignores them.
    """
    asked = ["--cached", *(["--others"] if untracked else [])]
    if patterns:
        asked += ["--ignored", f"--exclude-from={patterns}"]
    elif untracked:
        asked += ["--exclude-standard"]
    found = run(folder, "ls-files", "-z", *asked).parts()
    return sorted({name for name in found if os.path.lexists(folder / name)})


def owners_file(folder: Path) -> tuple[str, str | None]:
    """Where a checkout has its CODEOWNERS and what it says; None where it has none."""
    for place in PLACES:
        if (folder / place).is_file():
            return place, (folder / place).read_text(encoding="utf-8", errors="replace")
    return PLACES[0], None


def begin(folder: Path) -> None:
    """Make a folder a repository, so that git can be asked about its files."""
    run(folder, "init", "--quiet")


def changed_since_main(folder: Path) -> list[str] | None:
    """Paths that a checkout changes against main of its origin; None where that is not known.

    A runner checks out one commit: what lies before it is fetched where it is missing.
    """
    run(folder, "fetch", "--quiet", "--depth=1", "origin", "main", codes=range(256))
    main = commit_of(folder, "refs/remotes/origin/main") or commit_of(folder, "FETCH_HEAD")
    return changed(folder, main, head(folder)) if main else None


def file_of_origin(folder: Path, path: str, branch: str) -> str | None:
    """Text of a file on a branch of a checkout's origin; None where there is none.

    Raises:
        ForgeError: the origin cannot be reached.
    """
    if not run(folder, "ls-remote", "origin", f"refs/heads/{branch}").text:
        return None
    run(folder, "fetch", "--quiet", "--depth=1", "origin", f"refs/heads/{branch}")
    return run(folder, "show", f"FETCH_HEAD:{path}").text


def has_commit(folder: Path, commit: str) -> bool:
    """Whether a checkout has a commit."""
    return commit_of(folder, commit) is not None


def head_of(folder: Path) -> str:
    """The commit that is checked out."""
    return head(folder)


def move(folder: Path, old: str, new: str) -> None:
    """Rename a file of a checkout as `git mv` does; one that git does not know is just renamed."""
    (folder / new).parent.mkdir(parents=True, exist_ok=True)
    if run(folder, "mv", "--", old, new, codes=range(256)).code:
        (folder / old).rename(folder / new)
