"""Destroying keeps what holds data unless told otherwise, and then leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from meshnew.embedded.platform import Embedded
from meshnew.embedded.provider import serve
from tests.terraform.conftest import Skyline

ORDER = [
    ("project", "flights"),
    ("project", "airports"),
    ("domain", "flights"),
    ("domain", "airports"),
    ("mesh", "skyline"),
]


@pytest.fixture
def with_data(skyline: Skyline) -> Iterator[Skyline]:
    with serve(skyline.embedded, drop_data=True) as environment:
        yield Skyline(
            skyline.embedded, skyline.home, skyline.environment | environment, skyline.engine
        )


def push(embedded: Embedded, name: str, folder: Path) -> None:
    import os
    import subprocess

    from meshnew.embedded.repositories import environment, url

    identity = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@skyline.test"}
    identity |= {key.replace("AUTHOR", "COMMITTER"): value for key, value in identity.items()}
    env = os.environ | environment(embedded.repositories) | identity
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["commit", "--quiet", "--allow-empty", "-m", "one"],
        ["push", "--quiet", url(name), "main"],
    ):
        subprocess.run(["git", *command], cwd=folder, env=env, check=True)


def test_everything_goes_in_the_order_of_the_layers(
    skyline: Skyline, with_data: Skyline, tmp_path: Path
) -> None:
    skyline.sql("create table flights_products.delays_v1 as select 1 as x", role="flights_owner")
    skyline.sql("create table flights_dev_ada.legs as select 1 as x", "ada")
    skyline.sql("select meshnew.create_ci_schema(3)", "flights_ci")
    skyline.sql("create table ci_flights_3.legs as select 1 as x", "flights_ci")
    push(skyline.embedded, "flights", tmp_path)

    # What a project's checks left goes with it; its repository is put aside.
    skyline.stack("project", "flights").destroy()
    assert skyline.sql("select to_regnamespace('ci_flights_3')") == [(None,)]
    assert skyline.embedded.git.names() == ["airports", "interfaces"]
    assert [path.name[:8] for path in (skyline.embedded.home / "archive").iterdir()] == ["flights-"]

    refused = skyline.stack("domain", "flights").destroy(fails=True)
    assert "flights_products still holds 1 tables or views" in refused
    assert "--with-data" in refused
    assert skyline.sql("table flights_products.delays_v1", "tableau") == [(1,)]

    for layer, name in ORDER:
        with_data.stack(layer, name).destroy()
    with skyline.embedded.postgres.connect("postgres") as server:
        roles = server.execute("select rolname from pg_roles where rolname !~ '^pg_'").fetchall()
        databases = server.execute("select datname from pg_database order by 1").fetchall()
    assert roles == [("meshnew",)]
    assert [name for (name,) in databases if "template" not in name] == [
        "meshnew_records",
        "postgres",
    ]
    assert skyline.embedded.git.names() == []
    with skyline.embedded.records() as records:
        for table in ("teams", "repositories", "protections", "jobs", "repository_access"):
            assert records.execute(f"select count(*) from {table}".encode()).fetchone() == (0,)


def test_it_can_all_be_made_again(skyline: Skyline) -> None:
    skyline.provision()
    assert skyline.stack("project", "flights").changes() == {}


def test_a_warehouse_dropped_by_hand_is_made_again(skyline: Skyline) -> None:
    with skyline.embedded.postgres.connect("postgres") as server:
        server.execute("drop database skyline with (force)")
    for layer, name in reversed(ORDER):
        stack = skyline.stack(layer, name)
        stack.changes()
        stack.apply()
        assert stack.changes() == {}
