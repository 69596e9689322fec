"""Run git, with whatever of the user's settings would change its results switched off."""

from __future__ import annotations

import os
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from meshnew.errors import INSTALL_GIT, OLDEST_GIT, ForgeError, RequirementError
from meshnew.forge._failures import explain

if TYPE_CHECKING:
    from git import Git

# Inside a git hook these point every command, a child's too, at that hook's repository.
_HOOK_VARIABLES = """
GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PREFIX GIT_COMMON_DIR GIT_NAMESPACE
GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_QUARANTINE_PATH
""".split()

# Credentials, proxies and addresses of the user count; what alters content does not.
_NEUTRAL = {
    "commit.gpgSign": "false",
    "commit.cleanup": "whitespace",
    "tag.gpgSign": "false",
    "push.gpgSign": "false",
    "push.followTags": "false",
    "push.recurseSubmodules": "no",
    "core.hooksPath": os.devnull,
    "core.excludesFile": os.devnull,
    "core.attributesFile": os.devnull,
    "core.autocrlf": "false",
    "core.fsmonitor": "false",
    "diff.noprefix": "false",
    "gc.auto": "0",  # it would work on in folders that are removed
    "maintenance.auto": "false",
    "rebase.autoSquash": "false",
    "submodule.recurse": "false",
}
_SETTINGS = [part for key, value in _NEUTRAL.items() for part in ("-c", f"{key}={value}")]


@dataclass(frozen=True)
class Output:
    """What a git command answered: its exit code and standard output."""

    code: int
    text: str

    def parts(self) -> tuple[str, ...]:
        """What a command asked with -z has listed."""
        return tuple(part for part in self.text.split("\0") if part)


def run(
    folder: Path,
    *arguments: str,
    environ: Mapping[str, str] | None = None,
    codes: Container[int] = (0,),
    bare: bool = False,
    strip: bool = True,
    given: str | None = None,
) -> Output:
    """Run git in a folder.

    Args:
        folder: a checkout, a bare repository, or where no repository is needed.
        arguments: the command and what it takes.
        environ: variables besides those of this process.
        codes: exit codes that are answers.
        bare: whether the folder is a bare repository.
        strip: whether white space around the output means nothing.
        given: what it reads from standard input.

    Raises:
        ForgeError: another exit code; git's words as a message with a way on.
        RequirementError: git is not installed, or too old.
    """
    git = _git(folder)
    where = ["--git-dir=."] if bare else []
    with TemporaryFile() as stdin:
        stdin.write((given or "").encode())
        stdin.seek(0)
        status, out, err = git.execute(
            [git.GIT_PYTHON_GIT_EXECUTABLE, *_SETTINGS, *where, *arguments],
            istream=stdin if given else None,
            with_extended_output=True,
            with_exceptions=False,
            strip_newline_in_stdout=strip,
            env={"GIT_TERMINAL_PROMPT": "0", **(environ or {})},
        )
    if status not in codes:
        raise explain(arguments[0], str(err) or str(out), folder.name.removesuffix(".git"))
    return Output(int(status), str(out).strip() if strip else str(out))


def identity(author: str) -> dict[str, str]:
    """Variables that make somebody the author and committer of a commit."""
    return {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", author), ("EMAIL", f"{author}@embedded.invalid"))
    }


def _git(folder: Path) -> Git:
    try:
        from git import Git
    except ImportError as error:  # raised by GitPython where it finds no git
        raise RequirementError("git is not installed", fix=INSTALL_GIT) from error
    if not folder.is_dir():  # GitPython would run in whatever folder this process is in
        raise ForgeError(
            f"there is no folder {folder.name}", fix="`meshnew clone` makes checkouts."
        )
    for name in _HOOK_VARIABLES:
        os.environ.pop(name, None)
    _refuse_older()
    return Git(folder)


@cache
def _refuse_older() -> None:
    from git import Git

    found = Git().version_info
    if found < tuple(map(int, OLDEST_GIT.split("."))):
        said = ".".join(map(str, found)) or "it does not say its version"
        raise RequirementError(f"git is too old: {said}", fix=INSTALL_GIT)
