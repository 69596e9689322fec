"""YAML that a person wrote is extended: what it says stays, comments too."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshnew.errors import UsageError
from meshnew.mesh import write
from meshnew.operations.adding import documents

OURS = """\
# Ours, by hand.
models:
  # What we sell.
  - name: orders
    description: Orders, with a line that is a good deal longer than any line of the files that we write ourselves.
    config: {meta: {pii: false}}  # agreed in May
    columns:
      - name: order_id
        description: The order.
        data_tests: [unique]

  - name: lines
"""  # noqa: E501
NEW = """\
models:
  - name: orders
    description: Another
    config:
      access: public
      meta: {owner: sue@skyline.example}
    columns:
      - name: order_id
        description: To be described.
        data_type: integer
        data_tests: [unique, not_null]
      - name: amount
        data_type: numeric
"""
BOTH = """\
# Ours, by hand.
models:
  # What we sell.
  - name: orders
    description: Orders, with a line that is a good deal longer than any line of the files that we write ourselves.
    config: {meta: {pii: false, owner: sue@skyline.example}, access: public} # agreed in May
    columns:
      - name: order_id
        description: The order.
        data_tests: [unique, not_null]

        data_type: integer
      - name: amount
        data_type: numeric
  - name: lines
"""  # noqa: E501


def lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.strip()]


def project(folder: Path, text: str) -> Path:
    path = folder / "models" / "sales" / "models.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return folder


def test_an_entry_gets_what_it_lacks_and_nothing_else_moves(tmp_path: Path) -> None:
    document = documents.find(project(tmp_path, OURS), "models", "orders")
    assert document
    assert document.path == "models/sales/models.yml"
    new = write.loaded(NEW)["models"][0]

    def change(data: dict[str, object]) -> None:
        documents.merge(documents.entry_of(data, "models", "orders"), new)

    text = documents.extended(document, change)
    assert lines(text) == lines(BOTH)


def test_a_file_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    folder = project(tmp_path, "models:\n  - name: [\n")
    with pytest.raises(UsageError) as refused:
        documents.find(folder, "models", "orders")
    assert refused.value.where == "models/sales/models.yml"


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    assert documents.find(tmp_path, "models", "orders") is None
    assert documents.find(project(tmp_path, "models:\n"), "models", "orders") is None
