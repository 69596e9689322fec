"""What each hosted forge tells in its own way, and does in its own words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from meshnew.forge import Approval, Change, Check, Comment, Protection
from meshnew.forge._bare import MAIN


class Telling(ABC):
    """Requests, and nothing that follows from their answers."""

    @abstractmethod
    def whoami(self) -> str | None:
        """Login that the forge knows the token by; None where it belongs to no person."""

    @abstractmethod
    def _default_branch(self, repository: str) -> str | None:
        """None where there is no such repository."""

    @abstractmethod
    def head(self, repository: str, branch: str = MAIN) -> str | None:
        """Commit of a branch; None where there is no such branch or repository."""

    @abstractmethod
    def file(self, repository: str, path: str, *, ref: str = MAIN) -> str | None:
        """Text of a file of a branch; None where it is not there."""

    @abstractmethod
    def folders(self, repository: str) -> list[str]:
        """Names of the folders at the top of main."""

    @abstractmethod
    def subject(self, repository: str, branch: str) -> str | None:
        """First line of the message of a branch's last commit."""

    @abstractmethod
    def _differs(self, repository: str, branch: str) -> bool:
        """Whether a branch changes files of main."""

    @abstractmethod
    def _listed(self, repository: str, state: str, branch: str | None = None) -> list[Change]:
        """Changes of a repository, without what asking for one of them tells besides."""

    @abstractmethod
    def change(self, repository: str, number: int) -> Change:
        """One change, with its files."""

    @abstractmethod
    def _propose(self, repository: str, branch: str, title: str, body: str) -> int:
        """Open a change."""

    @abstractmethod
    def _retitle(self, change: Change, title: str, body: str) -> None:
        """Give an open change another title and body."""

    @abstractmethod
    def _merge(self, change: Change, message: str) -> str | None:
        """Merge the commit that a change proposes; why the forge refuses, if it does."""

    @abstractmethod
    def _conflicts(self, change: Change) -> bool:
        """Whether a change and main both changed the same lines."""

    @abstractmethod
    def _close(self, change: Change) -> None:
        """Close an open change."""

    @abstractmethod
    def _delete_branch(self, change: Change) -> None:
        """Delete the branch of a change, unless it is gone or has newer commits."""

    @abstractmethod
    def diff(self, repository: str, number: int) -> str:
        """What a change does to main, as a unified diff."""

    @abstractmethod
    def protection(self, repository: str) -> Protection:
        """What changes of a repository need before they may be merged."""

    @abstractmethod
    def _report(self, repository: str, check: tuple[str, str, str, str]) -> None:
        """Say what a check found: commit, name, state, summary."""

    @abstractmethod
    def checks(self, repository: str, commit: str) -> list[Check]:
        """What checks found on a commit, by name."""

    @abstractmethod
    def _approve(self, change: Change) -> None:
        """Approve the commit that a change proposes."""

    @abstractmethod
    def approvals(self, repository: str, number: int) -> list[Approval]:
        """Approvals of a change, in the order they were given."""

    @abstractmethod
    def _committers(self, change: Change) -> Iterable[str]:
        """Logins of who must not approve a change because of its commits."""

    @abstractmethod
    def comment_change(self, repository: str, number: int, body: str, *, actor: str) -> None:
        """Say something of a change."""

    @abstractmethod
    def comments(self, repository: str, number: int) -> list[Comment]:
        """What was said of a change, in that order."""

    @abstractmethod
    def members(self, team: str) -> list[str] | None:
        """People in a team, sorted; None where there is no such team."""

    @abstractmethod
    def is_person(self, login: str) -> bool:
        """Whether the forge knows somebody by that login."""

    @abstractmethod
    def may_merge(self, repository: str) -> list[str]:
        """People who may merge changes of a repository, sorted."""
