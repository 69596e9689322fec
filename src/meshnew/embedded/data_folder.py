"""A server's data folder, as far as it can be made, read and written without the server."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from meshnew.embedded.host import Account, command_line
from meshnew.errors import PlatformError
from meshnew.mesh.write import write_text

SUPERUSER = "meshnew"
PORT = 5432

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
# Whoever passes the socket's folder is this user or root, and still has to say who they are.
_ACCESS = "local all all scram-sha-256\n"


class DataFolder:
    """The data folder of one server.

    Args:
        path: where it lies, there or not.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        """Whether it was made to its end."""
        return (self.path / "PG_VERSION").exists()

    def initialise(self, programs: Path, account: Account) -> None:
        """Make it; nobody may connect yet.

        Raises:
            PlatformError: it cannot be made.
        """
        if self.path.exists():  # what an interrupted initdb left
            shutil.rmtree(self.path)
        making = self.path.with_name("data.new")
        shutil.rmtree(making, ignore_errors=True)
        done = account.run(
            [
                str(programs / "initdb"),
                f"--pgdata={making}",
                f"--username={SUPERUSER}",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--auth=reject",  # until it is told who may come in, by `ask_for_passwords`
                "--no-instructions",
            ]
        )
        if done.returncode:
            raise self.failure("cannot make its data folder", done.stderr)
        with (making / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write("include 'meshnew.conf'\n")
        making.rename(self.path)

    def configure(self, account: Account, socket: Path) -> None:
        """Write the settings that name the socket's folder."""
        quoted = str(socket).replace("'", "''")
        self._write(account, "meshnew.conf", _SETTINGS.format(socket=quoted, port=PORT))

    def asks_for_passwords(self) -> bool:
        """Whether it does; a mesh of an earlier meshnew let in whoever came."""
        try:
            return (self.path / "pg_hba.conf").read_text(encoding="utf-8") == _ACCESS
        except OSError:
            return False

    def ask_for_passwords(self, account: Account) -> None:
        """Let the server ask, once it reads its settings again."""
        self._write(account, "pg_hba.conf", _ACCESS)

    def admit(self, programs: Path, account: Account, verifier: str) -> None:
        """Give the superuser of a server that is down a password.

        In single-user mode, which asks nobody who they are.

        Args:
            programs: folder of the server's programs.
            account: who the server runs as.
            verifier: what the server keeps of the password.

        Raises:
            PlatformError: the server does not take it.
        """
        done = account.run(
            [str(programs / "postgres"), "--single", "-D", str(self.path), "postgres"],
            given=f"alter role {SUPERUSER} password '{verifier}'\n",
        )
        if done.returncode or "ERROR:" in done.stderr:
            raise self.failure("cannot be given a password", done.stderr)

    def recorded(self) -> tuple[int, str] | None:
        """Process id and data folder that the server's pid file names."""
        try:
            lines = (self.path / "postmaster.pid").read_text().splitlines()
            return int(lines[0]), lines[1]
        except (OSError, ValueError, IndexError):
            return None

    def lives(self) -> bool:
        """Whether the process in the pid file lives and is this server."""
        recorded = self.recorded()
        return recorded is not None and recorded[1] in command_line(recorded[0])

    def last_log(self) -> str:
        """What the server last complained of."""
        try:
            lines = (self.path / "server.log").read_text(errors="replace").splitlines()
        except OSError:
            return ""
        wrong = [line for line in lines[-20:] if "FATAL" in line or "ERROR" in line]
        return "\n".join(wrong[-3:])

    def failure(self, what: str, output: str) -> PlatformError:
        """An error that names the server's log."""
        return PlatformError(
            f"the embedded Postgres {what}: {output.strip()}",
            where=str(self.path.parent),
            fix=f"The server's log is {self.path / 'server.log'}. `meshnew doctor` checks disk "
            "space and the folders it needs.",
        )

    def _write(self, account: Account, name: str, text: str) -> None:
        """Write one of the server's settings files, which is the server's own."""
        path = self.path / name
        write_text(path, text, 0o600)
        os.chown(path, account.uid, account.gid)
