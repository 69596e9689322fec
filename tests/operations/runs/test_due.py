"""When a schedule makes a job due."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from meshnew.errors import RunError
from meshnew.operations.runs.due import when


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, "2026-11-25 03:00", True),
        ("2026-11-24 06:00:10", "2026-11-25 05:59:59", False),
        ("2026-11-24 06:00:10", "2026-11-25 06:00:00", True),
        ("2026-11-24 06:00:10", "2026-11-25 06:00:30", True),
        ("2026-11-25 06:00:00", "2026-11-25 06:00:30", False),
        ("2026-11-20 06:00:10", "2026-11-25 12:00:00", True),
        ("2026-11-25 12:00:05", "2026-11-25 13:00:00", False),
    ],
)
def test_a_job_is_due_where_its_time_came_since_it_last_began(
    last: str | None, now: str, due: bool
) -> None:
    job = when("weather", "daily", "0 6 * * *", at(last) if last else None, at(now))
    assert job.due == due
    assert (job.next.hour, job.next.minute) == (6, 0)
    assert job.next > at(now)


def test_a_schedule_that_never_comes_is_told_with_its_file() -> None:
    for schedule in ("0 6 31 2 *", "99 * * * *"):
        with pytest.raises(RunError) as caught:
            when("weather", "daily", schedule, None, at("2026-11-25 06:00"))
        assert caught.value.where == "projects/weather.yml: jobs.daily.schedule"
