"""Projects rendered and published."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from meshnew.operations.session import Session


@dataclass(frozen=True)
class ProjectRecord:
    """What was last rendered and published of a project.

    Attributes:
        template_version: of the template its main was rendered from.
        products: data products that its last deploy published.
        due: why apply found that it must be deployed; outdated by a deploy after `due_since`.
    """

    template_version: str | None
    products: list[dict[str, Any]] = field(hash=False)
    superseded: list[dict[str, str]] = field(hash=False, default_factory=list)
    due: str | None = None
    due_since: datetime | None = None


def projects(session: Session) -> dict[str, ProjectRecord]:
    """What is remembered of each project."""
    with session.embedded.records() as connection:
        rows = connection.execute(
            "select name, template_version, products, superseded, due, due_since from projects"
        )
        return {
            name: ProjectRecord(version, products or [], superseded or [], *due)
            for name, version, products, superseded, *due in rows
        }


def project_rendered(session: Session, name: str, kind: str, version: str) -> None:
    """Remember which version of the template a project's main was rendered from."""
    with session.embedded.records() as connection:
        connection.execute(
            """
            insert into projects (name, kind, template_version, rendered_at)
            values (%s, %s, %s, now())
            on conflict (name) do update
            set template_version = excluded.template_version, rendered_at = excluded.rendered_at
            """,
            (name, kind, version),
        )


def project_published(session: Session, name: str, products: list[dict[str, Any]]) -> None:
    """Remember the data products that a deploy published, with their row counts."""
    _remember(session, name, "products", products)


def project_superseded(session: Session, name: str, relations: list[dict[str, str]]) -> None:
    """Remember relations that a project built once, builds no more, and that are still there."""
    _remember(session, name, "superseded", relations)


def _remember(session: Session, name: str, column: str, found: list[dict[str, Any]]) -> None:
    from psycopg.sql import SQL, Identifier
    from psycopg.types.json import Jsonb

    words = SQL(
        """
        insert into projects (name, kind, {column}) values (%s, %s, %s)
        on conflict (name) do update set {column} = excluded.{column}
        """
    ).format(column=Identifier(column))
    with session.embedded.records() as connection:
        connection.execute(words, (name, session.mesh.projects[name].kind, Jsonb(found)))


def projects_due(session: Session, due: dict[str, str]) -> None:
    """Remember that projects must be deployed, and why, until a whole deploy of them passed."""
    with session.embedded.records() as connection, connection.cursor() as cursor:
        cursor.executemany(
            "update projects set due = %s, due_since = now() where name = %s",
            [(why, name) for name, why in due.items()],
        )


def last_commits(session: Session, project: str) -> list[str]:
    """Commits of a project's main that the records know: the last merged, the last deployed."""
    with session.embedded.records() as connection:
        rows = connection.execute(
            """
            (select merge_commit from changes
             where repository = %(project)s and merge_commit is not null
             order by merged_at desc limit 1)
            union all
            (select commit from runs where project = %(project)s and commit is not null
             and job in ('deploy', 'daily') order by started_at desc limit 1)
            """,
            {"project": project},
        ).fetchall()
    return list(dict.fromkeys(commit for (commit,) in rows))


def project_gone(session: Session, name: str) -> None:
    """Forget a project and its runs."""
    with session.embedded.records() as connection:
        connection.execute("delete from runs where project = %s", (name,))
        connection.execute("delete from changes where repository = %s", (name,))
        connection.execute("delete from projects where name = %s", (name,))
