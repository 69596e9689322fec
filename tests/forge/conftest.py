"""One platform for all tests of the forge; each test has a repository `flights` of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from meshnew.embedded.platform import Embedded
from meshnew.forge import git
from meshnew.forge.embedded import EmbeddedForge

PEOPLE = """
    insert into teams values ('flights_data'), ('platform'), ('airports_data')
    on conflict do nothing;
    insert into team_members values
        ('flights_data', 'ada'), ('flights_data', 'bob'), ('platform', 'grace'),
        ('airports_data', 'eve')
    on conflict do nothing
"""
ACCESS = """
    insert into repositories values ('flights', 'Departures');
    insert into repository_access values
        ('flights', 'flights_data', 'write'), ('flights', 'platform', 'maintain'),
        ('flights', 'airports_data', 'read')
"""


@dataclass(frozen=True)
class Person:
    """Somebody with a checkout of flights who works with plain git."""

    folder: Path
    environ: dict[str, str]

    def git(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=os.environ | self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout.strip() + done.stderr

    def write(self, name: str, text: str = "select 1\n") -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def propose(self, branch: str, name: str, text: str = "select 1\n") -> None:
        """Push a branch off main in which one file is changed."""
        self.git("fetch", "--quiet", "origin")
        self.git("switch", "--quiet", "--force-create", branch, "origin/main")
        self.extend(branch, name, text)

    def extend(self, branch: str, name: str, text: str = "select 1\n") -> None:
        """Push one more commit to a branch."""
        self.write(name, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", f"Write {name}")
        self.git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    embedded = Embedded(tmp_path_factory.mktemp("mesh"), "skyline")
    try:
        embedded.start()
        with embedded.records() as records:
            records.execute(PEOPLE)
        yield embedded
    finally:
        embedded.postgres.stop()


@pytest.fixture
def embedded(platform: Embedded) -> Iterator[Embedded]:
    """The platform with an empty, protected repository `flights`."""
    platform.git.create("flights", "Departures")
    platform.git.protect("flights")
    with platform.records() as records:
        records.execute(ACCESS)
    yield platform
    with platform.records() as records:
        records.execute("delete from repositories")
    for name in platform.git.names():
        platform.git.delete(name)


@pytest.fixture
def forge(embedded: Embedded) -> EmbeddedForge:
    return EmbeddedForge(embedded)


@pytest.fixture
def ada(forge: EmbeddedForge, tmp_path: Path) -> Person:
    """Ada, whose first commit is on main of flights."""

    def write(folder: Path) -> None:
        (folder / "README.md").write_text("# flights\n")
        (folder / ".gitignore").write_text("target/\n")

    url, environ = forge.url("flights"), forge.environment()
    git.publish(url, environ=environ, author="ada", message="Render", write=write)
    git.clone(url, tmp_path / "ada", environ=environ)
    return Person(tmp_path / "ada", environ)
