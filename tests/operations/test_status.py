"""status: what drifted is named until it is healed, what was only edited is told apart."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from meshnew.operations.session import Session
from meshnew.operations.stacks.drift import look
from meshnew.operations.status import ProjectStatus, status
from tests.operations.conftest import provision, sql


def drift(session: Session) -> list[str]:
    """What a look finds, of all projects and the mesh."""
    look(session)
    return recorded(session)


def recorded(session: Session) -> list[str]:
    return [text for item in status(session) for text in item.drift]


def of(session: Session, name: str) -> ProjectStatus:
    return next(item for item in status(session) if item.name == name)


WAREHOUSE = [
    ("drop schema sales_products cascade", "schema sales_products is gone"),
    ("alter schema sales owner to stores_lead",
     "schema sales belongs to stores_lead, not to sales_owner"),
    ("revoke usage on schema sales_raw from sales_owner",
     "sales_owner may no longer use sales_raw"),
    ("grant usage on schema sales_raw to tableau",
     "tableau may use sales_raw, which the spec does not allow"),
    ("grant sales_consumer to mallory",
     "mallory may read sales_products, which the spec does not allow"),
    ("grant sales_owner to stores_lead",
     "stores_lead may build sales, which the spec does not allow"),
    ("revoke stores_consumer from sales_owner", "sales may no longer read stores_products"),
    ("alter role tableau createdb",
     "login tableau has the powers createdb over the server, which the spec does not allow"),
    ("grant create on database skyline to mallory",
     "mallory may create in the database, which the spec does not allow"),
]  # fmt: skip
RECORDS = [
    ("insert into team_members values ('sales-data', 'mallory')",
     "mallory is in team sales-data, which the spec does not allow"),
    ("delete from team_members where member = 'sales_lead'",
     "sales_lead is no longer in team sales-data"),
    ("update jobs set schedule = '0 7 * * *' where (project, name) = ('sales', 'daily')",
     "job daily of sales was edited: schedule is 0 7 * * *, not 0 6 * * *"),
    ("delete from jobs where (project, name) = ('sales', 'daily')",
     "job daily of sales is gone"),
    ("update repository_access set permission = 'maintain' where repository = 'sales'",
     "team sales-data may maintain repository sales, not write"),
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def stranger(session: Session) -> None:
    sql(session, "create role mallory login")


def test_nothing_drifted_and_the_records_say_when_that_was_seen(session: Session) -> None:
    assert drift(session) == []
    found = of(session, "sales")
    assert found.looked_at is not None
    assert found.applied_at is not None
    assert found.looked_at >= found.applied_at


def test_everything_done_by_hand_is_named_and_healed(session: Session) -> None:
    """All at once: a name of one must not hide behind another's."""
    for statement, _ in WAREHOUSE:
        sql(session, statement)
    with session.embedded.records() as records:
        for statement, _ in (RECORDS[0], RECORDS[2], RECORDS[4]):
            records.execute(statement.encode())
    expected = [text for _, text in (*WAREHOUSE, RECORDS[0], RECORDS[2], RECORDS[4])]
    assert sorted(drift(session)) == sorted(expected)
    provision(session)
    assert recorded(session) == []
    assert drift(session) == []


def test_what_was_taken_away_is_named_and_healed(session: Session) -> None:
    with session.embedded.records() as records:
        for statement, _ in (RECORDS[1], RECORDS[3]):
            records.execute(statement.encode())
    (session.embedded.git.path("stores") / "hooks" / "pre-receive").unlink()
    shutil.rmtree(session.embedded.git.path("sales"))
    assert sorted(drift(session)) == [
        "job daily of sales is gone",
        "main of stores was removed, renamed or is no longer protected",
        "repository sales is gone",
        "sales_lead is no longer in team sales-data",
    ]
    provision(session)
    assert drift(session) == []


def test_a_login_removed_is_one_thing_though_its_memberships_went_with_it(
    session: Session,
) -> None:
    sql(session, "drop owned by stores_lead cascade")
    sql(session, "drop role stores_lead")
    found = drift(session)
    assert "login stores_lead is gone" in found
    assert not any("develop" in text for text in found)
    provision(session)
    assert drift(session) == []


def test_the_records_remember_a_drift_until_it_is_healed(session: Session) -> None:
    sql(session, "drop schema stores_raw")
    assert recorded(session) == []
    look(session)
    assert of(session, "stores").drift == ["schema stores_raw is gone"]
    assert of(session, "sales").drift == []
    provision(session)
    assert of(session, "stores").drift == []


def test_what_the_mesh_itself_lost_has_a_line_of_its_own(session: Session) -> None:
    shutil.rmtree(session.embedded.git.path("interfaces"))
    look(session)
    assert of(session, "skyline").drift == ["repository interfaces is gone"]
    provision(session)
    assert "skyline" not in {item.name for item in status(session)}


def test_a_main_edited_set_back_or_removed_by_hand_is_put_back(session: Session) -> None:
    def add(folder: Path) -> None:
        (folder / "README.md").write_text(f"{len(list(folder.iterdir()))}")
        (folder / f"{len(list(folder.iterdir()))}.txt").touch()

    session.publish("stores", "First", add)
    good = session.forge.head("stores")
    assert good is not None
    by_hand = git(session, "commit-tree", "-m", "By hand", "-p", good, f"{good}^{{tree}}")
    for arguments, expected in (
        (("main", by_hand), "main of stores was edited by hand: 1 commit will be set aside"),
        (("-d", "main"), "main of stores was removed, renamed or is no longer protected"),
    ):
        words = [f"refs/heads/{name}" if name == "main" else name for name in arguments]
        git(session, "update-ref", *words)
        assert drift(session) == [expected]
        provision(session)
        assert drift(session) == []
        assert session.forge.head("stores") == good


def git(session: Session, *words: str) -> str:
    """Somebody in the folder of the bare repository of stores, past every hook."""
    path = session.embedded.git.path("stores")
    command = ["git", f"--git-dir={path}", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_an_edit_of_the_spec_is_no_drift(session: Session) -> None:
    path = session.mesh.root / "projects" / "sales.yml"
    before = path.read_text()
    path.write_text(before.replace("0 6 * * *", "0 8 * * *"))
    sql(session, "drop schema sales_products cascade")
    edited = session.reloaded()
    edits = look(edited)
    found = next(item for item in status(edited, edits) if item.name == "sales")
    assert found.drift == ["schema sales_products is gone"]
    assert found.edits == ["will change job daily of sales (0 8 * * *)"]
    assert "project sales was edited and not applied" in found.pending
    path.write_text(before)
    provision(session)
    assert drift(session) == []
