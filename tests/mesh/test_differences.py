"""Two states of a spec, and what a person says of the difference."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from meshnew.mesh.differences import differences, of_projects
from meshnew.mesh.mesh import Mesh
from meshnew.mesh.models import MeshSpec, ProjectSpec

MESH = """
name: skyline
template: {version: v0.1.0}
platform_team: {name: platform, members: [grace]}
readers: {tableau: {reads: [flights]}}
"""
KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu8Dz"
CORE = "{kind: package, version: v0.1.0}"
FLIGHTS = """
kind: domain
domains:
  flights:
    description: Departures
    owner: {name: Ada, email: ada@skyline.example}
    team: flights-data
    members: [ada]
consumes: [weather]
jobs: {daily: {schedule: "0 6 * * *"}}
answers: {starter: none}
"""
CARGO = """
  cargo:
    description: Freight
    owner: {name: Carl, email: carl@skyline.example}
    team: cargo-data
    members: [carl]
"""
WEATHER = """
kind: domain
domains:
  weather:
    description: Hourly weather
    owner: {name: Wanda, email: wanda@skyline.example}
    team: weather-data
"""
PROJECTS = {"flights": FLIGHTS, "mesh_core": CORE, "weather": WEATHER}


def mesh(spec: str = MESH, **projects: str) -> Mesh:
    """The mesh, with the given projects other than they are."""
    texts = {**PROJECTS, **projects}
    return Mesh(
        Path("/mesh"),
        MeshSpec.model_validate(yaml.safe_load(spec)),
        {
            name: ProjectSpec.model_validate(yaml.safe_load(text))
            for name, text in sorted(texts.items())
            if text
        },
    )


def said(before: Mesh | None, after: Mesh) -> list[str]:
    return [item.text for item in differences(before, after)]


def test_the_same_spec_says_nothing() -> None:
    assert said(mesh(), mesh()) == []


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        ("members: [ada]", "members: [ada, bo]", ["bo joins domain flights"]),
        ("members: [ada]", "members: [bo]", [
            "bo joins domain flights", "ada leaves domain flights",
        ]),
        ("[weather]", "[weather, ports]", ["flights consumes ports"]),
        ("[weather]", "[]", ["flights no longer consumes weather"]),
        (
            "{name: Ada, email: ada@skyline.example}",
            "{name: Bo, email: bo@skyline.example}",
            ["the owner of domain flights becomes Bo <bo@skyline.example>"],
        ),
        (
            "team: flights-data",
            "team: flyers",
            ["the team of domain flights becomes flyers, no longer flights-data"],
        ),
        ("Departures", "What flies", ["domain flights is described as `What flies`"]),
        ("0 6 * * *", "0 7 * * *", ["job daily of flights runs at `0 7 * * *`"]),
        ('jobs: {daily: {schedule: "0 6 * * *"}}', "", ["job daily of flights is gone"]),
        ("starter: none", "starter: example", ["flights answers `starter` with example"]),
        ("jobs:", f"public_keys: {{flights_ci: [{KEY}]}}\njobs:", [
            "other public keys for flights_ci",
        ]),
        ("answers: {starter: none}", "", ["flights no longer answers `starter`"]),
        (
            "consumes:",
            f"{CARGO.strip(chr(10))}\nconsumes:",
            ["domain cargo is new in project flights, of team cargo-data (carl)"],
        ),
    ],
)  # fmt: skip
def test_an_edit_of_a_project_is_one_sentence(old: str, new: str, sentences: list[str]) -> None:
    assert old in FLIGHTS
    assert said(mesh(), mesh(flights=FLIGHTS.replace(old, new))) == sentences


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        ("[grace]", "[grace, gus]", ["gus joins the platform team"]),
        ("readers:", "approvals: 0\nreaders:", [
            "changes of projects need 0 approvals, no longer 1",
        ]),
        ("name: platform", "name: base", ["the platform team becomes base"]),
        (
            "v0.1.0",
            "v0.2.0",
            ["projects are rendered from template v0.2.0, no longer v0.1.0"],
        ),
        ("[flights]", "[flights, weather]", ["reader tableau reads weather"]),
        ("[flights]", "[weather]", [
            "reader tableau reads weather", "reader tableau no longer reads flights",
        ]),
        ("readers: {tableau: {reads: [flights]}}", "", ["reader tableau is gone"]),
        ("readers:", "labels: {cost_center: data}\nreaders:", ["labels change: cost_center"]),
        ("readers:", "people: {ada: {forge: ada-a}}\nreaders:", [
            "it changes what is known of ada",
        ]),
        ("[flights]", f"[flights], public_keys: [{KEY}]", [
            "reader tableau gets other public keys",
        ]),
        ("tableau", "looker", [
            "reader looker is new and reads flights", "reader tableau is gone",
        ]),
    ],
)  # fmt: skip
def test_an_edit_of_the_mesh_is_one_sentence(old: str, new: str, sentences: list[str]) -> None:
    assert old in MESH
    assert said(mesh(), mesh(MESH.replace(old, new))) == sentences


def test_platforms_become_others_or_get_other_settings() -> None:
    hosted = f"""{MESH}
