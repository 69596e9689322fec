"""Every file has an owner, every owner exists, and each domain's files are its team's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from meshnew.governance.finding import Finding
from meshnew.governance.owners import Expected, check

TEAMS = {"platform": ["grace"], "flights-data": ["ada"], "weather-data": []}
GOOD = """\
# Who has to approve a change.
* @platform
/models/flights/ @flights-data
/models/flights/_flights__group.yml @platform
/seeds/flights/ @flights-data # loaded by hand
"""
FILES = (
    "README.md",
    "CODEOWNERS",
    "models/flights/_flights__group.yml",
    "models/flights/marts/delays_v1.sql",
    "seeds/flights/.gitkeep",
    "seeds/flights/a b.csv",
)
OURS = Expected(
    platform="platform",
    domains={"flights": "flights-data"},
    files=("README.md", "CODEOWNERS", "models/flights/_flights__group.yml"),
    teams=TEAMS,
    is_person=lambda name: any(name in people for people in TEAMS.values()),
)
HOSTED = replace(OURS, prefix="@skyline/")


def found(text: str | None, expected: Expected = OURS) -> list[Finding]:
    return check("CODEOWNERS", text, FILES, expected)


def without(start: str) -> str:
    """The file with a line gone."""
    left = [line for line in GOOD.splitlines(keepends=True) if not line.startswith(start)]
    assert len(left) == GOOD.count("\n") - 1
    return "".join(left)


def hosted(text: str) -> str:
    return text.replace("@", "@skyline/")


def test_what_is_right_is_left_alone() -> None:
    assert found(GOOD) == []
    assert found(hosted(GOOD), HOSTED) == []


@pytest.mark.parametrize(
    ("start", "line", "what", "mend"),
    [
        ("* ", 0, "nobody owns CODEOWNERS and 1 more", "Add as the first line: `* @platform`."),
        (
            "/seeds/", 2,
            "seeds/flights/ (seeds/flights/a b.csv and 1 more) belongs to @platform and not to "
            "@flights-data",
            "Add below line 2: `/seeds/flights/ @flights-data`.",
        ),
        (
            "/models/flights/_", 3,
            "models/flights/_flights__group.yml belongs to @flights-data and not to @platform",
            "Add below line 3: `/models/flights/_flights__group.yml @platform`.",
        ),
    ],
)  # fmt: skip
def test_a_line_that_is_gone_is_missed(start: str, line: int, what: str, mend: str) -> None:
    (problem,) = found(without(start))
    assert (problem.file, problem.line) == ("CODEOWNERS", line)
    assert (problem.what, problem.mend) == (what, mend)


@pytest.mark.parametrize(
    ("name", "what", "mend"),
    [
        ("@fligths-data", "is no team and no person", "Did you mean `@flights-data`?"),
        ("@skyline/flights-data", "is not how the forge names the team", "`@flights-data`"),
        ("flights-data", "is no owner", "`@flights-data`"),
        ("ada@skyline.example", "is no owner", "Name a team"),
        ("@nobody", "is no team and no person", "projects/*.yml"),
    ],
)
def test_an_owner_that_is_none_is_told_with_its_line(name: str, what: str, mend: str) -> None:
    problems = found(GOOD.replace("/seeds/flights/", f"/seeds/flights/ {name}"))
    (problem,) = problems
    assert problem.line == 5
    assert what in problem.what
    assert mend in problem.mend


def test_a_person_may_own_besides_the_team() -> None:
    assert found(GOOD.replace("/seeds/flights/", "/seeds/flights/ @ada")) == []


def test_a_hosted_forge_names_teams_with_their_organisation() -> None:
    problems = found(GOOD, HOSTED)
    assert {item.rule for item in problems} == {"owners-exist", "owners-right-team"}
    first = problems[0]
    assert (first.line, first.mend) == (2, "Write `@skyline/platform`.")
    assert found(hosted(GOOD) + "/docs/ docs@skyline.example\n", HOSTED) == []


def test_what_the_platform_owns_is_approved_by_nobody_else() -> None:
    (problem,) = found(GOOD.replace("* @platform", "* @platform @flights-data"))
    assert problem.what.startswith("CODEOWNERS and 1 more belongs to @platform and @flights-data")


def test_a_line_without_an_owner_leaves_files_to_nobody() -> None:
    (problem,) = found(GOOD.replace("/seeds/flights/ @flights-data", "/seeds/flights/"))
    assert (problem.line, problem.mend) == (5, "Name an owner on line 5.")


@pytest.mark.parametrize("text", [None, "/models/[ @platform\n"])
def test_a_file_that_is_missing_or_cannot_be_read_is_one_problem(text: str | None) -> None:
    (problem,) = found(text)
    assert problem.rule == "owners-file"
    assert problem.mend


def test_after_a_teams_rename_the_re_rendering_goes_first() -> None:
    renamed = {"platform": ["grace"], "flights": ["ada"], "weather-data": []}
    before = replace(OURS, teams=renamed)
    what = "`@flights-data` is no team and no person of the forge"
    for expected, mend in (
        (before, "Did you mean `@flights`? A new team comes from projects/*.yml."),
        (
            replace(before, first="change 3 of flights"),
            "Merge change 3 of flights first: it names the teams as the spec does now.",
        ),
    ):
        problems = [item for item in found(GOOD, expected) if item.rule == "owners-exist"]
        assert {(item.what, item.mend) for item in problems} == {(what, mend)}
    # A name that was never right stays what it is.
    (typo, *_) = found(without("* ") + "* @platfrom\n", replace(OURS, first="change 3 of flights"))
    assert "change 3" not in typo.mend
