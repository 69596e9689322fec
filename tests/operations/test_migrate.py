"""A mesh that began on a laptop moves to a company's platforms."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshnew.embedded.platform import Embedded
from tests.conformance.relay import LOOPBACK, relay
from tests.conftest import MESHNEW, User
from tests.mesh.hosted import BASE, spec
from tests.operations.hosted import PROJECT

COMPANY = ("postgres", "github", "forge", "pg")


def laptop(folder: Path) -> User:
    """A mesh of one project, as its files say it."""
    (folder / "projects").mkdir(parents=True)
    (folder / "mesh.yml").write_text(yaml.safe_dump(BASE))
    text = PROJECT.format(name="flights", member="ada", consumes="")
    (folder / "projects" / "flights.yml").write_text(text)
    return User(folder)


def to_be(me: User, *kinds: str, **more: Any) -> Path:
    path = me.folder / "mesh-to-be.yml"
    path.write_text(yaml.safe_dump(BASE | spec(*(kinds or COMPANY)) | more))
    return path


@pytest.fixture
def me(tmp_path: Path) -> User:
    return laptop(tmp_path / "it")


def test_it_says_what_stays_what_is_made_and_what_is_left_to_a_person(me: User) -> None:
    file = to_be(me, approvals=2)
    before = sorted(path.name for path in me.folder.iterdir())
    said = me.meshnew("migrate", "--to", file.name).out
    for line in (
        "projects/: 1 files, word for word",
        "changes of projects need 2 approvals, no longer 1",
        "4 schemas (postgres): flights, flights_products, flights_raw, flights_dev_ada",
        "4 repositories (github): mesh, template, interfaces, flights",
        "3 states (pg): mesh skyline, domain flights, project flights",
        "meshnew apply --all --merged",  # the one that is not refused where nothing is yet
        "what people wrote as one (flights)",
        "meshnew migrate --to mesh-to-be.yml --copy",
    ):
        assert line in said
    assert "warehouse postgres: " in said, "what the environment lacks"
    assert "PGPASSWORD" in said
    found = json.loads(me.meshnew("migrate", "--to", file.name, "--json").out)
    assert len(found["by_hand"]) == 7
    assert found["created"]["roles (postgres)"][0] == "flights_owner"
    made = {".meshnew", "checkouts"}
    assert {path.name for path in me.folder.iterdir()} - made == set(before)


def test_nothing_is_missing_once_it_is_set(me: User) -> None:
    environ = {"PGUSER": "provisioner", "PGPASSWORD": "hush", "GITHUB_TOKEN": "hush-forge"}
    environ["PG_CONN_STR"] = "postgres://db.skyline.example/states"
    answer = me.meshnew("migrate", "--to", to_be(me).name, "--json", env=environ)
    assert json.loads(answer.out)["missing"] == []
    assert "hush" not in answer.text


@pytest.mark.parametrize(
    ("kinds", "more", "flags", "said"),
    [
        (COMPANY, {"name": "coast"}, (), "is mesh coast, and this is skyline"),
        (("embedded", "embedded", "embedded", "local"), {}, (), "is on the embedded platform"),
        (("snowflake", "github", "forge", "s3"), {}, ("--copy",), "to Postgres only"),
        (COMPANY, {}, ("--raw",), "--raw says what --copy copies"),
        (COMPANY, {}, ("--copy",), "PGUSER"),
        (COMPANY, {"readers": 3}, (), "mesh-to-be.yml:"),
    ],
)
def test_mistakes_are_told(
    me: User, kinds: tuple[str, ...], more: dict[str, Any], flags: tuple[str, ...], said: str
) -> None:
    answer = me.meshnew("migrate", "--to", to_be(me, *kinds, **more).name, *flags, code=2)
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_a_server_that_is_not_there_is_named(me: User, tmp_path: Path) -> None:
    """Port 1 of this machine: nobody listens."""
    mesh = BASE | spec(*COMPANY)
    mesh["warehouse"] |= {"host": LOOPBACK, "port": 1}
    file = me.folder / "mesh-to-be.yml"
    file.write_text(yaml.safe_dump(mesh))
    environ = {"PGUSER": "provisioner", "PGPASSWORD": "hush"}
    Embedded(me.folder, "skyline").start()
    try:
        answer = me.meshnew("migrate", "--to", file.name, "--copy", env=environ, code=1)
    finally:
        me.meshnew("stop")
    assert "cannot connect to database skyline" in answer.err
    assert f"{LOOPBACK}:1" in answer.err
    assert "hush" not in answer.text


@dataclass
class Move:
    """A mesh on a laptop, and a company's server on which the same spec was applied."""

    me: User
    company: User
    environ: dict[str, str]


