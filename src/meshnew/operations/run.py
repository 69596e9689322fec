"""Run a job of projects: in waves, until none waits for another's product any more."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from meshnew.dbt.interfaces import Interface, from_manifest
from meshnew.dbt.job import FRESHNESS, Job, execute
from meshnew.dbt.results import JobResult
from meshnew.errors import MeshnewError
from meshnew.forge import git
from meshnew.mesh.access import Role
from meshnew.mesh.mesh import Mesh
from meshnew.operations import jobs, production, publishing, records
from meshnew.operations.jobs import DAILY, DEPLOY
from meshnew.operations.journal import new_id
from meshnew.operations.parallel import each
from meshnew.operations.session import Session, require_rendered

_STEPS = {
    DEPLOY: ("deps", "parse", "build"),
    DAILY: ("deps", "parse", FRESHNESS, "build"),
}


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
        seconds: how long it took.
    """

    project: str
    run: str
    ok: bool
    waiting: dict[str, list[str]] = field(hash=False)
    products: list[dict[str, Any]] = field(hash=False)
    failures: list[str] = field(hash=False)
    seconds: float = 0.0


def deploy(
    session: Session, names: Iterable[str], args: Sequence[str] = (), *, job: str = DEPLOY
) -> list[Deployed]:
    """Build the projects in production and publish their interfaces.

    Projects that wait for a product another one has just published run again,
    until none waits or nothing moves any more.

    Args:
        session: the session.
        names: projects; packages among them have nothing to run.
        args: further arguments for `dbt build`.
        job: `deploy`, or `daily`, which asks how old the sources are as well.
    """
    wanted = [name for name in names if session.mesh.project(name).domains]
    for name in wanted:
        require_rendered(session, name)
    results: dict[str, Deployed] = {}
    for wave in _first_waves(session.mesh, wanted):
        results |= _wave(session, wave, args, job)
    while waiting := _can_move(results):
        again = _wave(session, waiting, args, job)
        moved = {name for name in waiting if again[name].waiting != results[name].waiting}
        results |= again
        if not moved:
            break
    return [results[name] for name in wanted]


def _wave(
    session: Session, names: Sequence[str], args: Sequence[str], job: str
) -> dict[str, Deployed]:
    done = each(lambda name: _deploy_one(session, name, args, job), names)
    return {item.project: item for item in done}


def _can_move(results: dict[str, Deployed]) -> list[str]:
    """Projects that wait for a product which by now another project has published."""
    there = {
        product["key"]
        for done in results.values()
        if done.ok
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


def _deploy_one(session: Session, project: str, args: Sequence[str], job: str) -> Deployed:
    """One project's deploy; whatever stops it is its result, not the other projects'."""
    run, began = new_id(), time.monotonic()
    title = "Deploy" if job == DEPLOY else f"Run {job} of"
    try:
        with (
            jobs.lock(session, project, job),
            session.journal.step(f"{title} {project}", project=project, run=run) as at,
        ):
            began = time.monotonic()  # waiting for another run of the project is not this one's
            done = _deploy(session, project, run, args, job, at)
            at.failed = not done.ok
    except MeshnewError as error:
        done = Deployed(project, run, False, {}, [], [str(error)])
    return replace(done, seconds=round(time.monotonic() - began, 1))


def _deploy(
    session: Session,
    project: str,
    run: str,
    args: Sequence[str],
    job: str,
    at: Callable[[str], None],
) -> Deployed:
    folder, forge = jobs.workplace(session, project, job), session.forge
    at("fetching")
    commit = git.sync(forge.url(project), folder, environ=forge.environment())
    records.run_started(session, run, project, job, commit)
    with jobs.failing(lambda why: records.run_finished(session, run, "failed", {"error": why})):
        at("preparing dbt")
        prepared = jobs.prepare(
            session,
            project,
            folder,
            run,
            identity=Role.TRANSFORMER,
            target="prod",
            args=args,
            steps=_STEPS[job],
        )
        result = execute(prepared, lambda event: jobs.show(session, project, event, at))
        done = _published(session, run, result, prepared, commit)
    records.run_finished(
        session, run, "passed" if done.ok else "failed", _summary(done, result, args)
    )
    return done


def _published(session: Session, run: str, result: JobResult, job: Job, commit: str) -> Deployed:
    """What a job did, its interface published where all was built."""
    project = job.project
    products: list[dict[str, Any]] = []
    if result.built:
        interface = from_manifest(json.loads(result.manifest.read_text("utf-8")), project)
        publishing.publish(session, [interface])
        record = records.projects(session).get(project)
        before = record.products if record and _selects(job.args) else []
        products = _products(interface, result, before)
        records.project_published(session, project, products)
        if not _selects(job.args):
            production.store(session, project, result, commit)
    waiting = {item.name: list(item.needs) for item in result.waiting}
    failures = [item.describe() for item in result.failures]
    failures = failures or ([result.error] if result.error else [])
    return Deployed(project, run, result.ok, waiting, products, failures)


def _summary(done: Deployed, result: JobResult, args: Sequence[str]) -> dict[str, Any]:
    built = sum(item.resource == "model" and item.status == "success" for item in result.results)
    summary = {"models": built, "failures": done.failures, "waiting": done.waiting}
    return summary | ({"selected": True} if _selects(args) else {})


def _selects(args: Sequence[str]) -> bool:
    """Whether dbt arguments leave parts of the project out."""
    flags = ("-s", "-m", "--select", "--models", "--model", "--exclude", "--selector",
             "--resource-type", "--resource-types", "--exclude-resource-type")  # fmt: skip
    return any(arg.partition("=")[0] in flags for arg in args)


def _products(
    interface: Interface, result: JobResult, before: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Published products; of one that this run left out by choice, what was known `before`."""
    built = {item.unique_id: item for item in result.results if item.status == "success"}
    known = {product["key"]: product for product in before}
    found = []
    for product in interface.products:
        node = built.get(f"model.{interface.project}.{product.label}")
        old = known.get(interface.key(product), {"rows": None, "built": False})
        found.append(
            {
                "name": product.name,
                "version": product.version,
                "domain": product.domain,
                "key": interface.key(product),
                "relation": product.relation,
                "rows": node.rows if node else old["rows"],
                "built": node is not None or old["built"],
            }
        )
    return found
