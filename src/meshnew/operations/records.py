"""What the platform remembers: stacks applied, projects rendered, runs made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from meshnew.operations.session import Session

_RUNS = """
    select id, project, job, actor, state, started_at, finished_at, summary, commit from runs
"""


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


@dataclass(frozen=True)
class StackRecord:
    """What is remembered of a stack.

    Attributes:
        digest: of what it asked for when it was applied.
        applied_at: when something of it was last changed.
        looked_at: when it was last compared with the platform.
        drift: what that found changed behind the spec's back; empty once it is healed.
    """

    digest: str
    applied_at: datetime
    looked_at: datetime | None
    drift: list[str] = field(hash=False)


@dataclass(frozen=True)
class RunRecord:
    """One run of a job."""

    id: str
    project: str
    job: str
    actor: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    summary: dict[str, Any] = field(hash=False)
    commit: str | None = None

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs."""
        if self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


def provisioned(session: Session) -> dict[tuple[str, str], str]:
    """(layer, name) of each stack that was applied -> digest of what it asked for."""
    return {key: record.digest for key, record in stacks(session).items()}


def stacks(session: Session) -> dict[tuple[str, str], StackRecord]:
    """What is remembered of each stack that was applied, by (layer, name)."""
    with session.embedded.records() as connection:
        rows = connection.execute(
            "select layer, name, digest, applied_at, looked_at, drift from stacks"
        ).fetchall()
    return {(layer, name): StackRecord(*rest) for layer, name, *rest in rows}


def stack_applied(session: Session, layer: str, name: str, digest: str, engine: str) -> None:
    """Remember that a stack is as it was asked for."""
    with session.embedded.records() as connection:
        connection.execute(
            """
            insert into stacks (layer, name, digest, applied_at, engine, looked_at)
            values (%s, %s, %s, now(), %s, now())
            on conflict (layer, name) do update
            set digest = excluded.digest, applied_at = excluded.applied_at,
                engine = excluded.engine, looked_at = excluded.looked_at, drift = '[]'
            """,
            (layer, name, digest, engine),
        )


def stacks_looked(session: Session, drift: dict[tuple[str, str], list[str]]) -> None:
    """Remember what comparing stacks with the platform found, just now."""
    from psycopg.types.json import Jsonb

    with session.embedded.records() as connection, connection.cursor() as cursor:
        cursor.executemany(
            "update stacks set looked_at = now(), drift = %s where layer = %s and name = %s",
            [(Jsonb(found), layer, name) for (layer, name), found in drift.items()],
        )


def stack_gone(session: Session, layer: str, name: str) -> None:
    """Forget a stack that was destroyed."""
    with session.embedded.records() as connection:
        connection.execute("delete from stacks where layer = %s and name = %s", (layer, name))


def homes(session: Session) -> dict[str, str]:
    """Domain whose stack was applied -> the project it was last in."""
    with session.embedded.records() as connection:
        rows = connection.execute(
            "select name, project from stacks where layer = 'domain' and project is not null"
        ).fetchall()
    return dict(rows)


def specs(session: Session) -> dict[str, Any]:
    """File of the spec -> what it said when it was last applied."""
    with session.embedded.records() as connection:
        return dict(connection.execute("select file, spec from specs").fetchall())


def specs_applied(
    session: Session, known: dict[str, Any], gone: list[str], homes: dict[str, str]
) -> None:
    """Remember what files of the spec said, forget others, and where domains live."""
    from psycopg.types.json import Jsonb

    with session.embedded.records() as connection, connection.transaction():
        for file, data in known.items():
            connection.execute(
                "insert into specs values (%s, %s) "
                "on conflict (file) do update set spec = excluded.spec",
                (file, Jsonb(data)),
            )
        connection.execute("delete from specs where file = any(%s)", (gone,))
        for domain, project in homes.items():
            connection.execute(
                "update stacks set project = %s where layer = 'domain' and name = %s",
                (project, domain),
            )


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
    from psycopg.types.json import Jsonb

    with session.embedded.records() as connection:
        connection.execute(
            """
            insert into projects (name, kind, products) values (%s, %s, %s)
            on conflict (name) do update set products = excluded.products
            """,
            (name, session.mesh.projects[name].kind, Jsonb(products)),
        )


