"""GitHub's REST interface by PyGithub, which signs in, repeats, and waits for rate limits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meshnew.errors import RequirementError
from meshnew.forge import _wire

if TYPE_CHECKING:
    from github import Auth, Github

TOKEN = "GITHUB_TOKEN"  # noqa: S105  (a variable's name)
APP = ("GITHUB_APP_ID", "GITHUB_APP_INSTALLATION_ID", "GITHUB_APP_PEM_FILE")
Json = dict[str, Any]


def is_app() -> bool:
    """Whether the environment signs in as a GitHub App, and not with a token."""
    return not os.environ.get(TOKEN) and all(os.environ.get(name) for name in APP)


class Api:
    """Requests.

    Args:
        host: `github.com`, or an Enterprise server with its port if it has one of its own.
    """

    def __init__(self, host: str) -> None:
        self.place = _wire.Place(host, TOKEN, "docs/how-to/use-github.md")
        own = host != "github.com"
        self.base = f"https://{host}/api/v3" if own else "https://api.github.com"

    def get(self, path: str, **parameters: Any) -> Any:
        """An answer."""
        return self._ask("GET", path, parameters=parameters)[1]

    def find(self, path: str, **parameters: Any) -> Any:
        """An answer; None where GitHub knows no such thing."""
        try:
            return self.get(path, **parameters)
        except _wire.RefusedError as error:
            # 409: the repository is empty. 422: there is no such commit.
            if error.status in (404, 409, 422):
                return None
            raise

    def pages(self, path: str, key: str = "", **parameters: Any) -> Iterator[Json]:
        """Everything on all pages of a list.

        Args:
            path: of the first page.
            key: where an answer has its list, if it is no list itself.
            parameters: of the query.
        """
        from requests.utils import parse_header_links

        url: str | None = path
        asked: Json | None = {"per_page": 100, **parameters}
        while url:
            headers, answer = self._ask("GET", url, parameters=asked)
            yield from answer[key] if key else answer
            links = parse_header_links(headers.get("link") or "")
            # The address of the next page has the query in it.
            url = next((link["url"] for link in links if link.get("rel") == "next"), None)
            asked = None

    def send(self, verb: str, path: str, **body: Any) -> Any:
        """What GitHub answers to a request that changes something."""
        return self._ask(verb, path, body=body or None)[1]

    def text(self, path: str, media: str) -> str:
        """An answer in another form than JSON."""
        answer = self._ask("GET", path, headers={"Accept": media})[1]
        return str(answer["data"]) if answer else ""

    def token(self) -> str:
        """What git signs in with."""
        return self._auth.token

    def _ask(
        self,
        verb: str,
        path: str,
        *,
        parameters: Json | None = None,
        body: Json | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[Json, Any]:
        with self._errors(f"{verb} {path}"):
            return self._github.requester.requestJsonAndCheck(
                verb, path, parameters=parameters, input=body, headers=headers
            )

    @cached_property
    def _github(self) -> Github:
        from github import Github, GithubRetry

        retry = GithubRetry(
            total=_wire.RETRIES,
            backoff_factor=0.5,
            secondary_rate_wait=60,
            max_rate_limit_wait=_wire.LONGEST_WAIT,
        )
        return Github(
            auth=self._auth,
            base_url=self.base,
            retry=retry,
            timeout=30,
            user_agent="meshnew",
            seconds_between_requests=0,
            seconds_between_writes=0.2,
        )

    @cached_property
    def _auth(self) -> Auth.Auth:
        try:
            from github import Auth
        except ImportError as error:
            raise _wire.no_library("github") from error
        if token := os.environ.get(TOKEN):
            return Auth.Token(token)
        number, installation, key = (os.environ.get(name, "") for name in APP)
        if not (number and installation and key):
            raise _wire.no_token(self.place)
        if not installation.isdigit():
            raise RequirementError(f"{APP[1]} is no number", fix="Correct it.")
        pem = key.replace("\\n", "\n") if "BEGIN" in key else _read(key)
        return Auth.AppAuth(number, pem).get_installation_auth(int(installation))

    @contextmanager
    def _errors(self, asked: str) -> Iterator[None]:
        try:
            from github import GithubException, RateLimitExceededException
        except ImportError as error:
            raise _wire.no_library("github") from error
        try:
            with _wire.network(self.place):
                yield
        except RateLimitExceededException as error:
            raise _wire.put_off(self.place, _said(error.data)) from error
        except GithubException as error:
            said = _said(error.data)
            raise _wire.refusal(self.place, error.status, said, asked) from error


def _said(data: Any) -> str:
    """GitHub's words, the details with them."""
    if not isinstance(data, dict):
        return str(data or "it does not say why")
    details = [
        item if isinstance(item, str) else item.get("message") or ""
        for item in data.get("errors") or []
    ]
    words = [str(data.get("message") or ""), *details]
    return "; ".join(word for word in words if word) or "it does not say why"


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise RequirementError(
            f"{APP[2]} names a file that cannot be read", fix="Correct the path."
        ) from error
