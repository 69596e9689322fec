"""Every meshnew command that a rendered file names is one that the CLI takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from meshnew.cli import app
from tests.template.conftest import Template, domains, files

CASES: dict[str, dict[str, Any]] = {
    "on a laptop": {},
    "on GitHub": {"forge": "github", "warehouse": "snowflake"},
    "on GitLab": {"forge": "gitlab", "warehouse": "bigquery"},
    "in dbt Cloud": {"forge": "gitlab", "warehouse": "databricks", "runtime": "dbt_cloud"},
    "calendar": {"project": "shared", "starter": "calendar"},
}
# A command at the beginning of a line of a code block, or in backticks.
NAMED = re.compile(r"^ *(meshnew .+)$|`(meshnew [^`\n]+)`", re.MULTILINE)
IF_CI = re.compile(r"\$\{\{ inputs\.job == 'ci' && '(.*?)' \|\| '' \}\}")


def refused(words: list[str]) -> str:
    """Why the CLI does not take some words; empty where it does. Nothing is run."""
    command: Any = typer.main.get_command(app)
    context, name = None, "meshnew"
    try:
        while True:
            context = command.make_context(name, list(words), parent=context)
            if not hasattr(command, "resolve_command"):
                return ""
            words = [*context._protected_args, *context.args]
            name, command, words = command.resolve_command(context, words)
    except (typer.Exit, typer.BadParameter.mro()[1]) as error:
        return f"{type(error).__name__}: {error}"


def in_texts(project: Path) -> Iterator[str]:
    """Commands that READMEs, guides and comments name."""
    for name, text in files(project).items():
        if not name.startswith((".github/workflows", ".gitlab-ci")):
            for line, quoted in NAMED.findall(text):
                yield (line or quoted).replace("NUMBER", "1")


def in_workflows(project: Path) -> Iterator[str]:
    """Lines that the forge's runners give, each job's with its own values."""
    called = [yaml.safe_load(path.read_text()) for path in project.glob(".github/workflows/*.yml")]
    jobs = [job for workflow in called for job in workflow["jobs"].values()]
    names = [job["with"]["job"] for job in jobs if "with" in job]
    for step in (step for job in jobs for step in job.get("steps", [])):
        for name in names:
            if "if" not in step or name in step["if"]:
                text = IF_CI.sub(r"\1" if name == "ci" else "", step.get("run", ""))
                yield from text.replace("${JOB}", name).replace("${CHANGE}", "7").splitlines()
    for path in project.glob(".gitlab-ci.yml"):
        for job in yaml.safe_load(path.read_text()).values():
            if isinstance(job, dict):
                for part in ("before_script", "script", "after_script"):
                    for line in job.get(part, []):
                        yield str(line).replace("${CI_MERGE_REQUEST_IID}", "7")


def test_what_no_command_takes_is_found() -> None:
    assert refused(["job", "ci", "--change", "7"]) == ""
    assert "No such command" in refused(["jobs"])
    assert "No such option" in refused(["job", "ci", "--number", "7"])
    assert "is not one of" in refused(["job", "clean"])
    assert "No such command" in refused(["add", "sauce"])


@pytest.mark.parametrize("case", CASES)
def test_commands_in_texts_exist(published: Template, tmp_path: Path, case: str) -> None:
    answers = {"project": "flights", **CASES[case]}
    project = published.render(tmp_path / "project", "domain", **answers)
    found = set(in_texts(project))
    assert len(found) > 8
    assert {line: why for line in found if (why := refused(shlex.split(line)[1:]))} == {}


@pytest.mark.parametrize("kind", ["mesh", "package"])
def test_commands_in_texts_of_the_other_kinds_exist(
    published: Template, tmp_path: Path, kind: str
) -> None:
    found = set(in_texts(published.render(tmp_path / "project", kind, "skyline")))
    assert {line: why for line in found if (why := refused(shlex.split(line)[1:]))} == {}


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_workflows_give_only_jobs_that_exist(
    published: Template, tmp_path: Path, forge: str
) -> None:
    answers = {"forge": forge, "warehouse": "bigquery", "domains": domains("flights")}
    project = published.render(tmp_path / "project", "domain", "flights", **answers)
    given = map(str.strip, in_workflows(project))
    ours = {line for line in given if line.startswith("meshnew ")}
    words = [shlex.split(line)[1:] for line in ours]
    assert {word[0] for word in words} == {"job"}
    assert {word[1] for word in words} == {"ci", "deploy", "daily", "cleanup"}
    assert all("--change" in word for word in words if word[1] in ("ci", "cleanup"))
    assert {line: why for line in ours if (why := refused(shlex.split(line)[1:]))} == {}