warehouse: {{kind: snowflake, organization: SKYLINE, account: ANALYTICS}}
forge: {{kind: github, organization: skyline}}
runtime: {{kind: forge}}
state: {{kind: s3, bucket: skyline-state, region: eu-central-1}}
"""
    assert said(mesh(), mesh(hosted)) == [
        "the warehouse becomes snowflake",
        "the forge becomes github",
        "the runtime becomes forge",
        "the state becomes s3",
    ]
    other = hosted.replace("ANALYTICS", "DATA, compute: {size: SMALL}")
    assert said(mesh(hosted), mesh(other)) == ["settings of the warehouse change: account, compute"]


def test_a_project_that_came_is_one_sentence_with_its_domains_and_what_it_reads() -> None:
    assert said(mesh(flights=""), mesh()) == [
        "project flights is new, with domain flights of team flights-data (ada); "
        "it consumes weather"
    ]
    assert said(mesh(mesh_core=""), mesh()) == ["package mesh_core is new, in version v0.1.0"]


def test_a_project_that_went_is_one_sentence() -> None:
    assert said(mesh(), mesh(weather="")) == ["project weather is in no file of projects/ any more"]


def test_a_domain_that_went_and_one_that_moved() -> None:
    both = FLIGHTS.replace("consumes:", f"{CARGO.strip(chr(10))}\nconsumes:")
    assert said(mesh(flights=both), mesh()) == ["domain cargo leaves project flights"]
    alone = f"kind: domain\ndomains:{CARGO}"
    assert said(mesh(flights=both), mesh(cargo=alone)) == [
        "project cargo is new, with domain cargo of team cargo-data (carl)",
        "domain cargo moves from project flights to project cargo",
    ]


def test_a_new_version_of_the_package() -> None:
    newer = CORE.replace("v0.1.0", "v0.2.0")
    assert said(mesh(), mesh(mesh_core=newer)) == ["package mesh_core becomes version v0.2.0"]


def test_whatever_is_new_is_said_where_nothing_was_before() -> None:
    assert [text.split(",")[0] for text in said(None, mesh())] == [
        "project flights is new", "package mesh_core is new", "project weather is new",
    ]  # fmt: skip


def test_who_asks_for_one_project_hears_of_it_and_of_the_mesh() -> None:
    found = differences(
        mesh(),
        mesh(
            MESH.replace("[grace]", "[grace, gus]"),
            flights=FLIGHTS.replace("[weather]", "[]"),
            weather=WEATHER.replace("Hourly weather", "Weather"),
        ),
    )
    assert of_projects(found, ["flights"]) == [
        "gus joins the platform team", "flights no longer consumes weather",
    ]  # fmt: skip
