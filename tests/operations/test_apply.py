"""apply heals what was dropped by hand, and leaves alone what it was not told to do."""

from __future__ import annotations

import subprocess
from pathlib import Path

from meshnew.operations.apply import apply
from meshnew.operations.plan import make_plan
from meshnew.operations.repositories import checkout
from meshnew.operations.session import Session
from tests.operations.conftest import sql

LOOK = "git status --branch --porcelain && git diff && git rev-parse HEAD"
LOGINS = "select rolname from pg_roles where rolcanlogin order by 1"


def applied(session: Session) -> None:
    assert apply(session, [], everything=True, deploys=False, confirm=lambda _: True)


def known(session: Session) -> set[str]:
    """Whose passwords are written down."""
    lines = session.embedded.postgres.passwords.file.read_text().splitlines()
    return {line.split(":")[3] for line in lines}


def logins(session: Session) -> set[str]:
    return {name for (name,) in sql(session, LOGINS)}


def git_of(folder: Path) -> bytes:
    """What git says of a checkout."""
    return subprocess.run(["sh", "-c", LOOK], cwd=folder, capture_output=True, check=True).stdout


def test_a_login_dropped_by_hand_comes_back_and_comes_in(session: Session) -> None:
    applied(session)
    sql(session, "drop owned by tableau")
    sql(session, "drop role tableau")
    applied(session)
    with session.embedded.warehouse(user="tableau") as reader:
        assert reader.execute("select current_user").fetchone() == ("tableau",)
    assert known(session) == logins(session)


def test_one_that_the_spec_has_no_more_leaves_no_password(session: Session) -> None:
    path = session.mesh.root / "mesh.yml"
    before = path.read_text()
    sql(session, "drop owned by tableau")
    sql(session, "drop role tableau")
    path.write_text(before.replace("readers: {tableau: {reads: [sales]}}\n", ""))
    applied(session.reloaded())
    assert "tableau" not in logins(session)
    assert known(session) == logins(session)


def test_one_made_by_hand_and_dropped_again_leaves_no_password(session: Session) -> None:
    sql(session, "create role mallory login")
    session.embedded.start()
    assert "mallory" in known(session)
    sql(session, "drop role mallory")
    applied(session.reloaded())
    assert known(session) == logins(session)


def test_people_of_an_edit_that_was_declined_never_were(session: Session) -> None:
    path = session.mesh.root / "projects" / "sales.yml"
    before = path.read_text()
    path.write_text(before.replace("[sales_lead]", "[sales_lead, zoe]"))
    shown: list[str] = []

    def decline(plan: object) -> bool:
        shown.extend(plan.sentences)  # type: ignore[attr-defined]
        return False

    assert apply(session, ["sales"], confirm=decline) is None
    assert any("zoe" in text for text in shown)
    path.write_text(before)
    assert not [text for text in make_plan(session, ["sales"]).sentences if "zoe" in text]
    for written in session.mesh.home.glob("stacks/*/*/main.tf.json"):
        assert "zoe" not in written.read_text(), written


def test_a_checkout_with_edits_stays_as_it_is_while_its_project_is_re_rendered(
    session: Session,
) -> None:
    """Also one in which a commit is checked out: re-renderings are made elsewhere."""
    applied(session.reloaded())
    folder = checkout.clone(session, "sales")
    subprocess.run(["git", "switch", "-q", "--detach"], cwd=folder, check=True)
    (folder / "README.md").write_text("Mine.\n")
    (folder / "new.txt").write_text("Mine too.\n")
    before = git_of(folder)
    path = session.mesh.root / "projects" / "sales.yml"
    text = path.read_text()
    path.write_text(text.replace("All about sales", "What we sold"))
    done = apply(session.reloaded(), ["sales"], deploys=False, confirm=lambda _: True)
    assert done
    (change,) = done.changes
    assert change.title == "Bring the project to its spec: domains"
    assert git_of(folder) == before
    assert (folder / "README.md").read_text() == "Mine.\n"
