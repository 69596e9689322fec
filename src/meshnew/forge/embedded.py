"""The laptop's forge: bare repositories, and changes kept as records."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from meshnew.embedded import repositories
from meshnew.errors import ConflictError, ForgeError, UsageError
from meshnew.forge import STATES, Change
from meshnew.forge._bare import MAIN, Bare, Conflicts
from meshnew.forge._records import lock, one, read

if TYPE_CHECKING:
    from meshnew.embedded.platform import Embedded

_UPDATE = """
    update changes
    set head = %(head)s, title = %(title)s, body = coalesce(nullif(%(body)s, ''), body)
    where (repository, branch, state) = (%(repository)s, %(branch)s, 'open')
    returning number
"""
_INSERT = """
    insert into changes (repository, number, branch, title, body, author, head)
    select %(repository)s, coalesce(max(number), 0) + 1,
           %(branch)s, %(title)s, %(body)s, %(author)s, %(head)s
    from changes where repository = %(repository)s
    returning number
"""
_MERGED = """
    update changes
    set state = 'merged', merged_at = now(), head = %(head)s, merged_by = %(by)s,
        merge_commit = %(commit)s
    where (repository, number) = (%(repository)s, %(number)s)
"""
_MERGERS = """
    select distinct member from repository_access join team_members using (team)
    where repository = %s and permission in ('write', 'maintain') order by member
"""


class EmbeddedForge:
    """`Forge` on one machine.

    Args:
        embedded: the platform, started.
    """

    def __init__(self, embedded: Embedded) -> None:
        self._embedded = embedded

    def url(self, repository: str) -> str:
        """Address of a repository, as committed files write it."""
        return repositories.url(repository)

    def environment(self) -> dict[str, str]:
        """Environment in which git, Copier and dbt reach the repositories."""
        return repositories.environment(self._embedded.repositories)

    def exists(self, repository: str) -> bool:
        """Whether there is such a repository."""
        return self._embedded.git.exists(repository)

    def has_content(self, repository: str) -> bool:
        """Whether its main has a commit."""
        return self.head(repository) is not None

    def head(self, repository: str, branch: str = MAIN) -> str | None:
        """Commit of a branch; None where there is no such branch or repository."""
        return self._bare(repository).commit(branch) if self.exists(repository) else None

    def file(self, repository: str, path: str, *, ref: str = MAIN) -> str | None:
        """Text of a file of a branch; None where it is not there."""
        return self._bare(repository).text(ref, path) if self.exists(repository) else None

    def folders(self, repository: str) -> list[str]:
        """Names of the folders at the top of main."""
        return self._bare(repository).folders(MAIN) if self.exists(repository) else []

    def subject(self, repository: str, branch: str) -> str | None:
        """First line of the message of a branch's last commit."""
        return self._bare(repository).subject(branch) if self.exists(repository) else None

    def open_change(
        self, repository: str, branch: str, *, title: str, author: str, body: str = ""
    ) -> Change:
        """Propose a pushed branch for main; an open change of it is brought up to date."""
        proposed = {
            "repository": repository,
            "branch": branch,
            "title": title,
            "body": body,
            "author": author,
            "head": self._proposable(repository, branch),
        }
        with self._embedded.records() as records, records.transaction():
            lock(records, repository)
            row = records.execute(_UPDATE, proposed).fetchone()
            row = row or records.execute(_INSERT, proposed).fetchone()
        return self.change(repository, row[0] if row else 0)

    def changes(self, repository: str | None = None, *, state: str = "open") -> list[Change]:
        """Changes with their files, by repository and number.

        Raises:
            UsageError: there is no such state.
        """
        if state not in {*STATES, "all"}:
            raise UsageError(f"no change is `{state}`", fix=f"Say {', '.join(STATES)} or all.")
        with self._embedded.records() as records:
            found = read(records, repository, state=state)
        return [self._current(change) for change in found]

    def open_changes(self) -> dict[str, list[int]]:
        """Repository -> numbers of its open changes, by one look at the records."""
        found: dict[str, list[int]] = {}
        with self._embedded.records() as records:
            for change in read(records, None, state="open"):
                found.setdefault(change.repository, []).append(change.number)
        return found

    def change(self, repository: str, number: int) -> Change:
        """One change, with its files."""
        with self._embedded.records() as records:
            return self._current(one(records, repository, number))

    def merge_change(self, repository: str, number: int, *, actor: str) -> Change:
        """Merge an open change into main and delete its branch; a merged one stays as it is."""
        bare = self._bare(repository)
        with self._embedded.records() as records, records.transaction():
            # One merge at a time: main does not move under another's feet.
            lock(records, repository)
            change = one(records, repository, number)
            self._require_merger(change, actor)
            if change.state == "closed":
                raise ForgeError(
                    f"change {number} of {repository} is closed",
                    fix=f"Propose its branch again: {_open_command(repository, change.branch)}",
                )
            if change.state == "open":
                change = _land(bare, change, actor)
                record = {"head": change.head, "by": change.merged_by}
                record |= {"commit": change.merge_commit}
                records.execute(_MERGED, {"repository": repository, "number": number, **record})
        # Only now: while it is there, a merge that was not recorded can be told.
        bare.delete(change.branch, change.head)
        return self._current(change)

    def close_change(self, repository: str, number: int) -> Change:
        """Close an open change unmerged and delete its branch; one that is not open stays."""
        with self._embedded.records() as records, records.transaction():
            lock(records, repository)
            change = one(records, repository, number)
            if change.state != "open":
                return change
            records.execute(
                "update changes set state = 'closed' where (repository, number) = (%s, %s)",
                [repository, number],
            )
        bare = self._bare(repository)
        if head := bare.commit(change.branch):
            bare.delete(change.branch, head)
        return self.change(repository, number)

    def may_merge(self, repository: str) -> list[str]:
        """Members of the teams that may write to the repository, sorted."""
        with self._embedded.records() as records:
            return [member for (member,) in records.execute(_MERGERS, [repository])]

    def _bare(self, repository: str) -> Bare:
        if not self.exists(repository):
            raise ForgeError(
                f"there is no repository {repository}",
                fix="`meshnew apply` makes the repositories of a mesh.",
            )
        return Bare(self._embedded.git.path(repository))

    def _proposable(self, repository: str, branch: str) -> str:
        """Commit of a branch that can be proposed."""
        bare = self._bare(repository)
        if branch == MAIN:
            raise ForgeError(
                "main cannot be proposed for itself",
                where=repository,
                fix=_push_command("my-change"),
            )
        head = bare.commit(branch)
        if head is None:
            raise ForgeError(
                f"{repository} has no branch {branch}", fix=_push_command(branch or "my-change")
            )
        if bare.commit(MAIN) is None:
            raise ForgeError(
                f"{repository} has no main to change yet",
                fix="`meshnew apply` renders a project and pushes it.",
            )
        if not bare.changed(f"refs/heads/{MAIN}", head):
            raise ForgeError(
                f"branch {branch} of {repository} has nothing that main does not have",
                fix="Commit your work and push it:\n" + _push_command(branch),
            )
        return head

    def _require_merger(self, change: Change, actor: str) -> None:
        allowed = self.may_merge(change.repository)
        if actor in allowed:
            return
        if not allowed:
            raise ForgeError(
                f"nobody may merge changes of {change.repository} yet",
                fix=f"Name members of its team in the mesh's spec, then: "
                f"meshnew apply {change.repository}",
            )
        raise ForgeError(
            f"{actor} may not merge changes of {change.repository}",
            fix=f"{', '.join(allowed)} may. One of them gives the command:\n"
            f"  {_merge_command(change)}",
        )

    def _current(self, change: Change) -> Change:
        """A change with its files; an open one stands for what its branch is at now."""
        if not self.exists(change.repository):
            return change
        bare = self._bare(change.repository)
        if change.state == "open":
            change = replace(change, head=bare.commit(change.branch) or change.head)
        old = f"{change.merge_commit}^1" if change.merge_commit else f"refs/heads/{MAIN}"
        return replace(change, files=bare.changed(old, change.merge_commit or change.head))


