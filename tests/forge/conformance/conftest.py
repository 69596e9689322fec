"""Every forge with the same people and one repository, so that one suite holds for all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from meshnew.embedded.platform import Embedded
from meshnew.forge import Forge, git
from meshnew.forge.embedded import EmbeddedForge
from meshnew.forge.github import GitHubForge
from meshnew.forge.gitlab import PIPELINE, GitLabForge
from tests.forge.conftest import Person
from tests.forge.fake.server import Server
from tests.forge.fake.world import ORGANIZATION

TEAMS = {"crew": ["ada", "bob"], "platform": ["grace"], "ground": ["eve"]}
MAY = {"crew": "write", "platform": "maintain", "ground": "read"}


class Place(ABC):
    """One forge with a repository `flights`, of which Ada has a checkout."""

    ada: Person
    check = "ci"
    """What a required check `ci` is called by what a change lacks."""

    @abstractmethod
    def acting(self, person: str) -> Forge:
        """The forge as somebody reaches it."""

    @abstractmethod
    def protect(self, checks: tuple[str, ...], approvals: int) -> None:
        """Let changes of flights need this."""

    @abstractmethod
    def another(self, name: str) -> None:
        """An empty repository more."""

    def begin(self, folder: Path) -> None:
        """Put a first commit on main, and check it out for Ada."""
        forge = self.acting("ada")
        url, environ = forge.url("flights"), forge.environment()

        def write(folder: Path) -> None:
            (folder / "README.md").write_text("# flights\n")
            (folder / "CODEOWNERS").write_text(f"* @platform\n/models/ @{ORGANIZATION}/crew\n")

        git.publish(url, environ=environ, author="ada", message="Render", write=write)
        git.clone(url, folder, environ=environ)
        self.ada = Person(folder, environ)
        self.ada.git("config", "user.name", "ada")
        self.ada.git("config", "user.email", "ada@example.invalid")

    def propose(self, branch: str = "delays", *files: str) -> int:
        """A change of Ada's."""
        first, *more = files or (f"models/{branch}.sql",)
        self.ada.propose(branch, first)
        for file in more:
            self.ada.extend(branch, file)
        forge = self.acting("ada")
        return forge.open_change("flights", branch, title=f"Add {branch}", author="ada").number


class Laptop(Place):
    """The embedded platform."""

    def __init__(self, embedded: Embedded) -> None:
        self._embedded = embedded
        with embedded.records() as records:
            for team, people in TEAMS.items():
                records.execute("insert into teams values (%s) on conflict do nothing", [team])
                for person in people:
                    query = "insert into team_members values (%s, %s) on conflict do nothing"
                    records.execute(query, [team, person])
        self.another("flights")

    def acting(self, person: str) -> Forge:  # whoever acts says so
        return EmbeddedForge(self._embedded)

    def protect(self, checks: tuple[str, ...], approvals: int) -> None:
        with self._embedded.records() as records:
            query = "insert into protections values ('flights', 'main', %s, %s)"
            records.execute(query, [list(checks), approvals])

    def another(self, name: str) -> None:
        self._embedded.git.create(name)
        with self._embedded.records() as records:
            records.execute("insert into repositories values (%s)", [name])
            for team, may in MAY.items():
                query = "insert into repository_access values (%s, %s, %s)"
                records.execute(query, [name, team, may])

    def remove(self) -> None:
        with self._embedded.records() as records:
            records.execute("delete from repositories")
            records.execute("delete from teams where name in ('crew', 'ground')")
        for name in self._embedded.git.names():
            self._embedded.git.delete(name)


class Hosted(Place):
    """A fake of a forge that others run."""

    def __init__(self, server: Server, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server = server
        self._kind = kind
        self._patch = monkeypatch
        self._acting: dict[str, Forge] = {}
        self.check = PIPELINE if kind is GitLabForge else "ci"
        world = server.world
        world.teams.clear()
        world.teams.update(TEAMS)
        world.repositories.clear()
        self.another("flights")

    def acting(self, person: str) -> Forge:
        for name, value in self.server.environment(person).items():
            self._patch.setenv(name, value)
        names = self.server.world.repositories
        if person not in self._acting:
            made = self._kind(self.server.host, ORGANIZATION, lambda: [*names, "not_there_yet"])
            assert made.whoami() == person  # from here on it is theirs, whoever comes next
            self._acting[person] = made
        return self._acting[person]

    def protect(self, checks: tuple[str, ...], approvals: int) -> None:
        repository = self.server.world.repositories["flights"]
        repository.checks, repository.approvals = checks, approvals

    def another(self, name: str) -> None:
        words = {"read": "pull", "write": "push", "maintain": "maintain"}
        repository = self.server.world.create(name)
        repository.access = {team: words[may] for team, may in MAY.items()}


KINDS = {"github": GitHubForge, "gitlab": GitLabForge}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("forge")).serving() as server:
        yield server


@pytest.fixture
def hosted(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[[str], Hosted]]:
    """Makes the fake of one kind, empty but for a first commit; what it could not be is said."""
    server.forgive()
    # Nobody's own settings: what git asks for a password is the helper alone.
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")

    def make(kind: str) -> Hosted:
        place = Hosted(server, KINDS[kind], monkeypatch)
        place.begin(tmp_path / "ada")
        return place

    yield make
    assert server.wrong == []


@pytest.fixture(params=["embedded", *KINDS])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Each forge in turn."""
    if request.param != "embedded":
        yield request.getfixturevalue("hosted")(request.param)
        return
    laptop = Laptop(request.getfixturevalue("platform"))
    laptop.begin(tmp_path / "ada")
    yield laptop
    laptop.remove()
