"""The modules are tidy: formatted, documented, and refusals name the fix."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from meshnew.assets import asset
from tests.terraform.conftest import Skyline, domain_variables

MODULES = asset("terraform_modules")
FOLDERS = sorted(path.parent.relative_to(MODULES) for path in MODULES.rglob("versions.tf"))


def declared(folder: Path, kind: str) -> list[str]:
    text = "".join(path.read_text() for path in sorted((MODULES / folder).glob("*.tf")))
    return re.findall(rf'^{kind} "(\w+)"', text, flags=re.MULTILINE)


@pytest.mark.skipif(not shutil.which("terraform"), reason="no terraform on PATH")
def test_they_are_formatted() -> None:
    command = ["terraform", "fmt", "-recursive", "-check", str(MODULES)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_variables_and_outputs_are_in_order_and_described(folder: Path) -> None:
    for kind in ("variable", "output"):
        names = declared(folder, kind)
        assert names == sorted(names)
        file = (MODULES / folder / f"{kind}s.tf").read_text()
        assert file.count("\n  description = ") == len(names)


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_the_contract_of_a_layer_is_written_down(folder: Path) -> None:
    platform, _, layer = folder.parts
    readme = (MODULES / platform / "README.md").read_text()
    section = readme.partition(f"\n## {layer}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (variable|output) ", section, flags=re.MULTILINE)
    for kind in ("variable", "output"):
        assert [name for name, what in rows if what == kind] == declared(folder, kind)


@pytest.mark.parametrize(
    ("module", "change", "message"),
    [
        ("warehouse", {"domain": "Flights"}, "rename it in projects/*.yml"),
        (
            "warehouse",
            {"memberships": {"wrong": {"role": "flights_developer", "member": "ada"}}},
            "keyed `role/member`",
        ),
        (
            "warehouse",
            {"allowed_members": {"weather_owner": []}},
            "leave it to the stack of its own domain",
        ),
        (
            "warehouse",
            {
                "schemas": {
                    "flights": {
                        "owner": "flights_owner",
                        "makers": [],
                        "users": [],
                        "readers": ["ada"],
                    }
                }
            },
            "Add the reader to users",
        ),
        (
            "forge",
            {"teams": {"one": {"members": []}, "two": {"members": []}}},
            "a domain has one team",
        ),
    ],
)
def test_a_wrong_variable_is_refused_with_the_fix(
    open_skyline: Skyline, tmp_path: Path, module: str, change: dict[str, Any], message: str
) -> None:
    stack = open_skyline.at(tmp_path).stack("domain", "x")
    modules = {"warehouse": domain_variables("flights", [], [], {}), "forge": {"teams": {}}}
    modules[module] |= change
    stack.write("domain", **modules)
    assert message in stack.run("plan", "-input=false", fails=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"access": {"flights_data": "owner"}}, "read, write, maintain"),
        ({"access": {"nobody_data": "write"}}, "there is no team nobody_data"),
    ],
)
def test_a_permission_or_team_that_does_not_exist(
    open_skyline: Skyline, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    stack = open_skyline.at(tmp_path).stack("project", "x")
    repository = {"name": "lonely", "description": "Nobody's"}
    stack.write("project", forge={"repository": repository} | change)
    assert message in stack.run("apply", "-auto-approve", "-input=false", fails=True)


def test_a_schedule_that_is_no_cron_expression(open_skyline: Skyline, tmp_path: Path) -> None:
    stack = open_skyline.at(tmp_path).stack("project", "x")
    jobs = {"daily": {"command": "deploy", "schedule": "every morning"}}
    stack.write("project", runtime={"project": "x", "jobs": jobs})
    assert "five fields" in stack.run("plan", "-input=false", fails=True)
