"""What adding to a project needs: its files, its dbt, the warehouse, and the template's parts."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from meshnew.dbt import environment, profiling
from meshnew.dbt.graph import Graph
from meshnew.dbt.process import Event, Outcome, Process
from meshnew.dbt.text import scrubber
from meshnew.errors import RunError, UsageError
from meshnew.mesh.models import Domain, ProjectSpec
from meshnew.mesh.names import did_you_mean
from meshnew.operations.adding.draft import Draft
from meshnew.operations.repositories import checkout
from meshnew.operations.session import Session
from meshnew.scaffold import parts

if TYPE_CHECKING:
    from psycopg import Connection


class Bench:
    """A project's checkout with everything at hand; a context manager that ends its dbt.

    Args:
        session: the session.
        project: the project.
    """

    def __init__(self, session: Session, project: str) -> None:
        self.session = session
        self.project = project
        self.spec: ProjectSpec = session.mesh.project(project)
        if not self.spec.domains:
            raise UsageError(
                f"{project} is a package: it has no models",
                fix="Give the command inside the checkout of a domain project.",
            )
        self.folder: Path = checkout.clone(session, project)
        self._open = ExitStack()

    def __enter__(self) -> Bench:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    @property
    def package(self) -> str:
        """The internal dbt package."""
        return self.session.mesh.spec.package

    @cached_property
    def parts(self) -> parts.Parts:
        """The parts that the mesh's template has."""
        return parts.of(self.session.template)

    def draft(self) -> Draft:
        """No files yet."""
        return Draft(self.folder)

    def domain(self, given: str | None, here: Path | None = None) -> str:
        """The domain that is meant: named, the only one, or the one whose folder one stands in.

        Raises:
            UsageError: none of these.
        """
        domains = self.spec.domains
        if given is not None and given not in domains:
            raise UsageError(
                f"project {self.project} has no domain `{given}`",
                where="--domain",
                fix=did_you_mean(given, domains, f"It has: {', '.join(domains)}"),
            )
        if given or len(domains) == 1:
            return given or next(iter(domains))
        place = (here or Path()).resolve()
        if place.is_relative_to(self.folder / "models"):
            inside = place.relative_to(self.folder / "models").parts
            if inside and inside[0] in domains:
                return inside[0]
        raise UsageError(
            f"project {self.project} has several domains",
            fix=f"Say which: --domain {' | '.join(domains)}",
        )

    def about(self, domain: str) -> Domain:
        """What the spec says of a domain of the project."""
        return self.spec.domains[domain]

    def warehouse(self) -> AbstractContextManager[Connection[tuple[Any, ...]]]:
        """The warehouse, as who gave the command."""
        return checkout.connection(self.session)

    def tables(self, schema: str) -> dict[str, profiling.Table]:
        """Tables and views of a schema by name."""
        with self.warehouse() as connection:
            return profiling.tables(connection, schema)

    def dbt(self, *args: str) -> Outcome:
        """One dbt command in the person's own schemas; the process is kept for the next one.

        Raises:
            RunError: the process ended.
        """
        with self.session.journal.step(f"dbt {args[0]} in {self.project}") as step:
            outcome = self._process.invoke(args)
            step.failed = not outcome.success
            return outcome

    def parse(self) -> Graph:
        """The project as it is now.

        Raises:
            RunError: it cannot be parsed.
        """
        require(self.dbt("parse"), "the project cannot be parsed", self.project)
        return Graph.read(self.folder / "target" / "manifest.json", self.project)

    @cached_property
    def _process(self) -> Process:
        folder, environ = checkout.development(self.session, self.project)
        python = environment.prepare(folder / "requirements.txt").python
        scrub = scrubber(environ, [(folder, "")])
        return self._open.enter_context(Process(python, folder, environ, self._tell, scrub))

    def _tell(self, event: Event) -> None:
        if event.kind == "finished":
            said = f"  {event.resource} {event.node} {event.status} ({event.seconds:.1f} s)"
            self.session.journal.progress.say(said)
        elif event.kind == "log" and event.status in ("warn", "error"):
            self.session.journal.progress.say(f"  {event.text}")


def require(outcome: Outcome, what: str, where: str) -> None:
    """Refuse to go on after dbt failed.

    Raises:
        RunError: with what dbt said.
    """
    if not outcome.success:
        said = outcome.problem or "\n".join(outcome.lines[-10:]) or "see what dbt says above"
        raise RunError(
            f"{what}: {said.strip()}",
            where=where,
            fix=f"Mend it; what dbt says: meshnew shell {where} -- dbt build",
        )


def refuse_taken(bench: Bench, name: str, taken: Mapping[str, str]) -> None:
    """Refuse the name of a model that is there already.

    Args:
        bench: the bench.
        name: the model's name.
        taken: names of models -> their file.

    Raises:
        UsageError: with the file that has it.
    """
    if name in taken:
        raise UsageError(
            f"{bench.project} has a model of this name: {taken[name]}",
            where=name,
            fix="Choose another name, or edit that file.",
        )


def code(folder: Path) -> dict[str, str]:
    """Models by the name of their file -> that file, as the folder has them now."""
    found = sorted((folder / "models").rglob("*.sql"))
    return {path.stem: path.relative_to(folder).as_posix() for path in found}
