"""Answers: what is refused and how, what is remembered."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from copier import run_copy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import Environment
from jinja2_ansible_filters import AnsibleCoreFiltersExtension

from meshnew.assets import asset
from meshnew.mesh import names
from meshnew.scaffold.answers import for_project
from tests.template.conftest import Render, Template, domain, domains


def refused(template: Template, folder: Path, **data: Any) -> str:
    """The message by which answers are refused; nothing was written."""
    answers = {"kind": "domain", "project": "flights", **data}
    with pytest.raises(ValueError) as caught:
        run_copy(str(template.folder), folder, data=answers, defaults=True, quiet=True)
    assert not folder.exists() or not any(folder.iterdir())
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "not a valid name"),
        ("Flight Delays", "not a valid name"),
        ("flights\n", "not a valid name"),
        ("../flights", "not a valid name"),
        ("/etc", "not a valid name"),
        ("f" * 64, "has 64 characters"),
        ("select", "`select` is reserved by databases, YAML or dbt: choose another"),
        ("pg_flights", "reserved"),
    ],
)
def test_bad_names_are_refused_with_a_reason(
    published: Template, tmp_path: Path, name: str, says: str
) -> None:
    assert says in refused(published, tmp_path / "out", project=name)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"kind": "dashboard"}, "kind"),
        ({"starter": "everything"}, "starter"),
        ({"warehouse": "oracle"}, "warehouse"),
        ({"owner_email": "ada"}, "`ada` is not an e-mail address"),
        ({"team": "Flights Data"}, "`Flights Data` is not a valid team"),
        ({"team": "-x"}, "not a valid team"),
        ({"members": "ada, amir"}, "[ada, amir]"),
        ({"members": ["Ada Adeyemi"]}, "not a valid name"),
        ({"consumes": "shared"}, "[ada, amir]"),
        ({"consumes": ["shared", "order"]}, "`order` is reserved"),
        ({"description": "two\nlines"}, "one line"),
        ({"description": "{{ env_var('HOME') }}"}, "one line of plain text"),
        ({"description": " "}, "give a description"),
        ({"owner_name": "{% raw %}"}, "one line of plain text"),
        ({"package_version": "main"}, "`main` is not a version"),
        ({"package_version": "v0.1.0\n"}, "is not a version"),
        ({"platform_team": "the platform"}, "not a valid team"),
        ({"repositories": "--upload-pack=x:"}, "beginning of an address"),
        ({"repositories": "git@host"}, "ends with"),
        ({"domains": ["flights"]}, "one entry for each domain"),
        ({"domains": {"../x": domain("x")}}, "`../x` is not a valid name"),
        ({"domains": {"flights": "x"}}, "`flights` needs description, owner"),
        ({"domains": {"flights": domain("x", team="A b")}}, "not a valid team"),
        ({"domains": {"flights": domain("x", owner={"name": "A"})}}, "not an e-mail address"),
        ({"domains": domains("flights"), "inputs": ["../x"]}, "not a valid name"),
        ({"forge": "github", "schedule": "daily"}, "`daily` is not a schedule"),
        ({"forge": "github", "schedule": '0 6 * * "'}, "is not a schedule"),
    ],
)
def test_bad_answers_are_refused_with_a_reason(
    published: Template, tmp_path: Path, data: dict[str, Any], says: str
) -> None:
    assert says in refused(published, tmp_path / "out", **data)


def test_the_template_takes_the_schedules_that_the_spec_takes(macros: Any) -> None:
    for schedule in ("0 6 * * *", "*/15 6-18 1,15 JAN MON-FRI"):
        assert re.match(names.SCHEDULE, schedule)
        assert not macros.schedule(schedule).strip()
    for text in ("0 6 * *", "0 6 * * * *", '0 6 * * "', "0 6 * * \n", "@daily"):
        assert not re.match(names.SCHEDULE + r"(?!\n)", text)
        assert macros.schedule(text).strip()


@pytest.fixture(scope="session")
def macros() -> Any:
    environment = Environment(  # noqa: S701  (makes no HTML)
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        extensions=[AnsibleCoreFiltersExtension],
    )
    text = (asset("template") / "validators.jinja").read_text(encoding="utf-8")
    return environment.from_string(text).module


def test_reserved_words_are_those_of_the_spec(macros: Any) -> None:
    assert set(macros.reserved) == names.RESERVED_WORDS


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.from_regex(names.PATTERN, fullmatch=True)
    | st.text(alphabet="ab_1-./ \nÄ", max_size=8)
    | st.text(alphabet="a", min_size=60, max_size=66)
    | st.sampled_from(sorted(names.RESERVED_WORDS))
)
def test_the_template_takes_the_names_that_the_spec_takes(macros: Any, name: str) -> None:
    assert bool(macros.name(name).strip()) == (names.problem(name) is not None)


def recorded(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((project / ".copier-answers.yml").read_text())
    return found


def test_all_that_an_update_needs_is_remembered(render: Render, published: Template) -> None:
    given_ = {
        "mesh": "skyline",
        "domains": domains("flights", "weather"),
        "inputs": ["shared", "airports"],
        "starter": "none",
        "package": "mesh_core",
        "package_version": "v0.2.0",
        "platform_team": "platform",
        "warehouse": "embedded",
        "forge": "embedded",
        "runtime": "embedded",
        "repositories": "git@embedded:",
        "options": ["product_layer"],
    }
    answers = recorded(render(project="incubator", **given_))
    assert answers == {
        "_commit": "v0.1.0",
        "_src_path": str(published.folder),
        "kind": "domain",
        "project": "incubator",
        **given_,
    }


def test_without_domains_the_questions_about_the_first_one_are_remembered(render: Render) -> None:
    answers = recorded(render(team="flights-team", members=["ada"], consumes=["weather"]))
    assert "domains" not in answers
    assert "rendered_domains" not in answers
    assert answers["team"] == "flights-team"
    assert answers["members"] == ["ada"]
    assert answers["consumes"] == ["weather"]
    assert answers["owner_email"] == "flights@example.com"


def test_who_answers_question_by_question_gets_what_the_spec_would_give(
    render: Render, tmp_path: Path
) -> None:
    flat = render(
        description="All about flights",
        owner_name="Ada Adeyemi",
        owner_email="flights@example.com",
        team="flights-data",
        consumes=["shared", "weather"],
    )
    flat.rename(tmp_path / "flat")
    spec = render(domains=domains("flights"), inputs=["shared", "weather"])
    for path in (path for path in spec.rglob("*") if path.is_file()):
        name = path.relative_to(spec)
        if name.name != ".copier-answers.yml":
            assert (tmp_path / "flat" / name).read_bytes() == path.read_bytes(), name


def test_nothing_is_consumed_by_shared_itself_and_shared_by_all_others(render: Render) -> None:
    assert recorded(render(project="shared"))["consumes"] == []
    assert recorded(render(project="flights"))["consumes"] == ["shared"]


def test_a_package_remembers_what_it_is(render: Render) -> None:
    answers = recorded(render("package", "mesh_core", mesh="skyline", package_version="v1.2.3"))
    assert answers["description"] == "Macros and tests that every project of skyline imports"
    assert answers["package_version"] == "v1.2.3"
    assert not {"team", "domains", "starter", "consumes", "inputs"} & answers.keys()


def test_no_answer_of_the_spec_is_forgotten(render: Render, tmp_path: Path) -> None:
    """What meshnew passes must be recorded: it compares, and would propose it for ever."""
    from meshnew.mesh.mesh import Mesh
    from meshnew.mesh.models import MeshSpec, ProjectSpec

    spec = MeshSpec.model_validate(
        {
            "name": "skyline",
            "template": {"version": "v0.1.0"},
            "platform_team": {"name": "platform"},
        }
    )
    projects = {
        "mesh_core": {"kind": "package", "version": "v0.1.0", "description": "Macros"},
        "flights": {"kind": "domain", "domains": domains("flights"), "consumes": ["weather"]},
        "weather": {"kind": "domain", "domains": domains("weather")},
    }
    mesh = Mesh(
        tmp_path, spec, {name: ProjectSpec.model_validate(data) for name, data in projects.items()}
    )
    for project in projects:
        passed = for_project(mesh, project, present=["weather", "flights"])
        kept = recorded(render(**passed))
        assert {key: kept.get(key) for key in passed} == passed
