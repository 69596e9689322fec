"""What GitHub and GitLab have in common: all that follows from what each of them tells."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Collection
from dataclasses import replace

from meshnew.errors import ForgeError, MeshnewError, UsageError
from meshnew.forge import (
    CHECK_STATES,
    STATES,
    Change,
    Lack,
    Owners,
    _https,
    _proposals,
    _rules,
)
from meshnew.forge._bare import MAIN
from meshnew.forge._owners import PLACES, owned
from meshnew.forge._telling import Telling

_ANYONE = "those who may merge"


class Hosted(Telling, ABC):
    """A forge that others run, reached over HTTPS with a token from the environment.

    Args:
        host: where it is, with its port if it has one of its own.
        owner: organisation or group that the repositories are in.
        repositories: tells the names of the mesh's, there or not.
    """

    runs_checks = True
    sign_in: _https.SignIn

    def __init__(self, host: str, owner: str, repositories: Callable[[], Collection[str]]) -> None:
        self.host = host
        self.owner = owner
        self._repositories = repositories

    def url(self, repository: str) -> str:
        """Address of a repository, as committed files write it."""
        return f"{self._prefix}{repository}.git"

    def environment(self) -> dict[str, str]:
        """Environment in which git, Copier and dbt reach the repositories."""
        return _https.environment(
            self.host, self.owner, self._prefix, self.sign_in, made=self._made_token()
        )

    def _made_token(self) -> str:
        """A token for git that is not in the environment; empty where one is, or none is needed."""
        return ""

    @property
    def _prefix(self) -> str:
        return f"git@{self.host.partition(':')[0]}:{self.owner}/"

    def exists(self, repository: str) -> bool:
        """Whether there is such a repository."""
        return self._default_branch(repository) is not None

    def default_branch(self, repository: str) -> str:
        """The branch that the forge shows first and changes are proposed for."""
        if branch := self._default_branch(repository):
            return branch
        raise ForgeError(
            f"there is no repository {repository} in {self.owner}, or the token may not see it",
            where=self.host,
            fix="`meshnew apply` makes the repositories of a mesh.",
        )

    def has_content(self, repository: str) -> bool:
        """Whether its main has a commit."""
        return self.head(repository) is not None

    def remembers_main(self, repository: str) -> bool:
        """Whether main has content; a repository put aside keeps its name and its main."""
        return self.has_content(repository)

    def open_change(
        self, repository: str, branch: str, *, title: str, author: str, body: str = ""
    ) -> Change:
        """Propose a pushed branch for main; an open change of it is brought up to date."""
        shown = self.default_branch(repository)
        head, main = self.head(repository, branch), self.head(repository)
        _proposals.require_proposable(repository, branch, head, main)
        if shown != MAIN:
            raise ForgeError(
                f"the default branch of {repository} is {shown}, and meshnew works with {MAIN}",
                where=self.host,
                fix=f"Rename it in the repository's settings, or make {MAIN} the default there.",
            )
        if not self._differs(repository, branch):
            raise _proposals.nothing_new(repository, branch)
        for change in self._listed(repository, "open", branch):
            self._retitle(change, title, body)
            return self.change(repository, change.number)
        return self.change(repository, self._propose(repository, branch, title, body))

    def changes(self, repository: str | None = None, *, state: str = "open") -> list[Change]:
        """Changes by repository and number, of all of the mesh's repositories that are there.

        Raises:
            UsageError: there is no such state.
        """
        if state not in {*STATES, "all"}:
            raise UsageError(f"no change is `{state}`", fix=f"Say {', '.join(STATES)} or all.")
        if repository is None:
            there = filter(self.exists, sorted(self._repositories()))
            return [change for name in there for change in self.changes(name, state=state)]
        found = [item for item in self._listed(repository, state) if state in ("all", item.state)]
        return sorted(found, key=lambda change: change.number)

    def open_changes(self) -> dict[str, list[int]]:
        """Repository -> numbers of its open changes."""
        found: dict[str, list[int]] = {}
        for change in self.changes():
            found.setdefault(change.repository, []).append(change.number)
        return found

    def merge_change(self, repository: str, number: int, *, actor: str) -> Change:
        """Merge an open change into main and delete its branch; a merged one stays as it is."""
        change = self.change(repository, number)
        if change.state != "merged":
            _proposals.require_open(change)
            if self.head(repository, change.branch) is None:
                raise _proposals.branch_gone(change)
            message = f"Merge change {number}: {change.title}"
            if refused := self._merge(change, message):
                raise self._refusal(change, refused)
            change = self.change(repository, number)
        self._delete_branch(change)
        return change

    def close_change(self, repository: str, number: int, *, actor: str | None = None) -> Change:
        """Close an open change unmerged and delete its branch; one that is not open stays."""
        change = self.change(repository, number)
        if change.state != "open":
            return change
        self._close(change)
        self._delete_branch(change)
        return replace(change, state="closed")

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
        """Say what a check found on a commit; what it said before is forgotten.

        Raises:
            UsageError: there is no such state.
        """
        if state not in CHECK_STATES:
            raise UsageError(f"no check is `{state}`", fix=f"Say {', '.join(CHECK_STATES)}.")
        self._report(repository, (commit, name, state, summary))

    def approve_change(self, repository: str, number: int, *, actor: str) -> Change:
        """Approve the commit that an open change proposes now; again is fine."""
        change = self.change(repository, number)
        _proposals.require_open(change)
        facts = self._facts(change)
        _rules.require_may_approve(facts, actor)
        if actor not in facts.approved_by:
            self._approve(change)
        return change

    def owners(self, repository: str, number: int) -> list[Owners]:
        """Who must approve a change; nobody where no approval is asked for."""
        return _rules.owners(self._facts(self.change(repository, number)))

    def awaits(self, change: Change) -> list[Lack]:
        """What a change lacks before it may be merged; nothing where it may be."""
        return _rules.lacks(self._facts(change)) if change.state == "open" else []

    def _facts(self, change: Change) -> _rules.Facts:
        repository, protection = change.repository, self.protection(change.repository)
        codeowners, members = "", {}
        if protection.approvals:
            texts = (self.file(repository, path) for path in PLACES)
            codeowners = next((text for text in texts if text is not None), "")
            members = self._people(codeowners, change) | {_ANYONE: self.may_merge(repository)}
        return _rules.Facts(
            change=change,
            protection=protection,
            codeowners=codeowners,
            members=members,
            platform=(),
            fallback=(_ANYONE,),
            committers=tuple(self._committers(change)) if protection.approvals else (),
            checks=self.checks(repository, change.head),
            approvals=self.approvals(repository, change.number) if protection.approvals else (),
            runs_checks=True,
        )

    def _people(self, codeowners: str, change: Change) -> dict[str, list[str]]:
        """Whom the owners of a change's files stand for; nobody else is asked for."""
        names = {name for names in owned(codeowners, change.files) for name in names}
        found: dict[str, list[str]] = {}
        for name in sorted(names):
            people = self.members(name)
            if people is None and self.is_person(name):
                people = [name]
            found[name] = people or []
        return found

    def _refusal(self, change: Change, said: str) -> MeshnewError:
        """Why a change was not merged, in meshnew's words as far as they reach."""
        if self._conflicts(change):
            return _proposals.conflict(change)
        if lacks := self.awaits(change):
            return _proposals.not_ready(change, lacks)
        return ForgeError(
            f"{self.host} does not merge change {change.number} of {change.repository}: {said}",
            fix=f"What it lacks: meshnew change show {change.repository} {change.number}",
        )
