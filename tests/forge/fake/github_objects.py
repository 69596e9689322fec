"""Things as GitHub tells them; its description fills in the rest."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from tests.forge.fake.world import Repository


class RefusedError(Exception):
    """An answer other than a good one."""

    def __init__(self, status: int, message: str, *errors: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "documentation_url": "https://docs.github.com/rest"}
        if errors:
            self.body["errors"] = [{"message": text} for text in errors]  # type: ignore[assignment]


class Plain(str):
    """An answer that is no JSON."""


def a_user(login: str) -> dict[str, Any]:
    return {"login": login, "type": "User"}


def a_team(name: str) -> dict[str, Any]:
    return {"name": name, "slug": name}


def a_repository(repo: Repository) -> dict[str, Any]:
    return {"id": repo.number, "name": repo.name, "default_branch": repo.default_branch}


def a_file(name: str) -> dict[str, Any]:
    return {"filename": name, "sha": "0" * 40}


def a_review(item: Any) -> dict[str, Any]:
    return {
        "user": a_user(item.by),
        "body": "",
        "state": "APPROVED",
        "commit_id": item.commit,
        "submitted_at": at_time(item.at),
    }


def a_comment(item: Any) -> dict[str, Any]:
    return {"user": a_user(item.by), "body": item.body, "created_at": at_time(item.at)}


def a_status(item: Any) -> dict[str, Any]:
    return {
        "context": item.name,
        "state": item.state,
        "description": item.text,
        "target_url": None,
        "updated_at": at_time(item.at),
    }


def encoded(text: str) -> str:
    return base64.encodebytes(text.encode()).decode()


def at_time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
