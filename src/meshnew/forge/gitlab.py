"""GitLab, or a server of one's own: changes are its merge requests, teams groups in the mesh's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from meshnew.errors import ForgeError
from meshnew.forge import Approval, Change, Check, Comment, Protection
from meshnew.forge._bare import MAIN
from meshnew.forge._gitlab_api import TOKEN, Api, Json
from meshnew.forge._hosted import Hosted
from meshnew.forge._https import SignIn
from meshnew.forge._wire import RefusedError

PIPELINE = "pipeline"
"""The check that GitLab asks for: all jobs of a commit's pipeline, as a whole."""

_DEVELOPER = 30
_STATUS = {"running": "running", "passed": "success", "failed": "failed"}
_FAILED = {"failed", "canceled", "canceling"}
_PASSED = {"success", "skipped"}
_STATES = {"opened": "open", "locked": "open"}


class GitLabForge(Hosted):
    """`Forge` on GitLab.

    Args:
        host: `gitlab.com`, or a server of one's own with its port if it has one of its own.
        owner: path of the mesh's group.
        repositories: tells the names of the mesh's, there or not.
    """

    sign_in = SignIn("oauth2", TOKEN)

    def __init__(
        self, host: str, owner: str, repositories: Callable[[], Collection[str]] = tuple
    ) -> None:
        super().__init__(host, owner, repositories)
        self._api = Api(host)

    def whoami(self) -> str | None:
        """Login that the token belongs to; one of a group or project has a bot of its own."""
        return str(self._api.get("/user")["username"])

    # --- what is in a repository

    def _default_branch(self, repository: str) -> str | None:
        found = self._api.find(self._at(repository))
        # Where nothing was pushed yet there is none; the first push makes main that.
        return str(found["default_branch"] or MAIN) if found else None

    def head(self, repository: str, branch: str = MAIN) -> str | None:
        """Commit of a branch; None where there is no such branch or repository."""
        found = self._branch(repository, branch)
        return str(found["commit"]["id"]) if found else None

    def file(self, repository: str, path: str, *, ref: str = MAIN) -> str | None:
        """Text of a file of a branch; None where it is not there."""
        where = self._at(repository, "repository/files", quote(path, safe=""), "raw")
        return self._api.text(where, ref=ref)

    def folders(self, repository: str) -> list[str]:
        """Names of the folders at the top of main."""
        if not self.has_content(repository):
            return []
        found = self._api.pages(self._at(repository, "repository/tree"), ref=MAIN)
        return [item["name"] for item in found if item["type"] == "tree"]

    def subject(self, repository: str, branch: str) -> str | None:
        """First line of the message of a branch's last commit."""
        found = self._branch(repository, branch)
        return str(found["commit"]["message"]).partition("\n")[0] if found else None

    def _branch(self, repository: str, branch: str) -> Any:
        return self._api.find(self._at(repository, "repository/branches", quote(branch, safe="")))

    def _differs(self, repository: str, branch: str) -> bool:
        asked = {"from": MAIN, "to": branch}
        found = self._api.get(self._at(repository, "repository/compare"), **asked)
        return bool(found["diffs"])

    # --- changes

    def _listed(self, repository: str, state: str, branch: str | None = None) -> list[Change]:
        asked = {"state": {"open": "opened"}.get(state, state), "target_branch": MAIN}
        if branch:
            asked["source_branch"] = branch
        found = self._api.pages(self._at(repository, "merge_requests"), **asked)
        return [_change(repository, item) for item in found]

    def change(self, repository: str, number: int) -> Change:
        """One change, with its files."""
        path = self._at(repository, "merge_requests", number)
        found = self._api.find(path)
        if found is None:
            self.default_branch(repository)
            raise ForgeError(
                f"{repository} has no change {number}",
                where=self.host,
                fix=f"See: meshnew change list {repository}",
            )
        files = {item[end] for item in self._diffs(path) for end in ("old_path", "new_path")}
        return _change(repository, found, tuple(sorted(files)))

    def _diffs(self, path: str) -> Iterable[Json]:
        return self._api.pages(f"{path}/diffs")

    def _propose(self, repository: str, branch: str, title: str, body: str) -> int:
        wanted = {"source_branch": branch, "target_branch": MAIN, "title": title}
        path = self._at(repository, "merge_requests")
        made = self._api.send("POST", path, **wanted, description=body, remove_source_branch=True)
        return int(made["iid"])

    def _retitle(self, change: Change, title: str, body: str) -> None:
        wanted = {"title": title} | ({"description": body} if body else {})
        self._api.send("PUT", self._request(change), **wanted)

    def _merge(self, change: Change, message: str) -> str | None:
        wanted = {"sha": change.head, "merge_commit_message": message}
        try:
            self._api.send("PUT", f"{self._request(change)}/merge", **wanted)
        except RefusedError as error:
            if error.status == 401:  # noqa: PLR2004  (GitLab's word for: you may not)
                raise ForgeError(
                    f"{self.whoami()} may not merge changes of {change.repository}",
                    where=self.host,
                    fix="A member of one of its teams does.",
                ) from error
            if error.status in (405, 406, 409, 422):
                return error.said
            raise
        return None

    def _conflicts(self, change: Change) -> bool:
        return bool(self._api.get(self._request(change))["has_conflicts"])

    def _close(self, change: Change) -> None:
        self._api.send("PUT", self._request(change), state_event="close")

    def _delete_branch(self, change: Change) -> None:
        if self.head(change.repository, change.branch) == change.head:
            branch = quote(change.branch, safe="")
            self._api.send("DELETE", self._at(change.repository, "repository/branches", branch))

    def diff(self, repository: str, number: int) -> str:
        """What a change does to main, as a unified diff."""
        parts = self._diffs(self._at(repository, "merge_requests", number))
        return "".join(map(_unified, parts))

    def comment_change(self, repository: str, number: int, body: str, *, actor: str) -> None:
        """Say something of a change."""
        path = self._at(repository, "merge_requests", number, "notes")
        self._api.send("POST", path, body=body)

    def comments(self, repository: str, number: int) -> list[Comment]:
        """What people said of a change, in that order."""
        path = self._at(repository, "merge_requests", number, "notes")
        found = self._api.pages(path, sort="asc", order_by="created_at")
        return [
            Comment(item["author"]["username"], item["body"], _time(item["created_at"]))
            for item in found
            if not item["system"]
        ]

    # --- what a change needs

    def protection(self, repository: str) -> Protection:
        """What a change needs; approvals only where the group's tier can require them."""
        found = self._api.find(self._at(repository)) or {}
        piped = found.get("only_allow_merge_if_pipeline_succeeds")
        return Protection((PIPELINE,) if piped else (), self._approvals_required(repository))

    def _approvals_required(self, repository: str) -> int:
        try:
            rules = list(self._api.pages(self._at(repository, "approval_rules")))
        except RefusedError as error:
            if error.status in (403, 404):
                return 0
            raise
        return max((int(rule["approvals_required"]) for rule in rules), default=0)

    def _report(self, repository: str, check: tuple[str, str, str, str]) -> None:
        commit, name, state, summary = check
        wanted = {"state": _STATUS[state], "name": name, "description": summary[:255]}
        try:
            self._api.send("POST", self._at(repository, "statuses", commit), **wanted)
        except RefusedError as error:
            if "Cannot transition status" not in error.said:  # it says that already
                raise

    def checks(self, repository: str, commit: str) -> list[Check]:
        """What jobs and other checks found on a commit, and its pipeline as a whole, by name."""
        path = self._at(repository, "repository/commits", commit)
        found = [_of_status(commit, item) for item in self._api.pages(f"{path}/statuses")]
        last = self._api.get(path).get("last_pipeline")
        if last:
            at = _time(last["updated_at"] or last["created_at"])
            state = _state(last["status"])
            found.append(Check(PIPELINE, commit, state, "", None, at, last["web_url"]))
        return sorted(found, key=lambda check: check.name)

    def _approve(self, change: Change) -> None:
        self._api.send("POST", f"{self._request(change)}/approve", sha=change.head)

    def approvals(self, repository: str, number: int) -> list[Approval]:
        """Approvals of what a change proposes now; GitLab forgets them at each push."""
        path = self._at(repository, "merge_requests", number)
        head = self._api.get(path)["sha"]
        found = self._api.get(f"{path}/approvals")
        return [
            Approval(item["user"]["username"], head, _time(item.get("approved_at")))
            for item in found["approved_by"]
        ]

    def _committers(self, change: Change) -> Iterable[str]:
        """Nobody: GitLab tells no logins of committers, and refuses them itself."""
        return ()

    # --- who is there

    def teams(self) -> list[str]:
        """Names of all teams, sorted: groups in the mesh's group."""
        path = f"/groups/{quote(self.owner, safe='')}/subgroups"
        return sorted(group["path"] for group in self._api.pages(path))

    def members(self, team: str) -> list[str] | None:
        """People in a team, sorted; None where there is no such team."""
        path = f"/groups/{quote(f'{self.owner}/{team}', safe='')}"
        if self._api.find(path, with_projects="false") is None:
            return None
        return sorted(person["username"] for person in self._api.pages(f"{path}/members"))

    def is_person(self, login: str) -> bool:
        """Whether GitLab knows somebody by that login."""
        return any(True for _ in self._api.pages("/users", username=login))

    def may_merge(self, repository: str) -> list[str]:
        """People who may write to the repository, sorted."""
        found = self._api.pages(self._at(repository, "members/all"))
        return sorted({one["username"] for one in found if one["access_level"] >= _DEVELOPER})

    def _at(self, repository: str, *parts: object) -> str:
        project = quote(f"{self.owner}/{repository}", safe="")
        return "/".join(["/projects", project, *map(str, parts)])

    def _request(self, change: Change) -> str:
        return self._at(change.repository, "merge_requests", change.number)


