"""What GitHub answers; what its description requires besides is filled in from that."""

from __future__ import annotations

from typing import Any

from werkzeug import Request

from meshnew.forge._command import run
from tests.forge.fake.github_changes import Changes
from tests.forge.fake.github_objects import (
    RefusedError,
    a_file,
    a_repository,
    a_status,
    a_team,
    a_user,
    encoded,
)
from tests.forge.fake.world import Repository, Status, World


class Answers(Changes):
    """One method for each operation, named by its verb and path."""

    world: World

    # --- who is there

    def get_user(self, request: Request, who: str) -> Any:
        return a_user(who)

    def get_users_username(self, request: Request, who: str, username: str) -> Any:
        if username not in self.world.people:
            raise RefusedError(404, "Not Found")
        return a_user(username)

    def get_orgs_org_teams(self, request: Request, who: str) -> Any:
        return [a_team(name) for name in self.world.teams]

    def get_orgs_org_teams_team_slug(self, request: Request, who: str, team_slug: str) -> Any:
        if team_slug not in self.world.teams:
            raise RefusedError(404, "Not Found")
        return a_team(team_slug)

    def get_orgs_org_teams_team_slug_members(
        self, request: Request, who: str, team_slug: str
    ) -> Any:
        return [a_user(person) for person in self.world.teams[team_slug]]

    def get_repos_owner_repo_collaborators(
        self, request: Request, who: str, repo: Repository
    ) -> Any:
        assert request.args.get("permission") == "push"
        return [a_user(person) for person in self.world.writers(repo)]

    # --- what is in a repository

    def get_repos_owner_repo(self, request: Request, who: str, repo: Repository) -> Any:
        return a_repository(repo)

    def get_repos_owner_repo_git_ref_ref(
        self, request: Request, who: str, repo: Repository, ref: str
    ) -> Any:
        commit = repo.bare.commit(ref.removeprefix("heads/"))
        if commit is None:
            empty = repo.bare.commit("main") is None
            raise (
                RefusedError(409, "Git Repository is empty.")
                if empty
                else RefusedError(404, "Not Found")
            )
        return {"ref": f"refs/{ref}", "object": {"sha": commit, "type": "commit"}}

    def delete_repos_owner_repo_git_refs_ref(
        self, request: Request, who: str, repo: Repository, ref: str
    ) -> Any:
        branch = ref.removeprefix("heads/")
        commit = repo.bare.commit(branch)
        if commit is None:
            raise RefusedError(422, "Reference does not exist")
        repo.bare.delete(branch, commit)
        return 204, None

    def get_repos_owner_repo_contents_path(
        self, request: Request, who: str, repo: Repository, path: str
    ) -> Any:
        ref = request.args["ref"]
        text = repo.bare.text(ref, path)
        if text is None:
            there = (
                repo.bare.commit(ref)
                and run(repo.bare.folder, "ls-tree", ref, "--", path, bare=True).text
            )
            if there:
                return []
            raise RefusedError(404, "Not Found")
        sha = run(repo.bare.folder, "rev-parse", f"{ref}:{path}", bare=True).text
        large = len(text) > 1_000_000
        return {
            "type": "file",
            "encoding": "none" if large else "base64",
            "content": "" if large else encoded(text),
            "size": len(text),
            "name": path.rpartition("/")[2],
            "path": path,
            "sha": sha,
        }

    def get_repos_owner_repo_git_blobs_file_sha(
        self, request: Request, who: str, repo: Repository, file_sha: str
    ) -> Any:
        text = run(repo.bare.folder, "cat-file", "blob", file_sha, bare=True, strip=False).text
        return {"content": encoded(text), "encoding": "base64", "sha": file_sha}

    def get_repos_owner_repo_git_trees_tree_sha(
        self, request: Request, who: str, repo: Repository, tree_sha: str
    ) -> Any:
        if repo.bare.commit(tree_sha) is None:
            raise RefusedError(409, "Git Repository is empty.")
        lines = run(repo.bare.folder, "ls-tree", tree_sha, bare=True).text.splitlines()
        found = [line.split(None, 3) for line in lines]
        tree = [{"mode": m, "type": t, "sha": s, "path": p} for m, t, s, p in found]
        return {"tree": tree}

    def get_repos_owner_repo_git_commits_commit_sha(
        self, request: Request, who: str, repo: Repository, commit_sha: str
    ) -> Any:
        message = run(repo.bare.folder, "log", "-1", "--format=%B", commit_sha, bare=True).text
        return {"sha": commit_sha, "message": message}

    def get_repos_owner_repo_compare_basehead(
        self, request: Request, who: str, repo: Repository, basehead: str
    ) -> Any:
        base, _, head = basehead.partition("...")
        files = repo.bare.changed(f"refs/heads/{base}", f"refs/heads/{head}")
        return {"status": "diverged", "files": [a_file(name) for name in files]}

    # --- checks

    def get_repos_owner_repo_rules_branches_branch(
        self, request: Request, who: str, repo: Repository, branch: str
    ) -> Any:
        contexts = [{"context": name} for name in repo.checks]
        checks = {
            "type": "required_status_checks",
            "parameters": {
                "required_status_checks": contexts,
                "strict_required_status_checks_policy": False,
            },
        }
        reviews = {
            "type": "pull_request",
            "parameters": {
                "dismiss_stale_reviews_on_push": True,
                "require_code_owner_review": True,
                "require_last_push_approval": True,
                "required_approving_review_count": repo.approvals,
                "required_review_thread_resolution": False,
            },
        }
        deletion = {"type": "deletion"}
        return [deletion, *([checks] if contexts else []), *([reviews] if repo.approvals else [])]

    def get_repos_owner_repo_commits_ref(
        self, request: Request, who: str, repo: Repository, ref: str
    ) -> Any:
        name = run(repo.bare.folder, "log", "-1", "--format=%an", ref, bare=True).text
        author = a_user(name) if name in self.world.people else None
        return {"sha": ref, "author": author, "committer": author}

    def get_repos_owner_repo_commits_ref_check_runs(
        self, request: Request, who: str, repo: Repository, ref: str
    ) -> Any:
        return {"total_count": 0, "check_runs": []}

    def get_repos_owner_repo_commits_ref_status(
        self, request: Request, who: str, repo: Repository, ref: str
    ) -> Any:
        found = [a_status(item) for item in repo.statuses.get(ref, {}).values()]
        return {"state": "pending", "sha": ref, "total_count": len(found), "statuses": found}

    def post_repos_owner_repo_statuses_sha(
        self, request: Request, who: str, repo: Repository, sha: str
    ) -> Any:
        given = request.get_json()
        name = given["context"]
        status = Status(name, given["state"], given.get("description") or "")
        repo.statuses.setdefault(sha, {})[name] = status
        return 201, a_status(status) | {"creator": a_user(who)}
