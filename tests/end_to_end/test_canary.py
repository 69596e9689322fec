"""No secret of the environment, and no password of a login, gets anywhere it does not belong.

Every variable by which a platform is reached holds a canary of its own while a mesh is made,
worked in, broken and taken down. Then it is looked for in all that was written, in what was
printed, and in every process list seen meanwhile.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from uuid import uuid4

import pytest

from meshnew.embedded.passwords import Passwords
from meshnew.embedded.platform import Embedded
from tests.conftest import MESHNEW, Answer, User

DEMO = Path(__file__).parents[2] / "examples" / "skyline" / "demo.py"
# By which the platforms there are, and those that mesh.yml will name, are reached.
SECRETS = """
    ARM_CLIENT_SECRET AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AZURE_CLIENT_SECRET
    DAGSTER_CLOUD_API_TOKEN DATABRICKS_CLIENT_SECRET DATABRICKS_TOKEN DBT_CLOUD_TOKEN
    DBT_ENV_SECRET_GIT_CREDENTIAL DBT_ENV_SECRET_PGPASSWORD GH_TOKEN GITHUB_APP_PEM_FILE
    GITHUB_TOKEN GITLAB_TOKEN GOOGLE_CREDENTIALS PGPASSWORD PG_CONN_STR SNOWFLAKE_PASSWORD
    SNOWFLAKE_PRIVATE_KEY SNOWFLAKE_TOKEN TF_HTTP_PASSWORD TF_TOKEN_app_terraform_io
    TF_VAR_password
""".split()
GIVEN_TO_DBT = {"DBT_ENV_SECRET_GIT_CREDENTIAL"}  # a team's own, by dbt's own convention
INDEX = "https://ada:{}@localhost:9/simple"


@dataclass
class Watch:
    """Looks at the process list all the time.

    Attributes:
        lines: command lines seen, of whichever process.
        runs: environment of each dbt process seen, of a linter's and of what dbt started, by
            process number and command.
    """

    root: Path
    lines: set[bytes] = field(default_factory=set)
    runs: dict[tuple[int, bytes], dict[bytes, bytes]] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Watch:
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        assert self._thread
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.02):
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    line = (process / "cmdline").read_bytes()
                    self.lines.add(line)
                    if (int(process.name), line) not in self.runs and _of_dbt(process):
                        self._keep_run(process, line)
                except OSError:
                    continue  # it has ended, or is somebody else's

    def _keep_run(self, process: Path, line: bytes) -> None:
        pairs = (process / "environ").read_bytes().split(b"\0")
        found = dict(pair.partition(b"=")[::2] for pair in pairs if pair)
        if (process / "cwd").readlink().is_relative_to(self.root):
            self.runs[int(process.name), line] = found


def _of_dbt(process: Path) -> bool:
    """Whether a process is dbt's, a linter's, or was started by dbt, as git is."""
    status = (process / "status").read_text()
    parent = process.with_name(re.findall(r"^PPid:\s*(\d+)", status, re.MULTILINE)[0])
    lines = [(one / "cmdline").read_bytes() for one in (process, parent) if one.exists()]
    return any(b"/dbt/_process.py" in line or b"\0sqlfluff\0" in line for line in lines)


@dataclass
class World:
    """A user whose shell is full of secrets.

    Attributes:
        user: who works.
        temporary: folder for temporary files.
        canaries: variable -> its secret.
        said: all that was printed.
    """

    user: User
    temporary: Path
    canaries: dict[str, str]
    said: list[str] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        return self.canaries | {"TMPDIR": str(self.temporary)}

    @property
    def folder(self) -> Path:
        return self.user.folder

    def meshnew(self, *words: object, who: str = "grace", code: int = 0, **more: str) -> Answer:
        answer = self.user.meshnew(*words, who=who, code=code, env=self.environ | more)
        self.said.append(answer.text)
        return answer

    def git(self, where: Path, *words: str, code: int = 0) -> None:
        done = subprocess.run(
            ["git", *words],
            cwd=where,
            env=os.environ | self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        self.said.append(done.stdout + done.stderr)
        assert done.returncode == code, done.stderr


@pytest.fixture
def world() -> Iterator[World]:
    """A folder for a mesh, 200 characters down, in a shell whose umask closes nothing."""
    outer = Path(tempfile.mkdtemp(prefix="mesh-"))
    folder, temporary = outer / ("deep" * 45) / "mesh", outer / "tmp"
    temporary.mkdir()
    folder.mkdir(parents=True)
    canaries = {name: f"canary-{name.lower()}-{uuid4().hex}" for name in SECRETS}
    before = os.umask(0)
    try:
        yield World(User(folder), temporary, canaries)
    finally:
        os.umask(before)
        subprocess.run([str(MESHNEW), "stop"], cwd=folder, capture_output=True, check=False)
        shutil.rmtree(outer)


def written(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder; what is packed in it too."""
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        name = str(path.relative_to(folder))
        yield name, path.read_bytes()
        if zipfile.is_zipfile(path):  # a plan of Terraform's
            with zipfile.ZipFile(path) as packed:
                for member in packed.namelist():
                    yield f"{name}: {member}", packed.read(member)
        if path.name == "HEAD" and (path.parent / "objects").is_dir():
            yield f"git objects of {path.parent}", objects(path.parent)