def project_superseded(session: Session, name: str, relations: list[dict[str, str]]) -> None:
    """Remember relations that a project built once, builds no more, and that are still there."""
    from psycopg.types.json import Jsonb

    with session.embedded.records() as connection:
        connection.execute(
            """
            insert into projects (name, kind, superseded) values (%s, %s, %s)
            on conflict (name) do update set superseded = excluded.superseded
            """,
            (name, session.mesh.projects[name].kind, Jsonb(relations)),
        )


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


def run_started(
    session: Session, run: str, project: str, job: str, commit: str, **summary: Any
) -> None:
    """Remember that a run began; one of the project that still counts as running was killed.

    Runs of a project in production exclude each other, and so do those that check
    changes: whoever starts one knows. What is known of it from the start is `summary`.
    """
    from psycopg.types.json import Jsonb

    with session.embedded.records() as connection, connection.transaction():
        connection.execute(
            "update runs set state = 'failed', finished_at = now(), "
            'summary = summary || \'{"error": "interrupted"}\' '
            "where project = %s and state = 'running' and (job = 'ci') = (%s = 'ci')",
            (project, job),
        )
        connection.execute(
            """
            insert into runs (id, project, job, actor, commit, state, started_at, summary)
            values (%s, %s, %s, %s, %s, 'running', now(), %s)
            """,
            (run, project, job, session.actor, commit, Jsonb(summary)),
        )


def run_finished(session: Session, run: str, state: str, summary: dict[str, Any]) -> None:
    """Remember how a run ended: `passed` or `failed`."""
    from psycopg.types.json import Jsonb

    with session.embedded.records() as connection:
        connection.execute(
            "update runs set state = %s, finished_at = now(), summary = summary || %s "
            "where id = %s",
            (state, Jsonb(summary), run),
        )


def last_runs(session: Session, *, passed: bool = False) -> dict[str, RunRecord]:
    """Project -> its latest run; with `passed` the latest whole one that passed."""
    with session.embedded.records() as connection:
        rows = connection.execute(
            """
            select distinct on (project)
                id, project, job, actor, state, started_at, finished_at, summary
            from runs
            where job <> 'ci' and (not %s or (state = 'passed' and not summary ? 'selected'))
            order by project, started_at desc
            """,
            (passed,),
        ).fetchall()
    return {row[1]: RunRecord(*row) for row in rows}


def runs(session: Session, project: str | None = None, limit: int = 20) -> list[RunRecord]:
    """The latest runs, of one project or of all, the newest first."""
    query = f"{_RUNS} where %(project)s::text is null or project = %(project)s"
    query += " order by started_at desc limit %(limit)s"
    with session.embedded.records() as connection:
        rows = connection.execute(query.encode(), {"project": project, "limit": limit})
        return [RunRecord(*row) for row in rows]


def run(session: Session, run: str) -> RunRecord | None:
    """One run; None where there is none of that id."""
    with session.embedded.records() as connection:
        row = connection.execute(f"{_RUNS} where id = %s".encode(), (run,)).fetchone()
    return RunRecord(*row) if row else None


def schedules(session: Session) -> list[tuple[str, str, str, datetime | None]]:
    """(project, job, schedule, when it last began) of every job that has a schedule."""
    with session.embedded.records() as connection:
        return connection.execute(
            """
            select jobs.project, name, schedule, max(started_at)
            from jobs left join runs on (runs.project, runs.job) = (jobs.project, name)
            where schedule is not null
            group by jobs.project, name, schedule
            order by jobs.project, name
            """
        ).fetchall()
