"""GitHub, or an Enterprise server of one's own: changes are its pull requests."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from meshnew.errors import ForgeError
from meshnew.forge import Approval, Change, Check, Comment, Protection
from meshnew.forge._bare import MAIN
from meshnew.forge._github_api import TOKEN, Api, Json, is_app
from meshnew.forge._hosted import Hosted
from meshnew.forge._https import SignIn
from meshnew.forge._wire import RefusedError

_STATUS = {"running": "pending", "passed": "success", "failed": "failure"}
_FOUND = {
    "pending": "running",
    "success": "passed",
    "neutral": "passed",
    "skipped": "passed",
    None: "running",
}
"""Conclusion of a check or state of a status -> ours; what is not named failed."""


class GitHubForge(Hosted):
    """`Forge` on GitHub.

    Args:
        host: `github.com`, or an Enterprise server with its port if it has one of its own.
        owner: the organisation.
        repositories: tells the names of the mesh's, there or not.
    """

    sign_in = SignIn("x-access-token", TOKEN)

    def __init__(
        self, host: str, owner: str, repositories: Callable[[], Collection[str]] = tuple
    ) -> None:
        super().__init__(host, owner, repositories)
        self._api = Api(host)

    def whoami(self) -> str | None:
        """Login that the token belongs to; None for an App's, which is nobody's."""
        try:
            return str(self._api.get("/user")["login"])
        except RefusedError as error:
            if error.status == 403:  # noqa: PLR2004
                return None
            raise

    # --- what is in a repository

    def _default_branch(self, repository: str) -> str | None:
        found = self._api.find(self._at(repository))
        return str(found["default_branch"]) if found else None

    def head(self, repository: str, branch: str = MAIN) -> str | None:
        """Commit of a branch; None where there is no such branch or repository."""
        found = self._api.find(self._at(repository, "git/ref/heads", branch))
        return str(found["object"]["sha"]) if found else None

    def file(self, repository: str, path: str, *, ref: str = MAIN) -> str | None:
        """Text of a file of a branch; None where it is not there."""
        found = self._api.find(self._at(repository, "contents", path), ref=ref)
        if not isinstance(found, dict) or found["type"] != "file":
            return None
        if found["encoding"] == "none":  # larger than a megabyte
            found = self._api.get(self._at(repository, "git/blobs", found["sha"]))
        return base64.b64decode(found["content"]).decode()

    def folders(self, repository: str) -> list[str]:
        """Names of the folders at the top of main."""
        found = self._api.find(self._at(repository, "git/trees", MAIN))
        return [item["path"] for item in found["tree"] if item["type"] == "tree"] if found else []

    def subject(self, repository: str, branch: str) -> str | None:
        """First line of the message of a branch's last commit."""
        head = self.head(repository, branch)
        if head is None:
            return None
        message = self._api.get(self._at(repository, "git/commits", head))["message"]
        return str(message).partition("\n")[0]

    def _differs(self, repository: str, branch: str) -> bool:
        ends = f"{MAIN}...{quote(branch, safe='')}"
        return bool(self._api.get(self._at(repository, "compare") + f"/{ends}")["files"])

    # --- changes

    def _listed(self, repository: str, state: str, branch: str | None = None) -> list[Change]:
        asked = {"state": {"open": "open", "all": "all"}.get(state, "closed")}
        if branch:
            asked |= {"head": f"{self.owner}:{branch}", "base": MAIN}
        found = self._api.pages(self._at(repository, "pulls"), **asked)
        return [_change(repository, item) for item in found]

    def change(self, repository: str, number: int) -> Change:
        """One change, with its files."""
        path = self._at(repository, "pulls", number)
        found = self._api.find(path)
        if found is None:
            self.default_branch(repository)
            raise ForgeError(
                f"{repository} has no change {number}",
                where=self.host,
                fix=f"See: meshnew change list {repository}",
            )
        files = sorted(item["filename"] for item in self._api.pages(f"{path}/files"))
        return _change(repository, found, tuple(files))

    def _propose(self, repository: str, branch: str, title: str, body: str) -> int:
        wanted = {"title": title, "body": body, "head": branch, "base": MAIN}
        try:
            return int(self._api.send("POST", self._at(repository, "pulls"), **wanted)["number"])
        except RefusedError:
            # One that was repeated may have found the change of the first time.
            for change in self._listed(repository, "open", branch):
                return change.number
            raise

    def _retitle(self, change: Change, title: str, body: str) -> None:
        wanted = {"title": title} | ({"body": body} if body else {})
        self._api.send("PATCH", self._pull(change), **wanted)

    def _merge(self, change: Change, message: str) -> str | None:
        wanted = {"commit_title": message, "sha": change.head, "merge_method": "merge"}
        try:
            self._api.send("PUT", f"{self._pull(change)}/merge", **wanted)
        except RefusedError as error:
            if error.status in (405, 409, 422):
                return error.said
            raise
        return None

    def _conflicts(self, change: Change) -> bool:
        return bool(self._api.get(self._pull(change))["mergeable_state"] == "dirty")

    def _close(self, change: Change) -> None:
        self._api.send("PATCH", self._pull(change), state="closed")

    def _delete_branch(self, change: Change) -> None:
        if self.head(change.repository, change.branch) != change.head:
            return
        try:
            path = self._at(change.repository, "git/refs/heads", change.branch)
            self._api.send("DELETE", path)
        except RefusedError as error:
            if error.status != 422:  # noqa: PLR2004  (GitHub was faster)
                raise

    def diff(self, repository: str, number: int) -> str:
        """What a change does to main, as a unified diff."""
        path = self._at(repository, "pulls", number)
        return self._api.text(path, "application/vnd.github.diff")

    def comment_change(self, repository: str, number: int, body: str, *, actor: str) -> None:
        """Say something of a change."""
        self._api.send("POST", self._at(repository, "issues", number, "comments"), body=body)

    def comments(self, repository: str, number: int) -> list[Comment]:
        """What was said of a change, in that order."""
        found = self._api.pages(self._at(repository, "issues", number, "comments"))
        return [Comment(_login(c["user"]), c["body"], _time(c["created_at"])) for c in found]

    # --- what a change needs

    def protection(self, repository: str) -> Protection:
        """What all rules for main, the organisation's too, ask of a change."""
        checks: set[str] = set()
        approvals = 0
        for rule in self._api.pages(self._at(repository, "rules/branches", MAIN)):
            asked: Json = rule.get("parameters") or {}
            checks |= {item["context"] for item in asked.get("required_status_checks", [])}
            approvals = max(approvals, asked.get("required_approving_review_count", 0))
        return Protection(tuple(sorted(checks)), approvals)

    def _report(self, repository: str, check: tuple[str, str, str, str]) -> None:
        commit, name, state, summary = check
        wanted = {"state": _STATUS[state], "context": name, "description": summary[:140]}
        self._api.send("POST", self._at(repository, "statuses", commit), **wanted)

    def checks(self, repository: str, commit: str) -> list[Check]:
        """What checks and statuses found on a commit, by name."""
        path = self._at(repository, "commits", commit)
        runs = self._api.pages(f"{path}/check-runs", "check_runs")
        statuses = self._api.pages(f"{path}/status", "statuses")
        found = [_of_run(commit, item) for item in runs]
        found += [_of_status(commit, item) for item in statuses]
        return sorted(found, key=lambda check: check.name)

    def _approve(self, change: Change) -> None:
        wanted = {"event": "APPROVE", "commit_id": change.head}
        self._api.send("POST", f"{self._pull(change)}/reviews", **wanted)

    def approvals(self, repository: str, number: int) -> list[Approval]:
        """Approvals of a change that nobody took back, in the order they were given."""
        last: dict[str, Json] = {}
        for review in self._api.pages(self._at(repository, "pulls", number, "reviews")):
            if review["state"] in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED"):
                last[_login(review["user"])] = review
        given = [(who, item) for who, item in last.items() if item["state"] == "APPROVED"]
        return [Approval(who, i["commit_id"], _time(i["submitted_at"])) for who, i in given]

    def _committers(self, change: Change) -> Iterable[str]:
        """Who pushed last: GitHub wants the last push approved by somebody else."""
        last = self._api.get(self._at(change.repository, "commits", change.head))
        return [str(last["author"]["login"])] if last["author"] else []

    # --- who is there

    def teams(self) -> list[str]:
        """Names of all teams as addresses have them, sorted."""
        return sorted(team["slug"] for team in self._api.pages(f"/orgs/{self.owner}/teams"))

    def members(self, team: str) -> list[str] | None:
        """People in a team, sorted; None where there is no such team."""
        path = f"/orgs/{self.owner}/teams/{quote(team, safe='')}"
        if self._api.find(path) is None:
            return None
        return sorted(person["login"] for person in self._api.pages(f"{path}/members"))

    def is_person(self, login: str) -> bool:
        """Whether GitHub knows somebody by that login."""
        return self._api.find(f"/users/{quote(login, safe='')}") is not None

    def may_merge(self, repository: str) -> list[str]:
        """People who may write to the repository, sorted."""
        found = self._api.pages(self._at(repository, "collaborators"), permission="push")
        return sorted(person["login"] for person in found)

    def _made_token(self) -> str:
        """That of an App, good for an hour."""
        return self._api.token() if is_app() else ""

    def _at(self, repository: str, *parts: object) -> str:
        rest = [quote(str(part), safe="/") for part in (repository, *parts)]
        return "/".join([f"/repos/{self.owner}", *rest])

    def _pull(self, change: Change) -> str:
        return self._at(change.repository, "pulls", change.number)


