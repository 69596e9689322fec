"""What is on a hosted forge: organisation, people, teams, repositories and their changes."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from meshnew.forge._bare import Bare, Conflicts
from meshnew.forge._owners import owned

ORGANIZATION = "skyline"
_GUARD = """\
#!/bin/sh
# Whoever pushes is told by the server whether main is open to them.
case "$1" in
refs/heads/main)
    [ "$MAIN" = open ] && exit 0
    echo "Changes of main must be made through a change." >&2
    exit 1 ;;
refs/tags/*)
    case "$2" in *[!0]*) echo "Tags stay what they were." >&2; exit 1 ;; esac ;;
esac
"""


@dataclass
class Said:
    """A review or a comment."""

    by: str
    body: str = ""
    commit: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class Pull:
    """A change."""

    number: int
    branch: str
    title: str
    body: str
    author: str
    head: str
    state: str = "open"
    merged_by: str | None = None
    merge_commit: str | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    comments: list[Said] = field(default_factory=list)
    approvals: list[Said] = field(default_factory=list)


@dataclass
class Status:
    """What a check found."""

    name: str
    state: str
    text: str
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Repository:
    """A repository.

    Attributes:
        access: team -> `pull`, `push` or `maintain`.
        checks: names of those that a change must have passed.
        piped: whether a change must have passed its pipeline, whatever is in that.
        approvals: how many a change needs.
        main: who may push to it: `writers`, `maintainers`, `admins` or `nobody`.
    """

    def __init__(self, name: str, folder: Path, number: int) -> None:
        self.name = name
        self.number = number
        self.bare = Bare(folder)
        self.default_branch = "main"
        self.pulls: dict[int, Pull] = {}
        self.statuses: dict[str, dict[str, Status]] = {}
        self.access: dict[str, str] = {}
        self.checks: tuple[str, ...] = ()
        self.piped = False
        self.approvals = 0
        self.main = "writers"
        self.created = datetime.now(UTC)
        folder.parent.mkdir(parents=True, exist_ok=True)
        initial = ["--bare", "--quiet", "--initial-branch=main", "--template="]
        subprocess.run(["git", "init", *initial, str(folder)], check=True)
        subprocess.run(
            ["git", f"--git-dir={folder}", "config", "http.receivepack", "true"], check=True
        )
        guard = folder / "hooks" / "update"
        guard.parent.mkdir()
        guard.write_text(_GUARD)
        guard.chmod(0o755)

    def refresh(self, pull: Pull) -> Pull:
        """An open change stands for what its branch is at."""
        if pull.state == "open":
            pull.head = self.bare.commit(pull.branch) or pull.head
        return pull

    def open(self, branch: str, title: str, body: str, author: str) -> Pull:
        head = self.bare.commit(branch)
        assert head is not None
        pull = Pull(len(self.pulls) + 1, branch, title, body, author, head)
        self.pulls[pull.number] = pull
        return pull

    def files(self, pull: Pull) -> tuple[str, ...]:
        return self.bare.changed(*self.ends(pull))

    def ends(self, pull: Pull) -> tuple[str, str]:
        if pull.merge_commit:
            return f"{pull.merge_commit}^1", pull.merge_commit
        return "refs/heads/main", pull.head

    def approved(self, pull: Pull) -> list[Said]:
        """Approvals of what it proposes now."""
        return [said for said in pull.approvals if said.commit == pull.head]

    def lacks(self, pull: Pull, members: dict[str, list[str]]) -> str:
        """What keeps a change from being merged; empty if nothing does."""
        found = self.statuses.get(pull.head, {})
        for name in self.checks:
            if name not in found or found[name].state != "success":
                return f'Required status check "{name}" is expected.'
        if self.piped and {status.state for status in found.values()} != {"success"}:
            return "The pipeline must succeed."
        given = {said.by for said in self.approved(pull)}
        if len(given) < self.approvals:
            return f"At least {self.approvals} approving review is required."
        text = self.bare.text("main", "CODEOWNERS") or ""
        for names in owned(text, self.files(pull)) if self.approvals else ():
            people = {person for name in names for person in members.get(name, [name])}
            if names and not people & given:
                return "Waiting on code owner review."
        return ""

    def conflicts(self, pull: Pull) -> bool:
        asked = ["git", f"--git-dir={self.bare.folder}", "merge-tree", "--write-tree"]
        done = subprocess.run(
            [*asked, "refs/heads/main", pull.head], capture_output=True, check=False
        )
        return done.returncode == 1

    def merge(self, pull: Pull, message: str, actor: str) -> None:
        done = self.bare.merge(pull.head, message, actor=actor)
        assert not isinstance(done, Conflicts)
        pull.state, pull.merged_by, pull.merge_commit = "merged", actor, done


class World:
    """One organisation; a person's token is their login with `-token` behind it.

    Attributes:
        admins: who may do everything, in no team too.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.people = ["ada", "bob", "eve", "grace"]
        self.admins: list[str] = []
        self.teams: dict[str, list[str]] = {}
        self.repositories: dict[str, Repository] = {}
        self._numbers = count(1)

    def create(self, name: str) -> Repository:
        number = next(self._numbers)
        folder = self.folder / f"{number}" / f"{name}.git"
        self.repositories[name] = Repository(name, folder, number)
        return self.repositories[name]

    def join(self, team: str, person: str) -> None:
        """Have somebody in a team; again is fine."""
        assert person in self.people, person
        if person not in self.teams[team]:
            self.teams[team].append(person)

    def person(self, token: str) -> str | None:
        login = token.removesuffix("-token")
        return login if token.endswith("-token") and login in self.people else None

    def writers(self, repository: Repository, *levels: str) -> list[str]:
        """Who may push at all, or has one of some levels of access."""
        wanted = levels or ("push", "maintain")
        teams = [team for team, may in repository.access.items() if may in wanted]
        return sorted({person for team in teams for person in self.teams[team]} | {*self.admins})

    def may_push_main(self, repository: Repository, who: str) -> bool:
        """Whether main's protection lets somebody push to it."""
        may = {
            "writers": self.writers(repository),
            "maintainers": self.writers(repository, "maintain"),
            "admins": self.admins,
        }
        return who in may.get(repository.main, [])