def _change(repository: str, found: Json, files: tuple[str, ...] = ()) -> Change:
    state = str(_STATES.get(found["state"], found["state"]))
    merger = found.get("merge_user") or found.get("merged_by")
    # A merge that only moved main on made no commit of its own.
    commit = found.get("merge_commit_sha") or found.get("squash_commit_sha") or found["sha"]
    return Change(
        repository=repository,
        number=found["iid"],
        branch=found["source_branch"],
        title=found["title"],
        author=found["author"]["username"],
        state=state,
        opened_at=_time(found["created_at"]),
        head=found["sha"],
        merged_by=merger["username"] if state == "merged" and merger else None,
        merge_commit=commit if state == "merged" else None,
        files=files,
        body=found["description"] or "",
    )


def _of_status(commit: str, found: Json) -> Check:
    at = found["finished_at"] or found["started_at"] or found["created_at"]
    summary, page = found["description"] or "", found["target_url"]
    return Check(found["name"], commit, _state(found["status"]), summary, None, _time(at), page)


def _state(status: str) -> str:
    if status in _FAILED:
        return "failed"
    return "passed" if status in _PASSED else "running"


def _unified(part: Json) -> str:
    """One file of a difference, with the lines about it that GitLab leaves out."""
    old = "/dev/null" if part["new_file"] else f"a/{part['old_path']}"
    new = "/dev/null" if part["deleted_file"] else f"b/{part['new_path']}"
    head = f"diff --git a/{part['old_path']} b/{part['new_path']}\n"
    return f"{head}--- {old}\n+++ {new}\n{part['diff']}"


def _time(text: Any) -> datetime:
    return datetime.fromisoformat(str(text)) if text else datetime.now(UTC)
