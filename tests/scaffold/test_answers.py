"""Between the spec and the template's questions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from meshnew.errors import UsageError
from meshnew.scaffold import answers
from tests.provision.test_compose import both_ways

GIVEN = {
    "description": "Orders",
    "owner_name": "Olga",
    "owner_email": "olga@skyline.example",
    "team": "orders-data",
    "members": ["olga"],
    "consumes": ["flights"],
    "starter": "none",
    "package": "mesh_core",
}


def test_the_answers_of_a_person_become_the_spec() -> None:
    spec = answers.to_spec("domain", "orders", GIVEN, "v0.1.0")
    assert spec.domains["orders"].owner.name == "Olga"
    assert spec.consumes == ["flights"]
    assert spec.answers == {"starter": "none"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"owner_email": "olga"}, "owner.email"),
        ({"team": "Orders Data"}, "team"),
        ({"members": ["Olga!"]}, "members"),
        ({"consumes": ["orders"]}, "consumes its own domain"),
        ({"members": "olga"}, "members"),
        ({"domains": [1, 2]}, "domains"),
    ],
)
def test_an_answer_that_the_spec_refuses_is_named(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        answers.to_spec("domain", "orders", GIVEN | changed, "v0.1.0")
    assert "--data" in caught.value.fix


def test_only_what_is_provisioned_is_imported() -> None:
    mesh = both_ways()
    assert answers.for_project(mesh, "airports", {"airports"})["inputs"] == []
    assert answers.for_project(mesh, "airports", {"airports", "flights"})["inputs"] == ["flights"]


def test_the_spec_decides_about_the_domains() -> None:
    domains = answers.for_project(both_ways(), "flights", ())["domains"]
    assert domains["flights"] == {
        "description": "flights",
        "owner": {"name": "Ada", "email": "ada@skyline.example"},
        "team": "flights-data",
    }


def test_what_a_spec_says_are_the_answers_it_was_made_of() -> None:
    spec = answers.to_spec("domain", "orders", GIVEN, "v0.1.0")
    again = answers.from_spec("orders", spec)
    assert {key: again[key] for key in GIVEN if key != "package"} == {
        key: value for key, value in GIVEN.items() if key != "package"
    }


def test_the_spec_decides_when_the_daily_job_runs() -> None:
    spec = answers.to_spec("domain", "orders", GIVEN | {"schedule": "5 7 * * *"}, "v0.1.0")
    assert spec.jobs["daily"].schedule == "5 7 * * *"
    assert answers.from_spec("orders", spec)["schedule"] == "5 7 * * *"
    mesh = both_ways().with_project("orders", spec)
    assert "schedule" not in answers.for_project(mesh, "orders", ()), "meshnew runs it itself"
    runtime = mesh.spec.runtime.model_copy(update={"kind": "forge"})
    hosted = replace(mesh, spec=mesh.spec.model_copy(update={"runtime": runtime}))
    assert answers.for_project(hosted, "orders", ())["schedule"] == "5 7 * * *"
    assert answers.for_project(hosted, "flights", ())["schedule"] == "", "the spec names none"


@pytest.mark.parametrize("schedule", ["daily", "0 6 * *"])
def test_a_schedule_that_is_none_is_refused(schedule: str) -> None:
    with pytest.raises(UsageError, match="schedule"):
        answers.to_spec("domain", "orders", GIVEN | {"schedule": schedule}, "v0.1.0")


@pytest.mark.parametrize(
    ("key", "by"), [("mesh", "mesh.yml"), ("kind", "the command"), ("inputs", "`consumes`")]
)
def test_what_is_decided_elsewhere_is_no_answer(key: str, by: str) -> None:
    known = answers.to_ask(both_ways(), "domain", "orders")
    with pytest.raises(UsageError, match=f"`{key}` is decided by {by}"):
        answers.refuse_decided({key: "x", "team": "ours"}, known)
