"""What every job has in common: its dbt, its lock, its record, what is shown of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from meshnew import interrupt
from meshnew.dbt import environment, standby
from meshnew.dbt.job import FRESHNESS, Job
from meshnew.dbt.process import Event
from meshnew.errors import RunError
from meshnew.mesh.access import Role
from meshnew.mesh.names import CI, DAILY, DEPLOY
from meshnew.mesh.write import write_text
from meshnew.operations.session import PASSWORD_VARIABLE, Session

_UNPROTECTED = 'password: ""'
REQUIREMENTS = "requirements.txt"
"""File of a project that pins dbt, its adapter and the linters."""
QUIET = frozenset({"pass", "skipped"})
"""How nodes end that are not worth a line."""
STEPS = {
    DEPLOY: ("deps", "parse", "build"),
    DAILY: ("deps", "parse", FRESHNESS, "build"),
}
"""Job of production -> its dbt commands."""


def artifacts(session: Session, run: str) -> Path:
    """Folder of what is kept of a run."""
    return session.mesh.home / "runs" / run


def workplace(session: Session, project: str, job: str) -> Path:
    """The checkout that jobs of a kind work in; what checks a change is not production's."""
    work = session.mesh.home / "work"
    return work / CI / project if job == CI else work / project


def lock(session: Session, project: str, job: str, timeout: float = -1) -> FileLock:
    """Held by whoever works in `workplace`: runs that would meet exclude each other."""
    folder = workplace(session, project, job)
    folder.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(folder.with_name(f"{project}.lock"), timeout=timeout)


def expect(session: Session, project: str) -> None:
    """Let dbt start for a job of a project while its checkout is made."""
    pins = session.forge.file(project, REQUIREMENTS)
    if pins and (found := environment.at_hand(pins)):
        standby.start(found.python)


def prepare(
    session: Session,
    project: str,
    folder: Path,
    run: str,
    *,
    identity: Role,
    target: str,
    args: Sequence[str] = (),
    steps: tuple[str, ...] = ("deps", "parse", "build"),
    environ: Mapping[str, str] | None = None,
) -> Job:
    """A job of a project as one of its identities.

    Raises:
        RunError: its dbt cannot be installed.
    """
    requirements = folder / REQUIREMENTS
    if not requirements.is_file():
        raise RunError(
            "has no requirements.txt, so its dbt cannot be installed",
            where=project,
            fix=f"Restore the file that the template renders: meshnew apply {project}",
        )
    return Job(
        project=project,
        folder=folder,
        profiles_dir=_profiles(session, project, folder),
        python=environment.prepare(requirements).python,
        target=target,
        environ={
            **session.job_environment(identity.of(project)),
            **session.forge.environment(),
            **(environ or {}),
        },
        artifacts=artifacts(session, run),
        package=session.mesh.spec.package,
        args=tuple(args),
        steps=steps,
    )


def _profiles(session: Session, project: str, folder: Path) -> Path:
    """Folder of the project's profile; of a mended copy, if it says there is no password.

    So does one that an earlier meshnew rendered, until the project takes the next version.
    """
    text = (folder / "profiles.yml").read_text(encoding="utf-8")
    if _UNPROTECTED not in text:
        return folder
    copy = session.mesh.home / "profiles" / project
    mended = text.replace(_UNPROTECTED, f"password: \"{{{{ env_var('{PASSWORD_VARIABLE}') }}}}\"")
    write_text(copy / "profiles.yml", mended)
    return copy


def show(session: Session, project: str, event: Event, at: Callable[[str], None]) -> None:
    """Tell what a job is at; of what ended, tests that passed are not worth a line."""
    if event.kind == "step":
        at(event.text)
    elif event.kind == "started":
        at(f"{event.index}/{event.total} {event.node}")
    elif event.kind == "finished" and event.status not in QUIET:
        took = f" ({event.seconds:.1f} s)" if event.seconds else ""
        session.journal.progress.say(
            f"  {project}: {event.resource} {event.node} {event.status}{took}"
        )


@contextmanager
def failing(record: Callable[[str], None]) -> Iterator[None]:
    """Record the cause where the block ends by an error or is interrupted."""
    try:
        yield
    except BaseException as error:
        why = getattr(error, "what", type(error).__name__)
        record("interrupted" if interrupt.happened() else why)
        raise
