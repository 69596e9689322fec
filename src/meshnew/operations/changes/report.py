"""What the check of a change found, for a person and for a program."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from meshnew.dbt.contract import Difference
from meshnew.dbt.job import Job
from meshnew.dbt.lint import NoLinterError, Problem, lint
from meshnew.dbt.results import JobResult, NodeResult
from meshnew.governance.finding import Finding

_BUILT = ("model", "seed", "snapshot")
_LINTED = "target/lint"
"""Folder that dbt compiles for the linter in: the build beside it has its own."""
_TESTS = ("test", "unit_test")


@dataclass(frozen=True)
class Failure:
    """A model that could not be built or a test that did not pass.

    Attributes:
        name: of the node.
        resource: what it is.
        file: where it is written.
        message: what dbt says.
        query: SQL of a failed test, as it was run; empty for others.
        rows: some of the rows it found.
        log: path of the query's file in the mesh's folder.
    """

    name: str
    resource: str
    file: str
    message: str
    query: str = ""
    rows: list[dict[str, Any]] = field(default_factory=list, hash=False)
    log: str = ""


@dataclass
class CiReport:
    """The check of a change, or of main where `number` is None.

    Attributes:
        project: its name.
        number: of the change.
        run: id of the run; its artifacts lie in `.meshnew/runs/<id>`.
        commit: the commit that was checked, which is not yet merged with main.
        compared: whether there was a production to compare with; without, all is built.
        built: names of models, seeds and snapshots that were built.
        passed: how many tests passed.
        failures: what failed.
        lint: what the linters object to.
        findings: what the rules of the mesh and the owners of files object to, and exceptions.
        contracts: what happens to published products and who consumes them.
        waiting: models left out, each with the products it waits for.
        error: why the check could not be carried out; empty if it was.
        fix: what to do about it.
        notes: what else a person should know.
        seconds: how long it took.
    """

    project: str
    number: int | None
    run: str
    commit: str = ""
    compared: bool = True
    built: list[str] = field(default_factory=list)
    passed: int = 0
    failures: list[Failure] = field(default_factory=list)
    lint: list[Problem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    contracts: list[Difference] = field(default_factory=list)
    waiting: dict[str, list[str]] = field(default_factory=dict)
    error: str = ""
    fix: str = ""
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether the change may be merged as far as this check is concerned."""
        return not (self.failures or self.lint or self.broken or self.error)

    @property
    def broken(self) -> list[Finding]:
        """Findings for which the change must not be merged."""
        return [item for item in self.findings if item.fails]

    @property
    def title(self) -> str:
        """What was checked."""
        return (
            f"change {self.number} of {self.project}" if self.number else f"main of {self.project}"
        )

    @property
    def summary(self) -> str:
        """One line: what was built, what is wrong."""
        if self.error:
            return self.error.splitlines()[0]
        models = sum(item.resource in _BUILT for item in self.failures)
        tests = len(self.failures) - models
        parts = [
            _count(len(self.built), "built", "nothing to build"),
            _count(self.passed, "test passed", "", "tests passed"),
            _count(models, "not built", ""),
            _count(tests, "test failed", "", "tests failed"),
            _count(len(self.lint), "lint problem", "", "lint problems"),
            _count(len(self.broken), "rule broken", "", "rules broken"),
            _count(len(self.waiting), "waiting", ""),
            _count(
                sum(item.breaking for item in self.contracts),
                "breaking change of a product",
                "",
                "breaking changes of products",
            ),
        ]
        return ", ".join(part for part in parts if part)

    def add(self, result: JobResult, failures: list[Failure]) -> None:
        """Take in what dbt did."""
        done = [item for item in result.results if item.status in ("success", "pass", "warn")]
        self.built += [item.name for item in done if item.resource in _BUILT]
        self.passed += sum(item.resource in _TESTS for item in done)
        warned = [item for item in result.results if item.status == "warn"]
        self.notes += [f"warns: {item.name}: {item.message}" for item in warned]
        self.failures += failures
        self.waiting |= {item.name: list(item.needs) for item in result.waiting}
        if not result.ok and not failures:
            self.error = result.error

    def lint_with(self, job: Job, files: list[str] | None) -> None:
        """Lint by a job whose packages are fetched: some files, or all of them."""
        target = {
            "DBT_TARGET": job.target,
            "DBT_PROFILES_DIR": str(job.profiles_dir),
            "DBT_TARGET_PATH": _LINTED,
        }
        try:
            self.lint = lint(job.python, job.folder, files, environ={**job.environ, **target})
        except NoLinterError as error:
            self.notes.append(f"{error.what}. {error.fix}")

    def to_json(self) -> dict[str, Any]:
        """The report as a document."""
        contracts = [item.to_json() for item in self.contracts]
        findings = [item.to_json() for item in self.findings]
        found = {**asdict(self), "contracts": contracts, "findings": findings}
        return {**found, "ok": self.ok, "summary": self.summary}


def failure(item: NodeResult, rows: list[dict[str, Any]], run: str) -> Failure:
    """A failed node with some of its rows."""
    query = item.query.read_text("utf-8").strip() if item.query else ""
    log = f".meshnew/runs/{run}/queries/{item.query.name}" if item.query else ""
    return Failure(item.name, item.resource, item.file, item.message, query, rows, log)


def _count(number: int, one: str, none: str, many: str = "") -> str:
    if number == 0:
        return none
    return f"{number} {one if number == 1 or not many else many}"
