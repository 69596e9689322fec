"""Answers read from the spec and the records, told again as long as neither has moved.

An answer is kept with what it was read from: this version of meshnew, the files of the spec,
and how far Postgres has written its log (https://www.postgresql.org/docs/current/wal-intro.html),
which every commit moves. To ask for these takes a tenth of what reading an answer anew does:
neither pydantic nor psycopg is imported.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

from meshnew import __version__
from meshnew.errors import MeshnewError
from meshnew.mesh.place import MESH_FILE, PROJECTS, find_root

_POSITION = (
    "select system_identifier, pg_current_wal_insert_lsn(), pg_postmaster_start_time() "
    "from pg_control_system()"
)


def told(folder: Path, name: str) -> Any:
    """An answer as it was last kept; None where something moved since, or may have.

    Args:
        folder: lies in the mesh.
        name: of the answer.
    """
    try:
        root = find_root(folder)
        kept = json.loads(_file(root, name).read_text("utf-8"))
        current = kept["read_from"] == state(root)
    except (MeshnewError, OSError, ValueError, KeyError, TypeError):
        return None  # whoever asks reads it anew, and meets what is wrong
    return kept["answer"] if current else None


def keep(root: Path, name: str, read_from: str | None, answer: Any) -> None:
    """Keep an answer.

    Args:
        root: the mesh's folder.
        name: of the answer.
        read_from: what `state` said before anything was read for it; None keeps nothing.
        answer: data that JSON can hold.
    """
    from meshnew.mesh.write import write_text

    if read_from is not None:
        file = _file(root, name)
        file.parent.mkdir(exist_ok=True)
        write_text(file, json.dumps({"read_from": read_from, "answer": answer}, default=str))


def state(root: Path) -> str | None:
    """What changes whenever the spec or the records do; None where Postgres does not answer."""
    position = _position(root)
    if position is None or (root / ".meshnew").is_symlink():
        return None
    found = hashlib.sha256(f"{__version__} {position}".encode())
    for path in (root / MESH_FILE, *sorted((root / PROJECTS).glob("*.yml"))):
        text = path.read_bytes()
        found.update(f"{path.name} {len(text)}\n".encode() + text)
    return found.hexdigest()


def _position(root: Path) -> str | None:
    from meshnew.embedded.data_folder import SUPERUSER
    from meshnew.embedded.postgres import CLUSTER, Postgres

    postgres = Postgres(root / ".meshnew" / "embedded" / "postgres")
    if not postgres.is_running():
        return None
    where = {
        "PGHOST": str(postgres.socket),
        "PGPORT": str(postgres.port),
        "PGUSER": SUPERUSER,
        "PGDATABASE": CLUSTER,
        "PGPASSFILE": str(postgres.passwords.file),
        "PGPASSWORD": "",
    }
    command = [str(postgres.bin / "psql"), "--no-psqlrc", "-AtwqX", "-c", _POSITION]
    done = subprocess.run(
        command, env={**os.environ, **where}, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or None


def _file(root: Path, name: str) -> Path:
    return root / ".meshnew" / "cache" / f"{name}.json"
