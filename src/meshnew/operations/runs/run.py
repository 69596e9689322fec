"""Run a job of projects: in waves, until none waits for another's product any more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from meshnew.dbt.job import execute
from meshnew.dbt.results import JobResult
from meshnew.errors import MeshnewError
from meshnew.forge import git
from meshnew.mesh.access import Role
from meshnew.mesh.mesh import Mesh
from meshnew.mesh.names import DAILY, DEPLOY
from meshnew.operations import records
from meshnew.operations.changes.breaking import Review
from meshnew.operations.journal import new_id
from meshnew.operations.parallel import each
from meshnew.operations.runs import jobs, product_state, production, publishing, superseded
from meshnew.operations.session import Session, require_rendered


@dataclass(frozen=True)
class Deployed:
    """How the deploy of one project ended.

    Attributes:
        project: its name.
        run: id of the run; its artifacts lie in `.meshnew/runs/<id>`.
        ok: everything that could be built was built and passed.
        waiting: models left out, each with the products it waits for.
        products: published data products with their row counts.
        failures: what failed, in a person's words.
        dropped: relations that were superseded and are gone.
        left: those that could not go, each with the reason.
        seconds: how long it took.
    """

    project: str
    run: str
    ok: bool
    waiting: dict[str, list[str]] = field(hash=False)
    products: list[dict[str, Any]] = field(hash=False)
    failures: list[str] = field(hash=False)
    dropped: tuple[str, ...] = ()
    left: dict[str, str] = field(hash=False, default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class _How:
    """What was asked for: the job, arguments for dbt, and whether consumers may be broken."""

    job: str
    args: tuple[str, ...]
    break_consumers: bool

    @property
    def selects(self) -> bool:
        """Whether the arguments leave parts of the project out."""
        flags = ("-s", "-m", "--select", "--models", "--model", "--exclude", "--selector",
                 "--resource-type", "--resource-types", "--exclude-resource-type")  # fmt: skip
        return any(arg.partition("=")[0] in flags for arg in self.args)


def deploy(
    session: Session,
    names: Iterable[str],
    args: Sequence[str] = (),
    *,
    job: str = DEPLOY,
    break_consumers: bool = False,
) -> list[Deployed]:
    """Build the projects in production and publish their interfaces.

    Projects that wait for a product another one has just published run again,
    until none waits or nothing moves any more.

    Args:
        session: the session.
        names: projects; packages among them have nothing to run.
        args: further arguments for `dbt build`.
        job: `deploy`, or `daily`, which asks how old the sources are as well.
        break_consumers: take products away although others read them.
    """
    how = _How(job, tuple(args), break_consumers)
    wanted = [name for name in names if session.mesh.project(name).domains]
    for name in wanted:
        require_rendered(session, name)
    results: dict[str, Deployed] = {}
    for wave in _first_waves(session.mesh, wanted):
        results |= _wave(session, wave, how)
    while waiting := _can_move(results):
        again = _wave(session, waiting, how)
        moved = {name for name in waiting if again[name].waiting != results[name].waiting}
        results |= again
        if not moved:
            break
    return [results[name] for name in wanted]


def _wave(session: Session, names: Sequence[str], how: _How) -> dict[str, Deployed]:
    done = each(lambda name: _deploy_one(session, name, how), names)
    return {item.project: item for item in done}


def _can_move(results: dict[str, Deployed]) -> list[str]:
    """Projects that wait for a product which by now another project has published."""
    there = {
        product["key"]
        for done in results.values()  # one that failed has published none
        for product in done.products
        if product["built"]
    }
    return [
        name
        for name, done in results.items()
        if done.ok and there & {key for needs in done.waiting.values() for key in needs}
    ]


def _first_waves(mesh: Mesh, names: Sequence[str]) -> list[list[str]]:
    """Projects in waves: first those that read nothing of the rest.

    Projects may consume each other in a circle; the one with the fewest open
    inputs then goes first and runs again later.
    """
    left = list(names)
    waves: list[list[str]] = []
    while left:
        open_inputs = {name: len(set(mesh.inputs(name)) & set(left)) for name in left}
        fewest = min(open_inputs.values())
        wave = [name for name in left if open_inputs[name] == fewest]
        waves.append(wave if fewest == 0 else wave[:1])
        left = [name for name in left if name not in waves[-1]]
    return waves


def _deploy_one(session: Session, project: str, how: _How) -> Deployed:
    """One project's deploy; whatever stops it is its result, not the other projects'."""
    run, began = new_id(), time.monotonic()
    title = "Deploy" if how.job == DEPLOY else f"Run {how.job} of"
    try:
        with (
            jobs.lock(session, project, how.job),
            session.journal.step(f"{title} {project}", project=project, run=run) as at,
        ):
            began = time.monotonic()  # waiting for another run of the project is not this one's
            done = _deploy(session, project, run, how, at)
            at.failed = not done.ok
    except MeshnewError as error:
        done = Deployed(project, run, False, {}, [], [str(error)])
    return replace(done, seconds=round(time.monotonic() - began, 1))


def _deploy(
    session: Session, project: str, run: str, how: _How, at: Callable[[str], None]
) -> Deployed:
    folder, forge = jobs.workplace(session, project, how.job), session.forge
    at("fetching")
    commit = git.sync(forge.url(project), folder, environ=forge.environment())
    records.run_started(session, run, project, how.job, commit)
    review = Review(session, how.break_consumers, scheduled=how.job == DAILY)
    with jobs.failing(lambda why: records.run_finished(session, run, "failed", {"error": why})):
        at("preparing dbt")
        prepared = jobs.prepare(
            session,
            project,
            folder,
            run,
            identity=Role.TRANSFORMER,
            target="prod",
            args=how.args,
            steps=jobs.STEPS[how.job],
        )
        result = execute(
            prepared,
            lambda event: jobs.show(session, project, event, at),
            on_parsed=review,
        )
        done = _published(session, run, result, review, how, commit)
    records.run_finished(
        session, run, "passed" if done.ok else "failed", _summary(done, result, how)
    )
    return done


def _published(
    session: Session, run: str, result: JobResult, review: Review, how: _How, commit: str
) -> Deployed:
    """What a job did, its interface published where all was built."""
    project = review.graph.project
    record = records.projects(session).get(project)
    known = record.products if record else []
    products: list[dict[str, Any]] = []
    if result.built:
        # Before the interface says otherwise, so that a crash in between forgets nothing.
        superseded.remember(session, review.graph, review.before, review.after)
        publishing.publish(session, [review.after])
        before = known if how.selects else product_state.without_rows(known)
        products = product_state.products(review.after, review.graph, result, before, run)
        records.project_published(session, project, products)
    elif known:  # nothing is published, but how its tests ended is known
        now = product_state.tested(known, review.graph, result, run)
        records.project_published(session, project, now)
    dropped = superseded.Dropped()
    if result.built and not how.selects:
        production.store(session, project, result, commit)
        dropped = superseded.drop(session, review.graph, review.after)
    waiting = {item.name: list(item.needs) for item in result.waiting}
    failures = [item.describe() for item in result.failures]
    failures = failures or ([result.error] if result.error else [])
    return Deployed(
        project, run, result.ok, waiting, products, failures, dropped.gone, dropped.left
    )


def _summary(done: Deployed, result: JobResult, how: _How) -> dict[str, Any]:
    built = sum(item.resource == "model" and item.status == "success" for item in result.results)
    summary = {"models": built, "failures": done.failures, "waiting": done.waiting}
    summary |= {"dropped": list(done.dropped)} if done.dropped else {}
    return summary | ({"selected": True} if how.selects else {})
