"""Runs dbt commands, one after the other, in the environment of a project.

Started by path with that environment's Python, so it may import nothing but the
standard library and dbt. Reads JSON lines on stdin: first where it is to work,
`{"folder": ..., "environ": {...}}`, then one per command, `{"args": [...]}`. Writes
JSON lines on stdout: what happens, then `{"event": "end", ...}`. When stdin closes
it ends, in the middle of a command too: nothing outlives who started it.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import time
from typing import Any, TextIO

GRACE = 8.0
"""Seconds that dbt has to cancel its queries once nobody listens any more."""

_SHOWN = ("info", "warn", "error")
# Told by a node's start and end, said once per command although a job is several, said by
# the job's result, or so by design (interfaces follow their main).
_SILENT = set(
    """
    LogStartLine NodeStart NodeFinished LogNodeNoOpResult LogModelResult LogTestResult
    LogSnapshotResult LogSeedResult LogBatchResult LogFreshnessResult MainReportVersion
    AdapterRegistered ParsePerfInfoPath UnableToPartialParse FoundStats DepsUnpinned
    DepsListSubdirectory DepsLockUpdating ConcurrencyLine FinishedRunningStats EndOfRunSummary
    StatsLine RunResultError RunResultErrorNoMessage RunResultFailure RunResultWarning
    RunResultWarningMessage SQLCompiledPath Formatting
    """.split()
)


class Channel:
    """Writes one JSON document per line, from any thread."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, event: str, **fields: Any) -> None:
        with self._lock:
            self._stream.write(json.dumps({"event": event, **fields}, default=str) + "\n")
            self._stream.flush()


class Reporter:
    """Turns dbt's events into ours."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._places: dict[str, tuple[int, int]] = {}

    def __call__(self, event: Any) -> None:
        """Pass on what a person wants to see; dbt.log holds the rest."""
        name = event.info.name
        if name == "LogStartLine":
            node, data = event.data.node_info, event.data
            self._places[node.unique_id] = (data.index, data.total)
            self._send("started", node)
        elif name == "NodeFinished":
            node, result = event.data.node_info, event.data.run_result
            if node.unique_id in self._places:  # an ephemeral model ends, but never starts
                self._send("finished", node, status=result.status, seconds=result.execution_time)
        elif name == "SkippingDetails":
            node, data = event.data.node_info, event.data
            self._places[node.unique_id] = (data.index, data.total)
            self._send("finished", node, status="skipped", seconds=0.0)
        elif name not in _SILENT and event.info.level in _SHOWN and event.info.msg.strip():
            self._channel.send("log", level=event.info.level, text=event.info.msg)

    def _send(self, event: str, node: Any, **fields: Any) -> None:
        index, total = self._places.get(node.unique_id, (0, 0))
        self._channel.send(
            event,
            node=node.node_name,
            unique_id=node.unique_id,
            resource=node.resource_type,
            index=index,
            total=total,
            **fields,
        )


class Requests:
    """The commands that arrive on stdin; ends the process when stdin closes."""

    def __init__(self) -> None:
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._busy = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def next(self) -> dict[str, Any] | None:
        self._busy.clear()
        line = self._lines.get()
        self._busy.set()
        return json.loads(line) if line is not None else None

    def _read(self) -> None:
        for line in sys.stdin:
            self._lines.put(line)
        self._lines.put(None)
        if self._busy.is_set():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(GRACE)
            os._exit(130)


def main() -> None:
    """Serve until stdin closes."""
    # What dbt, an adapter or a macro prints must not get between our lines.
    channel = Channel(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)
    requests = Requests()
    from dbt.cli.main import dbtRunner  # type: ignore[import-not-found]

    if (place := requests.next()) is None:  # it was on standby, and not needed
        return
    os.chdir(place["folder"])
    os.environ.update(place["environ"])
    manifest = None
    while (request := requests.next()) is not None:
        args = request["args"]
        reading = args[0] in ("deps", "parse")
        runner = dbtRunner(None if reading else manifest, callbacks=[Reporter(channel)])
        result = runner.invoke(args)
        if args[0] == "parse" and result.success:
            manifest = result.result
        problem = result.exception
        channel.send(
            "end",
            success=bool(result.success),
            kind=type(problem).__name__ if problem else "",
            problem=str(problem) if problem else "",
        )


if __name__ == "__main__":
    main()
