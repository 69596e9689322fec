"""A company's mesh on GitHub and on GitLab: people work on changes by meshnew's own commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.conftest import Answer, User
from tests.forge.conformance.conftest import KINDS, Hosted
from tests.mesh.hosted import BASE, spec
from tests.mesh.test_platforms import FLIGHTS

pytestmark = pytest.mark.long

ANSWERS = {
    "project": "flights",
    "forge": "github",
    "organization": "skyline",
    "platform_team": "platform",
    "domains": {"flights": {"team": "crew"}},
}
OWNERS = "* @skyline/platform\n/models/flights/ @skyline/crew\n/models/airports/ @skyline/pilots\n"


class Company:
    """Somebody's folder of the mesh, and the forge that it names."""

    def __init__(self, place: Hosted, kind: str, folder: Path) -> None:
        self.place = place
        mesh = BASE | spec("postgres", kind, "forge", "pg")
        owner = "organization" if kind == "github" else "group"
        mesh["forge"] |= {owner: "skyline", "host": place.server.host}
        (folder / "projects").mkdir(parents=True)
        (folder / "mesh.yml").write_text(yaml.safe_dump(mesh))
        (folder / "projects" / "flights.yml").write_text(FLIGHTS)
        self.user = User(folder)

    def says(self, who: str, *words: object, code: int = 0, by: str = "") -> Answer:
        environ = self.place.server.environment(by or who)
        answer = self.user.meshnew(*words, who=who, code=code, env=environ)
        assert "-token" not in answer.text
        return answer


@pytest.fixture(params=list(KINDS))
def company(request: pytest.FixtureRequest, tmp_path: Path) -> Company:
    place = request.getfixturevalue("hosted")(request.param)
    place.protect(("ci",), 1)
    return Company(place, request.param, tmp_path / "mesh")


def test_a_change_goes_its_way_by_commands(company: Company) -> None:
    company.place.ada.propose("delays", "models/delays.sql")
    words = ("change", "open", "flights", "--branch", "delays", "--title", "Add delays")
    opened = company.says("ada", *words)
    assert "Change 1 of flights: Add delays" in opened.out
    assert f"check {company.place.check} has not run" in opened.out
    assert "flights 1  Add delays" in company.says("bob", "change", "list").out
    company.says("bob", "change", "comment", "flights", 1, "--body", "In minutes?")
    shown = json.loads(company.says("ada", "change", "show", "flights", 1, "--json").out)
    assert [(item["by"], item["body"]) for item in shown["comments"]] == [("bob", "In minutes?")]
    assert "+select 1" in shown["diff"]
    refused = company.says("bob", "change", "merge", "flights", 1, code=1)
    assert "nobody of crew has approved models/delays.sql" in refused.err
    own = company.says("bob", "change", "checks", "flights", 1, "--run", code=2)
    assert "the forge's own CI runs the checks" in own.err
    company.place.acting("ada").report_check(
        "flights", shown["head"], "ci", state="passed", summary="2 built"
    )
    assert "ci: 2 built" in company.says("bob", "change", "checks", "flights", 1).out
    company.says("bob", "change", "approve", "flights", 1)
    assert "Merged change 1" in company.says("bob", "change", "merge", "flights", 1).out
    assert "No changes." in company.says("bob", "change", "list").out
    files = [path for path in company.user.folder.rglob("*") if path.is_file()]
    assert [path for path in files if b"-token" in path.read_bytes()] == []


def test_owners_are_looked_up_on_the_forge(company: Company) -> None:
    company.place.protect((), 0)
    ada = company.place.ada
    for name, text in (("CODEOWNERS", OWNERS), (".copier-answers.yml", yaml.safe_dump(ANSWERS))):
        ada.write(name, text)
    ada.propose("own", "models/flights/delays.sql")
    company.says("ada", "change", "open", "flights", "--branch", "own")
    company.says("ada", "change", "merge", "flights", 1)
    found = json.loads(company.says("grace", "check", "owners", "flights", "--json", code=1).out)
    assert [(item["line"], item["rule"]) for item in found["findings"]] == [(3, "owners-exist")]
    assert "`@skyline/pilots` is no team" in found["findings"][0]["what"]


def test_nobody_acts_by_the_token_of_another(company: Company) -> None:
    answer = company.says("bob", "change", "list", code=2, by="ada")
    assert "the token belongs to ada, so bob cannot act by it" in answer.err


def test_without_a_token_that_is_said_before_anything_is_asked(company: Company) -> None:
    company.place.server.forgive()
    environ = dict.fromkeys(("GITHUB_TOKEN", "GITLAB_TOKEN"), "")
    answer = company.user.meshnew("change", "list", code=2, env=environ)
    assert "_TOKEN is not set" in answer.err
    assert "docs/how-to/use-git" in answer.err
    assert company.place.server.asked == []
