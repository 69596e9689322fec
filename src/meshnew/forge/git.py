"""git as operations need it: a few verbs, each error one message with a way on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from meshnew.errors import ConflictError, ForgeError, UsageError
from meshnew.forge._checkout import (
    PART,
    attach,
    commit,
    commit_of,
    fetch,
    head,
    is_tracked,
    name_of,
    require_checkout,
    reset,
    rewrite,
    upstream,
)
from meshnew.forge._command import run
from meshnew.forge._failures import OvertakenError

Write = Callable[[Path], None]

_TRIES = 12


def clone(url: str, folder: Path, *, environ: Mapping[str, str], branch: str = "main") -> None:
    """Check a repository out; where the branch has no commit it is left unborn.

    Args:
        url: address of the repository.
        folder: a new or empty folder; a failure leaves it as it was.
        environ: variables with which git reaches the address.
        branch: what to check out; its upstream is origin's.

    Raises:
        ForgeError: the folder is not empty, or the repository cannot be reached.
    """
    existed = folder.exists()
    if existed and not is_empty(folder):
        raise ForgeError("is not empty", where=folder.name, fix="Choose a new folder.")
    try:
        attach(folder, url, branch)
        fetch(folder, environ)
        if commit_of(folder, upstream(branch)):
            reset(folder, branch)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        if existed:
            folder.mkdir()
        raise


def sync(url: str, folder: Path, *, environ: Mapping[str, str], branch: str = "main") -> str:
    """Make a folder the pristine checkout of a branch; files that git ignores stay.

    The caller sees to it that nobody else works in the folder. What a killed run left
    there is mended, at worst by cloning again.

    Returns:
        The commit it is at.

    Raises:
        ForgeError: the repository cannot be reached or its branch has no commit.
    """
    if remote_ref(url, f"refs/heads/{branch}", environ=environ) is None:
        raise ForgeError(
            f"has no commit on {branch} yet",
            where=name_of(url),
            fix="`meshnew apply` renders a project and pushes it.",
        )
    if (folder / ".git").exists():
        with suppress(ForgeError):
            return _refresh(url, folder, environ, branch)
        shutil.rmtree(folder)
    clone(url, folder, environ=environ, branch=branch)
    return head(folder)


def connect(
    folder: Path,
    url: str,
    *,
    environ: Mapping[str, str],
    branch: str = "main",
    exists: bool = True,
) -> None:
    """Make a folder a checkout whose origin plain git reaches, without our environment.

    Files that lie there stay as they are: what differs from origin is an edit. A folder
    that is connected already is brought up to date with where the forge lies now. Of a
    repository that does not exist yet nothing is fetched.

    Raises:
        ForgeError: the repository cannot be reached.
    """
    attach(folder, url, branch)
    rewrite(folder, environ, url)
    if exists and commit_of(folder, "HEAD") is None:
        fetch(folder, environ)
        if commit_of(folder, upstream(branch)):
            run(folder, "reset", "--quiet", "--mixed", upstream(branch))


def commit_all(folder: Path, message: str, *, author: str | None) -> str | None:
    """Commit everything that changed in a checkout.

    Args:
        folder: the checkout.
        message: the commit's.
        author: a login; None for the user's own git identity.

    Returns:
        The commit, or None where nothing changed.

    Raises:
        ForgeError: the folder is no checkout, or git knows no identity.
    """
    require_checkout(folder)
    run(folder, "add", "--all")
    return commit(folder, message, author)


def commit_paths(
    folder: Path, message: str, paths: Sequence[Path], *, author: str | None
) -> str | None:
    """Commit the given files, removed ones too; other edits stay as they are.

    Returns:
        The commit, or None where none of them changed.
    """
    require_checkout(folder)
    known = [str(path) for path in paths if path.exists() or is_tracked(folder, path)]
    if not known:
        return None
    run(folder, "add", "--all", "--", *known)
    return commit(folder, message, author, "--only", "--", *known)


def push(
    folder: Path, *, environ: Mapping[str, str], branch: str = "main", force: bool = False
) -> None:
    """Push what is checked out to a branch of origin.

    Raises:
        OvertakenError: the branch has commits that this checkout does not have.
        ForgeError: refused, in the server's own words, or not reached.
    """
    flags = ["--force"] if force else []
    _push(folder, environ, *flags, "origin", f"HEAD:refs/heads/{branch}")


def tag(folder: Path, name: str, *, environ: Mapping[str, str]) -> None:
    """Tag on origin what is checked out; a tag that is there already is fine.

    Raises:
        ForgeError: the tag is another commit's.
    """
    _push(folder, environ, "origin", f"HEAD:refs/tags/{name}")


def rebase(folder: Path, *, environ: Mapping[str, str], branch: str = "main") -> None:
    """Put local commits on top of what others pushed; edits not committed are kept.

    Raises:
        ConflictError: both changed the same lines. Commits are as they were; edits that
            do not fit what was pushed lie in git's stash.
    """
    require_checkout(folder)
    fetch(folder, environ)
    if commit_of(folder, upstream(branch)) is None:
        return
    name, _, email = run(folder, "log", "-1", "--format=%cn%x00%ce").text.partition("\0")
    committer = {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": email}
    stashed = commit_of(folder, "refs/stash")
    try:
        run(folder, "rebase", "--quiet", "--autostash", upstream(branch), environ=committer)
    except ForgeError:
        files = run(folder, "diff", "--name-only", "--diff-filter=U", "-z").parts()
        run(folder, "rebase", "--abort", codes=range(256))
        if not files:
            raise
        raise ConflictError(
            f"you and somebody else changed {', '.join(files)}",
            where=folder.name,
            fix=f"git pull --rebase origin {branch}, resolve, then give the command again.",
        ) from None
    if commit_of(folder, "refs/stash") != stashed:
        raise ConflictError(
            "what you have not committed does not fit what somebody else pushed",
            where=folder.name,
            fix="git stash pop, resolve, then give the command again.",
        )


def publish(
    url: str,
    *,
    environ: Mapping[str, str],
    author: str | None,
    message: str,
    write: Write,
    branch: str = "main",
    tag: str | None = None,
) -> str | None:
    """Change a repository by one commit, on top of whoever pushes at the same time.

    Args:
        url: address of the repository.
        environ: variables with which git reaches it.
        author: a login; None for the user's own git identity.
        message: the commit's.
        write: changes the fresh checkout it is given; called again for each try.
        branch: what is pushed to.
        tag: set on the result in the same push.

    Returns:
        The commit, or None where `write` changed nothing.

    Raises:
        ForgeError: refused, not reached, or the tag is another commit's.
    """
    for _ in range(_TRIES):
        with _temporary(url, environ, branch) as folder:
            write(folder)
            made = commit_all(folder, message, author=author)
            refs = [f"HEAD:refs/heads/{branch}"] if made else []
            refs += [f"HEAD:refs/tags/{tag}"] if tag and commit_of(folder, "HEAD") else []
            with suppress(OvertakenError):
                if refs:
                    _push(folder, environ, "--atomic", "origin", *refs)
                return made
    raise OvertakenError(
        "others keep pushing", where=name_of(url), fix="Give the command again a little later."
    )


def remote_ref(url: str, ref: str, *, environ: Mapping[str, str]) -> str | None:
    """What a full name, refs/heads/main or refs/tags/v1, stands for on the forge.

    Raises:
        ForgeError: the repository cannot be reached.
    """
    # Settings of the repository that this process happens to stand in do not count.
    outside = Path(tempfile.gettempdir())
    try:
        lines = run(outside, "ls-remote", url, ref, environ=environ).text.splitlines()
    except ForgeError as error:
        error.where = name_of(url)
        raise
    found = {name: commit for commit, _, name in (line.partition("\t") for line in lines)}
    return found.get(ref)


def is_empty(folder: Path) -> bool:
    """Whether nothing lies in a folder, or just what a killed command left of its begin."""
    return all(path.name == PART for path in folder.iterdir())


def current_branch(folder: Path) -> str:
    """The branch that is checked out in a folder or the one around it.

    Raises:
        ForgeError: the folder is in no checkout.
        UsageError: a commit is checked out.
    """
    found = run(folder, "symbolic-ref", "--quiet", "--short", "HEAD", codes=(0, 1)).text
    if not found:
        raise UsageError(
            "no branch is checked out", where=folder.name, fix="git switch --create my-change"
        )
    return found


def _refresh(url: str, folder: Path, environ: Mapping[str, str], branch: str) -> str:
    attach(folder, url, branch)
    fetch(folder, environ)
    reset(folder, branch)
    run(folder, "clean", "--quiet", "-ffd")
    return head(folder)


def _push(folder: Path, environ: Mapping[str, str], *arguments: str) -> None:
    require_checkout(folder)
    run(folder, "push", *arguments, environ=environ)


@contextmanager
def _temporary(url: str, environ: Mapping[str, str], branch: str) -> Iterator[Path]:
    """A private checkout that is removed in the end."""
    with tempfile.TemporaryDirectory(prefix="meshnew-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary, name_of(url))
        clone(url, folder, environ=environ, branch=branch)
        yield folder
