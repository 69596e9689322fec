"""What the platform remembers: stacks applied, projects rendered, runs made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from meshnew.operations.session import Session


@dataclass(frozen=True)
class ProjectRecord:
    """What was last rendered and published of a project."""

    template_version: str | None
    products: list[dict[str, Any]] = field(hash=False)


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

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs."""
        if self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


def provisioned(session: Session) -> dict[tuple[str, str], str]:
    """(layer, name) of each stack that was applied -> digest of what it asked for."""
    with session.embedded.records() as connection:
        rows = connection.execute("select layer, name, digest from stacks").fetchall()
    return {(layer, name): digest for layer, name, digest in rows}


def stack_applied(session: Session, layer: str, name: str, digest: str, engine: str) -> None:
    """Remember that a stack is as it was asked for."""
    with session.embedded.records() as connection:
        connection.execute(
            """
            insert into stacks (layer, name, digest, applied_at, engine)
            values (%s, %s, %s, now(), %s)
            on conflict (layer, name) do update
            set digest = excluded.digest, applied_at = excluded.applied_at, engine = excluded.engine
            """,
            (layer, name, digest, engine),
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
        rows = connection.execute("select name, template_version, products from projects")
        return {name: ProjectRecord(version, products or []) for name, version, products in rows}


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


def project_gone(session: Session, name: str) -> None:
    """Forget a project and its runs."""
    with session.embedded.records() as connection:
        connection.execute("delete from runs where project = %s", (name,))
        connection.execute("delete from changes where repository = %s", (name,))
        connection.execute("delete from projects where name = %s", (name,))


def run_started(session: Session, run: str, project: str, job: str, commit: str) -> None:
    """Remember that a run began; one of the project that still counts as running was killed.

    Runs of a project exclude each other, so whoever starts one knows.
    """
    with session.embedded.records() as connection, connection.transaction():
        connection.execute(
            "update runs set state = 'failed', finished_at = now(), "
            "summary = '{\"error\": \"interrupted\"}' where project = %s and state = 'running'",
            (project,),
        )
        connection.execute(
            """
            insert into runs (id, project, job, actor, commit, state, started_at)
            values (%s, %s, %s, %s, %s, 'running', now())
            """,
            (run, project, job, session.actor, commit),
        )


def run_finished(session: Session, run: str, state: str, summary: dict[str, Any]) -> None:
    """Remember how a run ended: `passed` or `failed`."""
    from psycopg.types.json import Jsonb

    with session.embedded.records() as connection:
        connection.execute(
            "update runs set state = %s, finished_at = now(), summary = %s where id = %s",
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
            where not %s or (state = 'passed' and not summary ? 'selected')
            order by project, started_at desc
            """,
            (passed,),
        ).fetchall()
    return {row[1]: RunRecord(*row) for row in rows}
