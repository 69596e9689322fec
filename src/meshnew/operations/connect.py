"""connect: how a person or a tool reaches the warehouse, and what it finds there."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from meshnew.errors import UsageError
from meshnew.mesh.access import Privilege
from meshnew.mesh.names import did_you_mean
from meshnew.mesh.rights import logins, rights
from meshnew.operations import records
from meshnew.operations.session import Session

# PostgreSQL's JDBC driver opens TCP connections only; this class of junixsocket, when it
# is among the driver's libraries, opens the socket instead.
_JDBC_FACTORY = "org.newsclub.net.unix.AFUNIXSocketFactory$FactoryArg"


@dataclass(frozen=True)
class Access:
    """How one login connects.

    Attributes:
        who: the login; also the user to connect as.
        what: what it is: a reader, a member of a domain, of the platform team, a loader.
        host: folder of the server's unix socket, which takes the place of a host.
        port: the number in the socket's name.
        database: the mesh's database.
        reads: schemas it may read and not write.
        writes: schemas it may also write and create in.
        products: relations of the data products it may read, as last published.
        passfile: file that has the password, in libpq's form.
        lines: tool -> what to paste there.
        password: the password itself, where it was asked for.
    """

    who: str
    what: str
    host: str
    port: int
    database: str
    reads: list[str] = field(hash=False)
    writes: list[str] = field(hash=False)
    products: list[str] = field(hash=False)
    passfile: str
    lines: dict[str, str] = field(hash=False)
    password: str | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "who": self.who,
            "what": self.what,
            "host": self.host,
            "port": self.port,
            "user": self.who,
            "database": self.database,
            "reads": self.reads,
            "writes": self.writes,
            "products": self.products,
            "passfile": self.passfile,
            **self.lines,
            **({"password": self.password} if self.password else {}),
        }


def connect(session: Session, who: str, *, password: bool = False) -> Access:
    """How `who` connects; whoever asks need not be they.

    Args:
        session: the session.
        who: a login.
        password: whether to tell the password too.

    Raises:
        UsageError: the spec knows no such login, or it was not applied yet.
    """
    what = _known(session, who)
    _require_login(session, who)
    found = rights(session.mesh, [who])
    may = {schema: privileges for (_, schema), privileges in found.items()}
    writes = sorted(schema for schema in may if Privilege.WRITE in may[schema])
    settings = session.warehouse_environment(who)
    host, port = settings["PGHOST"], int(settings["PGPORT"])
    database, passfile = settings["PGDATABASE"], settings["PGPASSFILE"]
    return Access(
        who,
        what,
        host,
        port,
        database,
        reads=sorted(set(may) - set(writes)),
        writes=writes,
        products=_products(session, set(may)),
        passfile=passfile,
        lines=_lines(_psql(session), host, port, who, database, passfile) | _dbt(session, who),
        password=session.embedded.postgres.passwords.get(who) if password else None,
    )


def _known(session: Session, who: str) -> str:
    known = logins(session.mesh)
    if who in known:
        return known[who]
    raise UsageError(
        f"no login `{who}` in mesh {session.mesh.spec.name}",
        fix=did_you_mean(
            who,
            known,
            "Declare it: under `readers` of mesh.yml, or as a member in projects/*.yml. "
            f"There are: {', '.join(known)}",
        ),
    )


def _require_login(session: Session, who: str) -> None:
    with session.embedded.warehouse() as connection:
        row = connection.execute(
            "select from pg_roles where rolname = %s and rolcanlogin", (who,)
        ).fetchone()
    if row is None:
        raise UsageError(
            f"`{who}` is declared and has no login yet", fix="Run: meshnew apply --all"
        )


def _products(session: Session, schemas: set[str]) -> list[str]:
    found = (
        str(product["relation"])
        for record in records.projects(session).values()
        for product in record.products
        if product["built"]
    )
    return sorted(relation for relation in found if relation.partition(".")[0] in schemas)


def _psql(session: Session) -> str:
    """psql by its name where the shell finds one, else the one that came with Postgres."""
    return "psql" if shutil.which("psql") else str(session.embedded.postgres.bin / "psql")


def _lines(
    psql: str, host: str, port: int, user: str, database: str, passfile: str
) -> dict[str, str]:
    folder, secret = quote(host, safe=""), quote(passfile, safe="")
    socket = quote(f"{host}/.s.PGSQL.{port}", safe="/")
    address = f"{user}@/{database}?host={folder}&port={port}&passfile={secret}"
    return {
        "psql": shlex.join([psql, f"postgresql://{address}"]),
        "python": f"psycopg.connect(host={host!r}, port={port}, user={user!r}, "
        f"dbname={database!r}, passfile={passfile!r})",
        "sqlalchemy": f"postgresql+psycopg://{address}",
        "url": f"postgresql://{address}",
        "jdbc": f"jdbc:postgresql://localhost/{database}?user={user}"
        f"&socketFactory={_JDBC_FACTORY}&socketFactoryArg={socket}",
    }


def _dbt(session: Session, who: str) -> dict[str, str]:
    """How a member develops; others write nothing, so that dbt is of no use to them."""
    for name, project in session.mesh.projects.items():
        if any(who in domain.members for domain in project.domains.values()):
            return {"dbt": f"meshnew shell {name} --as {who}"}
    return {}
