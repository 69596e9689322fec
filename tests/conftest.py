"""Fixtures for the whole suite."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

MESHNEW = Path(sys.executable).with_name("meshnew")
# A terminal is begun by a fork of this process, in which gRPC would set its threads going again:
# now and then that ends the child before it becomes the command.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"


@pytest.fixture(autouse=True, scope="session")
def nobodys_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    settings = tmp_path_factory.mktemp("settings")
    (settings / "copier.yml").write_text("{}")
    (settings / "gitconfig").write_text("[user]\n\tname = Test\n\temail = test@example.com\n")
    os.environ["COPIER_SETTINGS_PATH"] = str(settings / "copier.yml")
    os.environ["COPIER_CACHE_DIR"] = str(settings / "copier-cache")
    os.environ["GIT_CONFIG_GLOBAL"] = str(settings / "gitconfig")
    os.environ["GIT_CONFIG_SYSTEM"] = os.devnull
    for name in ("MESHNEW_AS", "MESHNEW_ENGINE", "PGPASSWORD", "TF_CLI_CONFIG_FILE", "TF_DATA_DIR"):
        os.environ.pop(name, None)


@pytest.fixture(autouse=True, scope="session")
def ctrl_c_is_heard() -> None:
    """A shell that starts the tests in the background has them ignore Ctrl-C, and all children."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True)
class Answer:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass(frozen=True)
class User:
    """Somebody at a terminal in the folder of a mesh."""

    folder: Path

    def meshnew(
        self, *words: object, who: str = "grace", code: int = 0, env: dict[str, str] | None = None
    ) -> Answer:
        """Give a meshnew command; its exit code must be `code`."""
        command = [str(MESHNEW), *map(str, words)]
        end = command.index("--") if "--" in command else len(command)
        command[end:end] = ["--as", who] if words[0] != "job" else []
        done = subprocess.run(
            command,
            cwd=self.folder,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(env or {})},
            check=False,
        )
        assert done.returncode == code, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return Answer(done.returncode, done.stdout, done.stderr)

    def connect(
        self, who: str = "meshnew", database: str = "skyline"
    ) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect to the warehouse as somebody, each statement a transaction of its own."""
        environ = json.loads(self.meshnew("shell", "shared", "--json").out)["environment"]
        return psycopg.connect(
            host=environ["PGHOST"],
            passfile=environ["PGPASSFILE"],
            user=who,
            dbname=database,
            autocommit=True,
        )

    def merge(
        self,
        project: str,
        number: object,
        *flags: str,
        who: str = "grace",
        approver: str = "grace",
        code: int = 0,
    ) -> Answer:
        """Have a change approved by somebody and merged by somebody else."""
        self.meshnew("change", "approve", project, number, who=approver)
        return self.meshnew("change", "merge", project, number, *flags, who=who, code=code)

    def run(self, *words: str, where: str = ".", code: int = 0) -> Answer:
        """Run any command in a folder of the mesh."""
        done = subprocess.run(
            words, cwd=self.folder / where, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, f"{words}\n{done.stdout}\n{done.stderr}"
        return Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def user() -> Iterator[User]:
    """A user in an empty folder; what they started is stopped in the end."""
    folder = Path(tempfile.mkdtemp(prefix="mesh-"))
    try:
        yield User(folder)
    finally:
        subprocess.run([str(MESHNEW), "stop"], cwd=folder, capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)
