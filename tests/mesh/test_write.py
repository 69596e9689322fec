"""What meshnew writes keeps what people wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from meshnew.mesh import reading, write
from meshnew.mesh.load import read_file
from meshnew.mesh.models import ProjectSpec

TEXT = """\
# Ours. Ask Ada before you touch it.
kind: domain
domains:
  flights:
    description: "Flights"  # of 2013
    owner: {name: Ada, email: ada@skyline.example}
    team: flights-data
consumes:
  - weather  # since March
"""


def test_an_edit_keeps_comments_order_and_quotes(tmp_path: Path) -> None:
    path = tmp_path / "flights.yml"
    path.write_text(TEXT)
    assert write.edit(path, lambda data: data["consumes"].append("airports"))
    assert path.read_text() == TEXT + "  - airports\n"


def test_an_edit_that_changes_nothing_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "flights.yml"
    path.write_text(TEXT)
    before = path.stat().st_mtime_ns
    assert not write.edit(path, lambda _: None)
    assert path.stat().st_mtime_ns == before


def test_a_new_file_reads_back_as_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "flights.yml"
    path.write_text(TEXT)
    spec = read_file(path, ProjectSpec, tmp_path)
    again = tmp_path / "again.yml"
    again.write_text(write.text_of(spec, "project"))
    assert read_file(again, ProjectSpec, tmp_path) == spec
    assert again.read_text().startswith("# yaml-language-server: $schema=../schemas/project.json")


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(text=st.text(min_size=1, max_size=200) | st.sampled_from(["on", "no", "1e3", "~", "0x7"]))
def test_whatever_a_spec_may_hold_is_read_back_as_it_is(text: str) -> None:
    spec = yaml.safe_load(TEXT)
    spec["domains"]["flights"] |= {"description": text, "team": "on"}
    try:
        made = ProjectSpec.model_validate(spec)
    except ValidationError:
        assume(False)
    written = write.text_of(made, "project")
    assert ProjectSpec.model_validate(reading.parse(written, "flights.yml")[0]) == made


def test_a_crash_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mesh.yml"
    write.write_text(path, "old\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write.write_text(path, "new\n")
    assert path.read_text() == "old\n"
    assert [item.name for item in tmp_path.iterdir()] == ["mesh.yml"]
