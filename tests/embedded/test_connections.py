"""Connections are lent out again, and never one that is in the middle of something or dead."""

from __future__ import annotations

import psycopg
import pytest

from meshnew.embedded.platform import Embedded


def pid(platform: Embedded) -> int:
    with platform.records() as connection:
        found = connection.execute("select pg_backend_pid()").fetchone()
    assert found is not None
    return int(found[0])


def test_one_after_the_other_have_the_same_two_at_once_do_not(embedded: Embedded) -> None:
    embedded.start()
    first = pid(embedded)
    assert pid(embedded) == first
    with embedded.records():
        assert pid(embedded) != first


def test_nobody_gets_what_another_left_in_the_middle(embedded: Embedded) -> None:
    embedded.start()
    first = pid(embedded)
    with pytest.raises(psycopg.errors.UndefinedTable), embedded.records() as connection:
        connection.execute("select * from nowhere")
    assert pid(embedded) != first


def test_a_server_that_was_started_again_is_asked_anew(embedded: Embedded) -> None:
    embedded.start()
    pid(embedded)
    embedded.postgres.stop()
    embedded.start()
    assert pid(embedded)
