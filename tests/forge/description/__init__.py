"""GitHub's own description of its REST interface: the operations that meshnew uses.

`github.json` is a filtered copy of `generated/api.github.com.json` of the npm package
`@octokit/openapi` (MIT, see LICENSE beside it). A newer one:

    npm pack @octokit/openapi && tar xzf octokit-openapi-*.tgz
    python -m tests.forge.description package/generated/api.github.com.json
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("github.json")
_REPO = "/repos/{owner}/{repo}"
# The client's, then what Terraform's provider asks for besides.
OPERATIONS = f"""
get /user
get /users/{{username}}
get /orgs/{{org}}/teams
get /orgs/{{org}}/teams/{{team_slug}}
get /orgs/{{org}}/teams/{{team_slug}}/members
get {_REPO}
get {_REPO}/git/ref/{{ref}}
delete {_REPO}/git/refs/{{ref}}
get {_REPO}/contents/{{path}}
get {_REPO}/git/blobs/{{file_sha}}
get {_REPO}/git/trees/{{tree_sha}}
get {_REPO}/git/commits/{{commit_sha}}
get {_REPO}/compare/{{basehead}}
get {_REPO}/pulls
post {_REPO}/pulls
get {_REPO}/pulls/{{pull_number}}
patch {_REPO}/pulls/{{pull_number}}
get {_REPO}/pulls/{{pull_number}}/files
put {_REPO}/pulls/{{pull_number}}/merge
get {_REPO}/pulls/{{pull_number}}/reviews
post {_REPO}/pulls/{{pull_number}}/reviews
get {_REPO}/issues/{{issue_number}}/comments
post {_REPO}/issues/{{issue_number}}/comments
get {_REPO}/rules/branches/{{branch}}
get {_REPO}/commits/{{ref}}
get {_REPO}/commits/{{ref}}/check-runs
get {_REPO}/commits/{{ref}}/status
post {_REPO}/statuses/{{sha}}
get {_REPO}/collaborators
"""
_PROSE = {"description", "summary", "example", "examples", "externalDocs", "tags", "title"}
_PROSE |= {"discriminator"}  # it chooses between a list and an object by a property
_NAMING = {"properties", "paths", "headers"}
_REFERENCE = re.compile(r'"#/components/(\w+)/([^"]+)"')


def filtered(whole: dict[str, Any]) -> dict[str, Any]:
    """The operations in use, what they refer to, and no prose."""
    paths: dict[str, Any] = {}
    for line in OPERATIONS.split("\n"):
        if line:
            verb, path = line.split()
            there = whole["paths"][path]
            kept = {key: there[key] for key in ("parameters",) if key in there}
            paths.setdefault(path, kept)[verb] = there[verb]
    paths = _plain(paths)
    components: dict[str, dict[str, Any]] = {}
    waiting = list(_references(paths))
    while waiting:
        kind, name = waiting.pop()
        if name not in components.setdefault(kind, {}) and kind != "examples":
            components[kind][name] = _plain(whole["components"][kind][name])
            if kind == "responses":
                components[kind][name]["description"] = ""
            waiting += _references(components[kind][name])
    components = {kind: dict(sorted(of.items())) for kind, of in sorted(components.items()) if of}
    info = {"title": "GitHub REST API, filtered", "version": whole["info"]["version"]}
    return {"openapi": whole["openapi"], "info": info, "paths": paths, "components": components}


def _references(part: Any) -> Iterator[tuple[str, str]]:
    return (match.groups() for match in _REFERENCE.finditer(json.dumps(part)))  # type: ignore[misc]


def _plain(part: Any, *, names: bool = False) -> Any:
    """Without prose; under some keys there are names."""
    if isinstance(part, list):
        return [_plain(item) for item in part]
    if not isinstance(part, dict):
        return part
    kept = {
        key: _plain(value, names=key in _NAMING and not names)
        for key, value in part.items()
        if names or not (key in _PROSE or key.startswith("x-"))
    }
    for answer in kept.get("responses", {}).values() if not names else ():
        if "$ref" not in answer:
            answer["description"] = ""  # the standard requires one
    return kept