def objects(repository: Path) -> bytes:
    """All objects of a repository, reachable or not."""
    words = ["git", f"--git-dir={repository}", "cat-file", "--batch-all-objects", "--batch"]
    return subprocess.run(words, capture_output=True, check=True).stdout


def dumps(embedded: Embedded) -> Iterator[tuple[str, bytes]]:
    """What the server would hand out: values are compressed in its files."""
    for database in ("meshnew_records", embedded.database):
        dump = subprocess.run(
            [embedded.postgres.bin / "pg_dump", "-U", "meshnew", database],
            env={
                "PGHOST": str(embedded.postgres.socket),
                "PGPASSFILE": str(embedded.postgres.passwords.file),
            },
            capture_output=True,
            check=True,
        )
        yield f"dump of {database}", dump.stdout


def found(secrets: set[str], places: Iterator[tuple[str, bytes]]) -> list[tuple[str, str]]:
    return sorted(
        (secret, place) for place, text in places for secret in secrets if secret.encode() in text
    )


def passwords(embedded: Embedded) -> dict[str, str]:
    """Login -> its password, of every login there is."""
    lines = embedded.postgres.passwords.file.read_text().splitlines()
    logins = [line.split(":")[3] for line in lines]
    known = Passwords(embedded.postgres.passwords.file)
    return {login: known.get(login) or "" for login in logins}


def nothing_got_out(world: World, watch: Watch, database: str) -> None:
    embedded = Embedded(world.folder, database)
    logins = passwords(embedded)
    assert {"meshnew", "grace", "shared_loader", "shared_ci", "shared_transformer"} <= set(logins)
    secrets = {*world.canaries.values(), *logins.values()}
    own = str(embedded.postgres.passwords.file.relative_to(world.folder))
    in_files = found(secrets, written(world.folder))
    assert {place for _, place in in_files} == {own}
    assert {secret for secret, _ in in_files} == set(logins.values())
    assert found(secrets, written(world.temporary)) == []
    assert found(secrets, dumps(embedded)) == []
    assert found(secrets, iter([("what was printed", "\n".join(world.said).encode())])) == []
    assert found(secrets, iter([("process list", b"\n".join(watch.lines))])) == []


def each_run_was_itself_and_nobody_else(world: World, watch: Watch, database: str) -> None:
    """What a run of dbt was given: its own password, and no other secret."""
    logins = passwords(Embedded(world.folder, database))
    ran_as = {run[b"PGUSER"].decode() for run in watch.runs.values() if b"PGUSER" in run}
    assert "shared_transformer" in ran_as
    assert [login for login in ran_as if login.endswith("_ci")]
    for run in watch.runs.values():
        me = run.get(b"PGUSER", b"").decode()  # dbt itself is told only after it began
        text = b"\n".join(run.values()).decode()
        others = {canary for name, canary in world.canaries.items() if name not in GIVEN_TO_DBT}
        others |= {password for login, password in logins.items() if login != me}
        assert run.get(b"DBT_ENV_SECRET_PGPASSWORD", b"").decode() == logins.get(me, "")
        assert not {secret for secret in others if secret in text}
        assert "passwords" not in text


