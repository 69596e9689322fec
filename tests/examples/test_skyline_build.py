"""Every model of the example builds and every test passes, with the platform set up by hand.

Roles, schemas and grants come from the access model, projects from the template, interfaces
from the models' YAML. dbt checks all of it against its JSON schemas, and a deprecation fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from meshnew.assets import asset
from meshnew.dbt import interfaces
from meshnew.dbt.environment import prepare
from meshnew.dbt.graph import Graph
from meshnew.embedded.postgres import Postgres
from meshnew.governance.check import check
from meshnew.mesh import access
from meshnew.scaffold.render import render
from meshnew.scaffold.template import Template

pytestmark = pytest.mark.long

DATABASE = "skyline"
VERSION = "v0.1.0"
CONSUMES = {
    "shared": [],
    "weather": ["shared"],
    "airports": ["shared"],
    "flights": ["shared", "weather", "airports"],
}
# Postgres is not among the adapters whose YAML dbt holds against its schemas by itself.
STRICT = """
import sys
from dbt.jsonschemas import jsonschemas
jsonschemas._JSONSCHEMA_SUPPORTED_ADAPTERS |= {"postgres"}
from dbt.cli.main import dbtRunner
# Silenced: settings for seeds and snapshots that no project has yet; arguments of tests, which
# dbt does not find in their code.
silence = "[UnusedResourceConfigPath, InvalidMacroAnnotation]"
strict = ["--warn-error-options", f"{{error: all, silence: {silence}}}"]
for command in (["deps"], ["build", *strict]):
    if not dbtRunner().invoke(command).success:
        sys.exit(1)
