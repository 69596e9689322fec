"""One HTTPS server on the loopback: REST under /api, git everywhere else."""

from __future__ import annotations

import logging
import os
import subprocess
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme
from werkzeug import Request, Response
from werkzeug.serving import make_server

from tests.forge.fake.github import GitHub
from tests.forge.fake.gitlab import GitLab
from tests.forge.fake.world import ORGANIZATION, World


class Server:
    """The forge behind one address.

    Attributes:
        world: what is on it.
        faults: answers that the next requests get instead of their own.
        asked: verb and path of each request to REST, in order.
        signed: what git signed in with.
        wrong: what a description did not know, which is a fault of ours.
    """

    def __init__(self, folder: Path) -> None:
        self.world = World(folder / "git")
        self.faults: deque[Response] = deque()
        self.asked: list[str] = []
        self.signed: set[tuple[str, str]] = set()
        self.github = GitHub(self.world)
        self.gitlab = GitLab(self.world)
        folder.mkdir(exist_ok=True)
        self.ca = folder / "ca.pem"
        self.host = ""

    @property
    def wrong(self) -> list[str]:
        return [*self.github.wrong, *self.gitlab.wrong]

    def forgive(self) -> None:
        """Begin anew."""
        for told in (self.github.wrong, self.gitlab.wrong, self.asked, self.signed, self.faults):
            told.clear()

    @contextmanager
    def serving(self) -> Iterator[Server]:
        """The server in a thread of its own."""
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.ca))
        with authority.issue_cert("localhost").private_key_and_cert_chain_pem.tempfile() as pem:
            server = make_server("localhost", 0, self._app, threaded=True, ssl_context=(pem, pem))
            self.host = f"localhost:{server.server_port}"
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()
                server.server_close()

    def environment(self, person: str) -> dict[str, str]:
        """Variables by which somebody reaches it."""
        trusted = {"REQUESTS_CA_BUNDLE": str(self.ca), "GIT_SSL_CAINFO": str(self.ca)}
        return trusted | dict.fromkeys(("GITHUB_TOKEN", "GITLAB_TOKEN"), f"{person}-token")

    def _app(self, environ, start):  # type: ignore[no-untyped-def]
        request = Request(environ)
        request.max_content_length = None
        return self._answer(request)(environ, start)

    def _answer(self, request: Request) -> Response:
        if not request.path.startswith("/api/"):
            return self._git(request)
        self.asked.append(f"{request.method} {request.path}")
        if self.faults:
            return self.faults.popleft()
        api = self.github if request.path.startswith("/api/v3") else self.gitlab
        return api.answer(request)

    def _git(self, request: Request) -> Response:
        """What git's own server says to whoever signs in."""
        given = request.authorization
        who = self.world.person(given.password or "") if given else None
        if given is None or who is None:
            ask = {"WWW-Authenticate": 'Basic realm="forge"'}
            return Response("sign in", 401, ask)
        self.signed.add((str(given.username), str(given.password)))
        name, _, rest = request.path.removeprefix(f"/{ORGANIZATION}/").partition(".git")
        repository = self.world.repositories.get(name)
        if repository is None:
            return Response("Repository not found", 404)
        if "git-receive-pack" in request.url and who not in self.world.writers(repository):
            return Response("You are not allowed to push code to this project.", 403)
        open_ = self.world.may_push_main(repository, who)
        return _backend(request, repository.bare.folder, rest, {"REMOTE_USER": who} | _main(open_))


def _main(open_: bool) -> dict[str, str]:
    """What the repository's hook is told."""
    return {"MAIN": "open" if open_ else "protected"}


def _backend(request: Request, folder: Path, rest: str, more: dict[str, str]) -> Response:
    """git http-backend, which is a CGI program."""
    body = request.get_data()
    if request.headers.get("Content-Encoding") == "gzip":
        import gzip

        body = gzip.decompress(body)
    variables = {
        "GIT_PROJECT_ROOT": str(folder.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{folder.name}{rest}",
        "QUERY_STRING": request.query_string.decode(),
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.content_type or "",
        "CONTENT_LENGTH": str(len(body)),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        "PATH": os.environ["PATH"],
    } | more
    done = subprocess.run(
        ["git", "http-backend"], env=variables, input=body, capture_output=True, check=False
    )
    head, _, answer = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
    status = int(headers.pop("Status", "200").split()[0])
    return Response(answer, status, headers)
