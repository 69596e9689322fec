"""From a proposal to the first deploy, on a forge with a CI of its own.

Terraform's providers are pretended. The forge is a fake of GitHub, and of GitLab, on which what
is applied comes to be and which meshnew reaches by its own client and by git over HTTPS; and the
laptop's, which stands for any other.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from meshnew.cli.apply import apply as apply_command
from meshnew.cli.new import new as new_command
from meshnew.errors import ConflictError, UsageError
from meshnew.forge import git
from meshnew.mesh.mesh import INTERFACES, MESH_REPOSITORY, TEMPLATE
from meshnew.operations import merged, new, proposed
from meshnew.operations.repositories import foundation, repository
from meshnew.operations.session import Session
from tests.operations.hosted import Company, company
from tests.operations.hosted_forges import forged

pytestmark = pytest.mark.long
ANSWERS = {
    "team": "sales-data", "owner_name": "Sol", "owner_email": "sol@skyline.example",
    "members": ["sol"],
}  # fmt: skip


@pytest.fixture(scope="module", params=["laptop", "github", "gitlab"])
def at(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("company")
    with company(folder) if request.param == "laptop" else forged(folder, request.param) as found:
        yield found


@pytest.fixture
def session(at: Company, monkeypatch: pytest.MonkeyPatch) -> Session:
    return at.work(monkeypatch)


@pytest.fixture
def ci(at: Company, session: Session, tmp_path: Path) -> Callable[[], Session]:
    """Checks main of the mesh out anew, as the mesh's CI does."""

    def check_out() -> Session:
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        forge = session.forge
        git.clone(forge.url(MESH_REPOSITORY), folder, environ=forge.environment())
        return at.session(folder)

    return check_out


def pull(session: Session) -> Session:
    """Main, in the folder of who works there."""
    repository.update(session)
    return session.reloaded()


def test_1_nothing_is_proposed_to_a_mesh_that_is_not_there(session: Session) -> None:
    with pytest.raises(UsageError, match="not on its forge yet") as caught:
        proposed.propose_edits(session, ["flights"], everything=False)
    assert "meshnew apply --all --merged" in caught.value.fix
    assert proposed.standing(session, "sales").state == "absent"


def test_2_the_platform_team_makes_it(session: Session, at: Company) -> None:
    shown = []
    done = merged.apply(session, confirm=lambda plan: not shown.append(plan.groups))
    assert done is not None
    assert "will render flights from template v0.1.0 and push it" in shown[0]["repository"]
    forge = session.forge
    for name in (MESH_REPOSITORY, INTERFACES, "flights", "weather"):
        assert forge.has_content(name), name
    assert set(forge.folders(INTERFACES)) == {"flights", "weather"}
    for name in (MESH_REPOSITORY, "flights", "weather"):
        assert at.is_sealed(name), name


def test_3_again_it_changes_nothing(ci: Callable[[], Session]) -> None:
    done = merged.apply(ci(), confirm=lambda plan: pytest.fail(str(plan.sentences)))
    assert done is not None
    assert done.plan.empty
    assert done.changes == []


def test_4_the_first_deploy_waits_for_its_secrets(session: Session) -> None:
    found = proposed.standing(session, "flights")
    assert found.state == "pending"
    assert "MESH_TOKEN, PGPASSWORD in production" in found.fix
    head = session.forge.head("flights") or ""
    session.forge.report_check("flights", head, "deploy / run", state="failed", summary="x")
    assert proposed.standing(session, "flights").state == "failed"
    session.forge.report_check("flights", head, "deploy / run", state="passed", summary="x")
    assert proposed.standing(session, "flights").state == "deployed"


def test_5_new_opens_a_change_and_stops(session: Session) -> None:
    assert proposed.standing(session, "sales").state == "absent"
    proposal = new.propose(session, "domain", "sales", ANSWERS, ask=False)
    for _ in range(2):  # somebody killed it, and gives it again
        opened = proposed.propose(session, proposal)
        assert opened.title == "Add domain sales"
    found = proposed.standing(session, "sales")
    assert (found.state, found.change) == ("proposed", opened.number)
    assert len(session.forge.changes(MESH_REPOSITORY)) == 1
    assert not session.forge.exists("sales")
    assert not (session.mesh.root / "projects" / "sales.yml").exists()


