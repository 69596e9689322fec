"""A dbt job: packages, parse, build, in one process of the project's own environment."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from meshnew.dbt import guards, standby
from meshnew.dbt._job import FRESHNESS, Job, ci_steps
from meshnew.dbt.graph import Graph, Promise
from meshnew.dbt.process import ANSWER, Event, Outcome, Process
from meshnew.dbt.results import JobResult, NodeResult, Waiting, read_freshness, read_results
from meshnew.dbt.text import relative_paths
from meshnew.errors import RunError

__all__ = ["FRESHNESS", "Job", "ci_steps", "execute", "operation"]

_MISSING = f"{ANSWER}MISSING"
_FILE = re.compile(r"[\w./-]+\.(?:sql|py|ya?ml|csv|md)\b(?::\d+)?")


def execute(
    job: Job,
    on_event: Callable[[Event], None] = lambda _: None,
    *,
    on_parsed: Callable[[Graph], Iterable[str]] = lambda _: (),
) -> JobResult:
    """Run a job to its end.

    Models that read a product of another project which does not exist yet are left out
    with what depends on them; all others are built. Sources that are not fresh fail the
    job, but what is built on them is built: a stale source holds up nobody else.

    Args:
        job: what to run.
        on_event: called with everything that happens, from this thread.
        on_parsed: called between parse and the first step after it; what it raises ends
            the job before anything is built, what it returns selects what is not built.

    Raises:
        RunError: packages cannot be fetched, the project does not parse or is refused,
            the warehouse does not answer, or dbt's process died.
    """
    job.artifacts.mkdir(parents=True, exist_ok=True)
    with (
        _clean_log(job),
        Process(job.python, job.folder, job.environ, on_event, job.scrub) as process,
    ):
        graph = _prepare(job, process, on_event)
        left_out = list(on_parsed(graph))
        missing = _missing(job, process, graph) if job.later_steps else []
        exclude = [*left_out, *(f"{promise.selector}+" for promise in missing)]
        outcome, results = _carry_out(job, process, graph, exclude, on_event)
    return JobResult(
        ok=outcome.success and not any(result.failed for result in results),
        built=outcome.success,
        waiting=tuple(_waiting(graph, missing)),
        results=tuple(results),
        manifest=_keep(job, "manifest.json"),
        run_results=_keep(job, "run_results.json") if results else None,
        error=_failures(results, outcome),
    )


def operation(job: Job, macro: str, **arguments: object) -> None:
    """Run one macro of the internal package, in a process of its own.

    Raises:
        RunError: dbt refused it, or the warehouse did.
    """
    job.artifacts.mkdir(parents=True, exist_ok=True)
    with Process(job.python, job.folder, job.environ, lambda _: None, job.scrub) as process:
        words = ["run-operation", f"{job.package}.{macro}", "--args", json.dumps(arguments)]
        outcome = process.invoke([*words, *job.flags])
    if not outcome.success:
        raise _refusal(outcome, f"the warehouse refused {macro}", _FIX_BUILD)


_FIX_DEPS = (
    "Each entry of packages.yml needs a repository, a revision and a subdirectory that exist"
)
_FIX_PARSE = "Mend the file named above; `dbt parse` in the project shows the same error"
_FIX_BUILD = "`meshnew doctor` says whether the warehouse answers; dbt.log has the details"


@contextlib.contextmanager
def _clean_log(job: Job) -> Iterator[None]:
    """Take paths and secrets out of dbt's own log once it is complete, however it ended."""
    try:
        yield
    finally:
        log = job.artifacts / "dbt.log"
        if log.exists():
            text = log.read_text(encoding="utf-8", errors="replace")
            log.write_text(job.scrub(text), encoding="utf-8")


def _prepare(job: Job, process: Process, on_event: Callable[[Event], None]) -> Graph:
    if "deps" in job.steps:
        on_event(Event("step", text="deps"))
        _fetch_packages(job, process)
    on_event(Event("step", text="parse"))
    return _parse(job, process)


def _fetch_packages(job: Job, process: Process) -> None:
    """Fetch packages at their latest commits: a lock would hold yesterday's interfaces."""
    if not any((job.folder / name).exists() for name in ("packages.yml", "dependencies.yml")):
        return
    (job.folder / "package-lock.yml").unlink(missing_ok=True)
    outcome = process.invoke(["deps", *job.flags])
    if not outcome.success:
        raise _refusal(
            outcome, "the packages of the project cannot be fetched", _FIX_DEPS, "packages.yml"
        )