"""


def git(folder: Path, *args: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(["git", *identity, *args], cwd=folder, check=True, capture_output=True)


@dataclass
class Mesh:
    """A warehouse and the repositories of a mesh in one folder."""

    folder: Path
    server: Postgres

    @property
    def environ(self) -> dict[str, str]:
        """What leads dbt to the warehouse and git to the repositories."""
        return os.environ | {
            "PGHOST": str(self.server.socket),
            "PGPASSFILE": str(self.server.passwords.file),
            "PGDATABASE": DATABASE,
            "DBT_TARGET": "prod",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{self.folder}/repositories/.insteadOf",
            "GIT_CONFIG_VALUE_0": "git@embedded:",
        }

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        with self.server.connect(DATABASE) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def repository(self, name: str) -> Path:
        """A repository that git reaches; a bare name is enough for it to be cloned."""
        folder = self.folder / "repositories" / f"{name}.git"
        if not folder.exists():
            folder.mkdir(parents=True)
            git(folder, "init", "--quiet", "--initial-branch", "main")
        return folder

    def commit(self, name: str, *tags: str) -> None:
        folder = self.repository(name)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--allow-empty", "--message", "files")
        for tag in tags:
            git(folder, "tag", tag)

    def answers(self, kind: str, name: str) -> dict[str, object]:
        return {"kind": kind, "project": name, "mesh": DATABASE, "package_version": VERSION}

    def render(self, folder: Path, answers: dict[str, object]) -> None:
        url = str(self.repository("template"))
        render(Template(url, VERSION, self.environ, folder.parent / "cache"), folder, answers)

    def build(self, project: str, inputs: list[str], *overlays: Path) -> str:
        """Render a project, add what its team wrote, build it, publish its interface."""
        folder = self.folder / "checkouts" / project
        if not folder.exists():
            starter = "calendar" if project == "shared" else "none"
            owner = {"name": "Ada", "email": "ada@example.com"}
            domain = {"description": project, "owner": owner, "team": project}
            more = {"domains": {project: domain}, "starter": starter, "inputs": inputs}
            self.render(folder, self.answers("domain", project) | more)
        for overlay in overlays:
            shutil.copytree(overlay, folder, dirs_exist_ok=True)
        done = subprocess.run(
            [prepare(folder / "requirements.txt").python, "-c", STRICT],
            cwd=folder,
            env=self.environ | {"PGUSER": f"{project}_transformer"},
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        graph = Graph.read(folder / "target/manifest.json", project)
        assert check(graph, folder) == [], "the example keeps the rules"
        self.publish(project)
        return done.stdout

    def publish(self, project: str) -> None:
        interface = interfaces.declared(self.folder / "checkouts" / project)
        interfaces.write(interface, self.repository("interfaces") / project)
        self.commit("interfaces")

    def provision(self) -> None:
        with self.server.connect("postgres") as connection:
            connection.execute(f"create database {DATABASE}".encode())
        for domain in CONSUMES:
            for role in (*access.DOMAIN_ROLES, *access.PROJECT_ROLES):
                login = "login" if role in access.LOGINS else "nologin"
                self.sql(f"create role {role.of(domain)} {login}")
        with self.server.connect(DATABASE) as connection:
            self.server.passwords.give_missing(connection)
        for domain, consumed in CONSUMES.items():
            for schema in access.domain_schemas(domain, []):
                self.sql(f"create schema {schema.name} authorization {schema.owner}")
                for reader in schema.readers:
                    self.sql(
                        f"grant usage on schema {schema.name} to {reader};"
                        f"alter default privileges for role {schema.owner} in schema {schema.name}"
                        f" grant select on tables to {reader}"
                    )
            # What airports consume from their second commit on does no harm before.
            inputs = [*consumed, "flights"] if domain == "airports" else consumed
            for joined in access.project_memberships(domain, [domain], inputs):
                self.sql(f"grant {joined.role} to {joined.member}")


@pytest.fixture
def mesh(raw: ModuleType, tmp_path: Path) -> Iterator[Mesh]:
    server = Postgres(tmp_path / "pg")
    server.start()
    mesh = Mesh(tmp_path, server)
    try:
        mesh.provision()
        data = raw.download(tmp_path / "data")
        for domain in raw.TABLES:
            with server.connect(DATABASE, user=f"{domain}_loader") as connection:
                raw.load(connection, domain, data)
        template = mesh.repository("template")
        shutil.copy(asset("copier.yml"), template)
        shutil.copytree(asset("template"), template / "template")
        mesh.commit("template", VERSION)
        mesh.render(mesh.repository("mesh_core"), mesh.answers("package", "mesh_core"))
        mesh.commit("mesh_core", VERSION)
        mesh.commit("interfaces")
        yield mesh
    finally:
        server.stop()


def test_the_whole_example_builds_strictly(mesh: Mesh, skyline: Path) -> None:
    projects = skyline / "projects"
    mesh.build("shared", [])
    mesh.build("weather", ["shared"], projects / "weather")
    mesh.build("airports", ["shared"], projects / "airports")
    mesh.build("flights", ["shared", "weather", "airports"], projects / "flights")
    shutil.rmtree(mesh.folder / "checkouts" / "airports")
    overlays = (projects / "airports", projects / "airports_traffic")
    mesh.build("airports", ["shared", "flights"], *overlays)
    counts = {
        "weather_products.hourly_weather_v1": 26_115,
        "airports_products.airports_v1": 1_458,
        "flights_products.delays_v1": 336_776,
        "flights_products.daily_delays_v1": 3 * 365,
        "airports_products.airport_traffic_v1": 1_149,
    }
    assert {name: mesh.sql(f"select count(*) from {name}")[0][0] for name in counts} == counts
    relations = "select schemaname, tableowner from pg_tables where tablename not like 'pg%'"
    for schema, owner in mesh.sql(f"{relations} and schemaname like '%_products'"):
        assert owner == str(schema).replace("_products", "_owner")
    delays = "flights_products.delays_v1"
    unnamed = f"select array_agg(distinct destination_code order by destination_code) from {delays}"
    assert mesh.sql(f"{unnamed} where destination_name is null") == [
        (["BQN", "PSE", "SJU", "STT"],)
    ]
    windy = "select max(wind_speed_kmh) < 100, count(*) filter (where wind_speed_kmh is null)"
    assert mesh.sql(f"{windy} from weather_products.hourly_weather_v1") == [(True, 5)]
