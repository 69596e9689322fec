"""What Terraform would do on a company's platforms, shown before anybody does it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshnew.errors import ProvisionError
from meshnew.mesh.load import load
from meshnew.operations.eject import stacks_of
from meshnew.provision import engine, modules, terraform
from meshnew.provision.plan import StackPlan
from tests.conftest import User
from tests.operations.hosted import Company, company, write_mesh

pytestmark = pytest.mark.long
GITHUB = ("postgres", "github", "forge", "pg")


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("company")) as found:
        yield found


def plans(me: User, at: Company, project: str, *, apply: bool = False) -> list[StackPlan]:
    """Plans of a project's stacks, one after the other; applied if wanted."""
    home = me.folder / ".meshnew"
    home.mkdir(exist_ok=True)
    modules.copy_to(home / "modules")
    runner = terraform.Runner(engine.find(), home / "stacks")
    found = []
    with terraform.environment(home, at.environment, engines=1):
        for stack in stacks_of(load(me.folder), project):
            found.append(runner.plan(stack))
            if apply and found[-1].changes:
                runner.apply(found[-1], lambda _address, _state: None)
    return found


def test_a_plan_is_grouped_by_what_it_is_about(at: Company, tmp_path: Path) -> None:
    me = write_mesh(tmp_path / "it", *GITHUB, name="seen")
    answer = me.meshnew("plan", "--all", "--json", code=3, env=at.environment)
    groups = json.loads(answer.out)["groups"]
    assert list(groups) == ["roles", "schemas", "grants", "teams", "repository"]
    assert "will create schema flights_products" in groups["schemas"]
    assert "will let weather read flights_products" in groups["grants"]
    assert "will let ada develop flights" in groups["grants"]
    assert "will create team flights-data" in groups["teams"]
    assert "will create repository flights" in groups["repository"]
    shown = me.meshnew("plan", "flights", code=3, env=at.environment).out
    assert shown.index("schemas\n") < shown.index("grants\n") < shown.index("repository\n")
    assert "hush" not in answer.text
    # It was planned on copies, and nothing was written but the places of the states.
    assert not (me.folder / ".meshnew" / "stacks").exists()
    assert at.pretence.made == []


def test_what_was_applied_is_not_planned_again(at: Company, tmp_path: Path) -> None:
    me = write_mesh(tmp_path / "it", *GITHUB, name="kept", state={"kind": "pg", "prefix": "kept"})
    for project in ("flights", "weather"):
        plans(me, at, project, apply=True)
    answer = me.meshnew("plan", "--all", env=at.environment)
    assert "Nothing to change" in answer.out
    path = me.folder / "projects" / "flights.yml"
    path.write_text(path.read_text().replace("[ada]", "[ada, bea]"))
    will = json.loads(me.meshnew("plan", "--all", "--json", code=3, env=at.environment).out)["will"]
    assert "will create login bea" in will
    assert "will let bea develop flights" in will
    at.pretence.made.clear()


def test_a_stack_that_looks_up_what_is_not_there_yet_waits(at: Company, tmp_path: Path) -> None:
    kinds = ("postgres", "gitlab", "forge", "pg")
    me = write_mesh(tmp_path / "it", *kinds, state={"kind": "pg", "prefix": "waits"})
    env = at.environment | {"GITLAB_TOKEN": "hush", "GITHUB_TOKEN": ""}
    at.pretence.missing["gitlab_group"] = "404 {message: 404 Group Not Found}"
    at.pretence.present["gitlab_group"] = "skyline/data"
    try:
        answer = json.loads(me.meshnew("plan", "flights", "--json", code=3, env=env).out)
    finally:
        at.pretence.missing.clear()
        at.pretence.present.clear()
    assert "domain flights" in answer["waiting"]["project flights"]
    assert "will create team flights-data" in answer["groups"]["teams"]


def test_a_platform_that_refuses_is_told_in_the_users_words(at: Company, tmp_path: Path) -> None:
    me = write_mesh(tmp_path / "it", *GITHUB, state={"kind": "pg", "prefix": "refused"})
    words = "error creating role grace: pq: permission denied to create role"
    at.pretence.refused["postgresql_role"] = words
    try:
        with pytest.raises(ProvisionError) as caught:
            plans(me, at, "flights", apply=True)
    finally:
        at.pretence.refused.clear()
    assert "whoever provisions lacks a right" in caught.value.what
    assert "login " in caught.value.what
    assert "terraform_modules for warehouse postgres" in caught.value.fix


def test_nobody_plans_on_a_state_that_another_holds(
    at: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = write_mesh(tmp_path / "it", *GITHUB, state={"kind": "pg", "prefix": "held"})
    plans(me, at, "flights", apply=True)
    monkeypatch.setattr(terraform, "LOCK_TIMEOUT", "1s")
    with at.connect() as connection:
        states = "select pg_advisory_lock(id) from held_mesh_skyline.states"
        connection.execute(states)
        with pytest.raises(ProvisionError, match="somebody else works on it"):
            plans(me, at, "flights")
    assert [item.changes for item in plans(me, at, "flights")] == [(), (), ()]


def test_a_state_is_no_file_and_holds_no_credential(at: Company, tmp_path: Path) -> None:
    me = write_mesh(tmp_path / "it", *GITHUB, state={"kind": "pg", "prefix": "clean"})
    plans(me, at, "flights", apply=True)
    assert not list(me.folder.rglob("terraform.tfstate.backup"))
    with at.connect() as connection:
        rows = connection.execute("select data from clean_project_flights.states").fetchall()
    assert rows
    assert "hush" not in str(rows)
    written = [path.read_text() for path in me.folder.rglob("*.json") if path.is_file()]
    assert "hush" not in "".join(written)
