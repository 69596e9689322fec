"""A job signs in to the warehouse by what the runner's forge says of it, not by a key."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme

from meshnew.errors import PlatformError, RequirementError
from meshnew.operations.vouched import tokens


class GitHub(ThreadingHTTPServer):
    """Where GitHub's runners ask for a token; it is for whom they say."""

    works = True
    asked: list[str]


class Answers(BaseHTTPRequestHandler):
    server: GitHub

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        known = self.headers["Authorization"] == "bearer the-runner"
        self.send_response(200 if known and self.server.works else 500)
        self.end_headers()
        self.wfile.write(json.dumps({"value": f"signed {len(self.server.asked)}"}).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHub]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    bundle = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    server = GitHub(("127.0.0.1", 0), Answers)
    server.asked = []
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(bundle))
        yield server
    server.shutdown()
    thread.join()
    server.server_close()


def runner(github: GitHub, **more: str) -> dict[str, str]:
    return {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"https://localhost:{github.server_port}/token?api=2",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "the-runner",
        **more,
    }


def test_a_key_needs_nobody_to_vouch(github: GitHub) -> None:
    assert tokens(runner(github, SNOWFLAKE_AUTHENTICATOR="snowflake_jwt")) == {}
    assert tokens(runner(github, DATABRICKS_AUTH_TYPE="oauth")) == {}
    assert github.asked == []


def test_github_vouches_for_each_job_anew(github: GitHub) -> None:
    environ = runner(github, SNOWFLAKE_AUTHENTICATOR="workload_identity")
    assert tokens(environ) == {"DBT_ENV_SECRET_SNOWFLAKE_TOKEN": "signed 1"}
    assert tokens(environ) == {"DBT_ENV_SECRET_SNOWFLAKE_TOKEN": "signed 2"}
    assert github.asked == ["/token?api=2&audience=snowflakecomputing.com"] * 2
    assert tokens(runner(github, DATABRICKS_AUTH_TYPE="env-oidc")) == {
        "DATABRICKS_OIDC_TOKEN": "signed 3"
    }
    assert github.asked[2] == "/token?api=2"


def test_gitlab_has_vouched_before(github: GitHub) -> None:
    told = {"SNOWFLAKE_ID_TOKEN": "signed", "SNOWFLAKE_AUTHENTICATOR": "workload_identity"}
    assert tokens(told) == {"DBT_ENV_SECRET_SNOWFLAKE_TOKEN": "signed"}
    assert github.asked == []


def test_nobody_vouches(github: GitHub) -> None:
    with pytest.raises(RequirementError, match="nobody vouches") as caught:
        tokens({"SNOWFLAKE_AUTHENTICATOR": "workload_identity"})
    assert "id-token: write" in caught.value.fix
    plain = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": "http://localhost/",
        "DATABRICKS_AUTH_TYPE": "env-oidc",
    }
    with pytest.raises(RequirementError, match="nobody vouches"):
        tokens(plain | {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "the-runner"})
    github.works = False
    with pytest.raises(PlatformError, match="does not vouch") as failed:
        tokens(runner(github, DATABRICKS_AUTH_TYPE="env-oidc"))
    assert "the-runner" not in str(failed.value)
