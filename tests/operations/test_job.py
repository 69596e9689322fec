"""What a workflow of a hosted forge does, in a runner that has a checkout and no mesh."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import User


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """A mesh with one deployed project."""
    user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
    data = ["-d", "consumes=[]", "-d", "members=[ada]"]
    user.meshnew("new", "domain", "weather", *data, "--defaults", "--yes")
    return user


class Runner:
    """A machine that the forge lends for one job."""

    def __init__(self, mesh: User, folder: Path, who: str) -> None:
        known = json.loads(mesh.meshnew("shell", "weather", "--json", who="ada").out)
        self.environ = {**known["environment"], "PGUSER": who, "MESHNEW_AS": "meshnew"}
        self.folder = folder / "runner"
        mesh.meshnew("clone", "weather", who="ada")
        source = mesh.folder / "checkouts/weather"
        subprocess.run(["git", "-C", str(source), "fetch", "-q"], check=True)
        shutil.copytree(source, self.folder)
        shutil.rmtree(source)

    def job(self, *words: str, code: int = 0) -> dict[str, object]:
        answer = User(self.folder.parent).meshnew(
            "job", *words, "-C", "runner", "--json", code=code, env=self.environ
        )
        return dict(json.loads(answer.out))
