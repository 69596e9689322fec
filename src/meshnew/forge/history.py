"""How a checkout stands to main of its origin, and how it gets there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from meshnew.errors import ConflictError, ForgeError
from meshnew.forge import git
from meshnew.forge._checkout import commit_of, fetch, require_checkout, upstream
from meshnew.forge._command import run

MAIN = "main"


def edited(folder: Path, paths: Sequence[str] = ()) -> list[str]:
    """Files of a checkout with edits that are not committed: changed, new or removed ones.

    Args:
        folder: the checkout.
        paths: only files there; all without.
    """
    require_checkout(folder)
    asked = ["--porcelain", "--no-renames", "--untracked-files=all", "-z", "--", *paths]
    # Two letters and a space stand before each path.
    found = run(folder, "status", *asked, strip=False).parts()
    return sorted(line[3:] for line in found)


def unpushed(folder: Path) -> bool:
    """Whether a checkout of main has commits that origin, as last fetched, has not."""
    if commit_of(folder, "HEAD") is None or commit_of(folder, upstream(MAIN)) is None:
        return commit_of(folder, "HEAD") is not None
    return bool(run(folder, "rev-list", "-1", "HEAD", f"^{upstream(MAIN)}").text)


def ahead(folder: Path, branch: str) -> list[str]:
    """Subjects of what a branch of origin has and main has not, latest first.

    Asked of what was fetched last; there is nothing where origin has no such branch.
    """
    if commit_of(folder, upstream(branch)) is None:
        return []
    asked = ["--no-show-signature", "--no-merges", "--format=%s"]
    found = run(folder, "log", *asked, f"{upstream(MAIN)}..{upstream(branch)}")
    return found.text.splitlines()


def forward(folder: Path, *, environ: Mapping[str, str]) -> list[str]:
    """Bring a checkout of main to where origin's main is; edits not committed are kept.

    Commits that are not pushed come on top of what others pushed.

    Returns:
        Subjects of the commits that came, latest first.

    Raises:
        ConflictError: files were edited that others changed as well; nothing moved.
    """
    require_checkout(folder)
    fetch(folder, environ)
    theirs = upstream(MAIN)
    if commit_of(folder, theirs) is None:
        return []
    came = run(folder, "log", "--no-show-signature", "--format=%s", f"HEAD..{theirs}")
    if not came.text:
        return []
    changed = run(folder, "diff", "--name-only", "--no-renames", "-z", f"HEAD...{theirs}").parts()
    if both := sorted(set(edited(folder)) & set(changed)):
        raise ConflictError(
            f"you edited {', '.join(both)}, and so did somebody whose work is on main",
            where=folder.name,
            fix="git stash; git pull --rebase; git stash pop; resolve, then give the command "
            "again.",
        )
    git.rebase(folder, environ=environ)
    return came.text.splitlines()


def switch_to_main(folder: Path) -> None:
    """Check main out; edits not committed are kept.

    Raises:
        ConflictError: edits that are not committed stand against it.
    """
    if run(folder, "symbolic-ref", "--quiet", "--short", "HEAD", codes=(0, 1)).text == MAIN:
        return
    try:
        run(folder, "switch", "--quiet", MAIN)
    except ForgeError as error:
        raise ConflictError(
            f"cannot go to main with the edits you have not committed: {', '.join(edited(folder))}",
            where=folder.name,
            fix="Commit them on your branch, or: git stash. Then give the command again.",
        ) from error


def is_on_main(folder: Path) -> bool:
    """Whether main is what is checked out."""
    return run(folder, "symbolic-ref", "--quiet", "HEAD", codes=(0, 1)).text == f"refs/heads/{MAIN}"


def lacks(folder: Path, commit: str) -> bool:
    """Whether a checkout's history does not have a commit, be it unknown there."""
    return run(folder, "merge-base", "--is-ancestor", commit, "HEAD", codes=(0, 1, 128)).code != 0


def extract(folder: Path, commit: str, target: Path) -> bool:
    """Write the files of a commit of a checkout into a folder.

    Returns:
        Whether there is such a commit.
    """
    if commit_of(folder, commit) is None:
        return False
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="meshnew-") as temporary:
        # An index of its own: the user's knows nothing of it.
        aside = {"GIT_INDEX_FILE": str(Path(temporary, "index"))}
        run(folder, "read-tree", commit, environ=aside)
        run(folder, "checkout-index", "--all", f"--prefix={target}/", environ=aside)
    return True


def fetch_files(
    url: str, name: str, folder: Path, *, environ: Mapping[str, str], submodules: bool = False
) -> None:
    """Write the files of a branch or tag into a new folder, without a history.

    Args:
        url: address of the repository.
        name: the branch or tag.
        folder: where to.
        environ: variables with which git reaches the address.
        submodules: also those of its submodules.

    Raises:
        ForgeError: the repository cannot be reached or has no such branch or tag.
    """
    asked = ["--quiet", "--depth=1", "--branch", name]
    run(folder.parent, "clone", *asked, "--", url, str(folder), environ=environ)
    if submodules and (folder / ".gitmodules").exists():
        run(folder, "submodule", "update", "--quiet", "--init", "--recursive", environ=environ)
    for left in folder.rglob(".git"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def merge(folder: Path, commit: str) -> list[str]:
    """Merge a commit into what a checkout has, without committing.

    Returns:
        Files that both sides changed; empty where all went well.

    Raises:
        ForgeError: git cannot merge at all.
    """
    asked = ["--no-commit", "--no-ff", "--quiet", commit]
    who = {"GIT_COMMITTER_NAME": "meshnew", "GIT_COMMITTER_EMAIL": "meshnew@embedded.invalid"}
    done = run(folder, "merge", *asked, environ=who, codes=(0, 1))
    if done.code == 0:
        return []
    return list(run(folder, "diff", "--name-only", "--diff-filter=U", "-z").parts())


def is_pushed(folder: Path) -> bool:
    """Whether origin has all that lies in a checkout: commits, edits, what was stashed."""
    if not (folder / ".git").exists() or run(folder, "status", "--porcelain").text:
        return False
    if commit_of(folder, "refs/stash"):
        return False
    tips = ["HEAD"] if commit_of(folder, "HEAD") else []
    return not run(folder, "rev-list", "-1", *tips, "--branches", "--not", "--remotes").text
