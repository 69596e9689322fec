"""Names that are none, wherever a person may write one: refused before anything starts."""

from __future__ import annotations

import pytest
import yaml

from tests.inputs.conftest import MESH, PROJECT, Door

BAD_NAMES = [
    "Flights",
    "flight-delays",
    "1flight",
    "_flights",
    "flights_",
    "flight__delays",
    "select",
    "pg_flights",
    "f" * 64,
    "flіghts",  # noqa: RUF001  (a Cyrillic i)
    "ﬂights",  # a ligature
    "flights\u200b",
    "flights\x00",
    "",
    " ",
    ".",
    "..",
    "../flights",
    "/etc/flights",
    "a\\b",
    "~",
    'x"; drop table y; --',
    "x'y",
    "${path.root}",
    "%{ for x in y }",
    "{{ flights }}",
    "{% raw %}",
    "[[ flights ]]",
    "[% raw %]",
    "$(id)",
    "`id`",
    "a;b",
    "a|b",
    "a b",
    "a:b",
    "*",
    "&a",
    "!!python/name:os.system",
    "-flights",
]
BAD_TEAMS = [name for name in BAD_NAMES if name not in {"flight-delays", "select", "pg_flights"}]

# Where a name stands in the files: what is replaced -> the file it is in.
PLACES = {
    "mesh": ("mesh.yml", "name", "mesh.yml:1"),
    "package": ("mesh.yml", "package", "mesh.yml"),
    "team": ("mesh.yml", "platform_team.name", "mesh.yml"),
    "platform member": ("mesh.yml", "platform_team.members.0", "mesh.yml"),
    "reader": ("mesh.yml", "readers.*", "mesh.yml"),
    "what a reader reads": ("mesh.yml", "readers.bi.reads.0", "mesh.yml"),
    "domain": ("projects/flights.yml", "domains.*", "projects/flights.yml"),
    "team of a domain": ("projects/flights.yml", "domains.flights.team", "projects/flights.yml"),
    "member": ("projects/flights.yml", "domains.flights.members.0", "projects/flights.yml"),
    "consumed domain": ("projects/flights.yml", "consumes.0", "projects/flights.yml"),
}


def _with(text: str, path: str, name: str) -> str:
    data = yaml.safe_load(text)
    data.setdefault("package", "mesh_core")
    *outer, last = path.split(".")
    if "kind" in data:
        del data["package"]
        data["consumes"] = ["weather"]
    else:
        data["platform_team"]["members"] = ["grace"]
        data["readers"] = {"bi": {"reads": ["flights"]}}
    at = data
    for key in outer:
        at = at[key]
    if last == "*":
        [[key, value]] = at.items()
        del at[key]
        at[name] = value
    elif isinstance(at, list):
        at[int(last)] = name
    else:
        at[last] = name
    return yaml.safe_dump(data, sort_keys=False)


@pytest.mark.parametrize("place", PLACES)
def test_a_bad_name_in_the_spec_is_refused_with_its_place(place: str, written: Door) -> None:
    file, path, where = PLACES[place]
    text = MESH if file == "mesh.yml" else PROJECT
    written.folder.joinpath(file).write_text(_with(text, path, "good"))
    bad = BAD_TEAMS if "team" in place.split() else BAD_NAMES
    # A sample, another one at each place; the generated suite takes the rest.
    for name in bad[list(PLACES).index(place) % 4 :: 4]:
        written.folder.joinpath(file).write_text(_with(text, path, name))
        said = written.refused("plan", says=(where,))
        assert said.count("\n") < 6, said


@pytest.mark.parametrize("flag", ["--name", "--member", "--package", "--team"])
def test_init_refuses_a_bad_name(flag: str, door: Door) -> None:
    for name in (BAD_TEAMS if flag == "--team" else BAD_NAMES)[len(flag) % 2 :: 2]:
        said = door.refused("init", "m", "--yes", "--name=skyline", f"{flag}={name}")
        assert flag.strip("-") in said


@pytest.mark.parametrize("kind", ["domain", "package"])
def test_new_refuses_a_bad_name(kind: str, written: Door) -> None:
    for name in BAD_NAMES[kind == "package" :: 2]:
        written.refused("new", kind, "--defaults", "--yes", "--", name)
