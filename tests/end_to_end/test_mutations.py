"""What makes a project good is taken away piece by piece, and its own check misses each piece."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import User

WHERE = "checkouts/incubator"
MARTS = "models/weather/marts"
YAML = f"{MARTS}/weather_example.yml"
DOMAINS = """{
  weather: {description: Weather, owner: {name: Wanda, email: w@example.com},
            team: weather-data, members: [wanda]},
  sailing: {description: Trips, owner: {name: Sam, email: s@example.com},
            team: sailing-data, members: [sam]}}"""

Edit = Callable[[Path], None]


def remove(file: str, pattern: str) -> Edit:
    """Takes out of a file what a pattern finds once."""

    def edit(folder: Path) -> None:
        path = folder / file
        left, times = re.subn(pattern, "", path.read_text(), count=1, flags=re.MULTILINE)
        assert times == 1, f"{file}: {pattern}"
        path.write_text(left)

    return edit


def write(file: str, text: str) -> Edit:
    def edit(folder: Path) -> None:
        (folder / file).write_text(text)

    return edit


def replace(file: str, old: str, new: str) -> Edit:
    def edit(folder: Path) -> None:
        text = (folder / file).read_text()
        assert text.count(old) == 1, f"{file}: {old}"
        (folder / file).write_text(text.replace(old, new))

    return edit


@dataclass(frozen=True)
class Mutation:
    """One thing that is taken away.

    Attributes:
        edit: takes it.
        where: file and line that the check names; a file alone where dbt names no line.
        rule: the rule that is broken; empty where dbt itself refuses.
        says: what the message holds.
        mend: what the way on holds.
    """

    edit: Edit
    where: str
    says: str
    mend: str
    rule: str = ""


MUTATIONS = {
    "the owner": Mutation(
        remove(YAML, r"^ +owner: .*\n"), f"{YAML}:2",
        "weather_example.v1 names no owner", YAML, "product-owned",
    ),
    "the description": Mutation(
        remove(YAML, r"^    description: .*\n"), f"{YAML}:2",
        "weather_example.v1 has no description", YAML, "model-described",
    ),
    "the description of a column": Mutation(
        remove(YAML, r"^        description: What was recorded.\n"), f"{YAML}:",
        "does not describe column label", YAML, "product-columns-described",
    ),
    "the primary key test": Mutation(
        remove(YAML, r"^      - mesh_core.primary_key:\n.*\n.*\n"), f"{YAML}:2",
        "weather_example.v1 has no primary key test", "mesh_core.primary_key",
        "product-primary-key",
    ),
    "the contract": Mutation(
        remove(YAML, r"^ +contract: .*\n"), f"{YAML}:2",
        "weather_example.v1 has no enforced contract", "enforced: true", "product-contract",
    ),
    "a line of CODEOWNERS": Mutation(
        remove("CODEOWNERS", r"^/seeds/weather/ .*\n"), "CODEOWNERS:2",
        "seeds/weather/", "Add below line 2: `/seeds/weather/ @weather-data`", "owners-right-team",
    ),
    "the test of a model": Mutation(
        write(
            f"{MARTS}/days.sql", "select recorded_on\nfrom {{ ref('stg_weather__example') }}\n"
        ), f"{MARTS}/days.sql:1", "days has no test", f"{MARTS}/days.yml", "model-tested",
    ),
    "what opens a model past its access": Mutation(
        replace(YAML, "access: public", "grants: {select: [eve]}\n      access: public"),
        f"{YAML}:", "weather_example.v1: `grants` is `{select: [eve]}`, while in the mesh it",
        "exceptions: {default-grants: {reason: ..., until: 2027-01-31}}", "default-grants",
    ),
    "a default of all models": Mutation(
        remove("dbt_project.yml", r"^    \+on_schema_change: .*\n"), "dbt_project.yml:0",
        "`on_schema_change` is `ignore`, while in the mesh it is `append_new_columns`",
        "Take it back as the template wrote it", "default-on-schema-change",
    ),
    "a default in vars.yml": Mutation(
        replace("vars.yml", "limited_days: 30", "limited_days: 3650"), "vars.yml:11",
        "`limited_days` is `3650`, and `30`", "changed in the template", "default-vars",
    ),
    "the macro that decides the schema": Mutation(
        replace("macros/generate_schema_name.sql", "(custom_schema_name, node) -}}",
                "(custom_schema_name, node) | trim -}}"),
        "macros/generate_schema_name.sql:2", "does something else than to call `{{ mesh_core.",
        "as the template wrote it", "default-macros",
    ),
    "a column of the contract": Mutation(
        remove("models/sailing/marts/sailing_example_v1.sql", r"    amount,\n"),
        "models/sailing/marts/sailing_example_v1.sql",
        "This model has an enforced contract that failed", "match the columns",
    ),
    "the border of a domain": Mutation(
        write(
            "models/sailing/staging/stg_sailing__example.sql",
            "select\n    example_id,\n    label,\n    amount,\n    recorded_on\n"
            "from {{ ref('stg_weather__example') }}\n",
        ), "models/sailing/staging/stg_sailing__example.sql",
        "reads stg_weather__example, which is private to the domain weather",
        "meshnew product list --domain weather",
    ),
}  # fmt: skip
TOGETHER = [name for name in MUTATIONS if name != "the border of a domain"]


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """A project of two domains, rendered with the example, that was never deployed."""
    user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
    data = ["-d", f"domains={DOMAINS}", "--defaults", "--yes", "--no-deploy"]
    user.meshnew("new", "domain", "incubator", *data)
    user.meshnew("clone", "incubator", who="wanda")
    return user


def checked(mesh: User, *names: str) -> dict[str, Any]:
    """The report of a change that takes something away; it must have failed."""
    branch = "-".join(names)[:30].replace(" ", "-")
    mesh.run("git", "switch", "-q", "-C", branch, "origin/main", where=WHERE)
    for name in names:
        MUTATIONS[name].edit(mesh.folder / WHERE)
    mesh.run("git", "add", "--all", where=WHERE)
    mesh.run("git", "commit", "-qm", f"Take away {', '.join(names)}", where=WHERE)
    mesh.run("git", "push", "-q", "--force", "origin", f"HEAD:refs/heads/{branch}", where=WHERE)
    opened = mesh.meshnew("change", "open", "incubator", "--branch", branch, "--json", who="wanda")
    number = json.loads(opened.out)["number"]
    answer = mesh.meshnew(
        "run", "incubator", "ci", "--change", number, "--json", who="wanda", code=1
    )
    return dict(json.loads(answer.out))


def told(report: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Everything that failed, as rule, place, message and way on."""
    found = [
        (item["rule"], f"{item['file']}:{item['line']}", item["what"], item["mend"])
        for item in report["findings"]
        if item["fails"]
    ]
    found += [("", item["file"], item["message"], item["message"]) for item in report["failures"]]
    if report["error"]:
        found.append(("", report["error"], report["error"], report["fix"]))
    return found