def _change(repository: str, found: Json, files: tuple[str, ...] = ()) -> Change:
    merged = found["merged_at"] is not None
    own = found["head"]["repo"] and found["head"]["repo"]["id"] == found["base"]["repo"]["id"]
    return Change(
        repository=repository,
        number=found["number"],
        # A fork's branch is named with whose it is.
        branch=found["head"]["ref"] if own else found["head"]["label"],
        title=found["title"],
        author=_login(found["user"]),
        state="merged" if merged else found["state"],
        opened_at=_time(found["created_at"]),
        head=found["head"]["sha"],
        merged_by=_login(found["merged_by"]) if merged and found.get("merged_by") else None,
        merge_commit=found["merge_commit_sha"] if merged else None,
        files=files,
        body=found["body"] or "",
    )


def _of_run(commit: str, found: Json) -> Check:
    state = _FOUND.get(found["conclusion"], "failed")
    summary = found["output"]["title"] or ""
    at = found["completed_at"] or found["started_at"]
    when = _time(at) if at else datetime.now(UTC)
    return Check(found["name"], commit, state, summary, None, when, found["details_url"])


def _of_status(commit: str, found: Json) -> Check:
    state, summary = _FOUND.get(found["state"], "failed"), found["description"] or ""
    when, page = _time(found["updated_at"]), found["target_url"]
    return Check(found["context"], commit, state, summary, None, when, page)


def _login(user: Json | None) -> str:
    """Whose account it is; GitHub shows one that was deleted as `ghost`."""
    return str(user["login"]) if user else "ghost"


def _time(text: Any) -> datetime:
    return datetime.fromisoformat(str(text))
