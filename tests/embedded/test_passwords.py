"""Every login has a password; it lies in one private file and nowhere else."""

from __future__ import annotations

import os
import signal
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from meshnew.embedded.passwords import Passwords
from meshnew.embedded.platform import Embedded
from meshnew.embedded.postgres import Postgres
from meshnew.errors import PlatformError

TRUST = "local all all trust\nhost all all all reject\n"


def login(embedded: Embedded, name: str) -> None:
    with embedded.postgres.connect("postgres") as server:
        server.execute(f"create role {name} login".encode())


def who_comes_in(server: Postgres, user: str, password: str | None) -> str:
    """With nothing but what is given: no file and no variable of the environment helps."""
    with psycopg.connect(
        host=str(server.socket), dbname="template1", user=user, password=password, passfile="/none"
    ) as connection:
        row = connection.execute("select current_user").fetchone()
    return str(row and row[0])


def as_before_passwords(embedded: Embedded) -> None:
    """A mesh as an earlier meshnew made it: running, asking nobody, no password anywhere."""
    embedded.start()
    with embedded.postgres.connect("postgres") as server:
        for name in ("ada", "flights_ci"):
            server.execute(f"create role {name} login".encode())
        server.execute(b"alter role meshnew password null")
        (embedded.postgres.data / "pg_hba.conf").write_text(TRUST)
        server.execute("select pg_reload_conf()")
    embedded.postgres.passwords.file.unlink()


def test_nobody_comes_in_without_their_own_password(embedded: Embedded) -> None:
    embedded.start()
    login(embedded, "ada")
    login(embedded, "amir")
    embedded.start()
    server = embedded.postgres
    with server.connect("meshnew_records") as records:
        records.execute("grant connect on database template1 to public")
    passwords = {name: server.passwords.get(name) for name in ("meshnew", "ada", "amir")}
    assert len(set(passwords.values())) == len(passwords)
    for name, own in passwords.items():
        assert who_comes_in(server, name, own) == name
        for wrong in ({*passwords.values()} - {own}) | {None, "", "postgres"}:
            with pytest.raises(psycopg.OperationalError, match="password"):
                who_comes_in(server, name, wrong)


def test_they_lie_in_one_file_that_only_its_owner_reads(embedded: Embedded) -> None:
    embedded.start()
    login(embedded, "ada")
    before = os.umask(0)
    try:
        embedded.start()
    finally:
        os.umask(before)
    file = embedded.postgres.passwords.file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with embedded.postgres.connect("postgres") as server:
        server.execute("set log_statement = 'all'")
        embedded.postgres.passwords.give(server, "ada")
    for name in ("ada", "meshnew"):
        password = (embedded.postgres.passwords.get(name) or "").encode()
        assert len(password) > 40
        held = [
            path
            for path in embedded.root.rglob("*")
            if path.is_file() and password in path.read_bytes()
        ]
        assert held == [file]


def test_a_password_of_the_users_shell_does_not_count(
    embedded: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "something else")
    monkeypatch.setenv("PGPASSFILE", "/none")
    embedded.start()
    with embedded.records() as records:
        assert records.execute("select current_user").fetchone() == ("meshnew",)


def test_a_running_mesh_that_asked_nobody_asks_from_now_on(embedded: Embedded) -> None:
    as_before_passwords(embedded)
    server = embedded.postgres
    assert who_comes_in(server, "meshnew", None) == "meshnew"
    with server.connect("postgres") as open_before:
        embedded.start()
        assert open_before.execute("select 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError, match="no password"):
        who_comes_in(server, "meshnew", None)
    with server.connect("meshnew_records") as records:
        records.execute("grant connect on database template1 to public")
    assert who_comes_in(server, "ada", server.passwords.get("ada")) == "ada"


def test_so_does_one_that_was_stopped_or_crashed(embedded: Embedded) -> None:
    as_before_passwords(embedded)
    process = int((embedded.postgres.data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(process, signal.SIGKILL)
    embedded.start()
    with pytest.raises(psycopg.OperationalError, match="no password"):
        who_comes_in(embedded.postgres, "meshnew", None)
    assert embedded.postgres.passwords.get("ada")


@pytest.mark.parametrize("running", [True, pytest.param(False, marks=pytest.mark.long)])
def test_a_lost_file_or_an_old_one_is_made_good(embedded: Embedded, running: bool) -> None:
    embedded.start()
    login(embedded, "ada")
    embedded.start()
    server, file = embedded.postgres, embedded.postgres.passwords.file
    for old in (None, "*:*:*:ada:old\n*:*:*:meshnew:older\n"):
        if not running:
            server.stop()
        file.unlink()
        if old:
            file.write_text(old)
            file.chmod(0o600)
        embedded.start()
        with server.connect("meshnew_records") as records:
            records.execute("grant connect on database template1 to public")
        assert who_comes_in(server, "ada", server.passwords.get("ada")) == "ada"


def test_a_password_that_was_changed_by_hand_is_put_back(embedded: Embedded) -> None:
    embedded.start()
    login(embedded, "ada")
    embedded.start()
    ours = embedded.postgres.passwords.get("ada")
    with embedded.postgres.connect("postgres") as server:
        server.execute("alter role ada password 'by hand'")
    with ThreadPoolExecutor(4) as pool:  # whichever command comes first
        list(pool.map(lambda _: embedded.start(), range(4)))
    assert embedded.postgres.passwords.get("ada") == ours
    with pytest.raises(PlatformError, match="permission denied"):  # and not: wrong password
        embedded.postgres.connect("postgres", user="ada")


def test_several_commands_write_one_file(tmp_path: Path) -> None:
    names = [f"login_{number}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: Passwords(tmp_path / "passwords").verifier(name), names * 2))
    known = Passwords(tmp_path / "passwords")
    assert len({known.get(name) for name in names}) == len(names)
    known.forget("login_0")
    assert known.get("login_0") is None
    assert known.get("login_1")
