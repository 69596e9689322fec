"""GitLab's REST interface by python-gitlab, which signs in, repeats, and waits for rate limits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from meshnew.forge import _wire

if TYPE_CHECKING:
    from gitlab import Gitlab

TOKEN = "GITLAB_TOKEN"  # noqa: S105  (a variable's name)
Json = dict[str, Any]


class Api:
    """Requests.

    Args:
        host: `gitlab.com`, or a server of one's own with its port if it has one of its own.
    """

    def __init__(self, host: str) -> None:
        self.place = _wire.Place(host, TOKEN, "docs/how-to/use-gitlab.md")

    def get(self, path: str, **parameters: Any) -> Any:
        """An answer."""
        with self._errors(f"GET {path}"):
            return self._gitlab.http_get(path, query_data=parameters, max_retries=_wire.RETRIES)

    def find(self, path: str, **parameters: Any) -> Any:
        """An answer; None where GitLab knows no such thing."""
        try:
            return self.get(path, **parameters)
        except _wire.RefusedError as error:
            if error.status == 404:  # noqa: PLR2004
                return None
            raise

    def text(self, path: str, **parameters: Any) -> str | None:
        """A file as it is; None where there is none."""
        try:
            with self._errors(f"GET {path}"):
                answer = self._gitlab.http_get(
                    path, query_data=parameters, raw=True, max_retries=_wire.RETRIES
                )
        except _wire.RefusedError as error:
            if error.status == 404:  # noqa: PLR2004
                return None
            raise
        return bytes(answer.content).decode()  # type: ignore[union-attr]

    def pages(self, path: str, **parameters: Any) -> Iterator[Json]:
        """Everything on all pages of a list."""
        asked = {"per_page": 100, **parameters}
        with self._errors(f"GET {path}"):
            found = self._gitlab.http_list(
                path, query_data=asked, iterator=True, max_retries=_wire.RETRIES
            )
            yield from found

    def send(self, verb: str, path: str, **body: Any) -> Any:
        """What GitLab answers to a request that changes something."""
        with self._errors(f"{verb} {path}"):
            answer = self._gitlab.http_request(
                verb.lower(), path, post_data=body, max_retries=_wire.RETRIES
            )
        return answer.json() if answer.content else None

    @cached_property
    def _gitlab(self) -> Gitlab:
        try:
            from gitlab import Gitlab
        except ImportError as error:
            raise _wire.no_library("gitlab") from error
        token = os.environ.get(TOKEN)
        if not token:
            raise _wire.no_token(self.place)
        return Gitlab(
            f"https://{self.place.host}",
            private_token=token,
            timeout=30,
            user_agent="meshnew",
            retry_transient_errors=True,
            keep_base_url=True,
        )

    @contextmanager
    def _errors(self, asked: str) -> Iterator[None]:
        try:
            from gitlab import GitlabError
        except ImportError as error:
            raise _wire.no_library("gitlab") from error
        try:
            with _wire.network(self.place):
                yield
        except GitlabError as error:
            status, said = int(error.response_code or 0), str(error.error_message)
            raise _wire.refusal(self.place, status, said, asked) from error
