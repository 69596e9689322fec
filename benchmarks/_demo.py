"""The demo's baseline: what it does, by script, in the best order, with everything known before.

It is given the finished spec and interfaces, so that each stack is applied, each project is
rendered and pushed, and each product is built once; nothing of its own is planned or asked.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import psycopg

from benchmarks import _engines, _mesh
from meshnew.dbt import environment
from meshnew.mesh.access import Role
from meshnew.mesh.mesh import INTERFACES, MESH_REPOSITORY, SHARED
from meshnew.operations.changes.package_ci import SCHEMA_VARIABLE
from meshnew.operations.repositories import foundation
from meshnew.operations.runs import scratch
from meshnew.scaffold import answers

SKYLINE = Path(__file__).parents[1] / "examples" / "skyline"
DOMAINS = ("weather", "airports", "flights")
# Both read each other: the product that reads flights can only be built once flights is.
LATE = "airport_traffic"
_DBT = """
import json, sys
from dbt.cli.main import dbtRunner
for words in json.loads(sys.argv[1]):
    done = dbtRunner().invoke(words)
    if not done.success:
        sys.exit(str(done.exception or words))
"""


class Script:
    """One run of the script in a folder; `checks` has the seconds spent on checking changes."""

    def __init__(self, folder: Path, finished: Path) -> None:
        self.folder, self.finished = folder, finished
        self.checks = 0.0

    def run(self) -> None:
        """All of it, but what is known before: the spec, the interfaces."""
        shutil.copy(self.finished / "mesh.yml", self.folder)
        shutil.copytree(self.finished / "projects", self.folder / "projects")
        self.session = _mesh.session_of(self.folder)
        _mesh.commit(self.folder)
        with _engines.warm(self.session):
            self._provision()
        self._load()
        for project in (SHARED, *DOMAINS):
            later = ["--exclude", LATE] if project == "airports" else []
            self._change(project, later)
        self._change("airports", ["--select", LATE])

    def _provision(self) -> None:
        session = self.session
        mesh_stack, *rest = _engines.prebuilt(session.mesh.home, _mesh.stacks(session))
        _engines.apply([mesh_stack])
        foundation.publish_template(session)
        _engines.git(session, self.folder, "push", session.forge.url(MESH_REPOSITORY), "main")
        _engines.apply(rest)
        for project in session.mesh.projects:
            self._content(project)
        interfaces = self._work(INTERFACES)
        shutil.copytree(self.finished / "checkouts" / INTERFACES, interfaces, dirs_exist_ok=True)
        _engines.push(session, interfaces, INTERFACES)

    def _content(self, project: str) -> None:
        """Rendered, with what its team adds, in one commit."""
        session, folder = self.session, self._work(project)
        wanted = answers.for_project(session.mesh, project, session.mesh.domains)
        _engines.render(session, folder, wanted)
        for files in (SKYLINE / "projects").glob(f"{project}*"):
            shutil.copytree(files, folder, dirs_exist_ok=True)
        _engines.push(session, folder, project)
        if project == session.mesh.spec.package:
            tag = f"HEAD:refs/tags/{session.mesh.projects[project].version}"
            _engines.git(session, folder, "push", session.forge.url(project), tag)

    def _load(self) -> None:
        raw, postgres = _raw(), self.session.embedded.postgres
        data = raw.download(self.folder / ".meshnew" / "data")
        for domain in DOMAINS:
            user = f"{domain}_loader"
            with psycopg.connect(
                host=str(postgres.socket),
                port=postgres.port,
                user=user,
                password=postgres.passwords.get(user),
                dbname=self.session.mesh.spec.name,
            ) as connection:
                raw.load(connection, domain, data)

    def _change(self, project: str, selection: list[str]) -> None:
        """What a change's check does, for projects that get one, and what its deploy does."""
        if project != SHARED:
            began = time.perf_counter()
            with scratch.schema(self.session, project, 1) as schema:
                # A schema of its own is empty: what is built there needs what it reads.
                chosen = ["--select", f"+{LATE}"] if "--select" in selection else selection
                self._dbt(project, Role.CI, "ci", chosen, {SCHEMA_VARIABLE: schema})
                self._lint(project, {SCHEMA_VARIABLE: schema})
            self.checks += time.perf_counter() - began
        self._dbt(project, Role.TRANSFORMER, "prod", selection, {})

    def _lint(self, project: str, more: dict[str, str]) -> None:
        """As CI does it: SQL as dbt compiles it, for which packages and schema must be there."""
        python, folder = self._python(project), self._work(project)
        settings = {"DBT_TARGET": "ci", "DBT_PROFILES_DIR": str(folder)}
        environ = self._environ(project, Role.CI, {**more, **settings})
        sql = ("sqlfluff", "lint", "--templater", "dbt", "models")
        for words in (sql, ("yamllint", "--strict", "models")):
            command = [str(python), "-m", *words]
            subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True)

    def _environ(self, project: str, role: Role, more: dict[str, str]) -> dict[str, str]:
        session = self.session
        own = {**session.job_environment(role.of(project)), **session.forge.environment()}
        return {**os.environ, **own, **more, "DO_NOT_TRACK": "1"}

    def _dbt(
        self, project: str, role: Role, target: str, selection: list[str], more: dict[str, str]
    ) -> None:
        words = ["--profiles-dir", ".", "--target", target]
        commands = [["deps", *words], ["build", *words, *selection]]
        done = subprocess.run(
            [str(self._python(project)), "-c", _DBT, json.dumps(commands)],
            cwd=self._work(project),
            env=self._environ(project, role, more),
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"{project}: {done.stdout[-3000:]}\n{done.stderr[-3000:]}")

    def _python(self, project: str) -> Path:
        return environment.prepare(self._work(project) / "requirements.txt").python

    def _work(self, name: str) -> Path:
        folder = self.folder / "work" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def demo(folder: Path) -> None:
    """`make demo` in a folder of its own."""
    command = [sys.executable, str(SKYLINE / "demo.py"), str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout[-3000:] + done.stderr[-3000:])


def keep_interfaces(folder: Path) -> None:
    """What the script is given of a finished demo: the interfaces that it published."""
    session = _mesh.session_of(folder)
    target = folder / "checkouts" / INTERFACES
    _engines.git(session, folder, "clone", "-q", session.forge.url(INTERFACES), str(target))
    shutil.rmtree(target / ".git")


def stop(folder: Path) -> None:
    """End the mesh's Postgres."""
    subprocess.run([_mesh.MESHNEW, "stop", "-C", folder], capture_output=True, check=False)


def _raw() -> ModuleType:
    spec = importlib.util.spec_from_file_location("raw", SKYLINE / "raw.py")
    assert spec and spec.loader  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    sys.modules["raw"] = module
    spec.loader.exec_module(module)
    return module