def _land(bare: Bare, change: Change, actor: str) -> Change:
    """Merge into main what is not there yet; tells a merge that was made, but not recorded."""
    found = bare.commit(change.branch)
    head = found or change.head
    if bare.contains(head):
        commit, actor = bare.merge_of(head) or (head, actor)
    elif found is None:
        raise ForgeError(
            f"branch {change.branch} of {change.repository} is gone",
            fix=_push_command(change.branch),
        )
    else:
        message = f"Merge change {change.number}: {change.title}"
        done = bare.merge(head, message, actor=actor)
        if isinstance(done, Conflicts):
            raise _conflict(change, done)
        commit = done
    return replace(change, state="merged", head=head, merged_by=actor, merge_commit=commit)


def _conflict(change: Change, conflicts: Conflicts) -> ConflictError:
    steps = [
        "git fetch origin",
        f"git switch {change.branch}",
        "git merge origin/main",
        f"(edit {', '.join(conflicts.files)})",
        "git commit --all",
        f"git push origin {change.branch}",
        _merge_command(change),
    ]
    return ConflictError(
        f"change {change.number} and main both changed {', '.join(conflicts.files)}",
        where=change.repository,
        fix="\n  ".join([f"In a checkout of {change.repository}:", *steps]),
    )


def _push_command(branch: str) -> str:
    return f"git push origin HEAD:refs/heads/{branch}"


def _open_command(repository: str, branch: str) -> str:
    return f"meshnew change open {repository} --branch {branch}"


def _merge_command(change: Change) -> str:
    return f"meshnew change merge {change.repository} {change.number}"
