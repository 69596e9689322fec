"""Run what its schedule makes due; somebody's cron, or a person, gives the command."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

from meshnew.errors import MeshnewError, RunError
from meshnew.mesh.names import DAILY
from meshnew.operations import records
from meshnew.operations.locks import alone
from meshnew.operations.runs.run import Deployed, deploy
from meshnew.operations.session import Session


@dataclass(frozen=True)
class Scheduled:
    """A job with a schedule.

    Attributes:
        project: whose.
        name: of the job.
        schedule: minute, hour, day, month and weekday, as cron has them, in UTC.
        last: when it last began; None where it never ran.
        next: when it is due again.
        due: whether it is due now.
    """

    project: str
    name: str
    schedule: str
    last: datetime | None
    next: datetime
    due: bool


@dataclass(frozen=True)
class Due:
    """What `run --due` ran, and what comes next."""

    ran: list[Deployed]
    next: list[Scheduled]


def scheduled(session: Session, now: datetime | None = None) -> list[Scheduled]:
    """Every job that has a schedule, those that are due soonest first.

    A job is due where its schedule had a time since it last began: times that were missed
    are made up for once. One that never ran is due.

    Raises:
        RunError: a schedule is none.
    """
    moment = now or datetime.now(UTC)
    jobs = [when(*row, moment) for row in records.schedules(session)]
    return sorted(jobs, key=lambda job: (job.next, job.project))


def when(project: str, name: str, schedule: str, last: datetime | None, now: datetime) -> Scheduled:
    """Whether a job is due, and when it will be.

    Raises:
        RunError: the schedule is none, or never comes.
    """
    try:
        latest = next(CronSim(schedule, now, reverse=True))
        # In reverse the moment itself does not count, and seconds are cut off.
        this_minute = now.replace(second=0, microsecond=0)
        if next(CronSim(schedule, latest)) == this_minute:
            latest = this_minute
        following = next(CronSim(schedule, now))
    except (CronSimError, StopIteration) as error:
        raise RunError(
            f"`{schedule}` is no schedule of cron that ever comes: {error}",
            where=f"projects/{project}.yml: jobs.{name}.schedule",
            fix='Write minute, hour, day, month and weekday, such as "0 6 * * *"',
        ) from None
    return Scheduled(project, name, schedule, last, following, last is None or last < latest)


def run_due(session: Session, now: datetime | None = None) -> Due:
    """Run the jobs that are due, of all projects at once: those first that others wait for.

    Raises:
        RunError: another process is at it.
    """
    refusal = RunError(
        "another `meshnew run --due` is at work",
        fix="It runs what is due; nothing else has to be done.",
    )
    with alone(session.mesh.home / "work" / "due.lock", refusal):
        ran = _run(session, [job for job in scheduled(session, now) if job.due])
    return Due(ran, [replace(job, due=False) for job in scheduled(session, now)])


def _run(session: Session, jobs: Iterable[Scheduled]) -> list[Deployed]:
    projects = [job.project for job in jobs if job.name == DAILY]
    there = [name for name in projects if name in session.mesh.projects]
    rendered = [name for name in there if session.forge.has_content(name)]
    for name in there:
        if name not in rendered:
            session.journal.progress.say(f"{name} has not been rendered yet: meshnew apply {name}")
    return deploy(session, rendered, job=DAILY) if rendered else []


def upcoming(session: Session) -> list[Scheduled]:
    """Jobs with a schedule that a person looking at runs wants to see; none of them broken."""
    try:
        return scheduled(session)
    except MeshnewError:
        return []
