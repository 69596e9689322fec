"""What GitHub answers about changes."""

from __future__ import annotations

from typing import Any

from werkzeug import Request

from tests.forge.fake.github_objects import (
    Plain,
    RefusedError,
    a_comment,
    a_file,
    a_repository,
    a_review,
    a_user,
    at_time,
)
from tests.forge.fake.world import ORGANIZATION, Pull, Repository, Said, World


class Changes:
    """Operations on pull requests."""

    world: World

    # --- changes

    def get_repos_owner_repo_pulls(self, request: Request, who: str, repo: Repository) -> Any:
        asked = request.args
        states = {"open": ("open",), "closed": ("closed", "merged")}
        state, head = asked.get("state", "open"), asked.get("head", "")
        return [
            self._told(repo, repo.refresh(pull), whole=False)
            for pull in reversed(repo.pulls.values())
            if (state == "all" or pull.state in states[state])
            and head in ("", f"{ORGANIZATION}:{pull.branch}")
        ]

    def post_repos_owner_repo_pulls(self, request: Request, who: str, repo: Repository) -> Any:
        given = request.get_json()
        branch = given["head"]
        if repo.bare.commit(branch) is None:
            raise RefusedError(422, "Validation Failed", "head is invalid")
        if not repo.bare.changed(f"refs/heads/{given['base']}", f"refs/heads/{branch}"):
            raise RefusedError(422, "Validation Failed", f"No commits between main and {branch}")
        if any(p.branch == branch and p.state == "open" for p in repo.pulls.values()):
            raise RefusedError(
                422, "Validation Failed", f"A pull request already exists for {branch}."
            )
        pull = repo.open(branch, given["title"], given.get("body") or "", who)
        return 201, self._told(repo, pull)

    def get_repos_owner_repo_pulls_pull_number(
        self, request: Request, who: str, repo: Repository, pull: Pull
    ) -> Any:
        if request.headers.get("Accept") == "application/vnd.github.diff":
            return Plain(repo.bare.diff(*repo.ends(pull)))
        return self._told(repo, pull)

    def patch_repos_owner_repo_pulls_pull_number(
        self, request: Request, who: str, repo: Repository, pull: Pull
    ) -> Any:
        given = request.get_json()
        pull.title, pull.body = given.get("title", pull.title), given.get("body", pull.body)
        pull.state = given.get("state", pull.state)
        return self._told(repo, pull)

    def get_repos_owner_repo_pulls_pull_number_files(
        self, request: Request, who: str, repo: Repository, pull: Pull
    ) -> Any:
        return [a_file(name) for name in repo.files(pull)]

    def put_repos_owner_repo_pulls_pull_number_merge(
        self, request: Request, who: str, repo: Repository, pull: Pull
    ) -> Any:
        given = request.get_json()
        if who not in self.world.writers(repo):
            raise RefusedError(403, "Must have push access to the repository.")
        if given["sha"] != pull.head:
            raise RefusedError(409, "Head branch was modified. Review and try the merge again.")
        if repo.conflicts(pull):
            raise RefusedError(405, "Pull Request is not mergeable")
        if lack := repo.lacks(pull, self.world.teams):
            raise RefusedError(405, lack)
        repo.merge(pull, given["commit_title"], who)
        return {"sha": pull.merge_commit, "merged": True, "message": "merged"}

    def get_repos_owner_repo_pulls_pull_number_reviews(
        self, request: Request, who: str, repo: Repository, pull: Pull
    ) -> Any:
        return [a_review(item) for item in pull.approvals]

    def post_repos_owner_repo_pulls_pull_number_reviews(
        self, request: Request, who: str, repo: Repository, pull: Pull
    ) -> Any:
        given = request.get_json()
        if who == pull.author:
            raise RefusedError(422, "Unprocessable Entity", "Can not approve your own pull request")
        pull.approvals.append(Said(who, commit=given["commit_id"]))
        return a_review(pull.approvals[-1])

    def get_repos_owner_repo_issues_issue_number_comments(
        self, request: Request, who: str, repo: Repository, pull: Pull
    ) -> Any:
        return [a_comment(item) for item in pull.comments]

    def post_repos_owner_repo_issues_issue_number_comments(
        self, request: Request, who: str, repo: Repository, pull: Pull
    ) -> Any:
        pull.comments.append(Said(who, request.get_json()["body"]))
        return 201, a_comment(pull.comments[-1])

    def _told(self, repo: Repository, pull: Pull, *, whole: bool = True) -> Any:
        merged = pull.state == "merged"
        end = {"label": f"{ORGANIZATION}:{pull.branch}", "ref": pull.branch, "sha": pull.head}
        main = {"label": f"{ORGANIZATION}:main", "ref": "main"}
        told = {
            "number": pull.number,
            "title": pull.title,
            "body": pull.body or None,
            "user": a_user(pull.author),
            "state": "open" if pull.state == "open" else "closed",
            "created_at": at_time(pull.at),
            "merged_at": at_time(pull.at) if merged else None,
            "merge_commit_sha": pull.merge_commit,
            "head": end | {"repo": a_repository(repo)},
            "base": main | {"repo": a_repository(repo)},
        }
        if whole:
            dirty = pull.state == "open" and repo.conflicts(pull)
            told |= {
                "merged": merged,
                "merged_by": a_user(pull.merged_by) if pull.merged_by else None,
                "mergeable_state": "dirty" if dirty else "blocked",
            }
        return told
