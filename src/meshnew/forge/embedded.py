"""The laptop's forge: bare repositories, and changes kept as records."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from meshnew.embedded import repositories
from meshnew.errors import ForgeError, UsageError
from meshnew.forge import (
    CHECK_STATES,
    STATES,
    Approval,
    Change,
    Check,
    Comment,
    Lack,
    Owners,
    Protection,
    _proposals,
    _records,
    _rules,
)
from meshnew.forge._bare import MAIN, Bare
from meshnew.forge._owners import PLACES
from meshnew.mesh.names import login

if TYPE_CHECKING:
    from meshnew.embedded.platform import Embedded


class EmbeddedForge:
    """`Forge` on one machine.

    Args:
        embedded: the platform, started.
    """

    runs_checks = False

    def __init__(self, embedded: Embedded) -> None:
        self._embedded = embedded

    def whoami(self) -> None:
        """Nobody: who acts is said by --as or the environment."""

    def url(self, repository: str) -> str:
        """Address of a repository, as committed files write it."""
        return repositories.url(repository)

    def environment(self) -> dict[str, str]:
        """Environment in which git, Copier and dbt reach the repositories."""
        return repositories.environment(self._embedded.repositories)

    def exists(self, repository: str) -> bool:
        """Whether there is such a repository."""
        return self._embedded.git.exists(repository)

    def default_branch(self, repository: str) -> str:
        """The branch that changes are proposed for: main."""
        self._bare(repository)
        return MAIN

    def has_content(self, repository: str) -> bool:
        """Whether its main has a commit."""
        return self.head(repository) is not None

    def head(self, repository: str, branch: str = MAIN) -> str | None:
        """Commit of a branch; None where there is no such branch or repository."""
        return self._bare(repository).commit(branch) if self.exists(repository) else None

    def remembers_main(self, repository: str) -> bool:
        """Whether main had content that the repository still holds, be its name gone or not."""
        return self.exists(repository) and self._bare(repository).remembers_main()

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
            "head": _proposals.proposable(self._bare(repository), repository, branch),
        }
        with self._embedded.records() as records, records.transaction():
            _records.lock(records, repository)
            number = _records.propose(records, proposed)
        return self.change(repository, number)

    def changes(self, repository: str | None = None, *, state: str = "open") -> list[Change]:
        """Changes with their files, by repository and number.

        Raises:
            UsageError: there is no such state.
        """
        if state not in {*STATES, "all"}:
            raise UsageError(f"no change is `{state}`", fix=f"Say {', '.join(STATES)} or all.")
        with self._embedded.records() as records:
            found = _records.read(records, repository, state=state)
        return [self._current(change) for change in found]

    def open_changes(self) -> dict[str, list[int]]:
        """Repository -> numbers of its open changes, by one look at the records."""
        found: dict[str, list[int]] = {}
        with self._embedded.records() as records:
            for change in _records.read(records, None, state="open"):
                found.setdefault(change.repository, []).append(change.number)
        return found

    def change(self, repository: str, number: int) -> Change:
        """One change, with its files."""
        with self._embedded.records() as records:
            return self._current(_records.one(records, repository, number))

    def diff(self, repository: str, number: int) -> str:
        """What a change does to main, as a unified diff."""
        change = self.change(repository, number)
        return self._bare(repository).diff(*_proposals.ends(change))

    def merge_change(self, repository: str, number: int, *, actor: str) -> Change:
        """Merge an open change into main and delete its branch; a merged one stays as it is."""
        bare = self._bare(repository)
        with self._embedded.records() as records, records.transaction():
            # One merge at a time: main does not move under another's feet.
            _records.lock(records, repository)
            change = self._current(_records.one(records, repository, number))
            allowed = _records.mergers(records, repository)
            if actor not in allowed:
                raise _proposals.no_merger(change, actor, allowed)
            if change.state != "merged":
                _proposals.require_open(change)
                _proposals.require_landable(bare, change, self.awaits(change))
                change = _proposals.land(bare, change, actor)
                _records.merged(records, change)
        # Only now: while it is there, a merge that was not recorded can be told.
        bare.delete(change.branch, change.head)
        return self._current(change)

    def close_change(self, repository: str, number: int, *, actor: str | None = None) -> Change:
        """Close an open change unmerged and delete its branch; one that is not open stays."""
        with self._embedded.records() as records, records.transaction():
            _records.lock(records, repository)
            change = _records.one(records, repository, number)
            if change.state != "open":
                return change
            if actor is not None:
                _proposals.require_may_close(change, actor, _records.mergers(records, repository))
            _records.closed(records, repository, number)
        bare = self._bare(repository)
        if head := bare.commit(change.branch):
            bare.delete(change.branch, head)
        return self.change(repository, number)

    def may_merge(self, repository: str) -> list[str]:
        """Members of the teams that may write to the repository, sorted."""
        with self._embedded.records() as records:
            return _records.mergers(records, repository)

    def protection(self, repository: str) -> Protection:
        """What changes of a repository need before they may be merged."""
        with self._embedded.records() as records:
            return _records.protection(records, repository, MAIN)

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
        check = Check(name, commit, state, summary, run, datetime.now(UTC))
        with self._embedded.records() as records:
            _records.report(records, repository, check)

    def checks(self, repository: str, commit: str) -> list[Check]:
        """What checks found on a commit, by name."""
        with self._embedded.records() as records:
            return _records.checks(records, repository, commit)

    def approve_change(self, repository: str, number: int, *, actor: str) -> Change:
        """Approve the commit that an open change proposes now; again is fine."""
        with self._embedded.records() as records, records.transaction():
            _records.lock(records, repository)
            change = self._current(_records.one(records, repository, number))
            _proposals.require_open(change)
            _rules.require_may_approve(self._facts(change), actor)
            _records.approve(records, change, actor)
        return change

    def comment_change(self, repository: str, number: int, body: str, *, actor: str) -> None:
        """Say something of a change."""
        with self._embedded.records() as records:
            _records.comment(records, _records.one(records, repository, number), body, actor)

    def comments(self, repository: str, number: int) -> list[Comment]:
        """What was said of a change, in that order."""
        with self._embedded.records() as records:
            return _records.comments(records, repository, number)

    def approvals(self, repository: str, number: int) -> list[Approval]:
        """Approvals of a change, of earlier commits too, in the order they were given."""
        with self._embedded.records() as records:
            return _records.approvals(records, repository, number)

    def owners(self, repository: str, number: int) -> list[Owners]:
        """Who must approve a change; nobody where no approval is asked for."""
        return _rules.owners(self._facts(self.change(repository, number)))

    def awaits(self, change: Change) -> list[Lack]:
        """What a change lacks before it may be merged; nothing where it may be."""
        return _rules.lacks(self._facts(change))

    def teams(self) -> list[str]:
        """Names of all teams, sorted."""
        return list(self._teams())

    def members(self, team: str) -> list[str] | None:
        """People in a team, sorted; None where there is no such team."""
        return self._teams().get(team)

    def is_person(self, login: str) -> bool:
        """Whether somebody of that login is in a team."""
        return any(login in people for people in self._teams().values())

    def _teams(self) -> dict[str, list[str]]:
        with self._embedded.records() as records:
            return _records.teams(records)

    def _facts(self, change: Change) -> _rules.Facts:
        repository, bare = change.repository, self._bare(change.repository)
        texts = (bare.text(MAIN, path) for path in PLACES)
        with self._embedded.records() as records:
            maintainers = _records.maintainers(records, repository)
            return _rules.Facts(
                change=change,
                protection=_records.protection(records, repository, MAIN),
                codeowners=next((text for text in texts if text is not None), ""),
                members=_records.teams(records),
                platform=maintainers,
                fallback=maintainers,
                committers=tuple(
                    map(login, bare.authors(change.head) if change.state == "open" else ())
                ),
                checks=_records.checks(records, repository, change.head),
                approvals=_records.approvals(records, repository, change.number),
            )

    def _bare(self, repository: str) -> Bare:
        if not self.exists(repository):
            raise ForgeError(
                f"there is no repository {repository}",
                fix="`meshnew apply` makes the repositories of a mesh.",
            )
        return Bare(self._embedded.git.path(repository))

    def _current(self, change: Change) -> Change:
        if not self.exists(change.repository):
            return change
        return _proposals.current(self._bare(change.repository), change)
