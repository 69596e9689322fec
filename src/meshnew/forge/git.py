"""git as operations need it: a few verbs over GitPython, each error one message."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from meshnew.errors import ForgeError

if TYPE_CHECKING:
    from git import Repo

Write = Callable[[Path], None]

_TRIES = 8
# A user's signing, hooks and line endings have no place in commits made for them.
_NEUTRAL = ("commit.gpgsign=false", "tag.gpgsign=false", "core.hooksPath=/dev/null",
            "core.autocrlf=false", "advice.detachedHead=false")  # fmt: skip


def clone(url: str, folder: Path, *, environ: Mapping[str, str], branch: str = "main") -> None:
    """Check a repository out; an empty one gives an unborn branch."""
    from git import Repo

    folder.parent.mkdir(parents=True, exist_ok=True)
    with (
        _explained(f"clone {url}"),
        Repo.clone_from(url, folder, env=dict(environ), multi_options=["--quiet"]) as made,
    ):
        if not made.head.is_valid():
            made.git.symbolic_ref("HEAD", f"refs/heads/{branch}")
        elif made.active_branch.name != branch:
            made.git.checkout("-B", branch, f"origin/{branch}")


def sync(url: str, folder: Path, *, environ: Mapping[str, str], branch: str = "main") -> str:
    """Make a folder the pristine checkout of a branch; files git ignores stay.

    Returns:
        The commit it is at.
    """
    if not (folder / ".git").exists():
        clone(url, folder, environ=environ, branch=branch)
    with _opened(folder, environ) as repository, _explained(f"fetch {url}"):
        repository.git.fetch(
            "--quiet", "--prune", "origin", f"+refs/heads/{branch}:refs/remotes/origin/{branch}"
        )
        repository.git.reset("--quiet", "--hard", f"origin/{branch}")
        repository.git.clean("-fdq")
        return repository.head.commit.hexsha


def connect(folder: Path, url: str, *, environ: Mapping[str, str]) -> None:
    """Make a folder a repository whose `origin` plain git reaches without our environment."""
    from git import Repo

    with _explained("prepare the checkout"):
        made = (
            Repo(folder) if (folder / ".git").exists() else Repo.init(folder, initial_branch="main")
        )
        with made:
            for key, value in _settings(environ):
                made.git.config("--local", "--replace-all", key, value)
            if "origin" in [remote.name for remote in made.remotes]:
                made.git.remote("set-url", "origin", url)
            else:
                made.git.remote("add", "origin", url)


def commit_all(folder: Path, message: str, *, author: str) -> str | None:
    """Commit everything that changed; None where nothing did."""
    with _opened(folder) as repository, _explained("commit"):
        repository.git.add("--all")
        return _commit(repository, message, author)


def commit_paths(folder: Path, message: str, paths: Sequence[Path], *, author: str) -> str | None:
    """Commit the given files and nothing else; None where none changed."""
    with _opened(folder) as repository, _explained("commit"):
        known = [str(path) for path in paths if path.exists() or _tracked(repository, path)]
        if known:
            repository.git.add("--all", "--", *known)
        return _commit(repository, message, author, known)


def push(
    folder: Path, *, environ: Mapping[str, str], branch: str = "main", force: bool = False
) -> None:
    """Push what is checked out to a branch of origin.

    Raises:
        ForgeError: refused; what the server said is the message.
    """
    flags = ["--force"] if force else []
    with _opened(folder, environ) as repository, _explained(f"push {branch}"):
        repository.git.push("--quiet", *flags, "origin", f"HEAD:refs/heads/{branch}")


def rebase(folder: Path, *, environ: Mapping[str, str], branch: str = "main") -> None:
    """Put local commits on top of what others pushed; uncommitted edits are kept."""
    with _opened(folder, environ) as repository, _explained("rebase"):
        repository.git.pull("--quiet", "--rebase", "--autostash", "origin", branch)


def publish(
    url: str,
    *,
    environ: Mapping[str, str],
    author: str,
    message: str,
    write: Write,
    branch: str = "main",
    tag: str | None = None,
) -> str | None:
    """Change a repository by one commit; repeated on top of it when another push was first.

    Args:
        url: the repository.
        environ: environment that reaches it.
        author: who commits.
        message: of the commit.
        write: changes the checkout it is given.
        branch: what is pushed to.
        tag: also set this tag on the result.

    Returns:
        The commit, or None where nothing changed.
    """
    for attempt in range(_TRIES):
        with tempfile.TemporaryDirectory(prefix="meshnew-") as temporary:
            folder = Path(temporary, "checkout")
            clone(url, folder, environ=environ, branch=branch)
            write(folder)
            made = commit_all(folder, message, author=author)
            try:
                if made:
                    push(folder, environ=environ, branch=branch)
                if tag:
                    _tag(folder, tag, environ)
            except ForgeError as error:
                raced = (
                    "fetch first" in error.what
                    or "non-fast-forward" in error.what
                    or "cannot lock ref" in error.what
                )
                if not raced or attempt == _TRIES - 1:
                    raise
                continue
            return made
    return None


def remote_ref(url: str, ref: str, *, environ: Mapping[str, str]) -> str | None:
    """Commit of a ref on the server; None where it is not there."""
    from git import Git

    command = Git()
    command.update_environment(**environ)
    with _explained(f"ask {url}"):
        found = str(command.ls_remote(url, ref))
    return found.split(maxsplit=1)[0] if found else None


def current_branch(folder: Path) -> str:
    """The branch that is checked out."""
    with _opened(folder) as repository, _explained("find the branch"):
        return str(repository.git.symbolic_ref("--short", "HEAD"))


def is_pushed(folder: Path) -> bool:
    """Whether a checkout holds nothing that origin does not have."""
    with _opened(folder) as repository, _explained("look at the checkout"):
        unpushed = repository.git.log("--branches", "--not", "--remotes", "--oneline", "-n1")
        return not unpushed and not repository.is_dirty(untracked_files=True)


def _tag(folder: Path, tag: str, environ: Mapping[str, str]) -> None:
    with _opened(folder, environ) as repository, _explained(f"tag {tag}"):
        repository.git.tag("--force", tag)
        repository.git.push("--quiet", "--force", "origin", f"refs/tags/{tag}")


def _commit(
    repository: Repo, message: str, author: str, only: Sequence[str] | None = None
) -> str | None:
    limits = ["--", *only] if only is not None else []
    if only == [] or not repository.git.diff("--cached", "--name-only", *limits):
        return None
    email = f"{author}@embedded.invalid"
    identity = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", author), ("EMAIL", email))
    }
    settings = [part for item in _NEUTRAL for part in ("-c", item)]
    with repository.git.custom_environment(**identity):
        repository.git.execute(
            ["git", *settings, "commit", "--quiet", "--message", message, *limits]
        )
    return repository.head.commit.hexsha


def _tracked(repository: Repo, path: Path) -> bool:
    return bool(repository.git.ls_files("--", str(path)))


def _settings(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The settings that an environment of GIT_CONFIG_* variables holds."""
    for number in range(int(environ.get("GIT_CONFIG_COUNT", "0"))):
        yield environ[f"GIT_CONFIG_KEY_{number}"], environ[f"GIT_CONFIG_VALUE_{number}"]


@contextmanager
def _opened(folder: Path, environ: Mapping[str, str] | None = None) -> Iterator[Repo]:
    from git import InvalidGitRepositoryError, NoSuchPathError, Repo

    try:
        repository = Repo(folder, search_parent_directories=True)
    except (InvalidGitRepositoryError, NoSuchPathError):
        raise ForgeError(
            f"{folder.name} is no git repository", fix="Make a checkout: meshnew clone PROJECT"
        ) from None
    with repository:
        repository.git.update_environment(**(environ or {}))
        yield repository


@contextmanager
def _explained(doing: str) -> Iterator[None]:
    """git's own words as one message, without its decoration."""
    from git import GitCommandError

    try:
        yield
    except GitCommandError as error:
        said = str(error.stderr).strip().removeprefix("stderr:").strip().strip("'")
        lines = [line.removeprefix("remote: ").rstrip() for line in said.splitlines()]
        text = "\n  ".join(line for line in lines if line.strip())
        raise ForgeError(f"git could not {doing}:\n  {text}") from None
