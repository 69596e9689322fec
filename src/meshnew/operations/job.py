"""Jobs in the folder of a checkout, as the runner of a hosted forge does them: no mesh is at hand.

What dbt is told, how a change is linted and compared, and what is published is the same as in
`meshnew run`; who the job is comes from the runner's own variables.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from meshnew.dbt import environment, interfaces
from meshnew.dbt.graph import Graph
from meshnew.dbt.job import Job, ci_steps, execute, operation
from meshnew.dbt.process import Event
from meshnew.dbt.results import JobResult
from meshnew.errors import UsageError
from meshnew.forge import git, working
from meshnew.mesh.access import ci_schema
from meshnew.mesh.mesh import INTERFACES
from meshnew.mesh.names import CI
from meshnew.operations import vouched
from meshnew.operations.changes import governance
from meshnew.operations.changes.ci import STATE, looking, to_lint
from meshnew.operations.changes.package_ci import SCHEMA_VARIABLE
from meshnew.operations.changes.report import CiReport, failure
from meshnew.operations.journal import new_id
from meshnew.operations.progress import Progress
from meshnew.operations.runs import production, publishing
from meshnew.operations.runs.jobs import QUIET, STEPS
from meshnew.scaffold.render import ANSWERS_FILE, read_answers


@dataclass(frozen=True)
class Checkout:
    """A rendered project in a folder.

    Attributes:
        folder: where it lies.
        project: its name.
        package: the mesh's internal package.
        repositories: how addresses of the mesh's repositories begin.
        options: of the template.
        progress: is told what happens.
    """

    folder: Path
    project: str
    package: str
    repositories: str
    options: tuple[str, ...]
    progress: Progress

    @classmethod
    def at(cls, folder: Path, progress: Progress) -> Checkout:
        """The project of a folder.

        Raises:
            UsageError: the folder holds none that the template rendered.
        """
        path = folder / ANSWERS_FILE
        if not path.is_file():
            raise UsageError(
                f"no project of a mesh: it has no {ANSWERS_FILE}",
                where=folder.resolve().name,
                fix="Give the command in a project's checkout, or name it with -C.",
            )
        found = read_answers(path.read_text(encoding="utf-8"))
        return cls(
            folder.resolve(),
            found["project"],
            found["package"],
            found["repositories"],
            tuple(found.get("options") or ()),
            progress,
        )

    def job(self, run: str, target: str, steps: tuple[str, ...], **environ: str) -> Job:
        """A job of it in its own environment, as whom the runner's variables say."""
        own = {k: v for k, v in os.environ.items() if k not in environment.OF_ANOTHER}
        loom = self.folder / "dbt_loom.config.yml"
        more = {"DBT_LOOM_CONFIG": str(loom)} if loom.exists() else {}
        return Job(
            project=self.project,
            folder=self.folder,
            profiles_dir=self.folder,
            python=environment.prepare(self.folder / "requirements.txt").python,
            target=target,
            environ={**own, **vouched.tokens(own), **more, **environ},
            artifacts=self.folder / "target" / "runs" / run,
            package=self.package,
            steps=steps,
        )

    def show(self, event: Event) -> None:
        """Tell what a job is at."""
        if event.kind == "step":
            self.progress.say(f"{self.project}: {event.text}")
        elif event.kind == "finished" and event.status not in QUIET:
            self.progress.say(f"  {event.resource} {event.node} {event.status}")


def check(here: Checkout, number: int) -> CiReport:
    """Check what is checked out against production, in a schema that is dropped in the end.

    Args:
        here: the project; what is checked out is the change merged with main.
        number: of the change.
    """
    began = time.monotonic()
    report = CiReport(here.project, number, new_id(), working.head_of(here.folder))
    report.compared = production.fetch_here(here.folder, here.folder / STATE)
    steps = ci_steps(
        state=STATE if report.compared else "",
        evaluated="dbt_project_evaluator" in here.options,
    )
    schema = ci_schema(here.project, number)
    job = here.job(report.run, CI, steps, **{SCHEMA_VARIABLE: schema})
    changed = to_lint(working.changed_since_main(here.folder))

    def begin(look: Callable[[Graph], None], graph: Graph) -> Sequence[str]:
        look(graph)
        # Who is on the forge is not known here; `meshnew check owners` asks it.
        report.findings += governance.owners(here.folder, None)
        # Elsewhere dbt makes the schema itself, in a database of CI's own.
        if graph.adapter == "postgres":
            operation(job, "create_ci_schema", number=number)
        return ()

    with _dropped(job, number), looking(report, job, changed) as look:
        result = execute(job, here.show, on_parsed=partial(begin, look))
    report.add(result, [failure(item, [], report.run) for item in result.failures])
    report.seconds = round(time.monotonic() - began, 1)
    return report


def clean_up(here: Checkout, number: int) -> None:
    """Drop the schema of a change's check; for a check that was cancelled before it could."""
    _drop(here.job(new_id(), CI, ()), number)


@contextmanager
def _dropped(job: Job, number: int) -> Iterator[None]:
    try:
        yield
    finally:
        # What the forge said at the start may hold no more.
        _drop(replace(job, environ={**job.environ, **vouched.tokens(os.environ)}), number)


def _drop(job: Job, number: int) -> None:
    """Drop the schema; what had not yet fetched its packages has made none."""
    if (job.folder / "dbt_packages").is_dir():
        operation(job, "drop_ci_schema", number=number)


def deploy(here: Checkout, name: str) -> JobResult:
    """Build production, publish the interface, keep the manifest for the next comparison.

    Args:
        here: the project, at main.
        name: `deploy`, or `daily`, which asks how old the sources are as well.
    """
    job = here.job(new_id(), "prod", STEPS[name])
    seen: list[Graph] = []

    def keep(graph: Graph) -> Sequence[str]:
        seen.append(graph)
        return ()

    result = execute(job, here.show, on_parsed=keep)
    if result.built:
        _publish(here, seen[0], result)
    return result


def _publish(here: Checkout, graph: Graph, result: JobResult) -> None:
    published = [interfaces.from_graph(graph)]
    git.publish(
        f"{here.repositories}{INTERFACES}.git",
        environ={},
        author=None,
        message=f"Publish the interface of {here.project}",
        write=publishing.writer(published),
    )
    manifest = json.loads(result.manifest.read_text("utf-8"))
    production.store_at(
        f"{here.repositories}{here.project}.git",
        production.without_waiting(manifest, result),
        working.head_of(here.folder),
        environ={},
    )
