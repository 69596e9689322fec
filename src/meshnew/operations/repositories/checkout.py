"""clone, shell and psql: work on a project and on the warehouse by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meshnew.dbt import environment
from meshnew.embedded.data_folder import SUPERUSER
from meshnew.errors import PlatformError, RunError, UsageError
from meshnew.forge import git
from meshnew.mesh.mesh import INTERFACES
from meshnew.operations.session import CHECKOUTS, Session, require_repository

if TYPE_CHECKING:
    import psycopg


def clone(session: Session, project: str) -> Path:
    """Check a project out, with git able to reach the forge; one that is there is kept.

    Returns:
        Its folder.
    """
    require_repository(session, project)
    folder = session.mesh.root / CHECKOUTS / project
    environ, url = session.forge.environment(), session.forge.url(project)
    if (folder / ".git").exists():
        # The mesh may have moved since: plain git finds the forge by a path.
        git.connect(folder, url, environ=environ)
        return folder
    if folder.exists() and not git.is_empty(folder):
        raise UsageError(
            "is not empty and no checkout",
            where=f"{CHECKOUTS}/{project}",
            fix="Move what lies there, then give the command again.",
        )
    with session.journal.step(f"Clone {project}", project=project):
        git.clone(url, folder, environ=environ)
        git.connect(folder, url, environ=environ)
    return folder


def development(session: Session, project: str) -> tuple[Path, dict[str, str]]:
    """Folder and environment in which a person develops a project.

    The environment has the project's dbt first on PATH, the person's own
    connection to the warehouse, and git reaching the forge.
    """
    folder = clone(session, project)
    requirements = folder / "requirements.txt"
    if not requirements.is_file():
        raise UsageError(
            f"{project} is a package: it has no dbt environment of its own",
            fix="Try it in a project that imports it: meshnew shell PROJECT",
        )
    with session.journal.step(f"Prepare dbt for {project}", project=project):
        dbt = environment.prepare(requirements)
    ours = {
        "PATH": f"{dbt.python.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "VIRTUAL_ENV": str(dbt.folder),
        "DBT_TARGET": "dev",
        "DBT_PROFILES_DIR": str(folder),
        **session.warehouse_environment(session.actor),
        **session.forge.environment(),
    }
    environ = {**os.environ, **ours}
    _fetch_packages(session, project, folder, environ)
    return folder, environ


def _fetch_packages(session: Session, project: str, folder: Path, environ: dict[str, str]) -> None:
    """Run `dbt deps` where packages.yml or what the mesh published is newer than last time."""
    wanted, there = folder / "packages.yml", folder / "dbt_packages" / ".meshnew"
    if not wanted.exists():
        return
    state = f"{session.forge.head(INTERFACES)} {wanted.read_text(encoding='utf-8')}"
    if there.exists() and there.read_text(encoding="utf-8") == state:
        return
    # A lock would hold yesterday's interfaces.
    (folder / "package-lock.yml").unlink(missing_ok=True)
    with session.journal.step(f"Fetch packages of {project}", project=project):
        done = subprocess.run(
            ["dbt", "--quiet", "deps"],
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RunError(
            f"the packages cannot be fetched:\n{done.stdout.strip()}",
            where=project,
            fix="Check packages.yml, then run `dbt deps` in the project.",
        )
    there.parent.mkdir(exist_ok=True)
    there.write_text(state, encoding="utf-8")


def psql(session: Session, role: str | None, command: str | None) -> int:
    """Open psql on the warehouse, or run one command; psql's exit code."""
    user, options = _login(session, role)
    environ = {**os.environ, **session.warehouse_environment(user), "PGOPTIONS": options}
    binary = session.embedded.postgres.bin / "psql"
    arguments: Sequence[str] = ["-X", "-P", "pager=off", "-c", command] if command else []
    return run_child([str(binary), *arguments], environ)


def query(session: Session, role: str | None, command: str | None) -> list[dict[str, Any]]:
    """Rows of one query, each as column -> value, with the rights `psql` would have.

    Raises:
        UsageError: no query, or one that the warehouse refuses.
    """
    import psycopg
    from psycopg.rows import dict_row

    if command is None:
        raise UsageError("--json needs a query", fix="Give one with -c SQL")
    with connection(session, role) as asked:
        cursor = psycopg.Cursor(asked, row_factory=dict_row).execute(command.encode())
        return cursor.fetchall() if cursor.description else []


@contextmanager
def connection(
    session: Session, role: str | None = None
) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection with the rights `psql` would have; one transaction, committed in the end.

    Raises:
        UsageError: the warehouse refuses what is asked of it.
    """
    import psycopg

    user, options = _login(session, role)
    settings = session.warehouse_environment(user)
    try:
        with psycopg.connect(
            host=settings["PGHOST"],
            port=int(settings["PGPORT"]),
            user=user,
            password=session.embedded.postgres.passwords.get(user) or "",
            dbname=settings["PGDATABASE"],
            options=options,
        ) as opened:
            yield opened
    except psycopg.Error as error:
        raise UsageError(
            str(error).strip(),
            where=f"as {role or user}",
            fix=f"What {role or user} may read and write: meshnew connect {user}",
        ) from None


def run_child(command: Sequence[str], environ: dict[str, str], folder: Path | None = None) -> int:
    """Run a command on this terminal and return its exit code."""
    sys.stdout.flush()
    try:
        return subprocess.run(command, env=environ, cwd=folder, check=False).returncode
    except FileNotFoundError:
        fix = "Install it, or give its whole path after `--`."
        raise UsageError(f"no command `{command[0]}`", fix=fix) from None
    except OSError as error:
        fix = "Check that it is a program that you may run."
        raise PlatformError(f"`{command[0]}` cannot be run: {error.strerror}", fix=fix) from None


def _login(session: Session, role: str | None) -> tuple[str, str]:
    """(login, libpq options): the actor, acting as `role`; the database says whether they may.

    Who named nobody and has no login of their own is the owner of the laptop: the superuser.

    Raises:
        UsageError: there is no such login or role.
    """
    with session.embedded.warehouse() as connection:
        rows = connection.execute("select rolname, rolcanlogin from pg_roles").fetchall()
    roles = dict(rows)
    user = session.actor
    if not roles.get(user):
        if session.named:
            raise UsageError(
                f"`{user}` has no login in the warehouse",
                fix="Members and readers of the spec have one; see: meshnew psql -c '\\du'",
            )
        session.journal.progress.say(f"{user} has no login here: you are superuser {SUPERUSER}")
        user = SUPERUSER
    if role is not None and role not in roles:
        raise UsageError(f"no role `{role}` in the warehouse", fix="See: meshnew psql -c '\\du'")
    return user, f"-c role={role}" if role and role != user else ""
