"""What GitLab answers, as far as meshnew looks at it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from werkzeug import Request

from meshnew.forge._command import run
from tests.forge.fake.world import ORGANIZATION, Pull, Repository, Said, Status, World

_LEVELS = {"pull": 20, "push": 30, "maintain": 40}
_OWNER = 50


class WrongError(Exception):
    """An answer other than a good one."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Answers:
    """One method for each route."""

    world: World

    # --- who is there

    def whoami(self, request: Request, who: str) -> Any:
        return _user(who)

    def users(self, request: Request, who: str) -> Any:
        return [_user(p) for p in self.world.people if p == request.args["username"]]

    def group(self, request: Request, who: str, group: str) -> Any:
        return {"path": self._team(group), "full_path": group}

    def subgroups(self, request: Request, who: str, group: str) -> Any:
        assert group == ORGANIZATION
        return [{"path": team, "full_path": f"{group}/{team}"} for team in self.world.teams]

    def group_members(self, request: Request, who: str, group: str) -> Any:
        return [_user(person) for person in self.world.teams[self._team(group)]]

    def _team(self, group: str) -> str:
        owner, _, team = group.rpartition("/")
        if owner != ORGANIZATION or team not in self.world.teams:
            raise WrongError(404, "404 Group Not Found")
        return team

    def project_members(self, request: Request, who: str, project: Repository) -> Any:
        owners = [_user(person) | {"access_level": _OWNER} for person in self.world.admins]
        return owners + [
            _user(person) | {"access_level": _LEVELS[may]}
            for team, may in project.access.items()
            for person in self.world.teams[team]
        ]

    # --- what is in a repository

    def project_told(self, request: Request, who: str, project: Repository) -> Any:
        return {
            "id": project.number,
            "path": project.name,
            "default_branch": project.default_branch if project.bare.commit("main") else None,
            "only_allow_merge_if_pipeline_succeeds": bool(project.checks) or project.piped,
        }

    def branch_told(self, request: Request, who: str, project: Repository, branch: str) -> Any:
        commit = project.bare.commit(branch)
        if commit is None:
            raise WrongError(404, "404 Branch Not Found")
        message = run(project.bare.folder, "log", "-1", "--format=%B", commit, bare=True).text
        return {"name": branch, "commit": {"id": commit, "message": message}}

    def delete_branch(self, request: Request, who: str, project: Repository, branch: str) -> Any:
        project.bare.delete(branch, project.bare.commit(branch) or "")

    def file(self, request: Request, who: str, project: Repository, path: str) -> Any:
        text = project.bare.text(request.args["ref"], path)
        if text is None:
            raise WrongError(404, "404 File Not Found")
        return text.encode()

    def tree(self, request: Request, who: str, project: Repository) -> Any:
        ref = request.args["ref"]
        if project.bare.commit(ref) is None:
            raise WrongError(404, "404 Tree Not Found")
        lines = run(project.bare.folder, "ls-tree", ref, bare=True).text.splitlines()
        found = [line.split(None, 3) for line in lines]
        return [{"id": s, "name": n, "path": n, "type": t, "mode": m} for m, t, s, n in found]

    def compare(self, request: Request, who: str, project: Repository) -> Any:
        ends = (f"refs/heads/{request.args[end]}" for end in ("from", "to"))
        return {"diffs": [{"new_path": name} for name in project.bare.changed(*ends)]}

    # --- checks

    def commit(self, request: Request, who: str, project: Repository, sha: str) -> Any:
        found = project.statuses.get(sha, {}).values()
        if not found:
            return {"id": sha, "last_pipeline": None}
        pipeline = {
            "id": 1,
            "sha": sha,
            "status": _whole([item.state for item in found]),
            "created_at": _time(project.created),
            "updated_at": None,
            "web_url": "https://example.invalid/pipelines/1",
        }
        return {"id": sha, "last_pipeline": pipeline}

    def statuses(self, request: Request, who: str, project: Repository, sha: str) -> Any:
        return [_status(item) for item in project.statuses.get(sha, {}).values()]

    def report(self, request: Request, who: str, project: Repository, sha: str) -> Any:
        given = request.get_json()
        there = project.statuses.setdefault(sha, {})
        if given["name"] in there and there[given["name"]].state == given["state"]:
            raise WrongError(400, f"Cannot transition status via :run from :{given['state']}")
        there[given["name"]] = Status(given["name"], given["state"], given["description"])
        return _status(there[given["name"]])

    def approval_rules(self, request: Request, who: str, project: Repository) -> Any:
        if not project.approvals:
            raise WrongError(403, "403 Forbidden")  # as the free tier answers
        return [{"name": "owners", "approvals_required": project.approvals}]

    # --- changes

    def requests(self, request: Request, who: str, project: Repository) -> Any:
        asked = request.args
        states = {"opened": "open", "merged": "merged", "closed": "closed"}
        return [
            _told(project, project.refresh(pull))
            for pull in reversed(project.pulls.values())
            if asked["state"] == "all" or pull.state == states[asked["state"]]
            if asked.get("source_branch", pull.branch) == pull.branch
        ]

    def open(self, request: Request, who: str, project: Repository) -> Any:
        given = request.get_json()
        branch = given["source_branch"]
        if any(p.branch == branch and p.state == "open" for p in project.pulls.values()):
            raise WrongError(409, "Another open merge request already exists for this branch")
        assert given["target_branch"] == "main"
        return _told(project, project.open(branch, given["title"], given["description"], who))

    def request_told(self, request: Request, who: str, project: Repository, pull: Pull) -> Any:
        return _told(project, pull)

    def update(self, request: Request, who: str, project: Repository, pull: Pull) -> Any:
        given = request.get_json()
        pull.title, pull.body = given.get("title", pull.title), given.get("description", pull.body)
        if given.get("state_event") == "close":
            pull.state = "closed"
        return _told(project, pull)

    def diffs(self, request: Request, who: str, project: Repository, pull: Pull) -> Any:
        parts = project.bare.diff(*project.ends(pull)).split("diff --git ")[1:]
        return [_part(part) for part in parts]

    def merge(self, request: Request, who: str, project: Repository, pull: Pull) -> Any:
        given = request.get_json()
        if who not in self.world.writers(project):
            raise WrongError(401, "401 Unauthorized")
        if given["sha"] != pull.head:
            raise WrongError(409, "SHA does not match HEAD of source branch")
        if project.conflicts(pull) or project.lacks(pull, self.world.teams):
            raise WrongError(405, "405 Method Not Allowed")
        project.merge(pull, given["merge_commit_message"], who)
        return _told(project, pull)

    def approve(self, request: Request, who: str, project: Repository, pull: Pull) -> Any:
        if who == pull.author:
            raise WrongError(401, "401 Unauthorized")
        pull.approvals.append(Said(who, commit=request.get_json()["sha"]))
        return self.approvals(request, who, project, pull)

    def approvals(self, request: Request, who: str, project: Repository, pull: Pull) -> Any:
        given = project.approved(pull)
        return {
            "approved_by": [{"user": _user(i.by), "approved_at": _time(i.at)} for i in given],
            "approvals_required": project.approvals,
        }

    def notes(self, request: Request, who: str, project: Repository, pull: Pull) -> Any:
        opened = _note(Said(pull.author, "added 1 commit")) | {"system": True}
        return [opened, *map(_note, pull.comments)]

    def note(self, request: Request, who: str, project: Repository, pull: Pull) -> Any:
        pull.comments.append(Said(who, request.get_json()["body"]))
        return _note(pull.comments[-1])


