"""The passwords of the warehouse's logins: one private file, and the server made to agree.

The file is a libpq passfile, so that every tool that uses libpq can be pointed at it. What
reaches the server is a SCRAM verifier made here, never a password: no statement, and so no
log of the server, can show one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meshnew.embedded.records import LOCK
from meshnew.mesh.write import write_text

if TYPE_CHECKING:
    from filelock import FileLock
    from psycopg import Connection

_ITERATIONS = 4096  # the least that the standard, and some tools with it, allow
_MODE = 0o600
_LOGINS = "select rolname, rolpassword from pg_authid where rolcanlogin"


class Passwords:
    """One password for each login.

    Args:
        file: where they lie; made with mode 0600.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def get(self, login: str) -> str | None:
        """The password of a login; None where it has none of ours."""
        return self._read().get(login)

    def verifier(self, login: str) -> str:
        """What the server keeps of a login's password, which is made if there is none."""
        return _verifier(self._made([login])[login])

    def give(self, server: Connection[tuple[Any, ...]], login: str) -> None:
        """Let the server ask a login for its password. Written down first, so that a crash
        leaves no password that nobody knows."""
        from psycopg.sql import SQL, Identifier, Literal

        words = SQL("alter role {} password {}")
        server.execute(words.format(Identifier(login), Literal(self.verifier(login))))

    def give_missing(self, server: Connection[tuple[Any, ...]]) -> None:
        """Give every login its password that has none, or another one than the file says.

        Also one that somebody made by hand: what it was adopted for has to come in by it.
        """
        if not self._missing(server):
            return
        with server.transaction():  # one command at a time, or PostgreSQL refuses the second
            server.execute("select pg_advisory_xact_lock(%s)", [LOCK])
            for login in self._missing(server):
                self.give(server, login)

    def _missing(self, server: Connection[tuple[Any, ...]]) -> list[str]:
        known = self._read()
        rows = server.execute(_LOGINS.encode()).fetchall()
        return [
            login
            for login, held in rows
            if held is None or login not in known or not _is_of(held, known[login])
        ]

    def forget(self, login: str) -> None:
        """Remove a login that is gone."""
        with self._lock():
            known = self._read()
            if known.pop(login, None) is not None:
                self._write(known)

    def forget_gone(self, server: Connection[tuple[Any, ...]]) -> None:
        """Remove the logins that somebody dropped by hand.

        Only while nobody makes logins: one that is being made is written down first.
        """
        with self._lock():
            known = self._read()
            there = {login for login, _ in server.execute(_LOGINS.encode()).fetchall()}
            if known.keys() - there:
                self._write({login: known[login] for login in known.keys() & there})

    def _made(self, logins: Iterable[str]) -> dict[str, str]:
        with self._lock():
            known = self._read()
            new = {login: secrets.token_urlsafe(32) for login in logins if login not in known}
            if new:
                self._write(known | new)
            return known | new

    def _lock(self) -> FileLock:
        from filelock import FileLock

        self.file.parent.mkdir(parents=True, exist_ok=True)
        return FileLock(self.file.with_name(f"{self.file.name}.lock"))

    def _read(self) -> dict[str, str]:
        lines: list[str] = []
        with suppress(FileNotFoundError):
            lines = self.file.read_text(encoding="utf-8").splitlines()
        fields = (line.split(":") for line in lines if not line.startswith("#"))
        return {found[3]: found[4] for found in fields if len(found) == 5}  # noqa: PLR2004

    def _write(self, known: dict[str, str]) -> None:
        lines = [f"*:*:*:{login}:{known[login]}\n" for login in sorted(known)]
        write_text(self.file, "".join(lines), _MODE)
        if os.getuid() == 0:  # with sudo a mesh stays its owner's
            owner = self.file.parent.stat()
            os.chown(self.file, owner.st_uid, owner.st_gid)


def _salt(password: str) -> bytes:
    """Made from the password, so that a verifier can be told to be its own without the work
    of making it again; to one that is random and long it gives nothing away."""
    return hmac.digest(password.encode(), b"salt", "sha256")[:16]


def _is_of(held: str, password: str) -> bool:
    salt = base64.b64encode(_salt(password)).decode()
    return held.startswith(f"SCRAM-SHA-256${_ITERATIONS}:{salt}$")


def _verifier(password: str) -> str:
    """A password as PostgreSQL stores it, by RFC 5803."""
    salt = _salt(password)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt64, stored64, server64 = (base64.b64encode(x).decode() for x in (salt, stored, server))
    return f"SCRAM-SHA-256${_ITERATIONS}:{salt64}${stored64}:{server64}"
