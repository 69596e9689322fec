"""A team edits mesh.yml and projects/*.yml by hand and is told what is wrong, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshnew.errors import SpecError, UsageError
from meshnew.mesh.load import load
from meshnew.mesh.place import find_root

MESH = """\
name: skyline
template: {version: v0.1.0}
platform_team: {name: platform, members: [grace]}
readers: {tableau: {reads: [flights]}}
"""
FLIGHTS = """\
kind: domain
domains:
  flights:
    description: Flights that left New York
    owner: {name: Ada, email: ada@skyline.example}
    team: flights-data
    members: [ada]
consumes: [weather]
jobs: {daily: {schedule: "0 6 * * *"}}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "projects").mkdir()
    (tmp_path / "mesh.yml").write_text(MESH)
    (tmp_path / "projects" / "flights.yml").write_text(FLIGHTS)
    return tmp_path


def problem(root: Path) -> str:
    with pytest.raises(SpecError) as caught:
        load(root)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_a_mesh_is_read_from_its_files(root: Path) -> None:
    mesh = load(root)
    assert list(mesh.projects) == ["flights"]
    assert mesh.people == ["ada", "grace"]
    assert mesh.readers("flights") == ["tableau"]
    assert mesh.pending_inputs("flights") == ["weather"]


def test_commands_work_from_any_folder_of_the_mesh(root: Path) -> None:
    deep = root / "checkouts" / "flights"
    deep.mkdir(parents=True)
    assert find_root(deep) == root


def test_outside_a_mesh_the_way_to_make_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="meshnew init"):
        find_root(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("consumes:", "consume:", "projects/flights.yml:8: unknown key `consume`"),
        ("consumes:", "consume:", "Did you mean `consumes`?"),
        ("email: ada@", "mail: ada@", "Did you mean `email`?"),
        ("daily: {schedule", "daily: {shedule", "Did you mean `schedule`?"),
        ("ada@skyline.example", "ada", "projects/flights.yml:5: domains.flights.owner.email"),
        ("[ada]", "[Ada]", "projects/flights.yml:7: domains.flights.members.0"),
        ("[ada]", "[ada, ada]", "named twice: ada"),
        ("[weather]", "[flights]", "consumes its own domain flights"),
        ("kind: domain", "kind: domian", "projects/flights.yml:1: kind"),
        ('"0 6 * * *"', "daily", "projects/flights.yml:9: jobs.daily.schedule"),
        ("flights:\n", "select:\n", "`select` is reserved"),
        ("flights:\n", "Flights:\n", "projects/flights.yml:3"),
        ("kind: domain\n", "kind: domain\nkind: domain\n", "flights.yml:2: `kind` is given twice"),
        ("[weather]", "[weather", "is not valid YAML"),
        ("[weather]", "!!python/name:os.system", "has a value that is not plain YAML"),
        ("[ada]", "&a [ada]\n    x: *a", "uses a YAML alias"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(
    root: Path, old: str, new: str, expected: str
) -> None:
    path = root / "projects" / "flights.yml"
    assert old in FLIGHTS
    path.write_text(FLIGHTS.replace(old, new))
    assert expected in problem(root)


def test_all_mistakes_are_named_at_once(root: Path) -> None:
    (root / "mesh.yml").write_text(MESH.replace("readers", "reader"))
    (root / "projects" / "flights.yml").write_text(FLIGHTS.replace("[ada]", "[Ada]"))
    text = problem(root)
    assert "mesh.yml:4: unknown key `reader`" in text
    assert "projects/flights.yml:7" in text


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        ("weather.yml", FLIGHTS, "would both have the role `flights_owner`"),
        (
            "other.yml",
            FLIGHTS.replace("flights:", "flights_products:").replace("-data", "-x"),
            "would both have the schema `flights_products`",
        ),
        (
            "people.yml",
            FLIGHTS.replace("flights:", "people:")
            .replace("-data", "-x")
            .replace("[ada]", "[flights_owner]"),
            "would both have the role `flights_owner`",
        ),
        ("template.yml", FLIGHTS.replace("flights", "other"), "the repository `template`"),
        (
            "long.yml",
            FLIGHTS.replace("flights:", "x" * 60 + ":").replace("-data", "-x"),
            "identifiers end at 63",
        ),
        ("teams.yml", FLIGHTS.replace("flights:", "teams:"), "the team `flights-data`"),
        ("mesh_core.yml", FLIGHTS.replace("flights", "core"), "its kind is package, not domain"),
        ("Bad-Name.yml", FLIGHTS, "`Bad-Name` is not a valid name"),
    ],
)
def test_derived_identifiers_are_unique_in_the_mesh(
    root: Path, file: str, content: str, expected: str
) -> None:
    (root / "projects" / file).write_text(content)
    assert expected in problem(root)
