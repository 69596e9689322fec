"""docs/how-to/work-on-hosted-platforms.md by its commands, on fakes of GitHub and of GitLab.

Each command is a process of its own, which knows the forge by mesh.yml and a token alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshnew.forge import git
from meshnew.mesh.mesh import MESH_REPOSITORY
from tests.conftest import MESHNEW, Answer, User
from tests.operations.hosted_forges import Forged, forged

pytestmark = pytest.mark.long
SALES = ("--data", "team=sales-data", "--data", "owner_name=Sol", "--data", "members=[sol]")
NEW = ("new", "domain", "sales", *SALES, "--data", "owner_email=sol@skyline.example", "--yes")


class Desk:
    """People and the mesh's CI at their terminals."""

    def __init__(self, at: Forged, folder: Path) -> None:
        self.at = at
        self.folder = folder
        self.grace = at.write(folder / "grace")
        self.runs = 0

    def says(self, *words: object, who: str = "grace", where: User | None = None) -> Answer:
        environ = self.at.environment | self.at.variables(who)
        answer = (where or self.grace).meshnew(*words, who=who, env=environ)
        for secret in ("-token", "hush"):
            assert secret not in answer.text
        return answer

    def stands(self) -> dict[str, Any]:
        """What `new`, given again, says of the project."""
        (found,) = json.loads(self.says(*NEW, "--json").out)["projects"]
        assert isinstance(found, dict)
        return found

    def lands(self, repository: str, number: int) -> None:
        self.at.passes(self.at.session(self.grace.folder), repository, number)
        self.says("change", "approve", repository, number, who="bob")
        self.says("change", "merge", repository, number)

    def ci_applies(self) -> Answer:
        """The job `apply` of the mesh's CI, as the template writes it."""
        self.runs += 1
        runner = User(self.folder / f"runner{self.runs}")
        forge = self.at.session(self.grace.folder).forge
        git.clone(forge.url(MESH_REPOSITORY), runner.folder, environ=forge.environment())
        self.says("doctor", where=runner)
        return self.says("apply", "--all", "--merged", "--yes", where=runner)


@pytest.fixture(params=["github", "gitlab"])
def desk(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    with forged(tmp_path, request.param) as at:
        for name, value in at.environment.items():
            monkeypatch.setenv(name, value)
        yield Desk(at, tmp_path)


def test_a_beginning_that_was_killed_is_carried_on(desk: Desk) -> None:
    words = [str(MESHNEW), "apply", "--all", "--merged", "--yes"]
    for seconds in (4, 6, 8):  # wherever it is by then
        begun = subprocess.Popen(words, cwd=desk.grace.folder, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        begun.kill()
        begun.wait()
    desk.says("apply", "--all", "--merged", "--yes")
    for name in (MESH_REPOSITORY, "flights", "weather"):
        assert desk.at.is_sealed(name), name
        assert desk.at.session(desk.grace.folder).forge.has_content(name)
    assert "Nothing changed" in desk.ci_applies().text


@pytest.mark.parametrize("desk", ["github"], indirect=True)
def test_what_people_wrote_on_a_laptop_comes_as_a_change(desk: Desk, user: User) -> None:
    user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
    words = ("--data", "members=[ada]", "--data", "owner_name=Ada", "--defaults", "--no-deploy")
    user.meshnew("new", "domain", "flights", *words, "--data", "owner_email=a@b.example", "--yes")
    bare = user.folder / ".meshnew" / "embedded" / "repositories" / "flights.git"
    wrote = "git clone -q {0} w; cd w; echo 'select 1' > models/flights/delays.sql; git add -A; "
    wrote += "git commit -qm Delays; git push -q {0} HEAD:wrote; "
    wrote += "git --git-dir={0} update-ref refs/heads/main refs/heads/wrote"  # as if merged
    subprocess.run(["sh", "-ec", wrote.format(bare)], check=True, cwd=desk.folder)

    (user.folder / "mesh-to-be.yml").write_text((desk.grace.folder / "mesh.yml").read_text())
    told = json.loads(user.meshnew("migrate", "--to", "mesh-to-be.yml", "--json").out)["by_hand"]
    shutil.rmtree(desk.grace.folder / "projects")
    shutil.copytree(user.folder / "projects", desk.grace.folder / "projects")
    assert "`meshnew apply --all --merged` there" in told[1]
    desk.says("apply", "--all", "--merged", "--yes")
    steps = told[2].partition("in a clone of NAME, ")[2].partition("; then ")[0]
    forge = desk.at.session(desk.grace.folder).forge
    git.clone(forge.url("flights"), desk.folder / "flights", environ=forge.environment())
    environ = desk.at.environment | forge.environment() | {"PATH": os.environ["PATH"]}
    environ |= {name: os.environ[name] for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM")}
    given = ["sh", "-ec", steps.replace("NAME", "flights")]
    subprocess.run(given, check=True, cwd=desk.folder / "flights", env=environ)
    desk.says("change", "open", "flights", "--branch", "move")
    assert forge.change("flights", 1).files == ("models/flights/delays.sql",)


def test_the_page_of_hosted_platforms_is_true(desk: Desk) -> None:
    desk.says("doctor")
    early = desk.grace.meshnew(*NEW, env=desk.at.environment, code=2)
    assert "the mesh is not on its forge yet" in early.err
    planned = desk.grace.meshnew("plan", "--all", env=desk.at.environment, code=3)
    assert "will create repository flights" in planned.out
    begun = desk.says("apply", "--all", "--merged", "--yes")
    assert "the first deploy of flights is pending" in " ".join(begun.out.split())

    opened = desk.says(*NEW)
    assert "change 1 of the mesh proposes sales" in " ".join(opened.text.split())
    assert desk.stands()["state"] == "proposed"
    desk.lands(MESH_REPOSITORY, 1)
    assert desk.stands()["state"] == "merged"
    assert "Render sales and push it" in desk.ci_applies().err
    assert desk.stands()["state"] == "pending"
    assert "MESH_TOKEN" in desk.stands()["fix"]

    plain = ["git", "pull", "--quiet", "origin", "main"]
    environ = desk.at.session(desk.grace.folder).forge.environment()
    subprocess.run(plain, cwd=desk.grace.folder, check=True, env=desk.at.environment | environ)
    spec = desk.grace.folder / "projects" / "sales.yml"
    spec.write_text(spec.read_text().replace("sol@skyline.example", "sun@skyline.example"))
    assert "Propose to the mesh" in desk.says("apply", "--all", "--yes").err
    desk.lands(MESH_REPOSITORY, 2)
    assert "Re-render sales as a change" in desk.ci_applies().err
    desk.lands("sales", 1)
    desk.says("eject", "sales", desk.folder / "sales-terraform")
    assert "Nothing changed" in desk.ci_applies().text
