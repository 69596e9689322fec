"""migrate: from the embedded platform to one's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meshnew.errors import PlatformError, RequirementError, UsageError
from meshnew.mesh import access
from meshnew.mesh.load import load
from meshnew.mesh.mesh import Mesh
from meshnew.mesh.platforms import Postgres
from meshnew.operations.migrating import tables
from meshnew.operations.migrating.outline import Outline, outline
from meshnew.operations.migrating.tables import Moved, Table
from meshnew.operations.parallel import each
from meshnew.operations.session import Session
from meshnew.provision import credentials

if TYPE_CHECKING:
    from meshnew.operations.migrating.tables import Server


@dataclass(frozen=True)
class Copied:
    """What became of each table, and views, which the first deploy there builds."""

    moved: list[Moved]
    views: list[Table]

    @property
    def complete(self) -> bool:
        """Whether all rows are there."""
        return all(item.state in ("copied", "there") for item in self.moved)

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "complete": self.complete,
            "tables": [
                {"table": str(m.table), "state": m.state, "before": m.before, "after": m.after}
                for m in self.moved
            ],
            "views": [str(view) for view in self.views],
        }


def target(session: Session, file: Path) -> Mesh:
    """The mesh as it will be.

    Args:
        session: the mesh as it is, on the laptop.
        file: its mesh.yml to be.

    Raises:
        SpecError: the file is not valid, or does not fit the projects.
        UsageError: it is of another mesh, or on the laptop as well.
    """
    later = load(session.mesh.root, file.resolve())
    name = session.mesh.spec.name
    if later.spec.name != name:
        raise UsageError(
            f"is mesh {later.spec.name}, and this is {name}: schemas, repositories and imports "
            "have names that come of it",
            where=f"{file.name}: name",
            fix=f"Write: name: {name}",
        )
    if not later.spec.hosted:
        raise UsageError(
            "is on the embedded platform as well",
            where=file.name,
            fix="Name the warehouse, forge, runtime and state to move to: "
            "docs/reference/mesh-yml.md lists them.",
        )
    return later


def describe(session: Session, file: Path) -> Outline:
    """What the move comes to; nothing is changed or asked anywhere. Raises as `target` does."""
    return outline(session.mesh, target(session, file), str(file))


def copy(session: Session, file: Path, *, raw: bool) -> Copied:
    """Copy products to the other Postgres, and compare all rows.

    Tables that are there already are compared and not touched, so it can be repeated.

    Args:
        session: the mesh on the laptop.
        file: its mesh.yml to be.
        raw: whether raw data is copied too.

    Raises:
        RequirementError: the other warehouse is no Postgres, or nothing to sign in with is set.
        PlatformError: it cannot be reached, or refuses something.
    """
    later = target(session, file)
    there = _postgres(later, file)
    database = session.mesh.spec.name
    owners = _owners(later, raw=raw)
    with _connect(there, database):
        pass  # said once, not for each table
    with session.embedded.postgres.connect(database) as server:
        wanted, views = tables.tables(server, owners), tables.views(server, owners)

    def one(table: Table) -> Moved:
        with (
            session.journal.step(f"Copy {table}") as step,
            session.embedded.postgres.connect(database) as here,
            _connect(there, database) as other,
        ):
            found = tables.move(here, other, table, owners[table.schema])
            step.failed = found.state not in ("copied", "there")
            return found

    return Copied(each(one, wanted), views)


def _owners(mesh: Mesh, *, raw: bool) -> dict[str, str]:
    """Schema -> the role that owns what is copied into it."""
    kinds = ("products", "raw") if raw else ("products",)
    return {
        access.schema(domain, kind): access.SCHEMAS[kind].maker.of(domain)
        for domain in mesh.domains
        for kind in kinds
    }


def _postgres(later: Mesh, file: Path) -> Postgres:
    settings = later.spec.warehouse
    if not isinstance(settings, Postgres):
        raise RequirementError(
            f"rows are copied to Postgres only, not to {settings.kind}",
            where=f"{file.name}: warehouse",
            fix="There the first deploy of each project builds its products from raw data.",
        )
    needs = credentials.needs(later.spec)["warehouse postgres"]
    if found := list(credentials.problems(needs, os.environ, Path.home())):
        raise RequirementError(
            "; ".join(what for what, _ in found),
            where="environment",
            fix=" ".join(fix for _, fix in found),
        )
    return settings


@contextmanager
def _connect(settings: Postgres, database: str) -> Iterator[Server]:
    import psycopg

    place = f"{settings.host}:{settings.port}"
    try:
        connection = psycopg.connect(
            host=settings.host,
            port=settings.port,
            sslmode=settings.sslmode,
            dbname=database,
            user=os.environ["PGUSER"],
            password=os.environ["PGPASSWORD"],
            autocommit=True,
            connect_timeout=10,
            application_name="meshnew",
        )
    except psycopg.OperationalError as error:
        raise PlatformError(
            f"cannot connect to database {database}: {' '.join(str(error).split())}",
            where=place,
            fix="See that the server runs, that `meshnew apply` of the other mesh.yml made the "
            "database, and that PGUSER and PGPASSWORD are those of its provisioner.",
        ) from None
    with connection:
        yield connection
