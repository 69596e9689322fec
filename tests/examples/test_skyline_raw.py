"""The loader brings the raw data once, as the loader of the domain and nobody else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from psycopg import DataError

from meshnew.embedded.postgres import Postgres


@pytest.fixture(scope="module")
def data(raw: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = raw.download(tmp_path_factory.mktemp("cache"))
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    server = Postgres(tmp_path_factory.mktemp("pg") / "postgres")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def warehouse(raw: ModuleType, server: Postgres, request: pytest.FixtureRequest) -> Iterator[str]:
    """Name of a database where each domain has its loader and its raw schema."""
    name = request.node.name
    with server.connect("postgres") as connection:
        connection.execute(f'create database "{name}"')
    with server.connect(name) as connection:
        for domain in raw.TABLES:
            connection.execute(f"create role {domain}_loader login")
            connection.execute(f"create schema {domain}_raw authorization {domain}_loader")
        server.passwords.give_missing(connection)
    yield name
    with server.connect("postgres") as connection:
        connection.execute(f'drop database "{name}"')
        connection.execute(f"drop role {', '.join(f'{domain}_loader' for domain in raw.TABLES)}")


def rows(server: Postgres, database: str, query: str) -> list[tuple[object, ...]]:
    with server.connect(database) as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_year_of_flights_arrives_as_it_is(
    raw: ModuleType, data: Path, server: Postgres, warehouse: str
) -> None:
    counts: dict[str, int] = {}
    for domain in raw.TABLES:
        with server.connect(warehouse, user=f"{domain}_loader") as connection:
            counts |= {t.table: t.rows for t in raw.load(connection, domain, data) if t.changed}
    assert counts == {
        "weather_raw.weather": 26_115,
        "airports_raw.airports": 1_458,
        "flights_raw.airlines": 16,
        "flights_raw.planes": 3_322,
        "flights_raw.flights": 336_776,
    }
    found = rows(server, warehouse, "select tableowner from pg_tables where tablename = 'flights'")
    assert found == [("flights_loader",)]
    cancelled = "select count(*) from flights_raw.flights where dep_time is null"
    assert rows(server, warehouse, cancelled) == [(8_255,)]
    first = "select min(time_hour at time zone 'UTC')::text from weather_raw.weather"
    assert rows(server, warehouse, first) == [("2013-01-01 06:00:00",)]


def test_loading_again_changes_nothing(
    raw: ModuleType, data: Path, server: Postgres, warehouse: str
) -> None:
    stamp = "select xmin, ctid, _loaded_at from airports_raw.airports order by faa"
    with server.connect(warehouse, user="airports_loader", autocommit=False) as connection:
        raw.load(connection, "airports", data)
        before = rows(server, warehouse, stamp)
        assert [t.changed for t in raw.load(connection, "airports", data)] == [False]
    assert rows(server, warehouse, stamp) == before


def test_a_table_that_lost_rows_is_filled_again_under_its_views(
    raw: ModuleType, data: Path, server: Postgres, warehouse: str
) -> None:
    with server.connect(warehouse, user="airports_loader") as connection:
        raw.load(connection, "airports", data)
        connection.execute("create view airports_raw.far as select * from airports_raw.airports")
        connection.execute("delete from airports_raw.airports where faa < 'M'")
        assert [t.changed for t in raw.load(connection, "airports", data)] == [True]
    assert rows(server, warehouse, "select count(*) from airports_raw.far") == [(1_458,)]


def test_a_load_that_fails_leaves_nothing(
    raw: ModuleType, data: Path, server: Postgres, warehouse: str, tmp_path: Path
) -> None:
    text = (data / "airports.csv").read_text(encoding="utf-8")
    (tmp_path / "airports.csv").write_text(text + "XXX,Nowhere,north,west,1,1,A,UTC\n")
    with (
        server.connect(warehouse, user="airports_loader") as connection,
        pytest.raises(DataError, match="double precision"),
    ):
        raw.load(connection, "airports", tmp_path)
    assert rows(server, warehouse, "select * from pg_tables where tablename = 'airports'") == []


def test_nobody_loads_another_domains_tables(
    raw: ModuleType, data: Path, server: Postgres, warehouse: str
) -> None:
    for user in ("meshnew", "weather_loader"):
        with server.connect(warehouse, user=user) as connection:
            with pytest.raises(raw.LoadError, match=f"{user} may not load") as error:
                raw.load(connection, "airports", data)
            assert error.value.fix == "Connect as airports_loader."
    assert rows(server, warehouse, "select * from pg_tables where tablename = 'airports'") == []


def test_a_second_download_uses_the_first(
    raw: ModuleType, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", None)
    assert raw.download(data.parent) == data
    files = {f"{table.name}.csv" for tables in raw.TABLES.values() for table in tables}
    assert {path.name for path in data.iterdir()} == files
    assert [path.name for path in data.parent.iterdir()] == [data.name]  # no scratch left


def test_a_release_that_is_not_the_pinned_one_is_refused(
    raw: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin = raw.REQUIREMENT.read_text(encoding="utf-8")
    forged = tmp_path / "requirements.txt"
    forged.write_text(pin[:-2] + ("0" if pin[-2] != "0" else "1") + "\n")
    monkeypatch.setattr(raw, "REQUIREMENT", forged)
    with pytest.raises(raw.LoadError, match="DO NOT MATCH THE HASHES"):
        raw.download(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_script_says_what_it_did(
    raw: ModuleType, data: Path, server: Postgres, warehouse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOST", str(server.socket))
    monkeypatch.setenv("PGPASSFILE", str(server.passwords.file))
    monkeypatch.setenv("PGDATABASE", warehouse)
    script = [sys.executable, str(raw.__file__), "weather", "--folder", str(data.parent)]
    said = [subprocess.run(script, check=True, capture_output=True, text=True) for _ in range(2)]
    assert [done.stdout for done in said] == [
        "weather_raw.weather: 26,115 rows, loaded\n",
        "weather_raw.weather: 26,115 rows, unchanged\n",
    ]
    monkeypatch.setenv("PGDATABASE", "nowhere")
    failed = subprocess.run(script, check=False, capture_output=True, text=True)
    assert failed.returncode == 1
    assert '"nowhere" does not exist' in failed.stderr
    assert "Traceback" not in failed.stderr
