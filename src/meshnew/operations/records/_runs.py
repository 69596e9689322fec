"""Runs of jobs, and what is due."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from meshnew.operations.session import Session

_RUNS = """
    select id, project, job, actor, state, started_at, finished_at, summary, commit from runs
"""


@dataclass(frozen=True)
class RunRecord:
    """One run of a job."""

    id: str
    project: str
    job: str
    actor: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    summary: dict[str, Any] = field(hash=False)
    commit: str | None = None

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs."""
        if self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


def run_started(
    session: Session, run: str, project: str, job: str, commit: str, **summary: Any
) -> None:
    """Remember that a run began; one of the project that still counts as running was killed.

    Runs of a project in production exclude each other, and so do those that check
    changes: whoever starts one knows. What is known of it from the start is `summary`.
    """
    from psycopg.types.json import Jsonb

    with session.embedded.records() as connection, connection.transaction():
        connection.execute(
            "update runs set state = 'failed', finished_at = now(), "
            'summary = summary || \'{"error": "interrupted"}\' '
            "where project = %s and state = 'running' and (job = 'ci') = (%s = 'ci')",
            (project, job),
        )
        connection.execute(
            """
            insert into runs (id, project, job, actor, commit, state, started_at, summary)
            values (%s, %s, %s, %s, %s, 'running', now(), %s)
            """,
            (run, project, job, session.actor, commit, Jsonb(summary)),
        )


def run_finished(session: Session, run: str, state: str, summary: dict[str, Any]) -> None:
    """Remember how a run ended: `passed` or `failed`."""
    from psycopg.types.json import Jsonb

    with session.embedded.records() as connection:
        connection.execute(
            "update runs set state = %s, finished_at = now(), summary = summary || %s "
            "where id = %s",
            (state, Jsonb(summary), run),
        )


def last_runs(session: Session, *, passed: bool = False) -> dict[str, RunRecord]:
    """Project -> its latest run; with `passed` the latest whole one that passed."""
    with session.embedded.records() as connection:
        rows = connection.execute(
            """
            select distinct on (project)
                id, project, job, actor, state, started_at, finished_at, summary
            from runs
            where job <> 'ci' and (not %s or (state = 'passed' and not summary ? 'selected'))
            order by project, started_at desc
            """,
            (passed,),
        ).fetchall()
    return {row[1]: RunRecord(*row) for row in rows}


def runs(session: Session, project: str | None = None, limit: int = 20) -> list[RunRecord]:
    """The latest runs, of one project or of all, the newest first."""
    query = f"{_RUNS} where %(project)s::text is null or project = %(project)s"
    query += " order by started_at desc limit %(limit)s"
    with session.embedded.records() as connection:
        rows = connection.execute(query.encode(), {"project": project, "limit": limit})
        return [RunRecord(*row) for row in rows]


def run(session: Session, run: str) -> RunRecord | None:
    """One run; None where there is none of that id."""
    with session.embedded.records() as connection:
        row = connection.execute(f"{_RUNS} where id = %s".encode(), (run,)).fetchone()
    return RunRecord(*row) if row else None


def schedules(session: Session) -> list[tuple[str, str, str, datetime | None]]:
    """(project, job, schedule, when it last began) of every job that has a schedule."""
    with session.embedded.records() as connection:
        return connection.execute(
            """
            select jobs.project, name, schedule, max(started_at)
            from jobs left join runs on (runs.project, runs.job) = (jobs.project, name)
            where schedule is not null
            group by jobs.project, name, schedule
            order by jobs.project, name
            """
        ).fetchall()
