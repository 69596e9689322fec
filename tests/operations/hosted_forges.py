"""A company on GitHub or GitLab: what Terraform makes comes to be on a fake of that forge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from meshnew.forge import Forge
from meshnew.operations import forges
from meshnew.operations.session import Session, open_session
from meshnew.scaffold import beside
from tests.conftest import User
from tests.forge.fake.server import Server
from tests.forge.fake.world import ORGANIZATION, World
from tests.operations.hosted import Company, company, write_mesh

Values = dict[str, Any]


class OnGitHub:
    """What the provider `integrations/github` does to GitHub."""

    token = "GITHUB_TOKEN"  # noqa: S105
    owner = "organization"

    def __init__(self, world: World) -> None:
        self._world = world

    def looked_up(self, _kind: str, _asked: Values) -> Values:
        """Its modules look nothing up."""
        return {}

    def made(self, kind: str, values: Values) -> None:
        """Do what a resource means, where that is seen by whoever works there."""
        handler: Callable[[Values], None] | None = getattr(self, kind, None)
        if handler:
            handler(values)

    def github_repository(self, values: Values) -> None:
        if values["name"] not in self._world.repositories:
            self._world.create(values["name"])

    def github_team(self, values: Values) -> None:
        values["slug"] = values["name"]
        self._world.teams.setdefault(values["name"], [])

    def github_team_membership(self, values: Values) -> None:
        self._world.join(values["team_id"], values["username"])

    def github_team_repository(self, values: Values) -> None:
        repository = self._world.repositories[values["repository"]]
        assert values["team_id"] in self._world.teams
        repository.access[values["team_id"]] = values["permission"]

    def github_repository_ruleset(self, values: Values) -> None:
        if values["target"] != "branch":
            return
        (rules,) = values["rules"]
        repository = self._world.repositories[values["repository"]]
        actors = [actor["actor_type"] for actor in values["bypass_actors"]]
        assert actors in ([], ["OrganizationAdmin"])
        repository.main = "admins" if actors else "nobody"
        repository.approvals = rules["pull_request"][0]["required_approving_review_count"]
        asked = [
            check for part in rules["required_status_checks"] for check in part["required_check"]
        ]
        repository.checks = tuple(check["context"] for check in asked)


class OnGitLab:
    """What the provider `gitlabhq/gitlab` does to GitLab, which knows things by numbers."""

    token = "GITLAB_TOKEN"  # noqa: S105
    owner = "group"
    levels: ClassVar = {"reporter": "pull", "developer": "push", "maintainer": "maintain"}

    def __init__(self, world: World) -> None:
        self._world = world
        self._groups = [ORGANIZATION]

    def looked_up(self, kind: str, asked: Values) -> Values:
        """The numbers of what is there."""
        if kind == "gitlab_user":
            if asked["username"] not in self._world.people:
                raise LookupError(f"no user {asked['username']}")
            return {"user_id": self._world.people.index(asked["username"]) + 1}
        assert kind == "gitlab_group"
        path = asked["full_path"]
        name = path.removeprefix(f"{ORGANIZATION}/")
        if name not in self._groups:
            raise LookupError("404 {message: 404 Group Not Found}")
        return {"group_id": self._groups.index(name) + 1}

    made = OnGitHub.made

    def gitlab_group(self, values: Values) -> None:
        if values["path"] not in self._groups:
            self._groups.append(values["path"])
        values["id"] = str(self._groups.index(values["path"]) + 1)
        self._world.teams.setdefault(values["path"], [])

    def gitlab_group_membership(self, values: Values) -> None:
        self._world.join(self._group(values), self._world.people[int(values["user_id"]) - 1])

    def gitlab_project(self, values: Values) -> None:
        if values["path"] not in self._world.repositories:
            # GitLab protects main of whatever is new, until it is told otherwise.
            self._world.create(values["path"]).main = "maintainers"
        repository = self._world.repositories[values["path"]]
        values["id"] = str(repository.number)
        repository.piped = bool(values["only_allow_merge_if_pipeline_succeeds"])

    def gitlab_project_share_group(self, values: Values) -> None:
        level = self.levels[values["group_access"]]
        self._project(values).access[self._group(values)] = level

    def gitlab_branch_protection(self, values: Values) -> None:
        assert values["branch"] == "main"
        may = {"no one": "nobody", "maintainer": "maintainers"}
        self._project(values).main = may[values["push_access_level"]]

    def gitlab_project_approval_rule(self, values: Values) -> None:
        self._project(values).approvals = int(values["approvals_required"])

    def _group(self, values: Values) -> str:
        return self._groups[int(values["group_id"]) - 1]

    def _project(self, values: Values) -> Any:
        """By number, or by path where another stack made it."""
        asked = values["project"].removeprefix(f"{ORGANIZATION}/")
        (found,) = (
            item
            for item in self._world.repositories.values()
            if asked in (item.name, str(item.number))
        )
        return found


class Forged(Company):
    """A company whose forge is a fake of a real one, reached by meshnew's own client."""

    def __init__(self, base: Company, server: Server, kind: str) -> None:
        super().__init__(base.embedded, base.postgres, base.pretence, dict(base.environment))
        self.server = server
        self.kind = kind
        server.world.people += ["amir", "sol"]
        server.world.admins = ["grace"]
        self.provider = {"github": OnGitHub, "gitlab": OnGitLab}[kind](server.world)
        self.pretence.on_made = self.provider.made
        self.pretence.looked_up = self.provider.looked_up
        del self.environment["GITHUB_TOKEN"]
        self.environment |= self.variables("grace")

    def variables(self, person: str) -> dict[str, str]:
        """What somebody reaches the forge by, beside whom they are to the rest."""
        found = self.server.environment(person)
        others = {"GITHUB_TOKEN", "GITLAB_TOKEN"} - {self.provider.token}
        return {name: value for name, value in found.items() if name not in others}

    def write(self, folder: Path) -> User:
        """The mesh as it begins: files in somebody's folder."""
        forge = {"kind": self.kind, self.provider.owner: ORGANIZATION, "host": self.server.host}
        forge |= {"tier": "premium"} if self.kind == "gitlab" else {}
        team = {"name": "platform", "members": ["bob", "grace"]}
        return write_mesh(
            folder, "postgres", self.kind, "forge", "pg", forge=forge, platform_team=team
        )

    def session(self, folder: Path) -> Session:
        """As a command opens it: whoever the token belongs to acts."""
        return open_session(folder, None, "test", forge_only=True)

    def enter(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let commands find the mesh."""
        monkeypatch.chdir(session.mesh.root)

    def land(self, session: Session, repository: str, number: int) -> None:
        """Have a change checked and approved by another, then merged."""
        forge = session.forge
        change = forge.change(repository, number)
        assert forge.awaits(change), "it needs somebody at least"
        self.passes(session, repository, number)
        with self.acting(session, "bob") as other:
            other.approve_change(repository, number, actor="bob")
        forge.merge_change(repository, number, actor="grace")

    def passes(self, session: Session, repository: str, number: int) -> None:
        """Have the forge's CI find nothing wrong with a change."""
        found = self.server.world.repositories[repository]
        head = session.forge.change(repository, number).head
        for check in found.checks or (("ci",) if found.piped else ()):
            session.forge.report_check(repository, head, check, state="passed", summary="fine")

    @contextmanager
    def acting(self, session: Session, person: str) -> Iterator[Forge]:
        """The forge as somebody else reaches it."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.variables(person).items():
                patch.setenv(name, value)
            forge = forges.hosted(session.mesh)
            assert forge is not None
            assert forge.whoami() == person
            yield forge

    def is_sealed(self, repository: str) -> bool:
        """Whether main takes changes only, whoever pushes."""
        return self.server.world.repositories[repository].main == "nobody"


@contextmanager
def forged(folder: Path, kind: str) -> Iterator[Forged]:
    """Started; in the end the fake must have been asked nothing that it does not know."""
    # The process that renders keeps the environment it began with: that of another forge.
    for process in list(beside._running):
        beside._end(process)
    with company(folder / "company") as base, Server(folder / "forge").serving() as server:
        yield Forged(base, server, kind)
        assert server.wrong == [], "\n".join(server.wrong)
