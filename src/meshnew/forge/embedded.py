"""The laptop's forge: bare repositories, and changes kept as records."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from meshnew.embedded import repositories
from meshnew.errors import ConflictError, ForgeError
from meshnew.forge import Change

if TYPE_CHECKING:
    from meshnew.embedded.platform import Embedded

MAIN = "main"
_COLUMNS = (
    "repository, number, branch, title, author, state, opened_at, head, merged_by, merge_commit"
)


class EmbeddedForge:
    """`Forge` on one machine.

    Args:
        embedded: the platform, started.
    """

    def __init__(self, embedded: Embedded) -> None:
        self._embedded = embedded
        self._git = embedded.git

    def url(self, repository: str) -> str:
        """Address of a repository, as committed files write it."""
        return repositories.url(repository)

    def environment(self) -> dict[str, str]:
        """Environment in which git, Copier and dbt reach the repositories."""
        return repositories.environment(self._embedded.repositories)

    def exists(self, repository: str) -> bool:
        """Whether there is such a repository."""
        return self._git.exists(repository)

    def has_content(self, repository: str) -> bool:
        """Whether its main has a commit."""
        return self.head(repository) is not None

    def head(self, repository: str, branch: str = MAIN) -> str | None:
        """Commit of a branch; None where there is no such branch."""
        return self._look(
            repository, "rev-parse", "--verify", "-q", f"refs/heads/{branch}^{{commit}}"
        )

    def file(self, repository: str, path: str, *, ref: str = MAIN) -> str | None:
        """Text of a file; None where it is not there."""
        return self._look(repository, "show", f"refs/heads/{ref}:{path}", strip=False)

    def folders(self, repository: str) -> list[str]:
        """Names of the folders at the top of main."""
        found = self._look(repository, "ls-tree", "-d", "--name-only", f"refs/heads/{MAIN}")
        return (found or "").splitlines()

    def subject(self, repository: str, branch: str) -> str | None:
        """First line of the branch's last commit message."""
        return self._look(repository, "log", "-1", "--format=%s", f"refs/heads/{branch}")

    def open_change(
        self, repository: str, branch: str, *, title: str, author: str, body: str = ""
    ) -> Change:
        """Propose a pushed branch for main; an open change of it is brought up to date."""
        head, main = self.head(repository, branch), self.head(repository)
        if head is None or branch == MAIN:
            raise ForgeError(
                f"{repository} has no branch `{branch}` to propose",
                fix=f"Push one first: git push origin HEAD:refs/heads/{branch or 'my-change'}",
            )
        if main and self._is_ancestor(repository, head, main):
            raise ForgeError(
                f"branch `{branch}` of {repository} has nothing that main does not have",
                fix="Commit your work and push the branch again.",
            )
        with self._embedded.records() as records, records.transaction():
            records.execute("select pg_advisory_xact_lock(hashtext(%s))", (repository,))
            row = (
                records.execute(
                    "update changes set head = %s, title = %s, body = %s "
                    "where repository = %s and branch = %s and state = 'open' returning number",
                    (head, title, body, repository, branch),
                ).fetchone()
                or records.execute(
                    "insert into changes (repository, number, branch, title, body, author, head) "
                    "select %s, coalesce(max(number), 0) + 1, %s, %s, %s, %s, %s "
                    "from changes where repository = %s returning number",
                    (repository, branch, title, body, author, head, repository),
                ).fetchone()
            )
        assert row  # noqa: S101  (one of the two returns a row)
        return self.change(repository, row[0])

    def changes(self, repository: str | None = None, *, state: str = "open") -> list[Change]:
        """Changes by repository and number; state `all` has no preference."""
        with self._embedded.records() as records:
            rows = records.execute(
                f"select {_COLUMNS} from changes "  # noqa: S608  (a constant)
                "where (%s::text is null or repository = %s) and (%s = 'all' or state = %s) "
                "order by repository, number".encode(),
                (repository, repository, state, state),
            ).fetchall()
        return [self._current(Change(*row)) for row in rows]

    def change(self, repository: str, number: int) -> Change:
        """One change, with its files."""
        for found in self.changes(repository, state="all"):
            if found.number == number:
                return self._with_files(found)
        raise ForgeError(
            f"{repository} has no change {number}", fix=f"See: meshnew change list {repository}"
        )

    def merge_change(self, repository: str, number: int, *, actor: str) -> Change:
        """Merge an open change into main and delete its branch."""
        change = self.change(repository, number)
        if change.state != "open":
            raise ForgeError(f"change {number} of {repository} is {change.state} already")
        allowed = self.may_merge(repository)
        if actor not in allowed:
            raise ForgeError(
                f"{actor} may not merge changes of {repository}",
                fix=f"One of its owners may: {', '.join(allowed) or 'nobody yet'} (--as WHO)",
            )
        main, head = self.head(repository), self.head(repository, change.branch)
        merged = self._merged_before(repository, change)
        if merged is None:
            if head is None or main is None:
                raise ForgeError(f"branch `{change.branch}` of {repository} is gone")
            merged = self._merge(repository, change, main, head, actor)
            self._run(repository, "update-ref", f"refs/heads/{MAIN}", merged, main)
        with self._embedded.records() as records:
            records.execute(
                "update changes set state = 'merged', merged_at = now(), merged_by = %s, "
                "merge_commit = %s, head = %s where repository = %s and number = %s",
                (actor, merged, head or change.head, repository, number),
            )
        if head:
            self._run(repository, "update-ref", "-d", f"refs/heads/{change.branch}", head)
        return self.change(repository, number)

    def may_merge(self, repository: str) -> list[str]:
        """Members of the teams that may write to the repository."""
        with self._embedded.records() as records:
            rows = records.execute(
                "select distinct member from repository_access join team_members using (team) "
                "where repository = %s and permission in ('write', 'maintain') order by member",
                (repository,),
            ).fetchall()
        return [row[0] for row in rows]

    def _merge(self, repository: str, change: Change, main: str, head: str, actor: str) -> str:
        """The merge commit, made without a checkout."""
        done = self._git_in(
            repository, ["merge-tree", "--write-tree", "--name-only", "-z", main, head]
        )
        parts = done.stdout.split("\0")
        if done.returncode == 1:
            files = ", ".join(parts[1 : parts.index("", 1)])
            raise ConflictError(
                f"change {change.number} and main both changed {files}",
                where=repository,
                fix=f"In the checkout: git fetch, git switch {change.branch}, "
                "git merge origin/main, resolve, commit, push; then merge again.",
            )
        if done.returncode:
            raise ForgeError(f"git could not merge: {done.stderr.strip()}", where=repository)
        message = f"{change.title}\n\nMerge change {change.number} of {change.branch}\n"
        return self._run(
            repository, "commit-tree", parts[0], "-p", main, "-p", head, "-m", message, actor=actor
        )

    def _merged_before(self, repository: str, change: Change) -> str | None:
        """The merge commit on main of a change whose record was not written any more."""
        head = self.head(repository, change.branch) or change.head
        main = self.head(repository)
        if main is None or not self._is_ancestor(repository, head, main):
            return None
        merges = self._look(repository, "rev-list", "--merges", "--parents", MAIN) or ""
        for line in merges.splitlines():
            commit, *parents = line.split()
            if head in parents[1:]:
                return commit
        return main

    def _current(self, change: Change) -> Change:
        """An open change stands for what its branch is at now."""
        from dataclasses import replace

        head = self.head(change.repository, change.branch) if change.state == "open" else None
        return replace(change, head=head) if head else change

    def _with_files(self, change: Change) -> Change:
        from dataclasses import replace

        old = f"{change.merge_commit}^1" if change.merge_commit else f"refs/heads/{MAIN}"
        new = change.merge_commit or change.head
        sign = ".." if change.merge_commit else "..."
        found = self._look(change.repository, "diff", "--name-only", f"{old}{sign}{new}") or ""
        return replace(change, files=tuple(found.splitlines()))

    def _is_ancestor(self, repository: str, one: str, other: str) -> bool:
        return self._git_in(repository, ["merge-base", "--is-ancestor", one, other]).returncode == 0

    def _look(self, repository: str, *arguments: str, strip: bool = True) -> str | None:
        """Output of a command that reads; None where what it asks for is not there."""
        if not self.exists(repository):
            return None
        done = self._git_in(repository, arguments)
        if done.returncode:
            return None
        return done.stdout.strip() if strip else done.stdout

    def _run(self, repository: str, *arguments: str, actor: str = "meshnew") -> str:
        done = self._git_in(repository, arguments, actor)
        if done.returncode:
            raise ForgeError(
                f"git {arguments[0]} was refused: {done.stderr.strip()}",
                where=repository,
                fix="Somebody else may have changed it meanwhile: give the command again.",
            )
        return done.stdout.strip()

    def _git_in(
        self, repository: str, arguments: Sequence[str], actor: str = "meshnew"
    ) -> subprocess.CompletedProcess[str]:
        identity: dict[str, Any] = {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", actor), ("EMAIL", f"{actor}@embedded.invalid"))
        }
        folder = str(self._git.path(repository))
        environ = {
            key: value
            for key, value in os.environ.items()
            if key not in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
        }
        return subprocess.run(
            ["git", f"--git-dir={folder}", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**environ, **identity, "LC_ALL": "C"},
        )
