"""A warehouse and a forge, small and real, for what the template renders."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from psycopg.sql import SQL, Identifier

from meshnew.dbt import interfaces
from meshnew.dbt.environment import Environment, prepare
from meshnew.embedded.postgres import Postgres
from meshnew.mesh import access
from tests.template.conftest import VERSION, Template, commit, domains, git

DATABASE = "skyline"
MEMBER = "ada"
Relation = tuple[str, str, str]


@dataclass(frozen=True)
class Laboratory:
    """Where rendered projects are built.

    Attributes:
        folder: for repositories and checkouts.
        postgres: a running server with the database `DATABASE`.
        dbt: environment built from the requirements that the template renders.
        template: renders.
    """

    folder: Path
    postgres: Postgres
    dbt: Environment
    template: Template

    @classmethod
    def open(cls, folder: Path, template: Template) -> Laboratory:
        """Start the server, publish the internal package and the interface of `shared`."""
        core = template.render(folder / "mesh_core", "package", "mesh_core", mesh=DATABASE)
        shared = template.render(
            folder / "shared", "domain", "shared", starter="calendar", domains=domains("shared")
        )
        dbt = prepare(shared / "requirements.txt")
        postgres = Postgres(folder / "postgres")
        postgres.start()
        with postgres.connect("postgres") as connection:
            connection.execute(SQL("create database {}").format(Identifier(DATABASE)))
        laboratory = cls(folder, postgres, dbt, template)
        laboratory.publish(core, VERSION)
        interfaces.write(interfaces.declared(shared), folder / "interfaces" / "shared")
        laboratory.publish(folder / "interfaces")
        return laboratory

    def publish(self, folder: Path, tag: str = "") -> None:
        """Make a folder a repository of the forge, named as the folder."""
        bare = self.folder / "repositories" / f"{folder.name}.git"
        git(self.folder, "init", "--quiet", "--bare", "--initial-branch", "main", str(bare))
        commit(folder, tag=tag)
        git(folder, "push", "--quiet", "--tags", str(bare), "main")

    def project(self, name: str, *own: str, inputs: tuple[str, ...] = (), **data: Any) -> Path:
        """Render a project with domains of its own, and provision it."""
        self._provision(name, own, inputs)
        spec = {"mesh": DATABASE, "domains": domains(*own), "inputs": list(inputs), **data}
        return self.template.render(self.folder / "checkouts" / name, "domain", name, **spec)

    def dbt_strictly(
        self, project: Path, *commands: str, user: str = "", **environ: str
    ) -> dict[str, Any]:
        """Run dbt commands in one strict process: what failed, what it said."""
        script = Path(__file__).with_name("strict_dbt.py")
        words = json.dumps([command.split() for command in commands])
        done = self.run(
            project,
            str(self.dbt.python),
            str(script),
            words,
            PGUSER=user or f"{project.name}_transformer",
            **{"DBT_TARGET": "prod", **environ},
        )
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    def run(self, project: Path, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a project, connected to the warehouse and the forge."""
        ours = {
            "PGHOST": str(self.postgres.socket),
            "PGPASSFILE": str(self.postgres.passwords.file),
            "PGDATABASE": DATABASE,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{self.folder}/repositories/.insteadOf",
            "GIT_CONFIG_VALUE_0": "git@embedded:",
            "DO_NOT_TRACK": "1",
        }
        return subprocess.run(
            command,
            cwd=project,
            env={**os.environ, **ours, **environ},
            capture_output=True,
            text=True,
            check=False,
        )

    def relations(self, *schemas: str) -> set[Relation]:
        """Schema, name and owner of what is in some schemas."""
        query = """
            select n.nspname, c.relname, pg_get_userbyid(c.relowner)
            from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
            where c.relkind in ('r', 'v', 'm') and n.nspname = any(%s)
        """
        with self.postgres.connect(DATABASE) as connection:
            return set(connection.execute(query, [list(schemas)]).fetchall())

    def execute(self, statement: str) -> None:
        """Run SQL as the superuser."""
        with self.postgres.connect(DATABASE) as connection:
            connection.execute(statement.encode())

    def linter(self, project: Path) -> str:
        """The sqlfluff that the project's pre-commit hook pins."""
        config = yaml.safe_load((project / ".pre-commit-config.yaml").read_text())
        hook = next(hook for hook in config["repos"][0]["hooks"] if hook["id"] == "sqlfluff")
        pins = self.folder / "linter.txt"
        pins.write_text("\n".join(hook["additional_dependencies"]) + "\n")
        return str(prepare(pins).scripts / "sqlfluff")

    def _provision(self, project: str, own: tuple[str, ...], inputs: tuple[str, ...]) -> None:
        with self.postgres.connect(DATABASE) as connection:

            def run(statement: str, *names: str) -> None:
                connection.execute(SQL(statement).format(*map(Identifier, names)))

            def role(name: str) -> None:
                known = "select from pg_roles where rolname = %s"
                if connection.execute(known, [name]).rowcount == 0:
                    run("create role {} login", name)

            for name in (MEMBER, *(kind.of(project) for kind in access.PROJECT_ROLES)):
                role(name)
            for domain in {*own, *inputs}:
                for kind in access.DOMAIN_ROLES:
                    role(kind.of(domain))
            for grant in (g for d in own for g in access.domain_schemas(d, [MEMBER])):
                run("create schema {} authorization {}", grant.name, grant.owner)
                for reader in grant.readers:
                    run("grant usage on schema {} to {}", grant.name, reader)
                    run(
                        "alter default privileges for role {} in schema {} "
                        "grant select on tables to {}",
                        *(grant.owner, grant.name, reader),
                    )
            joined = [m for d in own for m in access.domain_memberships(d, [MEMBER], [])]
            for membership in joined + access.project_memberships(project, own, inputs):
                run("grant {} to {}", membership.role, membership.member)
            self.postgres.passwords.give_missing(connection)