def missed(report: dict[str, Any], names: Iterable[str]) -> list[str]:
    """Of what was taken away, what the report does not tell with file and mend."""
    found = told(report)
    return [
        name
        for name, it in ((name, MUTATIONS[name]) for name in names)
        if not any(
            rule == it.rule and it.where in place and it.says in what and it.mend in mend
            for rule, place, what, mend in found
        )
    ]


def test_everything_that_is_taken_away_at_once_is_told_by_one_check(mesh: User) -> None:
    report = checked(mesh, *TOGETHER)
    assert missed(report, TOGETHER) == [], json.dumps(told(report), indent=2)
    # The new model has no description either; nothing else is made up.
    rules = [rule for rule, *_ in told(report) if rule]
    assert sorted(rules) == sorted(
        ["model-described", *(MUTATIONS[name].rule for name in TOGETHER if MUTATIONS[name].rule)]
    )
    assert report["lint"] == []


@pytest.mark.long
def test_what_is_private_to_another_domain_is_not_read(mesh: User) -> None:
    report = checked(mesh, "the border of a domain")
    assert missed(report, ["the border of a domain"]) == [], report


@pytest.mark.long
@pytest.mark.parametrize("name", TOGETHER)
def test_each_alone_fails_the_projects_own_check(mesh: User, name: str) -> None:
    report = checked(mesh, name)
    assert missed(report, [name]) == [], json.dumps(told(report), indent=2)


