"""git and changes, behind one interface for every forge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

__all__ = [
    "CHECK_STATES",
    "STATES",
    "Approval",
    "Change",
    "Check",
    "Comment",
    "Directory",
    "Forge",
    "Lack",
    "Owners",
    "Protection",
]

STATES = ("open", "merged", "closed")
CHECK_STATES = ("running", "passed", "failed")


@dataclass(frozen=True)
class Change:
    """A pull or merge request.

    Attributes:
        repository: where.
        number: its number there, from 1.
        branch: what it proposes for main.
        title: what it does.
        author: who opened it.
        state: `open`, `merged` or `closed`.
        opened_at: when.
        head: the commit it proposes.
        merged_by: who merged it, if somebody did.
        merge_commit: the commit on main that brought it, if it was merged.
        files: paths it changes, where they were asked for.
        body: what a reviewer should know.
    """

    repository: str
    number: int
    branch: str
    title: str
    author: str
    state: str
    opened_at: datetime
    head: str
    merged_by: str | None = None
    merge_commit: str | None = None
    files: tuple[str, ...] = ()
    body: str = ""


@dataclass(frozen=True)
class Check:
    """What a check found on a commit.

    Attributes:
        name: of the check, such as `ci`.
        commit: what it looked at.
        state: `running`, `passed` or `failed`.
        summary: one line for a person.
        run: id of the run that holds the details, if there is one.
        at: when it was reported.
        page: address of the details, on a hosted forge.
    """

    name: str
    commit: str
    state: str
    summary: str
    run: str | None
    at: datetime
    page: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether it came to a result."""
        return self.state != "running"


@dataclass(frozen=True)
class Approval:
    """Somebody's yes to one commit of a change; another commit needs another."""

    by: str
    commit: str
    at: datetime


@dataclass(frozen=True)
class Comment:
    """What somebody said of a change."""

    by: str
    body: str
    at: datetime


@dataclass(frozen=True)
class Protection:
    """What a change of main needs before it may be merged.

    Attributes:
        checks: names of the checks that must have passed.
        approvals: how many owners must have approved, besides that each file needs one
            of its own; 0 asks for none.
    """

    checks: tuple[str, ...] = ()
    approvals: int = 0


@dataclass(frozen=True)
class Owners:
    """Whoever must approve some files of a change: one of its people does.

    Attributes:
        names: teams and people, as CODEOWNERS of main names them.
        files: the files that are theirs.
        people: logins that may approve: neither author of the change nor of its commits.
        approved_by: those of them who did, for the commit the change proposes.
    """

    names: tuple[str, ...]
    files: tuple[str, ...]
    people: tuple[str, ...]
    approved_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lack:
    """One thing that a change lacks before it may be merged, and what gives it."""

    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.what}: {self.fix}"


class Directory(Protocol):
    """Who is on a forge."""

    def teams(self) -> list[str]:
        """Names of all teams, sorted."""

    def members(self, team: str) -> list[str] | None:
        """People in a team, sorted; None where there is no such team."""

    def is_person(self, login: str) -> bool:
        """Whether the forge knows somebody by that login."""


class Forge(Directory, Protocol):
    """What meshnew asks of a forge; GitHub, GitLab and the laptop's answer alike.

    On a hosted forge whoever the token belongs to acts, whatever is given as `actor` or
    `author`, and what somebody may do is the forge's to decide.

    Attributes:
        runs_checks: whether the forge's own CI runs the checks of changes; else meshnew does.
    """

    runs_checks: bool

    def whoami(self) -> str | None:
        """Login that the forge knows the token by; None where it leaves that to be said."""

    def url(self, repository: str) -> str:
        """Address of a repository, as committed files write it."""

    def environment(self) -> dict[str, str]:
        """Environment in which git, Copier and dbt reach the forge's addresses."""

    def exists(self, repository: str) -> bool:
        """Whether there is such a repository."""

    def default_branch(self, repository: str) -> str:
        """The branch that the forge shows first and changes are proposed for.

        Raises:
            ForgeError: there is no such repository.
        """

    def has_content(self, repository: str) -> bool:
        """Whether its main has a commit."""

    def head(self, repository: str, branch: str = "main") -> str | None:
        """Commit of a branch; None where there is no such branch."""

    def remembers_main(self, repository: str) -> bool:
        """Whether main had content that the repository still holds, be its name gone or not."""

    def file(self, repository: str, path: str, *, ref: str = "main") -> str | None:
        """Text of a file; None where it is not there."""

    def folders(self, repository: str) -> list[str]:
        """Names of the folders at the top of main."""

    def subject(self, repository: str, branch: str) -> str | None:
        """First line of the branch's last commit message."""

    def open_change(
        self, repository: str, branch: str, *, title: str, author: str, body: str = ""
    ) -> Change:
        """Propose a pushed branch for main; an open change of it is brought up to date.

        Raises:
            ForgeError: the branch is not there, or does not differ from main.
        """

    def changes(self, repository: str | None = None, *, state: str = "open") -> list[Change]:
        """Changes by repository and number; state `all` has no preference.

        A hosted forge tells neither their files nor who merged them: `change` does.
        """

    def open_changes(self) -> dict[str, list[int]]:
        """Repository -> numbers of its open changes; quick, whatever the changes hold."""

    def change(self, repository: str, number: int) -> Change:
        """One change, with its files.

        Raises:
            ForgeError: there is none of that number.
        """

    def merge_change(self, repository: str, number: int, *, actor: str) -> Change:
        """Merge an open change into main and delete its branch.

        Raises:
            ForgeError: `actor` may not, a check or an approval is missing, or main moved
                meanwhile.
            ConflictError: both changed the same lines.
        """

    def diff(self, repository: str, number: int) -> str:
        """What a change does to main, as a unified diff; empty where that is gone."""

    def protection(self, repository: str) -> Protection:
        """What changes of a repository need before they may be merged."""

    def report_check(
        self,
        repository: str,
        commit: str,
        name: str,
        *,
        state: str,
        summary: str,
        run: str | None = None,
    ) -> None:
        """Say what a check found on a commit; what it said before is forgotten."""

    def checks(self, repository: str, commit: str) -> list[Check]:
        """What checks found on a commit, by name."""

    def approve_change(self, repository: str, number: int, *, actor: str) -> Change:
        """Approve the commit that an open change proposes now.

        Raises:
            ForgeError: it is not open, or `actor` wrote it or owns none of its files.
        """

    def approvals(self, repository: str, number: int) -> list[Approval]:
        """Approvals of a change, of earlier commits too, in the order they were given."""

    def owners(self, repository: str, number: int) -> list[Owners]:
        """Who must approve a change; nobody where no approval is asked for."""

    def awaits(self, change: Change) -> list[Lack]:
        """What a change lacks before it may be merged; nothing where it may be."""

    def close_change(self, repository: str, number: int, *, actor: str | None = None) -> Change:
        """Close an open change unmerged and delete its branch; one that is not open stays.

        Raises:
            ForgeError: `actor`, where one is named, may not.
        """

    def comment_change(self, repository: str, number: int, body: str, *, actor: str) -> None:
        """Say something of a change, whatever its state."""

    def comments(self, repository: str, number: int) -> list[Comment]:
        """What was said of a change, in that order."""

    def may_merge(self, repository: str) -> list[str]:
        """People who may merge changes of a repository."""
