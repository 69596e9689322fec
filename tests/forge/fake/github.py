"""The world in GitHub's words; each request and each answer is held against its description."""

from __future__ import annotations

import json
import traceback
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from tests.forge.description import OPERATIONS
from tests.forge.fake.described import BASE, Described
from tests.forge.fake.github_answers import Answers
from tests.forge.fake.github_objects import Plain, RefusedError
from tests.forge.fake.world import ORGANIZATION, Pull, Repository, World

PAGE = 2
"""More than this is on several pages, whatever is asked for."""
_SEVERAL = ("ref", "path", "branch", "basehead")


class GitHub(Answers):
    """REST.

    Attributes:
        wrong: what the description did not know.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.described = Described()
        self.wrong: list[str] = []
        rules = []
        for line in OPERATIONS.split("\n"):
            if line:
                verb, path = line.split()
                rules.append(Rule(_werkzeug(path), methods=[verb], endpoint=(verb, path)))
        self._map = Map(rules, merge_slashes=False)

    def answer(self, request: Request) -> Response:
        """What GitHub would say."""
        try:
            adapter = self._map.bind_to_environ(request.environ)
            (verb, path), values = adapter.match(request.path, request.method)
        except HTTPException:
            self.wrong.append(f"nobody answers {request.method} {request.path}")
            return self._refused(RefusedError(404, "Not Found"))
        try:
            self.described.check(request, path, values)
            answer = self._say(request, verb, path, values)
            if not answer.headers.get("X-Plain"):
                self.described.check_answer(request, path, values, answer)
        except RefusedError as refuse:
            answer = self._refused(refuse)
            if refuse.status not in (401, 409) and str(refuse.status) in self._known(verb, path):
                self.described.check_answer(request, path, values, answer)
        except Exception as error:
            self.wrong.append(f"{verb} {path}: {_why(error)}")
            return Response("fault of the fake", 418)
        return answer

    def _known(self, verb: str, path: str) -> Any:
        return self.described.text["paths"][path][verb]["responses"]

    def _refused(self, refuse: RefusedError) -> Response:
        return _json(refuse.body, refuse.status)

    def _say(self, request: Request, verb: str, path: str, values: dict[str, Any]) -> Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        who = self.world.person(token) if scheme.lower() in ("token", "bearer") else None
        if who is None:
            raise RefusedError(401, "Bad credentials")
        handler = getattr(self, _name(verb, path))
        given = dict(values)
        if given.pop("owner", ORGANIZATION) != ORGANIZATION:
            raise RefusedError(404, "Not Found")
        if given.pop("org", ORGANIZATION) != ORGANIZATION:
            raise RefusedError(404, "Not Found")
        if "repo" in given:
            given["repo"] = self._repository(given["repo"])
        if "pull_number" in given or "issue_number" in given:
            number = int(given.pop("pull_number", None) or given.pop("issue_number", 0))
            given["pull"] = self._pull(given["repo"], number)
        said = handler(request=request, who=who, **given)
        status, body = said if isinstance(said, tuple) else (200, said)
        if isinstance(body, Plain):
            return Response(body, status, {"X-Plain": "yes"}, mimetype="text/plain")
        if body is None:
            return Response("", status)
        headers: dict[str, str] = {}
        key = next(
            (k for k in ("check_runs", "statuses") if isinstance(body, dict) and k in body), ""
        )
        items = body[key] if key else body
        if isinstance(items, list):
            items, headers = _paged(request, items)
            body = {**body, key: items} if key else items
        return _json(self.described.answer(path, verb, status, body), status, headers)

    def _repository(self, name: str) -> Repository:
        if name not in self.world.repositories:
            raise RefusedError(404, "Not Found")
        return self.world.repositories[name]

    def _pull(self, repository: Repository, number: int) -> Pull:
        if number not in repository.pulls:
            raise RefusedError(404, "Not Found")
        return repository.refresh(repository.pulls[number])


def _why(error: Exception) -> str:
    """What a description did not know, or where the fake itself failed."""
    found = getattr(error.__cause__, "schema_errors", None)
    if found is None:
        return traceback.format_exc()
    return "; ".join(f"{item.json_path}: {item.message[-300:]}" for item in found)


def _werkzeug(path: str) -> str:
    """A path of the description as a rule: some of its parts have slashes in them."""
    for part in path.split("/"):
        if part.startswith("{"):
            name = part[1:-1]
            # A commit's `ref` has none, and more comes behind it.
            several = name in _SEVERAL and path.endswith(part) and "/commits/" not in path
            path = path.replace(part, f"<{'path:' if several else ''}{name}>")
    return BASE + path


def _name(verb: str, path: str) -> str:
    return f"{verb}{path}".translate(str.maketrans({"/": "_", "{": None, "}": None, "-": "_"}))


def _json(body: Any, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(body), status, headers, mimetype="application/json")


def _paged(request: Request, items: list[Any]) -> tuple[list[Any], dict[str, str]]:
    page = int(request.args.get("page", 1))
    some = items[(page - 1) * PAGE : page * PAGE]
    if page * PAGE >= len(items):
        return some, {}
    query = "&".join(f"{k}={v}" for k, v in request.args.items() if k != "page")
    return some, {"Link": f'<{request.base_url}?{query}&page={page + 1}>; rel="next"'}
