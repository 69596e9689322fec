"""meshnew run."""

from __future__ import annotations

from typing import Annotated

import typer

from meshnew.cli import _completion
from meshnew.cli._options import HERE, As, Everything, Folder, Json
from meshnew.cli._output import show, watcher
from meshnew.cli._tables import print_deployed
from meshnew.errors import UsageError

JOBS = ("deploy",)


def run(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[PROJECT]... JOB",
            help="Projects, then the job.",
            autocompletion=_completion.words_of_run,
        ),
    ],
    everything: Everything = False,
    folder: Folder = HERE,
    actor: As = None,
    as_json: Json = False,
) -> None:
    """Run a job: `deploy` builds in production and publishes the interface.

    What follows `--` goes to dbt.

    Example: `meshnew run flights deploy -- --full-refresh`
    """
    from meshnew.operations.run import deploy
    from meshnew.operations.session import open_session

    named, arguments = _split(words)
    if bool(named) == everything:
        raise UsageError(
            "name either projects or --all", fix="For example: meshnew run --all deploy"
        )
    session = open_session(folder, actor, "run", watcher())
    done = deploy(session, session.mesh.select(named, everything=everything), arguments)
    data = [
        {
            "project": item.project,
            "run": item.run,
            "ok": item.ok,
            "products": item.products,
            "waiting": item.waiting,
            "failures": item.failures,
            "seconds": item.seconds,
        }
        for item in done
    ]
    show(as_json, data, lambda console: print_deployed(console, done))
    if not all(item.ok for item in done):
        raise typer.Exit(1)


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """Projects named and arguments for dbt; the job stands between them."""
    for job in JOBS:
        if job in words:
            at = words.index(job)
            return words[:at], words[at + 1 :]
    raise UsageError(f"no job named in `{' '.join(words)}`", fix=f"Jobs: {', '.join(JOBS)}")
