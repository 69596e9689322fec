"""A bare repository read and merged by git's plumbing, without a checkout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from meshnew.errors import ForgeError
from meshnew.forge._command import Output, identity, run
from meshnew.forge._failures import OvertakenError

MAIN = "main"
_GOOD = f"refs/meshnew/{MAIN}"
"""Where a protected main is remembered as pushes and merges left it."""


@dataclass(frozen=True)
class Conflicts:
    """Why two commits do not merge by themselves.

    Attributes:
        files: what both changed.
    """

    files: tuple[str, ...]


class Bare:
    """One repository.

    Args:
        folder: where it lies.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def commit(self, branch: str) -> str | None:
        """What a branch is at; None where there is no such branch."""
        asked = ["--verify", "--quiet", f"refs/heads/{branch}^{{commit}}"]
        return self._git("rev-parse", *asked, codes=(0, 1)).text or None

    def remembers_main(self) -> bool:
        """Whether a main that pushes and merges made is kept beside the branches."""
        return self._git("rev-parse", "--verify", "--quiet", _GOOD, codes=(0, 1)).code == 0

    def text(self, branch: str, path: str) -> str | None:
        """A file, to the last character; None where branch or file is not there."""
        if self.commit(branch) is None:
            return None
        asked = ["blob", f"refs/heads/{branch}:{path}"]
        found = self._git("cat-file", *asked, codes=(0, 128), strip=False)
        return None if found.code else found.text

    def folders(self, branch: str) -> list[str]:
        """Names of the folders at the top."""
        asked = ["-d", "--name-only", "-z", f"refs/heads/{branch}"]
        return list(self._git("ls-tree", *asked).parts()) if self.commit(branch) else []

    def subject(self, branch: str) -> str | None:
        """First line of the last commit's message."""
        asked = ["-1", "--no-show-signature", "--format=%s", f"refs/heads/{branch}"]
        return self._git("log", *asked).text if self.commit(branch) else None

    def contains(self, commit: str, branch: str = MAIN) -> bool:
        """Whether a branch's history has a commit; one that is unknown it has not."""
        asked = ["--is-ancestor", commit, f"refs/heads/{branch}"]
        return self._git("merge-base", *asked, codes=(0, 1, 128)).code == 0

    def changed(self, old: str, new: str) -> tuple[str, ...]:
        """Paths that differ from where `new` left `old`; none where either is gone."""
        asked = ["--name-only", "--no-renames", "--no-ext-diff", "-z", f"{old}...{new}"]
        return self._git("diff", *asked, codes=(0, 128)).parts()

    def diff(self, old: str, new: str) -> str:
        """What `new` changed since it left `old`, unified; empty where either is gone."""
        asked = ["--no-color", "--no-ext-diff", "--no-textconv", "--find-renames"]
        asked += ["--src-prefix=a/", "--dst-prefix=b/", f"{old}...{new}"]
        return self._git("diff", *asked, codes=(0, 128), strip=False).text

    def authors(self, head: str) -> set[str]:
        """Who wrote what a commit has and main has not; none where it is gone.

        Whoever only merged main wrote nothing; whoever resolved something in a merge did.
        """
        asked = ["--no-show-signature", "--format=%H%x00%T%x00%P%x00%an"]
        found = self._git("log", *asked, head, "--not", f"refs/heads/{MAIN}", codes=(0, 128))
        commits = [line.split("\0") for line in found.text.splitlines()]
        return {
            name for _, tree, parents, name in commits if not self._is_plain(tree, parents.split())
        }

    def _is_plain(self, tree: str, parents: list[str]) -> bool:
        """Whether a commit is just what git itself makes of merging its two parents."""
        if len(parents) != 2:  # noqa: PLR2004
            return False
        asked = ["--write-tree", "--name-only", "--no-messages", "-z", *parents]
        merged = self._git("merge-tree", *asked, codes=(0, 1))
        return not merged.code and merged.parts() == (tree,)

    def merge_of(self, commit: str) -> tuple[str, str] | None:
        """The merge that brought a commit to main, and who merged; None without one."""
        asked = ["--first-parent", "--merges", "--format=%H%x00%P%x00%an", f"refs/heads/{MAIN}"]
        for line in self._git("log", "--no-show-signature", *asked).text.splitlines():
            merge, parents, who = line.split("\0")
            if commit in parents.split()[1:]:
                return merge, who
        return None

    def merge(self, head: str, message: str, *, actor: str) -> str | Conflicts:
        """Merge a commit into main.

        Args:
            head: the commit.
            message: the merge commit's.
            actor: its author.

        Returns:
            The merge commit, or the conflicts; with these nothing has changed.

        Raises:
            ForgeError: main moved meanwhile, has no commit or was edited by hand.
        """
        main, remembered = self._mergeable_main()
        asked = ["--write-tree", "--name-only", "--no-messages", "-z", main, head]
        merged = self._git("merge-tree", *asked, codes=(0, 1))
        tree, *files = merged.parts()
        if merged.code:
            return Conflicts(tuple(files))
        parents = ["-p", main, "-p", head]
        commit = self._git("commit-tree", tree, *parents, "-m", message, author=actor).text
        try:
            self._move(commit, main, f"merge by {actor}", remembered=remembered)
        except OvertakenError:
            raise OvertakenError(
                "somebody pushed to main meanwhile; nothing was merged",
                where=self.folder.stem,
                fix="Give the command again.",
            ) from None
        return commit

    def _mergeable_main(self) -> tuple[str, bool]:
        """What main is at, and whether that is remembered beside the branches.

        Raises:
            ForgeError: it has no commit, or was edited by hand.
        """
        main = self.commit(MAIN)
        if main is None:
            raise ForgeError(
                "has no commit on main yet",
                where=self.folder.stem,
                fix="`meshnew apply` renders a project and pushes it.",
            )
        good = self._git("rev-parse", "--verify", "--quiet", _GOOD, codes=(0, 1)).text
        if good and good != main:
            raise ForgeError(
                "main was edited by hand, past all changes; nothing is merged into that",
                where=self.folder.stem,
                fix="This puts main back and keeps the edit on a branch: "
                f"meshnew apply {self.folder.stem}",
            )
        return main, bool(good)

    def _move(self, commit: str, main: str, why: str, *, remembered: bool) -> None:
        """Move main, and with it what is remembered of it, or neither."""
        names = [f"refs/heads/{MAIN}", *([_GOOD] if remembered else [])]
        lines = "".join(f"update {name} {commit} {main}\n" for name in names)
        self._git("update-ref", "-m", why, "--stdin", given=lines)

    def delete(self, branch: str, head: str) -> None:
        """Remove a branch, unless somebody pushed to it or removed it since it was at `head`."""
        if self.commit(branch) == head:
            self._git("update-ref", "-d", f"refs/heads/{branch}", head, codes=(0, 1, 128))

    def _git(
        self,
        *arguments: str,
        codes: tuple[int, ...] = (0,),
        strip: bool = True,
        author: str | None = None,
        given: str | None = None,
    ) -> Output:
        environ = identity(author) if author else None
        return run(
            self.folder,
            *arguments,
            environ=environ,
            given=given,
            codes=codes,
            bare=True,
            strip=strip,
        )
