"""What the platform remembers of itself: the database `meshnew_records` and its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from meshnew.errors import PlatformError, RequirementError

if TYPE_CHECKING:
    from psycopg import Connection

    from meshnew.embedded.postgres import Postgres

DATABASE = "meshnew_records"

# Version n of the tables is what the first n steps make; a step is never edited
# once released, the next one alters what it left.
STEPS = (
    """
    create table teams (
        name text primary key
    );
    create table team_members (
        team text references teams on delete cascade,
        member text,
        primary key (team, member)
    );
    create table repositories (
        name text primary key,
        description text not null default ''
    );
    create table repository_access (
        repository text references repositories on delete cascade,
        team text references teams on delete cascade,
        permission text not null check (permission in ('read', 'write', 'maintain')),
        primary key (repository, team)
    );
    create table protections (
        repository text references repositories on delete cascade,
        branch text,
        primary key (repository, branch)
    );
    create table jobs (
        project text,
        name text,
        schedule text,
        command text not null,
        primary key (project, name)
    );
    create table changes (
        repository text references repositories on delete cascade,
        number integer,
        branch text not null,
        title text not null,
        body text not null default '',
        author text not null,
        state text not null default 'open' check (state in ('open', 'merged', 'closed')),
        opened_at timestamptz not null default now(),
        head text,
        merged_at timestamptz,
        merged_by text,
        merge_commit text,
        primary key (repository, number)
    );
    create table runs (
        id text primary key,
        project text not null,
        job text not null,
        actor text not null,
        commit text,
        state text not null default 'running' check (state in ('running', 'passed', 'failed')),
        started_at timestamptz not null default now(),
        finished_at timestamptz,
        summary jsonb not null default '{}'
    );
    create index on runs (project, started_at desc);
    create table projects (
        name text primary key,
        kind text not null,
        template_version text,
        answers_digest text,
        rendered_at timestamptz,
        products jsonb not null default '[]'
    );
    create table stacks (
        layer text,
        name text,
        digest text not null,
        applied_at timestamptz not null default now(),
        engine text not null,
        primary key (layer, name)
    );
    """,
    """
    create table checks (
        repository text references repositories on delete cascade,
        commit text,
        name text,
        state text not null check (state in ('running', 'passed', 'failed')),
        summary text not null default '',
        run text,
        at timestamptz not null default now(),
        primary key (repository, commit, name)
    );
    create table approvals (
        repository text,
        number integer,
        commit text,
        member text,
        at timestamptz not null default now(),
        primary key (repository, number, commit, member),
        foreign key (repository, number) references changes on delete cascade
    );
    alter table protections
        add column checks text[] not null default '{}',
        add column approvals integer not null default 0;
    alter table projects add column superseded jsonb not null default '[]';
    create table specs (
        file text primary key,
        spec jsonb not null
    );
    alter table stacks add column project text;
    alter table stacks
        add column looked_at timestamptz,
        add column drift jsonb not null default '[]',
        add column modules text;
    alter table projects
        add column due text,
        add column due_since timestamptz;
    """,
    """
    create table comments (
        id bigint generated always as identity primary key,
        repository text,
        number integer,
        member text not null,
        body text not null,
        at timestamptz not null default now(),
        foreign key (repository, number) references changes on delete cascade
    );
    """,
)

LOCK = 0x6D657368
"""Advisory lock that whoever changes objects of a database holds meanwhile."""


def ensure(postgres: Postgres) -> None:
    """Make the records database and bring its tables to this version's; quick if they are.

    Args:
        postgres: the running server.

    Raises:
        PlatformError: the server does not answer.
        RequirementError: a newer meshnew made them.
    """
    try:
        records = postgres.connect(DATABASE)
    except PlatformError:  # most likely it is not there
        with postgres.connect("postgres") as server:
            _create_database(server)
        records = postgres.connect(DATABASE)
    with records, records.transaction():
        _bring_up_to_date(records)


def _bring_up_to_date(records: Connection[tuple[Any, ...]]) -> None:
    if is_current(records):
        return
    records.execute("select pg_advisory_xact_lock(%s)", [LOCK])
    records.execute("create table if not exists version (number integer not null)")
    there = _version(records)
    if there > len(STEPS):
        raise RequirementError(
            f"were written by a newer meshnew: their version is {there}, "
            f"this meshnew knows {len(STEPS)}",
            where="the platform's records",
            fix="Upgrade meshnew: pip install --upgrade meshnew",
        )
    for step in STEPS[there:]:
        records.execute(step.encode())
    records.execute("delete from version")
    records.execute("insert into version values (%s)", [len(STEPS)])


def is_current(records: Connection[tuple[Any, ...]]) -> bool:
    """Whether the tables are this version's."""
    return _version(records) == len(STEPS)


def _create_database(server: Connection[tuple[Any, ...]]) -> None:
    """Make the database and close it, with the server's own ones, to all but the superuser."""
    import psycopg

    server.execute("select pg_advisory_lock(%s)", [LOCK])
    try:
        server.execute(f"create database {DATABASE}".encode())
    except psycopg.errors.DuplicateDatabase:  # made while this process waited for the lock
        return
    finally:
        closed = f"{DATABASE}, postgres, template1"
        server.execute(f"revoke all on database {closed} from public".encode())
        server.execute("select pg_advisory_unlock(%s)", [LOCK])


def _version(records: Connection[tuple[Any, ...]]) -> int:
    exists = records.execute("select to_regclass('version') is not null").fetchone()
    if not exists or not exists[0]:
        return 0
    row = records.execute("select number from version").fetchone()
    return int(row[0]) if row else 0
