"""Names and texts that are odd and allowed: each really renders, is provisioned, and goes again."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import yaml

from meshnew.operations.destroy import destroy
from meshnew.operations.plan import make_plan
from meshnew.operations.repositories import foundation, repository
from meshnew.operations.session import Session, open_session
from meshnew.scaffold import answers as spec_answers
from meshnew.scaffold import render
from tests.conftest import User
from tests.inputs.odd import ODD, Odd, answers, spec
from tests.operations.conftest import provision, sql

OWNER = "Zoë: \"the #1\" {x} 'y' <'z'&z@example.com>"
SAMPLE = [ODD[0], ODD[-1]]
LONG = [pytest.param(odd, marks=pytest.mark.long) for odd in ODD]
THINGS = """
    select 'schema', nspname from pg_namespace where nspname !~ '^pg_'
    union all select 'role', rolname from pg_roles where rolname !~ '^pg_'
"""


def says_what_it_was_told(project: Path, odd: Odd) -> None:
    """Each of its files is what it claims to be, and its group has the very words."""
    for file in [*project.rglob("*.yml"), *project.rglob("*.yaml")]:
        yaml.safe_load(file.read_text("utf-8"))
    group = project / "models" / odd.name / f"_{odd.name}__group.yml"
    (found,) = yaml.safe_load(group.read_text("utf-8"))["groups"]
    assert found["name"] == odd.name
    assert found["description"] == odd.description
    assert found["owner"] == {"name": odd.owner[0], "email": odd.owner[1]}


@pytest.fixture(scope="module")
def declared() -> Iterator[Session]:
    """A mesh with an odd name in which a sample of them is declared."""
    folder = Path(tempfile.mkdtemp(prefix="mesh-"))
    mesh = {"name": "class", "template": {"version": "v0.1.0"}, "package": "macro_9"}
    team = {"name": "e1-2_b", "members": ["grace"]}
    (folder / "mesh.yml").write_text(yaml.safe_dump({**mesh, "platform_team": team}))
    (folder / "projects").mkdir()
    for odd in SAMPLE:
        (folder / "projects" / f"{odd.name}.yml").write_text(yaml.safe_dump(spec(odd)))
    session = open_session(folder, "grace", "test")
    try:
        yield session
    finally:
        session.embedded.postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_a_sample_is_provisioned_rendered_and_dropped(declared: Session, tmp_path: Path) -> None:
    provision(declared)
    root = declared.mesh.root
    foundation.publish_template(declared)
    repository.connect(declared)
    repository.commit(declared, "Declare all", [root / "mesh.yml", *root.glob("projects/*.yml")])
    things = {name for _, name in sql(declared, THINGS)}
    for odd in SAMPLE:
        assert {odd.name, f"{odd.name}_products", f"{odd.name}_transformer", odd.member} <= things
        project = tmp_path / odd.name
        told = spec_answers.for_project(declared.mesh, odd.name, declared.mesh.domains)
        render.render(declared.template, project, told)
        says_what_it_was_told(project, odd)
    plan = make_plan(declared, [], everything=True)
    assert [item.stack.label for item in plan.stacks if item.changes] == []
    names = [odd.name for odd in SAMPLE]
    destroy(declared, names, with_data=True, confirm=lambda _: True)
    left = {name for _, name in sql(declared, THINGS)}
    assert left == {"grace", "meshnew", "public", "information_schema"}


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """A mesh whose own names are odd too."""
    user.meshnew(
        "init", "--name", "class", "--team", "e1-2_b", "--package", "macro_9", "--member", "grace",
        "--owner", OWNER, "--yes",
    )  # fmt: skip
    return user


def _sql(mesh: User, statement: str, who: str = "meshnew") -> list[tuple[object, ...]]:
    with mesh.connect(who, "class") as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize("odd", LONG, ids=lambda odd: odd.name[:8])
def test_each_lives_and_goes(mesh: User, odd: Odd) -> None:
    """By command, with its models built and read, and refused to whom it is not for."""
    before = set(_sql(mesh, THINGS))
    (mesh.folder / "odd.yml").write_text(yaml.safe_dump(answers(odd)))
    done = mesh.meshnew("new", "domain", odd.name, "--data-file", "odd.yml", "--yes")
    assert "2 rows" in done.out
    assert mesh.meshnew("plan", odd.name).code == 0
    assert mesh.meshnew("run", odd.name, "ci").code == 0

    mesh.meshnew("clone", odd.name)
    here = mesh.folder / "checkouts" / odd.name
    says_what_it_was_told(here, odd)
    product = f'"{odd.name}_products"."{odd.name}_example_v1"'
    assert len(_sql(mesh, f"select * from {product}", odd.member)) == 2
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        _sql(mesh, f"delete from {product}", odd.member)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        _sql(mesh, f"select * from {product}", "shared_loader")

    mesh.meshnew("destroy", odd.name, "--with-data", "--yes")
    assert set(_sql(mesh, THINGS)) == before
    assert not (mesh.folder / "projects" / f"{odd.name}.yml").exists()
    shutil.rmtree(here, ignore_errors=True)
