"""What came out of a job: read from dbt's artifacts, kept next to its log."""

from __future__ import annotations

import json
import re
import shutil
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meshnew.dbt.graph import Node

_HEADLINE = re.compile(r"\w+ Error in \w+ \S+ \(.+\)")
_BUILT = frozenset({"model", "seed", "snapshot"})
_FAILED = frozenset({"error", "fail", "runtime error", "partial success"})


@dataclass(frozen=True)
class NodeResult:
    """What became of one model, seed, snapshot or test.

    Attributes:
        unique_id: dbt's id.
        name: its name.
        resource: `model`, `seed`, `snapshot`, `test`, `unit_test`, `source` or `operation`.
        status: dbt's word: `success`, `pass`, `warn`, `error`, `fail`, `skipped`, ...
        seconds: how long it took.
        rows: rows written, of a test rows that offend; None where it is not known.
        message: what dbt said about it.
        file: its file in the project.
        query: of a failure, a file with the query that shows the offending rows.
    """

    unique_id: str
    name: str
    resource: str
    status: str
    seconds: float
    rows: int | None
    message: str
    file: str
    query: Path | None = None

    @property
    def failed(self) -> bool:
        """Whether it is why the job did not pass."""
        return self.status in _FAILED

    def describe(self) -> str:
        """One line for a person: what failed, where, and why."""
        where = f" ({self.file})" if self.file else ""
        lines = [f"{self.resource} {self.name}{where}: {' '.join(self.message.split())}"]
        if self.query:
            lines.append(f"  query for its rows: {self.query.parent.name}/{self.query.name}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Waiting:
    """A model that was left out because what it reads does not exist yet.

    Attributes:
        unique_id: dbt's id.
        name: its name.
        needs: keys of the missing products of other projects, such as `flights.delays.v1`.
    """

    unique_id: str
    name: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class JobResult:
    """How a job ended.

    Attributes:
        ok: whether all that could be built was built and all tests on it passed.
        waiting: models left out; a later run builds them.
        results: every node that ran or was skipped.
        manifest: a copy of dbt's manifest, without absolute paths.
        run_results: a copy of dbt's run_results.json, None where nothing ran.
        built: whether all that is built passed, whatever the sources' freshness.
        error: what failed, for a person; empty if ok.
    """

    ok: bool
    built: bool
    waiting: tuple[Waiting, ...]
    results: tuple[NodeResult, ...]
    manifest: Path
    run_results: Path | None
    error: str = ""

    @property
    def failures(self) -> tuple[NodeResult, ...]:
        """The nodes that are why it did not pass."""
        return tuple(result for result in self.results if result.failed)


def read_results(
    run_results: Path,
    nodes: dict[str, Node],
    folder: Path,
    queries: Path,
    scrub: Callable[[str], str],
) -> tuple[NodeResult, ...]:
    """Read a run_results.json.

    Args:
        run_results: the file.
        nodes: the nodes of the manifest, by id.
        folder: the project, where dbt left the compiled queries.
        queries: folder to copy the queries of failed tests to.
        scrub: takes secrets and absolute paths out of messages.
    """
    found = json.loads(run_results.read_text(encoding="utf-8"))["results"]
    return tuple(_result(item, nodes, folder, queries, scrub) for item in found)


def read_freshness(
    sources: Path, nodes: dict[str, Node], scrub: Callable[[str], str]
) -> tuple[NodeResult, ...]:
    """Read a sources.json, what `dbt source freshness` writes."""
    found = json.loads(sources.read_text(encoding="utf-8"))["results"]
    return tuple(_source(item, nodes, scrub) for item in found)


def _source(
    item: dict[str, Any], nodes: dict[str, Node], scrub: Callable[[str], str]
) -> NodeResult:
    uid, status = item["unique_id"], str(item["status"])
    node = nodes.get(uid, {})
    # Cut after the project: source.flights.raw.planes
    return NodeResult(
        unique_id=uid,
        name=uid.split(".", 2)[-1],
        resource="source",
        status=status,
        seconds=round(item.get("execution_time") or 0.0, 2),
        rows=None,
        message=_message(scrub(str(item.get("error") or ""))) or _age(item),
        file=node.get("original_file_path", ""),
    )


def _age(item: dict[str, Any]) -> str:
    """How old a source is and how old it may be, in words."""
    hours = item["max_loaded_at_time_ago_in_s"] / 3600
    allowed = (item.get("criteria") or {}).get("error_after") or {}
    limit = f", {allowed['count']} {allowed['period']}s are allowed" if allowed.get("count") else ""
    newest = str(item["max_loaded_at"])[:16].replace("T", " ")
    return f"the newest row is of {newest}, {hours:.1f} hours old{limit}"


def _result(
    item: dict[str, Any],
    nodes: dict[str, Node],
    folder: Path,
    queries: Path,
    scrub: Callable[[str], str],
) -> NodeResult:
    uid, status = item["unique_id"], str(item["status"])
    resource = uid.split(".")[0]
    node = nodes.get(uid, {})
    written = (item.get("adapter_response") or {}).get("rows_affected")
    rows = written if resource in _BUILT else item.get("failures")
    return NodeResult(
        unique_id=uid,
        name=node.get("name", uid.split(".", 2)[-1]),
        resource=resource,
        status=status,
        seconds=round(item.get("execution_time") or 0.0, 2),
        rows=rows if isinstance(rows, int) and rows >= 0 else None,
        message=_message(scrub(item.get("message") or "")),
        file=node.get("original_file_path", ""),
        query=_query(node, folder, queries) if resource == "test" and status in _FAILED else None,
    )


def _message(text: str) -> str:
    """What dbt said, without the names and paths that a result has of its own."""
    lines = [line for line in text.splitlines() if not line.strip().startswith("compiled code at")]
    if len(lines) > 1 and _HEADLINE.fullmatch(lines[0]):
        lines = lines[1:]
    return textwrap.dedent("\n".join(lines)).strip()


def _query(node: Node, folder: Path, queries: Path) -> Path | None:
    """Copy the query of a failed test: the next run would overwrite it."""
    compiled = folder / "target" / "compiled" / node["package_name"] / node["original_file_path"]
    if compiled.suffix in (".yml", ".yaml"):  # a generic test: a folder named like the file
        compiled = compiled / node["path"]
    if not compiled.is_file():
        return None
    queries.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(compiled, queries / f"{node['name']}.sql"))