@pytest.fixture(scope="module")
def move() -> Iterator[Move]:
    with ExitStack() as stack:
        users = []
        for name in ("laptop", "company"):
            folder = Path(tempfile.mkdtemp(prefix=f"mesh-{name}-"))
            user = User(folder)
            stack.callback(subprocess.run, ["rm", "-rf", str(folder)], check=False)
            stack.callback(subprocess.run, [MESHNEW, "stop", "-C", folder], check=False)
            user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
            deploy = "--deploy" if name == "laptop" else "--no-deploy"
            owner = "owner_name=Ada", "owner_email=ada@skyline.example"
            data = [word for item in owner for word in ("--data", item)]
            user.meshnew("new", "domain", "flights", *data, "--defaults", deploy, "--yes")
            users.append(user)
        me, company = users
        server = Embedded(company.folder, "skyline").postgres
        port = stack.enter_context(relay(server.socket / f".s.PGSQL.{server.port}"))
        mesh = yaml.safe_load((me.folder / "mesh.yml").read_text()) | spec(*COMPANY)
        mesh["warehouse"] |= {"host": LOOPBACK, "port": port, "sslmode": "disable"}
        (me.folder / "mesh-to-be.yml").write_text(yaml.safe_dump(mesh))
        password = server.passwords.get("meshnew") or ""
        yield Move(me, company, {"PGUSER": "meshnew", "PGPASSWORD": password})


@pytest.mark.long
def test_products_arrive_with_all_rows_and_stay_readable(move: Move) -> None:
    with move.me.connect() as here:
        here.execute(
            "set role flights_loader; create table flights_raw.big as "
            "select n, md5(n::text) as text from generate_series(1, 300000) as n; reset role"
        )
        products = here.execute(
            "select count(*) from flights_products.flights_example_v1"
        ).fetchone()
    words = [str(MESHNEW), "migrate", "--to", "mesh-to-be.yml", "--copy", "--raw", "--as", "grace"]
    first = subprocess.Popen(words, cwd=move.me.folder, env=os.environ | move.environ)
    time.sleep(1.2)  # wherever it is by then
    first.send_signal(signal.SIGKILL)
    first.wait()
    answer = move.me.meshnew(
        "migrate", "--to", "mesh-to-be.yml", "--copy", "--raw", "--json", env=move.environ
    )
    found = json.loads(answer.out)
    by_name = {item["table"]: item for item in found["tables"]}
    assert found["complete"] is True
    assert by_name["flights_raw.big"]["after"] == 300_000
    assert products == (by_name["flights_products.flights_example_v1"]["after"],)
    assert move.environ["PGPASSWORD"] not in answer.text
    with move.company.connect() as there:
        there.execute("set role flights_consumer")
        read = there.execute("select count(*) from flights_products.flights_example_v1").fetchone()
        assert read == products


@pytest.mark.long
def test_again_nothing_is_copied_and_what_differs_is_told(move: Move) -> None:
    words = ("migrate", "--to", "mesh-to-be.yml", "--copy", "--raw")
    assert "rows, there already" in move.me.meshnew(*words, env=move.environ).out
    with move.company.connect() as there:
        there.execute("update flights_raw.big set text = 'other' where n = 7")
    answer = move.me.meshnew(*words, env=move.environ, code=1)
    assert "flights_raw.big: 300000 rows here, 300000 there, or others: left alone" in answer.out
