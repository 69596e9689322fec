"""Pins are held against known advisories; no network is no failure."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests import advisories


class Source:
    """A database of advisories on this machine: what it answers, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.known: dict[str, list[str]] = {}
        self.broken = False
        source = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                source.asked = json.loads(self.rfile.read(size))["queries"]
                answer = [
                    {"vulns": [{"id": i} for i in source.known[name]]}
                    if name in source.known
                    else {}
                    for name in (query["package"]["name"] for query in source.asked)
                ]
                self.send_response(503 if source.broken else 200)
                self.end_headers()
                self.wfile.write(json.dumps({"results": answer}).encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    source = Source()
    thread = threading.Thread(target=source.server.serve_forever)
    thread.start()
    yield source
    source.server.shutdown()
    thread.join()
    source.server.server_close()


def test_every_pin_is_asked_about(source: Source, capsys: pytest.CaptureFixture[str]) -> None:
    assert advisories.main(source.url) == 0
    asked = {query["package"]["name"]: query["version"] for query in source.asked}
    lines = advisories.CONSTRAINTS.read_text().splitlines()
    assert {f"{name}=={version}" for name, version in asked.items()} == set(filter(None, lines))
    assert "none known" in capsys.readouterr().out


def test_a_pin_with_an_advisory_fails_with_its_name(
    source: Source, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source.known = {"copier": ["GHSA-1", "PYSEC-2"]}
    assert advisories.main(source.url) == 1
    assert ": GHSA-1, PYSEC-2" in capsys.readouterr().err
    monkeypatch.setattr(advisories, "ACCEPTED", {"GHSA-1": "no tasks", "PYSEC-2": "no tasks"})
    assert advisories.main(source.url) == 0


def test_without_an_answer_nothing_fails_and_the_reason_is_said(
    source: Source, capsys: pytest.CaptureFixture[str]
) -> None:
    source.broken = True
    assert advisories.main(source.url) == 0
    assert "not checked" in (said := capsys.readouterr().out)
    assert "503" in said
    assert advisories.main("http://127.0.0.1:9") == 0
    assert "refused" in capsys.readouterr().out
