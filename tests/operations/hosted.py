"""A mesh on a company's platforms: pretended providers, states in a real Postgres."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from meshnew.embedded.platform import Embedded
from meshnew.embedded.postgres import Postgres
from meshnew.forge.embedded import EmbeddedForge
from meshnew.operations.session import Session, open_session
from tests.conftest import User
from tests.mesh.hosted import BASE, spec
from tests.terraform.pretending import Pretence, pretending

PROJECT = """\
kind: domain
domains:
  {name}:
    description: All about {name}
    owner: {{name: Ada, email: ada@skyline.example}}
    team: {name}-data
    members: [{member}]
consumes: [{consumes}]
jobs: {{daily: {{schedule: "30 5 * * *"}}}}
"""


class StandIn(EmbeddedForge):
    """Stands for a hosted forge: its own CI runs the checks."""

    runs_checks = True


@dataclass
class Company:
    """Where a company keeps what Terraform knows, and what its platforms say.

    Attributes:
        embedded: repositories, for a forge that stands for a hosted one.
        postgres: holds the states.
        pretence: the platforms.
        environment: variables of whoever provisions there.
    """

    embedded: Embedded
    postgres: Postgres
    pretence: Pretence
    environment: dict[str, str]

    def schemas(self) -> set[str]:
        """Schemas in which states lie."""
        query = "select nspname from pg_namespace where nspname like 'terraform%'"
        with self.connect() as connection:
            return {name for (name,) in connection.execute(query).fetchall()}

    def write(self, folder: Path) -> User:
        """The mesh as it begins: files in somebody's folder."""
        return write_mesh(folder, "postgres", "github", "forge", "pg")

    def work(self, monkeypatch: pytest.MonkeyPatch) -> Session:
        """Somebody's session in the folder of the mesh, which is written the first time."""
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)
        folder = Path(self.embedded.root, "it")
        if not folder.exists():
            self.write(folder)
        return self.session(folder)

    def enter(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let commands find the mesh, and the forge that stands in."""
        monkeypatch.setattr("meshnew.operations.session.open_session", lambda *_, **__: session)

    def land(self, session: Session, repository: str, number: int) -> None:
        """Have a change merged; nothing is protected here."""
        session.forge.merge_change(repository, number, actor="grace")

    def is_sealed(self, repository: str) -> bool:
        """Whether the last that was planned for main lets nobody push, whoever provisions."""
        last = {
            values["repository"]: values["bypass_actors"]
            for kind, values in self.pretence.made
            if kind == "github_repository_ruleset" and values["target"] == "branch"
        }
        return last.get(repository) == []

    def session(self, folder: Path) -> Session:
        """Somebody's session on a mesh there; each repository is made as Terraform makes it."""
        session = open_session(folder, "grace", "test", hosted=True)
        session.__dict__["forge"] = StandIn(self.embedded)

        def on_made(kind: str, values: dict[str, Any]) -> None:
            if kind == "github_repository" and not self.embedded.git.exists(values["name"]):
                self.embedded.git.create(values["name"])
                with self.embedded.records() as records:
                    records.execute("insert into repositories values (%s)", (values["name"],))
                    records.execute("insert into teams values ('platform') on conflict do nothing")
                    records.execute(
                        "insert into team_members values ('platform', 'grace') "
                        "on conflict do nothing"
                    )
                    records.execute(
                        "insert into repository_access values (%s, 'platform', 'maintain')",
                        (values["name"],),
                    )

        self.pretence.on_made = on_made
        return session

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self.environment["PG_CONN_STR"], autocommit=True)


@contextmanager
def company(folder: Path) -> Iterator[Company]:
    """Started; stopped in the end."""
    embedded = Embedded(folder, "skyline")
    embedded.start()
    postgres = embedded.postgres
    password = postgres.passwords.get("meshnew") or ""
    where = f"host={postgres.socket}&port={postgres.port}&sslmode=disable"
    address = f"postgres://meshnew:{password}@/postgres?{where}"
    settings = {
        "PG_CONN_STR": address,
        "TF_CLI_CONFIG_FILE": os.devnull,
        "PGUSER": "provisioner",
        "PGPASSWORD": "hush-db",
        "GITHUB_TOKEN": "hush-forge",
        "CHECKPOINT_DISABLE": "1",
    }
    try:
        with pretending() as (pretence, found):
            yield Company(embedded, postgres, pretence, settings | found)
    finally:
        postgres.stop()


def write_mesh(folder: Path, *kinds: str, **more: Any) -> User:
    """A mesh of two projects that consume each other, on platforms of these kinds."""
    (folder / "projects").mkdir(parents=True)
    (folder / "mesh.yml").write_text(yaml.safe_dump(BASE | spec(*kinds) | more))
    for name, member, consumes in (("flights", "ada", "weather"), ("weather", "amir", "flights")):
        text = PROJECT.format(name=name, member=member, consumes=consumes)
        (folder / "projects" / f"{name}.yml").write_text(text)
    return User(folder)
