"""A company leaves meshnew with what it made: plain Terraform that finds everything in place."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from meshnew.errors import RequirementError
from meshnew.mesh.load import load
from meshnew.operations.eject import eject, stacks_of
from meshnew.provision import engine, modules, terraform
from tests.conftest import User
from tests.mesh.hosted import BASE
from tests.operations.hosted import Company, company, write_mesh
from tests.terraform.real import serving

STACKS = ["mesh/skyline", "domain/flights", "project/flights"]


@pytest.fixture(scope="module")
def open_company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("company")) as found:
        yield found


@pytest.fixture(scope="module")
def me(tmp_path_factory: pytest.TempPathFactory) -> User:
    """Somebody with a mesh on a company's platforms."""
    return write_mesh(tmp_path_factory.mktemp("mesh") / "it", "postgres", "github", "forge", "pg")


@pytest.fixture(scope="module")
def provisioned(me: User, open_company: Company) -> User:
    """The same mesh provisioned by meshnew, its states in Postgres."""
    user = me
    home = user.folder / ".meshnew"
    home.mkdir()
    modules.copy_to(home / "modules")
    runner = terraform.Runner(engine.find(), home / "stacks")
    with terraform.environment(home, open_company.environment, engines=1):
        for stack in stacks_of(load(user.folder), "flights"):
            runner.apply(runner.plan(stack), lambda _address, _state: None)
    return user


def run(folder: Path, environ: Mapping[str, str], *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [str(engine.find().path), *words, "-no-color"],
        cwd=folder,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.long
def test_what_is_ejected_runs_by_itself_and_changes_nothing(
    provisioned: User, open_company: Company, tmp_path: Path
) -> None:
    me = provisioned
    target = tmp_path / "left"
    answer = json.loads(me.meshnew("eject", "flights", target, "--json").out)
    assert answer["stacks"] == [name.replace("/", " ") for name in STACKS]
    me.folder.rename(me.folder.with_name("away"))  # nothing of it is needed any more
    try:
        for name in STACKS:
            folder = target / "stacks" / name
            assert run(folder, open_company.environment, "init")[0] == 0
            code, said = run(folder, open_company.environment, "plan", "-detailed-exitcode")
            assert (code, "No changes." in said) == (0, True), said
    finally:
        me.folder.with_name("away").rename(me.folder)
    assert open_company.schemas() == {f"terraform_{name.replace('/', '_')}" for name in STACKS}


def test_its_readme_says_how_to_run_it_and_where_the_state_lies(me: User, tmp_path: Path) -> None:
    me.meshnew("eject", "flights", tmp_path / "left")
    text = (tmp_path / "left" / "README.md").read_text()
    assert "terraform -chdir=stacks/domain/flights apply" in text
    assert "schema_name `terraform_domain_flights`" in text
    assert {"`PG_CONN_STR`", "`GITHUB_TOKEN`"} <= set(text.replace(",", " ").split())
    written = "".join(path.read_text() for path in (tmp_path / "left").rglob("*.*"))
    assert "hush" not in written
    assert str(me.folder) not in written


@pytest.mark.long
@pytest.mark.parametrize(
    "kinds",
    [("snowflake", "gitlab", "dbt_cloud", "s3"), ("postgres", "github", "forge", "http")],
    ids="-".join,
)
def test_it_fits_the_schemas_of_the_providers(tmp_path: Path, kinds: tuple[str, ...]) -> None:
    me = write_mesh(tmp_path / "mesh", *kinds)
    me.meshnew("eject", "flights", tmp_path / "left")
    with serving(tmp_path / "scratch") as real:
        for name in STACKS:
            real.validate_folder(tmp_path / "left" / "stacks" / name)


def test_a_folder_that_holds_something_is_left_alone(me: User, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    answer = me.meshnew("eject", "flights", tmp_path, code=2)
    assert "is there already" in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_project_that_is_not_there_is_named(me: User, tmp_path: Path) -> None:
    assert "flights" in me.meshnew("eject", "flihgts", tmp_path / "x", code=2).err
    assert not (tmp_path / "x").exists()


def test_the_laptop_cannot_be_ejected_and_the_reason_is_said(tmp_path: Path) -> None:
    (tmp_path / "projects").mkdir()
    (tmp_path / "mesh.yml").write_text(yaml.safe_dump(BASE))
    (tmp_path / "projects" / "core.yml").write_text("kind: package\nversion: v0.1.0\n")
    answer = User(tmp_path).meshnew("eject", "core", tmp_path / "left", code=2)
    assert "its Terraform provider is a part of meshnew" in answer.err
    assert not (tmp_path / "left").exists()


def test_a_warehouse_without_modules_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = write_mesh(tmp_path / "mesh", "postgres", "github", "forge", "s3")
    monkeypatch.setattr("meshnew.provision.ejected.asset", lambda _name: tmp_path / "nothing")
    with pytest.raises(RequirementError, match="no Terraform modules for it"):
        eject(me.folder, "flights", tmp_path / "left")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mesh"]
