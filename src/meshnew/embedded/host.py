"""What the server needs of the operating system: an account, private folders, processes.

PostgreSQL refuses to run as root. As root (containers, mostly) it runs as `nobody`
instead, keeping one capability: to pass through folders that are closed to others,
so that no folder above the mesh has to be opened.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from meshnew.errors import PlatformError

_UNPRIVILEGED = "nobody"
_SETPRIV = "setpriv"
# Not `test -x`: PostgreSQL's programs look for each other in a way of their own.
_PROBE = 'test -w "$2" && "${1%/*}/initdb" --show --pgdata="$2/data" >/dev/null 2>&1'


@dataclass(frozen=True)
class Account:
    """Who the server's processes run as, and how they become that user.

    Attributes:
        uid: user id of the server's processes and owner of its files.
        gid: their group id.
        prefix: command that switches to the user, empty where nothing or `switch` does.
        switch: whether the child has to change its user itself before it starts.
    """

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()
    switch: bool = False

    def run(
        self, command: list[str], *, given: str = "", **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as this account with a clean environment; output is captured.

        Args:
            command: the program and its arguments.
            given: what it reads from its standard input.
            more: environment variables to add.
        """
        # PG* variables of the user's shell would lead initdb and pg_ctl astray.
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return subprocess.run(
            [*self.prefix, *command],
            check=False,
            capture_output=True,
            text=True,
            input=given,
            cwd="/",
            env=clean | {"LC_ALL": "C"} | more,
            user=self.uid if self.switch else None,
            group=self.gid if self.switch else None,
            extra_groups=[] if self.switch else None,
        )

    def own(self, folder: Path) -> None:
        """Make a folder this account's own and close it to everybody else."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid != self.uid:
            os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)


def keep_private(folder: Path) -> None:
    """Close a folder of the mesh's own to every other user; made if it is not there.

    The umask is no help: it is the user's, and a mesh may have been made under another.

    Raises:
        PlatformError: it is somebody else's.
    """
    if (uid := os.getuid()) != 0:
        _refuse_foreign(folder, uid)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # As root without setpriv the server is another user who has to pass through here.
    passed = os.getuid() == 0 and not shutil.which(_SETPRIV)
    mode = 0o711 if passed else 0o700
    if stat.S_IMODE(folder.stat().st_mode) != mode:
        folder.chmod(mode)


def server_account(program: Path, folder: Path) -> Account:
    """The account to run a server with.

    Args:
        program: the server's executable, which the account must be able to run, with
            `initdb` beside it.
        folder: where the server writes; made and handed to the account.

    Raises:
        PlatformError: the folder is somebody else's, or as root no unprivileged account
            can reach the program and the folder.
    """
    uid = os.getuid()
    if uid != 0:
        me = Account(uid, os.getgid())
        _refuse_foreign(folder, uid)
        me.own(folder)
        return me
    for account in _unprivileged(folder):
        account.own(folder)
        if account.run(["sh", "-c", _PROBE, "sh", str(program), str(folder)]).returncode == 0:
            return account
    raise PlatformError(
        f"Postgres does not run as root, and user {_UNPRIVILEGED} cannot reach it",
        where=str(folder),
        fix="Run meshnew as an ordinary user, or keep the mesh and the Python environment "
        "in folders that every user may enter (chmod o+x).",
    )


def _unprivileged(folder: Path) -> list[Account]:
    """Ways to become an unprivileged user, best first.

    A mesh that an ordinary user made stays that user's, with sudo too.
    """
    import pwd

    owner = folder.stat() if folder.exists() else None
    if owner and owner.st_uid != 0:
        uid, gid = owner.st_uid, owner.st_gid
    else:
        try:
            entry = pwd.getpwnam(_UNPRIVILEGED)
        except KeyError:
            return []
        uid, gid = entry.pw_uid, entry.pw_gid
    plain = Account(uid, gid, switch=True)
    setpriv = shutil.which(_SETPRIV)
    if not setpriv:
        return [plain]
    switch = (setpriv, f"--reuid={uid}", f"--regid={gid}", "--clear-groups")
    keep = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--")
    # Without this bit access(2), by which PostgreSQL looks for its own programs, forgets
    # the capability; where they lie below /root, as pipx and uvx put them, it needs it.
    heard = "--securebits=+no_setuid_fixup"
    ways = [(*switch, heard, *keep), (*switch, *keep)]
    return [*(Account(uid, gid, prefix=way) for way in ways), plain]


def _refuse_foreign(folder: Path, uid: int) -> None:
    if folder.exists() and (owner := folder.stat().st_uid) != uid:
        name = "root" if owner == 0 else f"user id {owner}"
        raise PlatformError(
            f"the embedded platform of this mesh belongs to {name}",
            where=str(folder),
            fix="Run meshnew as the user who made the mesh (as root, if it was made as root).",
        )


def refuse_shared(folder: Path, account: Account) -> None:
    """Make a folder in a shared place, private.

    Raises:
        PlatformError: somebody else made it already, or others may enter it.
    """
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    private = stat.S_ISDIR(found.st_mode) and not stat.S_IMODE(found.st_mode) & 0o077
    if not private or found.st_uid not in {account.uid, os.getuid()}:
        raise PlatformError(
            "the folder for the embedded Postgres' socket is not private",
            where=str(folder),
            fix="Somebody else made it or may enter it. Remove it, or move the mesh to a folder "
            "with a shorter path, then run the command again.",
        )


def alive(pid: int) -> bool:
    """Whether a process of this number exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def command_line(pid: int) -> str:
    """Command line of a process, empty if it cannot be told."""
    with suppress(OSError):
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        )
    done = subprocess.run(
        ["ps", "-p", str(pid), "-o", "command="], check=False, capture_output=True, text=True
    )
    return done.stdout
