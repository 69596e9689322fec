"""The platform's records are made once, survive, and are the superuser's alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from meshnew.embedded.platform import Embedded
from meshnew.errors import PlatformError


def test_starting_makes_the_records_once(embedded: Embedded) -> None:
    embedded.start()
    with embedded.records() as records:
        records.execute("insert into teams values ('flights_data')")
    embedded.start()
    with embedded.records() as records:
        assert records.execute("select name from teams").fetchall() == [("flights_data",)]


def test_several_commands_may_make_the_records_at_once(embedded: Embedded) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: embedded.start(), range(4)))
    with embedded.records() as records:
        assert records.execute("select count(*) from version").fetchone() == (1,)


def test_only_the_superuser_sees_the_records(embedded: Embedded) -> None:
    embedded.start()
    with embedded.records() as records:
        records.execute("create role ada login")
    for database in ("meshnew_records", "postgres"):
        with pytest.raises(PlatformError, match="permission denied"):
            embedded.postgres.connect(database, user="ada")


def test_everything_lies_in_the_mesh(embedded: Embedded, tmp_path: Path) -> None:
    embedded.start()
    assert [path.name for path in tmp_path.iterdir()] == [".meshnew"]
