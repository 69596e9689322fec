"""The platform's records are made once, survive, and are the superuser's alone."""

from __future__ import annotations

import os
import stat
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
    embedded.start()
    for database in ("meshnew_records", "postgres"):
        with pytest.raises(PlatformError, match="permission denied"):
            embedded.postgres.connect(database, user="ada")


@pytest.mark.parametrize("outer", ["mesh", "deep" * 50], ids=["short", "200 characters"])
def test_all_of_it_is_the_users_alone_and_no_folder_above_is_touched(
    tmp_path: Path, outer: str
) -> None:
    root = tmp_path / outer
    root.mkdir()
    root.chmod(0o755)
    above = {folder: folder.stat().st_mode for folder in (root, *root.parents)}
    platform = Embedded(root, "skyline")
    before = os.umask(0)
    try:
        platform.start()
        platform.git.create("flights")
    finally:
        os.umask(before)
        platform.postgres.stop()
    closed = (platform.home.parent, platform.home, platform.repositories, platform.postgres.folder)
    assert {folder: stat.S_IMODE(folder.stat().st_mode) for folder in closed} == dict.fromkeys(
        closed, 0o700
    )
    assert {folder: folder.stat().st_mode for folder in above} == above


def test_a_mesh_that_others_could_enter_is_closed_again(embedded: Embedded) -> None:
    embedded.start()
    for folder in (embedded.home, embedded.home.parent):
        folder.chmod(0o777)
    embedded.start()
    for folder in (embedded.home, embedded.home.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_everything_lies_in_the_mesh(embedded: Embedded, tmp_path: Path) -> None:
    embedded.start()
    assert [path.name for path in tmp_path.iterdir()] == [".meshnew"]