def _parse(job: Job, process: Process) -> Graph:
    outcome = process.invoke(["parse", *job.flags, *job.variables])
    if not outcome.success:
        private = guards.private_reference(outcome.problem, job.folder)
        raise private or _refusal(outcome, "the project does not parse", _FIX_PARSE)
    graph = Graph.read(job.folder / "target" / "manifest.json", job.project)
    guards.check(graph)
    return graph


def _missing(job: Job, process: Process, graph: Graph) -> list[Promise]:
    """Products of others that the project reads and the warehouse does not have yet."""
    needed = graph.needed()
    if not needed:
        return []
    relations = [{"schema": p.schema, "identifier": p.identifier} for p in needed]
    outcome = process.invoke(
        [
            "run-operation",
            f"{job.package}.missing_relations",
            "--args",
            json.dumps({"relations": relations}),
            *job.flags,
        ]
    )
    answer = next((line for line in outcome.lines if _MISSING in line), None)
    if not outcome.success or answer is None:
        raise _refusal(outcome, "the warehouse cannot be asked which products exist", _FIX_BUILD)
    names = json.loads(answer.partition(_MISSING)[2])
    return [promise for promise in needed if promise.relation in names]


def _carry_out(
    job: Job,
    process: Process,
    graph: Graph,
    exclude: Sequence[str],
    on_event: Callable[[Event], None],
) -> tuple[Outcome, list[NodeResult]]:
    """Run the steps after the parse, up to one that fails: how the last one ended, all results."""
    outcome, results = Outcome(success=True), list[NodeResult]()
    for step in job.later_steps:
        on_event(Event("step", text=step))
        if step == job.later_steps[-1]:
            standby.follow(job.python)
        if step == FRESHNESS:
            results += _freshness(job, process, graph)
        else:
            outcome = _run(job, process, step, graph, exclude, results)
        if not outcome.success:
            break
    return outcome, results


def _run(
    job: Job,
    process: Process,
    step: str,
    graph: Graph,
    exclude: Sequence[str],
    results: list[NodeResult],
) -> Outcome:
    """Run one dbt command on all but what is left out, and add what came out to `results`."""
    found = job.folder / "target" / "run_results.json"
    found.unlink(missing_ok=True)  # that of an earlier command
    without = ["--exclude", *exclude] if exclude else []
    outcome = process.invoke([*step.split(), *job.flags, *job.args, *without])
    if found.exists():
        queries = job.artifacts / "queries"
        results += read_results(found, graph.nodes, job.folder, queries, job.scrub)
    elif not outcome.success:
        raise _refusal(outcome, f"dbt could not {step} the project", _FIX_BUILD)
    return outcome


def _freshness(job: Job, process: Process, graph: Graph) -> list[NodeResult]:
    """How old each source is that has a `freshness`; none where no source has one."""
    found = job.folder / "target" / "sources.json"
    found.unlink(missing_ok=True)
    outcome = process.invoke([*FRESHNESS.split(), *job.flags, *job.variables])
    if found.exists():
        return list(read_freshness(found, graph.sources, job.scrub))
    if not outcome.success:
        raise _refusal(outcome, "dbt could not ask how old the sources are", _FIX_BUILD)
    return []


def _waiting(graph: Graph, missing: Iterable[Promise]) -> Iterable[Waiting]:
    keys = {promise.key for promise in missing}
    for uid, node in graph.own("model", "seed", "snapshot"):
        upstream = (promise.key for promise in graph.promised(graph.upstream(uid)))
        if needs := tuple(key for key in upstream if key in keys):
            yield Waiting(uid, node["name"], needs)


def _keep(job: Job, name: str) -> Path:
    """Copy an artifact without the paths of this machine."""
    text = (job.folder / "target" / name).read_text(encoding="utf-8")
    kept = job.artifacts / name
    kept.write_text(relative_paths(job.folders)(text), encoding="utf-8")
    return kept


def _failures(results: Iterable[NodeResult], outcome: Outcome) -> str:
    lines = [result.describe() for result in results if result.failed]
    if outcome.success or lines:
        return "\n".join(lines)
    return outcome.problem or "\n".join(outcome.lines[-5:])


def _refusal(outcome: Outcome, what: str, fix: str, where: str = "") -> RunError:
    cause = outcome.problem or "\n".join(outcome.lines[-5:])
    match = _FILE.search(cause)
    detail = "\n".join(f"  {line}" for line in cause.strip().splitlines())
    return RunError(f"{what}:\n{detail}", where=match[0] if match else where, fix=fix)
