"""new beside what stands: what is as it was applied is left alone, and what was lost comes back."""

from __future__ import annotations

import json

import pytest

from meshnew.operations.session import open_session
from tests.conftest import User
from tests.operations.conftest import MESH, PROJECT, sql

NEW = ("new", "domain", "pay", "--defaults", "--yes", "--no-deploy")


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """A mesh with one project of a domain."""
    (user.folder / "mesh.yml").write_text(MESH)
    (user.folder / "projects").mkdir()
    project = PROJECT.replace("NAME", "sales").replace("consumes: [OTHER]", "consumes: []")
    (user.folder / "projects" / "sales.yml").write_text(project)
    user.meshnew("apply", "--all", "--no-deploy", "--yes")
    return user


def test_new_plans_what_it_brings_and_not_the_mesh(mesh: User) -> None:
    """Nobody is new, so that the mesh's own stack stays as it is."""
    told = mesh.meshnew(*NEW[:2], "stock", *NEW[3:], "-d", "consumes=[sales]").err
    assert "Plan 3 stacks" in told  # its domain and project, and the domain it may read now
    assert "mesh skyline" not in told


def test_new_that_misses_what_was_lost_says_so_and_heals_it_when_given_again(mesh: User) -> None:
    session = open_session(mesh.folder, "grace", "test")
    sql(session, "drop owned by grace cascade; drop role grace")
    missed = mesh.meshnew(*NEW, code=1)
    assert "grace" in missed.err
    assert "give the same command again" in missed.err
    mesh.meshnew(*NEW)
    left = json.loads(mesh.meshnew("plan", "pay", "--json", code=3).out)["will"]
    assert left == ["will deploy pay for the first time"]
    assert sql(session, "select pg_has_role('grace', 'pay_developer', 'member')") == [(True,)]
