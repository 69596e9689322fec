"""dbt-loom reads the others first; where they need this project first, the spec is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshnew.errors import SpecError, UsageError
from meshnew.mesh import loom
from meshnew.mesh.load import load

MESH = """\
name: skyline
template: {version: v0.1.0}
platform_team: {name: platform, members: [grace]}
"""
OWNER = {"name": "Ada", "email": "ada@skyline.example"}


def mesh(folder: Path, options: Mapping[str, Any] | None = None, **consumes: list[str]) -> Path:
    """A spec of projects of one domain each, that consume each other."""
    (folder / "projects").mkdir()
    (folder / "mesh.yml").write_text(MESH)
    for name, read in consumes.items():
        domain = {"description": "Data", "owner": OWNER, "team": f"{name}-data"}
        spec = {"kind": "domain", "domains": {name: domain}, "consumes": read}
        if name in (options or {}):
            spec["answers"] = {"starter": "none", "options": (options or {})[name]}
        path = folder / "projects" / f"{name}.yml"
        path.write_text(yaml.safe_dump(spec, sort_keys=False))
    return folder


def refused(root: Path) -> SpecError:
    with pytest.raises(SpecError) as caught:
        load(root)
    return caught.value


def test_two_projects_that_consume_each_other_cannot_use_it(tmp_path: Path) -> None:
    options = {"flights": ["dbt_utils", "loom"]}
    root = mesh(tmp_path, options, flights=["weather"], weather=["flights"])
    error = refused(root)
    line = (root / "projects/flights.yml").read_text().splitlines().index("  options:") + 1
    assert error.where == f"projects/flights.yml:{line}"
    assert error.what.startswith("`answers.options` has loom")
    assert (
        "flights consumes weather (projects/flights.yml: consumes), "
        "weather consumes flights (projects/weather.yml: consumes)"
    ) in error.what
    assert error.fix.startswith("Remove loom from the options")


def test_a_longer_circle_is_told_the_shortest_way(tmp_path: Path) -> None:
    root = mesh(
        tmp_path, {"a": ["loom"]}, a=["b", "c"], b=["d"], c=["a", "d"], d=["e"], e=["a"]
    )  # fmt: skip
    assert "a consumes c (projects/a.yml: consumes), c consumes a" in refused(root).what
    assert "b consumes" not in refused(root).what


def test_every_project_of_a_circle_that_uses_it_is_told(tmp_path: Path) -> None:
    both = {"flights": ["loom"], "weather": ["loom"]}
    told = str(refused(mesh(tmp_path, both, flights=["weather"], weather=["flights"])))
    assert "projects/flights.yml:" in told
    assert "projects/weather.yml:" in told


@pytest.mark.parametrize(
    ("options", "consumes"),
    [
        ({"flights": ["loom"]}, {"flights": ["weather"], "weather": []}),
        # The circle is among others; who reads it is in none.
        ({"c": ["loom"]}, {"a": ["b"], "b": ["a"], "c": ["a"]}),
        ({"flights": ["dbt_utils"]}, {"flights": ["weather"], "weather": ["flights"]}),
        ({"flights": 7}, {"flights": ["weather"], "weather": ["flights"]}),
        ({"flights": ["loom"]}, {"flights": ["pending"]}),
    ],
)
def test_one_way_it_is_allowed(
    tmp_path: Path, options: Mapping[str, Any], consumes: dict[str, list[str]]
) -> None:
    assert set(load(mesh(tmp_path, options, **consumes)).projects) == set(consumes)


def test_a_project_that_would_close_a_circle_is_refused_before_it_is_written(
    tmp_path: Path,
) -> None:
    before = load(mesh(tmp_path, {"flights": ["loom"]}, flights=["weather"]))
    weather = before.projects["flights"].model_copy(
        update={"domains": {"weather": before.domains["flights"]}, "consumes": ["flights"]}
    )
    after = before.with_project("weather", weather.model_copy(update={"answers": {}}))
    with pytest.raises(UsageError) as caught:
        loom.refuse_circles(after.projects, where="weather")
    assert caught.value.where == "weather"
    assert "weather consumes flights (projects/weather.yml: consumes)" in caught.value.what