@pytest.mark.long
def test_a_declared_exception_lets_it_pass_and_is_told(mesh: User) -> None:
    exception = (
        "        exceptions:\n          product-contract: {reason: columns still change, "
        "until: 2999-01-31}\n          default-persist-docs: {reason: they are long, "
        "until: 2999-01-31}\n"
    )
    mesh.run("git", "switch", "-q", "-C", "excepted", "origin/main", where=WHERE)
    path = mesh.folder / WHERE / YAML
    text = re.sub(r"^ +contract: .*\n", "", path.read_text(), flags=re.MULTILINE)
    text = text.replace("      meta:\n", f"      persist_docs: {{}}\n      meta:\n{exception}", 1)
    path.write_text(text)
    mesh.run("git", "commit", "-qam", "Leave the contract for later", where=WHERE)
    mesh.run("git", "push", "-q", "origin", "HEAD:refs/heads/excepted", where=WHERE)
    mesh.meshnew("change", "open", "incubator", "--branch", "excepted", who="wanda")
    answer = mesh.meshnew("run", "ci", "-C", WHERE, who="wanda")
    assert f"exception {YAML}:2 product-contract" in answer.out
    assert "until 2999-01-31: columns still change" in answer.out
    assert "default-persist-docs: weather_example.v1: `persist_docs` is `{}`" in answer.out


@pytest.mark.long
def test_an_update_names_the_files_of_the_platform_that_somebody_edited(mesh: User) -> None:
    mesh.run("git", "switch", "-q", "-C", "edited", "origin/main", where=WHERE)
    with (mesh.folder / WHERE / ".editorconfig").open("a") as stream:
        stream.write("\n[*.md]\nindent_size = 2\n")
    mesh.run("git", "commit", "-qam", "Indent as we like", where=WHERE)
    mesh.run("git", "push", "-q", "origin", "HEAD:refs/heads/edited", where=WHERE)
    # As if it had been merged.
    bare = ".meshnew/embedded/repositories/incubator.git"
    for ref in ("refs/heads/main", "refs/meshnew/main"):  # the second is what protects the first
        mesh.run("git", "update-ref", ref, "refs/heads/edited", where=bare)
    spec = mesh.folder / "projects" / "incubator.yml"
    spec.write_text(spec.read_text().replace("Wanda", "Wendy"))
    mesh.meshnew("apply", "incubator", "--yes", "--no-deploy")
    changes = json.loads(mesh.meshnew("change", "list", "incubator", "--json").out)
    (update,) = [item for item in changes if item["branch"] == "meshnew/render"]
    shown = mesh.meshnew("change", "show", "incubator", update["number"]).out
    assert "Edited here by hand, though the platform owns them" in shown
    assert "\n- .editorconfig\n" in shown
    assert "CODEOWNERS\n- " not in shown
    kept = mesh.run("git", "show", "meshnew/render:.editorconfig", where=bare).out
    assert "[*.md]" in kept


def test_the_owners_of_main_and_of_a_checkout_are_checked_by_hand(mesh: User) -> None:
    assert "every file has its owner" in mesh.meshnew("check", "owners", "incubator").out
    mesh.run("git", "switch", "-q", "-C", "owners", "origin/main", where=WHERE)
    notes = mesh.folder / WHERE / "models/weather/notes.md"
    notes.write_text("Nobody has committed this.\n")
    MUTATIONS["a line of CODEOWNERS"].edit(mesh.folder / WHERE)
    with (mesh.folder / WHERE / "CODEOWNERS").open("a") as stream:
        stream.write("/models/weather/notes.md @wether-data\n")
    try:
        answer = User(mesh.folder / WHERE).meshnew("check", "owners", code=1)
        assert len(answer.out.splitlines()) == 3
        assert "✗ CODEOWNERS:2 seeds/weather/" in answer.out
        assert "Did you mean `@weather-data`?" in answer.out
        here = User(mesh.folder / WHERE).meshnew("check", "owners", "--here", "--json", code=1)
        assert len(json.loads(here.out)["findings"]) == 3
    finally:
        notes.unlink()
        mesh.run("git", "checkout", "-q", "--", ".", where=WHERE)
    nowhere = mesh.meshnew("check", "owners", code=2)
    assert "meshnew check owners flights" in nowhere.err