def test_6_once_it_is_merged_the_meshs_ci_makes_it(
    session: Session, at: Company, ci: Callable[[], Session]
) -> None:
    (change,) = session.forge.changes(MESH_REPOSITORY)
    at.land(session, MESH_REPOSITORY, change.number)
    assert proposed.standing(session, "sales").state == "merged"
    with pytest.raises(ConflictError, match="not what was merged"):
        merged.apply(session, confirm=lambda _: True)
    assert merged.apply(ci(), confirm=lambda _: True) is not None
    assert session.forge.has_content("sales")
    assert at.is_sealed("sales")
    assert "sales" in session.forge.folders(INTERFACES)
    assert proposed.standing(pull(session), "sales").state == "pending"


def test_7_an_edit_is_proposed_and_reaches_the_project_as_a_change(
    session: Session, at: Company, ci: Callable[[], Session]
) -> None:
    session = pull(session)
    path = session.mesh.root / "projects" / "sales.yml"
    path.write_text(path.read_text().replace("sol@skyline.example", "sun@skyline.example"))
    session = session.reloaded()
    with pytest.raises(ConflictError, match=r"projects/sales\.yml"):
        merged.apply(session, confirm=lambda _: True)
    opened = proposed.propose_edits(session, ["sales"], everything=False)
    assert opened is not None
    at.land(session, MESH_REPOSITORY, opened.number)
    path.unlink()
    _restore(session)
    done = merged.apply(ci(), confirm=lambda _: True)
    assert done is not None
    (change,) = done.changes
    assert change.repository == "sales"
    again = merged.apply(ci(), confirm=lambda _: True)
    assert again is not None
    assert again.changes == []  # it waits for its owners
    at.land(session, "sales", change.number)
    assert "sun@skyline.example" in (session.forge.file("sales", ".copier-answers.yml") or "")
    assert merged.apply(ci(), confirm=lambda plan: pytest.fail(str(plan.sentences))) is not None


def test_8_what_main_says_already_is_not_proposed(session: Session) -> None:
    assert proposed.propose_edits(pull(session), [], everything=True) is None


def _restore(session: Session) -> None:
    command = ["git", "-C", str(session.mesh.root), "checkout", "--", "projects", "mesh.yml"]
    subprocess.run(command, check=True, capture_output=True)


def test_9_a_script_reads_where_it_stands(session: Session) -> None:
    found = proposed.standing(session, "weather").to_json()
    assert json.loads(json.dumps(found))["state"] == "pending"


def test_10_a_command_says_where_it_stands_to_scripts_too(
    at: Company,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    session = pull(session)
    at.enter(session, monkeypatch)
    new_command("domain", "weather", yes=True, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["change"] is None
    assert [item["state"] for item in found["projects"]] == ["pending"]
    apply_command(["weather"], yes=True)
    shown = " ".join(capsys.readouterr().out.split())
    assert "the first deploy of weather is pending" in shown
    assert "MESH_TOKEN, PGPASSWORD in production" in shown
    apply_command(everything=True, merged=True, yes=True)
    assert "will " not in capsys.readouterr().err  # it is all there


def test_11_a_new_version_of_the_template_is_tagged_and_proposed(
    at: Company, session: Session, ci: Callable[[], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    session, wanted = pull(session), "v0.2.0"
    path = session.mesh.root / "mesh.yml"
    path.write_text(path.read_text().replace(foundation.VERSION, wanted))
    monkeypatch.setattr(foundation, "VERSION", wanted)
    monkeypatch.setattr(foundation, "_fill", _with_news)
    opened = proposed.propose_edits(session.reloaded(), [], everything=True)
    assert opened is not None
    at.land(session, MESH_REPOSITORY, opened.number)
    _restore(session)
    done = merged.apply(ci(), confirm=lambda _: True)
    assert done is not None
    forge = session.forge
    tag = git.remote_ref(forge.url(TEMPLATE), f"refs/tags/{wanted}", environ=forge.environment())
    (change,) = forge.changes(TEMPLATE)
    assert change.head == tag
    assert {item.repository for item in done.changes} == {"flights", "weather", "sales"}
    again = merged.apply(ci(), confirm=lambda _: True)
    assert again is not None
    assert again.changes == []
    at.land(session, TEMPLATE, change.number)
    assert forge.file(TEMPLATE, "NEWS.md") == "news\n"


def _with_news(folder: Path) -> None:
    (folder / "NEWS.md").write_text("news\n")