def _told(project: Repository, pull: Pull) -> dict[str, Any]:
    return {
        "iid": pull.number,
        "title": pull.title,
        "description": pull.body or None,
        "state": {"open": "opened"}.get(pull.state, pull.state),
        "author": _user(pull.author),
        "source_branch": pull.branch,
        "target_branch": "main",
        "sha": pull.head,
        "created_at": _time(pull.at),
        "merge_user": _user(pull.merged_by) if pull.merged_by else None,
        "merge_commit_sha": pull.merge_commit,
        "squash_commit_sha": None,
        "has_conflicts": pull.state == "open" and project.conflicts(pull),
    }


def _part(part: str) -> dict[str, Any]:
    """One file of a difference, without the lines above the first hunk."""
    head, mark, hunks = part.partition("\n@@")
    names = [line.partition("/")[2] for line in head.splitlines() if line.startswith("+++ b/")]
    name = names[0] if names else head.splitlines()[0].partition(" b/")[2]
    return {
        "old_path": name.rstrip("\t"),
        "new_path": name.rstrip("\t"),
        "new_file": "new file mode" in head,
        "deleted_file": "deleted file mode" in head,
        "diff": (mark + hunks).removeprefix("\n"),
    }


def _whole(states: list[str]) -> str:
    for state in ("failed", "running", "pending"):
        if state in states:
            return state
    return "success"


def _user(login: str) -> dict[str, Any]:
    return {"username": login, "name": login.title(), "state": "active"}


def _note(item: Said) -> dict[str, Any]:
    return {
        "author": _user(item.by),
        "body": item.body,
        "system": False,
        "created_at": _time(item.at),
    }


def _status(item: Status) -> dict[str, Any]:
    return {
        "name": item.name,
        "status": item.state,
        "description": item.text,
        "target_url": None,
        "created_at": _time(item.at),
        "started_at": None,
        "finished_at": None,
    }


def _time(at: datetime) -> str:
    return at.isoformat()
