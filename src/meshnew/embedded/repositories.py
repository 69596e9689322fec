"""Bare git repositories on disk, with branches that take no direct push.

What a branch's protection is lies in the repository itself (its config and its hooks), so
that it holds for whoever pushes with plain git. Changes are merged by git plumbing inside
the repository, which runs no hook.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from filelock import FileLock

from meshnew.embedded import _protection
from meshnew.errors import INSTALL_GIT, PlatformError

PREFIX = "git@embedded:"
BRANCH = "main"


class Repositories:
    """All repositories of a mesh.

    Args:
        folder: where they lie, each as NAME.git.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def path(self, name: str) -> Path:
        """Folder of a bare repository, there or not."""
        return self.folder / f"{name}.git"

    def names(self) -> list[str]:
        """Names of all repositories, sorted."""
        return sorted(head.parent.stem for head in self.folder.glob("*.git/HEAD"))

    def exists(self, name: str) -> bool:
        """Whether there is a usable repository of this name."""
        path = self.path(name)
        return (path / "HEAD").exists() and (path / "objects").exists()

    def create(self, name: str, description: str = "") -> None:
        """Make an empty repository whose default branch is main; one that exists is kept.

        Raises:
            PlatformError: git refuses.
        """
        with self._lock(name):
            # An empty template: the user's own hooks have no place here.
            initial = ["--bare", "--quiet", f"--initial-branch={BRANCH}", "--template="]
            _git(["init", *initial, str(self.path(name))])
            (self.path(name) / "description").write_text(f"{description}\n", encoding="utf-8")

    def description(self, name: str) -> str:
        """What the repository says it is for; empty if it says nothing."""
        try:
            return (self.path(name) / "description").read_text(encoding="utf-8").rstrip("\n")
        except OSError:
            return ""

    def delete(self, name: str, *, keep_content: bool = False) -> None:
        """Remove a repository with all its history; one that is gone already is fine.

        Args:
            name: the repository.
            keep_content: put one that anything was pushed to aside instead, in `archive`
                beside the repositories' folder, as hosted forges do.
        """
        with self._lock(name):
            if keep_content and self.exists(name) and not self.is_empty(name):
                archive = self.folder.parent / "archive"
                archive.mkdir(mode=0o700, exist_ok=True)
                moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
                self.path(name).rename(archive / f"{name}-{moment}.git")
            elif self.path(name).exists():
                shutil.rmtree(self.path(name))
        self._lock_file(name).unlink(missing_ok=True)

    def is_empty(self, name: str) -> bool:
        """Whether nothing was ever pushed."""
        return not self._git(name, "for-each-ref", "--count=1").strip()

    def protect(self, name: str, branch: str = BRANCH) -> None:
        """Let a branch take no push once it has content, and its repository's tags stay.

        A branch that was protected is put back where it should be. What came to it by
        another way than a push or a merge is set aside, on a branch `meshnew/stray-COMMIT`.

        Raises:
            PlatformError: there is no such repository.
        """
        with self._lock(name):
            # A hooks folder of the user's own would switch ours off.
            self._git(name, "config", "core.hooksPath", "hooks")
            _protection.write_hooks(self.path(name) / "hooks")
            setting = _protection.SETTING
            self._git(name, "config", "--fixed-value", "--replace-all", setting, branch, branch)
            _protection.restore(partial(self._git, name), branch, BRANCH)

    def unprotect(self, name: str, branch: str = BRANCH) -> None:
        """Let a branch take pushes again; one that does already is fine."""
        with self._lock(name):
            if branch in self._listed(name):
                setting = _protection.SETTING
                self._git(name, "config", "--fixed-value", "--unset-all", setting, branch)
                _protection.forget(partial(self._git, name), branch)

    def protected(self, name: str) -> list[str]:
        """Branches whose protection works.

        None where a hook was removed or edited, and no branch that was renamed or removed.
        """
        folder = self._git(name, "config", "--get", "core.hooksPath", missing_is=1).strip()
        if folder != "hooks" or not _protection.hooks_work(self.path(name) / "hooks"):
            return []
        git = partial(self._git, name)
        return [b for b in self._listed(name) if _protection.is_in_place(git, b, BRANCH)]

    def strays(self, name: str, branch: str = BRANCH) -> list[str]:
        """Commits of a protected branch that came past pushes and merges, or are missing."""
        return _protection.strays(partial(self._git, name), branch)

    def _listed(self, name: str) -> list[str]:
        asked = ["config", "--get-all", _protection.SETTING]
        return sorted(self._git(name, *asked, missing_is=1).splitlines())

    def _git(self, name: str, *arguments: str, missing_is: int = 0) -> str:
        if not self.exists(name):
            raise PlatformError(
                f"there is no repository {name}",
                where=str(self.folder),
                fix="`meshnew apply` makes the repositories of a mesh.",
            )
        return _git([f"--git-dir={self.path(name)}", *arguments], missing_is)

    def _lock_file(self, name: str) -> Path:
        return self.folder / f".{name}.lock"

    @contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        """git refuses to change a config that another process is changing."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        with FileLock(self._lock_file(name), timeout=60):
            yield


def url(name: str) -> str:
    """Address of a repository as committed files write it."""
    return f"{PREFIX}{name}.git"


def environment(repositories: Path) -> dict[str, str]:
    """Environment variables with which git finds `git@embedded:NAME.git` on this machine.

    Args:
        repositories: folder of the bare repositories.
    """
    return settings((f"url.{repositories.absolute()}/.insteadOf", PREFIX))


def settings(*own: tuple[str, str]) -> dict[str, str]:
    """Environment variables that give git settings besides those its environment holds already.

    Args:
        own: key and value; a rewriting of an address replaces an older one of the same.
    """
    count = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    given = [
        (os.environ[f"GIT_CONFIG_KEY_{n}"], os.environ[f"GIT_CONFIG_VALUE_{n}"])
        for n in range(count)
        if {f"GIT_CONFIG_KEY_{n}", f"GIT_CONFIG_VALUE_{n}"} <= os.environ.keys()
    ]
    # In a shell of another mesh the older rule would win.
    prefixes = {value for key, value in own if key.endswith(".insteadOf")}
    pairs = [*(pair for pair in given if pair[1] not in prefixes), *own]
    numbered = {
        f"GIT_CONFIG_{part}_{n}": text
        for n, pair in enumerate(pairs)
        for part, text in zip(("KEY", "VALUE"), pair, strict=True)
    }
    return {"GIT_CONFIG_COUNT": str(len(pairs)), **numbered}


def _git(arguments: list[str], missing_is: int = 0) -> str:
    """Run git outside any repository the caller stands in and return its output."""
    # Inside a git hook these would point every command at that hook's repository.
    own = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"}
    try:
        done = subprocess.run(
            ["git", *arguments],
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env={k: v for k, v in os.environ.items() if k not in own} | {"LC_ALL": "C"},
        )
    except FileNotFoundError as error:
        raise PlatformError("git is not installed", fix=INSTALL_GIT) from error
    if done.returncode not in {0, missing_is}:
        raise PlatformError(
            f"git {arguments[0]} failed: {done.stderr.strip()}",
            fix="`meshnew doctor` checks git and the folders it needs.",
        )
    return done.stdout
