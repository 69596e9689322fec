"""The world in GitLab's words: shape only, since no registry has a description of them."""

from __future__ import annotations

import json
import traceback
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from tests.forge.fake.gitlab_answers import Answers, WrongError
from tests.forge.fake.world import ORGANIZATION, World

PAGE = 2
"""More than this is on several pages, whatever is asked for."""
_PROJECT = "projects/<project>"
_REQUEST = f"{_PROJECT}/merge_requests/<int:iid>"
_ROUTES = f"""
GET  user                                                  whoami
GET  users                                                 users
GET  groups/<group>                                        group
GET  groups/<group>/subgroups                              subgroups
GET  groups/<group>/members                                group_members
GET  {_PROJECT}                                            project_told
GET  {_PROJECT}/members/all                                project_members
GET  {_PROJECT}/approval_rules                             approval_rules
GET  {_PROJECT}/repository/branches/<branch>               branch_told
DELETE {_PROJECT}/repository/branches/<branch>             delete_branch
GET  {_PROJECT}/repository/files/<path>/raw                file
GET  {_PROJECT}/repository/tree                            tree
GET  {_PROJECT}/repository/compare                         compare
GET  {_PROJECT}/repository/commits/<sha>                   commit
GET  {_PROJECT}/repository/commits/<sha>/statuses          statuses
POST {_PROJECT}/statuses/<sha>                             report
GET  {_PROJECT}/merge_requests                             requests
POST {_PROJECT}/merge_requests                             open
GET  {_REQUEST}                                            request_told
PUT  {_REQUEST}                                            update
GET  {_REQUEST}/diffs                                      diffs
PUT  {_REQUEST}/merge                                      merge
POST {_REQUEST}/approve                                    approve
GET  {_REQUEST}/approvals                                  approvals
GET  {_REQUEST}/notes                                      notes
POST {_REQUEST}/notes                                      note
"""


class GitLab(Answers):
    """REST."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.wrong: list[str] = []
        rules = []
        for line in _ROUTES.strip().splitlines():
            verb, path, name = line.split()
            rules.append(Rule(f"/api/v4/{path}", methods=[verb], endpoint=name))
        self._map = Map(rules, merge_slashes=False)

    def answer(self, request: Request) -> Response:
        """What GitLab would say."""
        # Names with a slash in them are one part of a path: only the raw one shows that.
        path = request.environ["REQUEST_URI"].partition("?")[0].replace("%2F", "\x1f")
        try:
            found = self._map.bind(request.host).match(_plain(path), request.method)
        except HTTPException:
            self.wrong.append(f"nobody answers {request.method} {path}")
            return Response('{"message": "404 Not Found"}', 404)
        try:
            return self._say(request, *found)
        except WrongError as wrong:
            return _json({"message": str(wrong)}, wrong.status)
        except Exception:
            self.wrong.append(f"{request.method} {path}: {traceback.format_exc()}")
            return Response("fault of the fake", 418)

    def _say(self, request: Request, name: str, values: dict[str, Any]) -> Response:
        who = self.world.person(request.headers.get("PRIVATE-TOKEN", ""))
        if who is None:
            raise WrongError(401, "401 Unauthorized")
        given = {k: v.replace("\x1f", "/") if isinstance(v, str) else v for k, v in values.items()}
        if "project" in given:
            owner, _, repository = given["project"].rpartition("/")
            if owner != ORGANIZATION or repository not in self.world.repositories:
                raise WrongError(404, "404 Project Not Found")
            given["project"] = self.world.repositories[repository]
        if "iid" in given:
            project, number = given["project"], given.pop("iid")
            if number not in project.pulls:
                raise WrongError(404, "404 Not found")
            given["pull"] = project.refresh(project.pulls[number])
        body = getattr(self, name)(request=request, who=who, **given)
        if isinstance(body, bytes):
            return Response(body, 200, mimetype="text/plain")
        if isinstance(body, list):
            return _page(request, body)
        status = {"POST": 201, "DELETE": 204}.get(request.method, 200)
        return _json(body, status) if body is not None else Response("", status)


def _page(request: Request, items: list[Any]) -> Response:
    page = int(request.args.get("page", 1))
    some = items[(page - 1) * PAGE : page * PAGE]
    more = page * PAGE < len(items)
    headers = {"X-Page": str(page), "X-Per-Page": str(PAGE), "X-Next-Page": ""}
    if more:
        query = "&".join(f"{k}={v}" for k, v in request.args.items() if k != "page")
        raw = request.environ["REQUEST_URI"].partition("?")[0]
        address = f"{request.scheme}://{request.host}{raw}?{query}&page={page + 1}"
        headers |= {"Link": f'<{address}>; rel="next"', "X-Next-Page": str(page + 1)}
    return _json(some, 200, headers)


def _json(body: Any, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(body), status, headers, mimetype="application/json")


def _plain(path: str) -> str:
    from urllib.parse import unquote

    return unquote(path)
