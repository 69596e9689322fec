"""git and changes, behind one interface for every forge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

__all__ = ["STATES", "Change", "Forge"]

STATES = ("open", "merged", "closed")


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


class Forge(Protocol):
    """What meshnew asks of a forge; GitHub, GitLab and the laptop's answer alike."""

    def url(self, repository: str) -> str:
        """Address of a repository, as committed files write it."""

    def environment(self) -> dict[str, str]:
        """Environment in which git, Copier and dbt reach the forge's addresses."""

    def exists(self, repository: str) -> bool:
        """Whether there is such a repository."""

    def has_content(self, repository: str) -> bool:
        """Whether its main has a commit."""

    def head(self, repository: str, branch: str = "main") -> str | None:
        """Commit of a branch; None where there is no such branch."""

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
        """Changes by repository and number; state `all` has no preference."""

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
            ForgeError: `actor` may not, or main moved meanwhile.
            ConflictError: both changed the same lines.
        """

    def close_change(self, repository: str, number: int) -> Change:
        """Close an open change unmerged and delete its branch; one that is not open stays."""

    def may_merge(self, repository: str) -> list[str]:
        """People who may merge changes of a repository."""
