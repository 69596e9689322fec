"""What goes wrong between meshnew and a forge that others run: waited for, repeated, or said."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug import Response

from meshnew.errors import ForgeError, RequirementError
from meshnew.forge import git
from tests.forge.conformance.conftest import KINDS, Hosted

pytestmark = pytest.mark.long
Make = Callable[[str], Hosted]
BUSY = {"Retry-After": "0"}


@pytest.fixture(params=list(KINDS))
def place(request: pytest.FixtureRequest, hosted: Make) -> Hosted:
    return hosted(request.param)


def fail(place: Hosted, status: int, times: int = 1, headers: dict[str, str] | None = None) -> None:
    body = '{"message": "You have exceeded a secondary rate limit."}'
    answer = (body, status, headers, "application/json")
    place.server.faults.extend(Response(*answer) for _ in range(times))


@pytest.mark.parametrize("status", [502, 503])
def test_a_forge_that_stumbles_is_asked_again(place: Hosted, status: int) -> None:
    forge = place.acting("ada")
    fail(place, status, times=2)
    assert forge.exists("flights")


def test_a_rate_limit_is_waited_for(place: Hosted) -> None:
    forge = place.acting("ada")
    fail(place, 403 if place.check == "ci" else 429, headers=BUSY)
    assert forge.exists("flights")


def test_a_forge_that_stays_away_is_said(place: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    forge = place.acting("ada")
    fail(place, 503, times=6)
    with pytest.raises(ForgeError) as refused:
        forge.exists("flights")
    assert place.server.host in str(refused.value)
    assert not isinstance(refused.value, RequirementError)


@pytest.mark.parametrize(
    ("status", "message", "way"),
    [(401, "is not taken", "has expired"), (403, "may not do this", "lists the rights")],
)
def test_a_token_that_does_not_do_is_said(
    place: Hosted, status: int, message: str, way: str
) -> None:
    forge = place.acting("ada")
    body = '{"message": "Resource not accessible by personal access token"}'
    place.server.faults.append(Response(body, status, mimetype="application/json"))
    with pytest.raises(ForgeError, match=message) as refused:
        forge.protection("flights")
    assert "_TOKEN" in refused.value.what
    assert way in refused.value.fix
    assert "docs/how-to/use-git" in refused.value.fix
    assert "ada-token" not in str(refused.value)


def test_a_certificate_that_is_not_trusted_is_said(
    place: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = type(place.acting("bob"))(place.server.host, "skyline")
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    monkeypatch.setattr("time.sleep", lambda _: None)
    with pytest.raises(ForgeError) as refused:
        stranger.exists("flights")
    assert "certificate is not trusted" in refused.value.what
    assert "REQUESTS_CA_BUNDLE" in refused.value.fix


def test_git_signs_in_by_the_environment_and_leaves_no_trace_of_the_token(
    place: Hosted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    config = tmp_path / "gitconfig"
    config.write_text(f"[credential]\n\thelper = store --file={kept}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    forge = place.acting("ada")
    url, environ = forge.url("flights"), forge.environment()
    assert url == "git@localhost:skyline/flights.git"
    assert "ada-token" not in " ".join(environ.values())
    place.server.signed.clear()
    git.clone(url, tmp_path / "clone", environ=environ)
    user = {"ci": "x-access-token"}.get(place.check, "oauth2")
    assert place.server.signed == {(user, "ada-token")}
    assert not kept.exists()
    traced = subprocess.run(
        ["git", "fetch", "origin"],
        cwd=tmp_path / "clone",
        env=os.environ | environ | {"GIT_TRACE": "1", "GIT_CURL_VERBOSE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "ada-token" not in traced.stderr
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in files if b"ada-token" in path.read_bytes()] == []


def test_without_a_token_git_is_left_to_what_the_user_has_set_up(
    place: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge = place.acting("ada")
    monkeypatch.delenv("GITHUB_TOKEN")
    monkeypatch.delenv("GITLAB_TOKEN")
    assert forge.environment() == {}