@contextmanager
def broken(path: Path, text: str) -> Iterator[None]:
    """A file that somebody spoiled for a while."""
    before = path.read_text()
    path.write_text(text)
    try:
        yield
    finally:
        path.write_text(before)


def failures(world: World) -> None:
    """A day on which everything goes wrong."""
    spec = world.folder / "mesh.yml"
    with broken(spec, spec.read_text() + "wharehouse: {kind: embedded}\n"):
        world.meshnew("plan", code=2)
    checkout = world.folder / "checkouts" / "shared"
    world.git(checkout, "commit", "--quiet", "--allow-empty", "-m", "Straight to main")
    world.git(checkout, "push", "origin", "HEAD:main", code=1)
    pins = checkout / "requirements.txt"
    with broken(pins, pins.read_text() + "no-such-package-anywhere==1\n"):
        world.meshnew("shell", "shared", "--", "true", code=1, PIP_INDEX_URL=world_index(world))
    data = world.folder / ".meshnew" / "embedded" / "postgres" / "data"
    world.meshnew("stop")
    (data / "global").rename(data / "global.gone")
    world.meshnew("status", code=1)
    (data / "global.gone").rename(data / "global")


def world_index(world: World) -> str:
    return INDEX.format(world.canaries["SNOWFLAKE_PASSWORD"])


def change(world: World, branch: str, files: dict[str, str]) -> None:
    """Open a change of the project shared."""
    world.meshnew("clone", "shared")
    checkout = world.folder / "checkouts" / "shared"
    world.git(checkout, "fetch", "--quiet", "origin")
    world.git(checkout, "switch", "--quiet", "-C", branch, "origin/main")
    for name, text in files.items():
        (checkout / name).write_text(text)
    world.git(checkout, "add", "--all")
    world.git(checkout, "commit", "--quiet", "-m", branch)
    world.git(checkout, "push", "--quiet", "origin", branch)
    world.meshnew("change", "open", "shared", "--branch", branch)


def test_a_small_mesh_keeps_every_secret_to_itself(world: World) -> None:
    with Watch(world.folder) as watch:
        world.meshnew("init", "--name", "coast", "--member", "grace", "--yes")
        nosy = "select '{{ env_var(\"DBT_ENV_SECRET_PGPASSWORD\") }}' as told\n"
        change(world, "nosy", {"models/shared/marts/nosy.sql": nosy})
        answer = world.meshnew("run", "shared", "ci", "--change", 1, code=1)
        assert "DBT_ENV_SECRET_PGPASSWORD" in answer.text
        world.meshnew("plan")
        world.meshnew("connect", "grace")
        world.meshnew("shell", "shared", "--json")
        failures(world)
        world.meshnew("status", "--refresh", code=3)  # a change is open
        nothing_got_out(world, watch, "coast")
        each_run_was_itself_and_nobody_else(world, watch, "coast")
        closed_to_others(world)
        logins = set(passwords(Embedded(world.folder, "coast")).values())
        world.meshnew("destroy", "--all", "--with-data", "--yes")
    left = {*world.canaries.values(), *logins}
    assert found(left, written(world.folder)) == []
    assert found(left, iter([("process list", b"\n".join(watch.lines))])) == []


def closed_to_others(world: World) -> None:
    """Nobody else enters, though the shell's umask gave everybody everything."""
    for path in (world.folder / ".meshnew", Embedded(world.folder, "coast").postgres.socket):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.long
def test_the_whole_demo_keeps_every_secret_to_itself(world: World) -> None:
    with Watch(world.folder) as watch:
        done = subprocess.run(
            [sys.executable, DEMO, world.folder],
            env=os.environ | world.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        world.said.append(done.stdout + done.stderr)
        assert done.returncode == 0, done.stdout + done.stderr
        nothing_got_out(world, watch, "skyline")
        each_run_was_itself_and_nobody_else(world, watch, "skyline")
        world.meshnew("destroy", "--all", "--with-data", "--yes")
