"""A mesh that is provisioned and nothing else: no project of it is rendered or deployed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshnew.operations.session import Session, open_session
from meshnew.operations.stacks import provisioning
from meshnew.operations.stacks.selection import select

MESH = """\
name: skyline
template: {version: v0.1.0}
warehouse: {kind: embedded}
forge: {kind: embedded}
runtime: {kind: embedded}
package: mesh_core
platform_team: {name: platform, members: [grace]}
readers: {tableau: {reads: [sales]}}
"""
PROJECT = """\
kind: domain
domains:
  NAME:
    description: All about NAME
    owner: {name: NAME team, email: NAME@example.com}
    team: NAME-data
    members: [NAME_lead]
consumes: [OTHER]
jobs: {daily: {schedule: "0 6 * * *"}}
"""


def provision(session: Session) -> None:
    """Apply all stacks."""
    with session.terraform() as runner:
        selection = select(session, runner, [], everything=True)
        plans = provisioning.plan(session, runner, selection.stacks)
        provisioning.apply(session, runner, plans)


def sql(session: Session, statement: str) -> list[tuple[Any, ...]]:
    """Somebody at psql, as superuser."""
    with session.embedded.warehouse() as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def written() -> Iterator[Session]:
    """A spec of two domains that consume each other; nothing is provisioned."""
    folder = Path(tempfile.mkdtemp(prefix="mesh-"))
    (folder / "mesh.yml").write_text(MESH)
    (folder / "projects").mkdir()
    for name, other in (("sales", "stores"), ("stores", "sales")):
        text = PROJECT.replace("NAME", name).replace("OTHER", other)
        (folder / "projects" / f"{name}.yml").write_text(text)
    session = open_session(folder, "grace", "test")
    try:
        yield session
    finally:
        session.embedded.postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def session(written: Session) -> Session:
    """Two domains, provisioned."""
    provision(written)
    return written
