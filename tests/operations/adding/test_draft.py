"""Files are shown as a diff first, then written all or not at all."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from meshnew.errors import ConflictError, SpecError
from meshnew.operations.adding.draft import Draft


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    for words in (["init", "-q"], ["config", "user.name", "w"], ["config", "user.email", "w@x"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    (folder / "orders.sql").write_text("select 1 as order_id\n")
    (folder / "orders.yml").write_text("models: []\n")
    subprocess.run(["git", "add", "--all"], cwd=folder, check=True)
    subprocess.run(["git", "commit", "-qm", "Begin"], cwd=folder, check=True)
    return folder


def everything(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def test_a_diff_says_everything_and_writing_does_it(project: Path) -> None:
    draft = Draft(project)
    draft.move("orders.sql", "orders_v1.sql")
    draft.replace("orders.yml", "models: []\n", "models: [1]\n")
    draft.create("deep/orders.md", "All orders.\n")
    assert draft.diff == (
        "rename from orders.sql\nrename to orders_v1.sql\n"
        "--- a/orders.yml\n+++ b/orders.yml\n@@ -1 +1 @@\n-models: []\n+models: [1]\n"
        "--- /dev/null\n+++ b/deep/orders.md\n@@ -0,0 +1 @@\n+All orders.\n"
    )
    assert set(everything(project)) == {"orders.sql", "orders.yml"}, "nothing is written yet"
    draft.write()
    assert everything(project) == {
        "orders_v1.sql": "select 1 as order_id\n",
        "orders.yml": "models: [1]\n",
        "deep/orders.md": "All orders.\n",
    }
    status = subprocess.run(
        ["git", "status", "--short"], cwd=project, capture_output=True, text=True, check=True
    )
    assert "R  orders.sql -> orders_v1.sql" in status.stdout, "git knows that it was renamed"


def test_what_somebody_wrote_is_not_written_over(project: Path) -> None:
    with pytest.raises(ConflictError, match="not written over") as refused:
        Draft(project).create("orders.yml", "x")
    assert refused.value.where == "orders.yml"
    assert refused.value.exit_code == 4
    (project / "orders_v1.sql").symlink_to("nowhere")
    with pytest.raises(ConflictError):
        Draft(project).create("orders_v1.sql", "x")


def test_a_failure_in_the_middle_leaves_nothing_behind(project: Path) -> None:
    before = everything(project)
    draft = Draft(project)
    draft.move("orders.sql", "orders_v1.sql")
    draft.replace("orders.yml", "models: []\n", "models: [1]\n")
    draft.create("new.yml", "models: []\n")
    draft.create("orders.yml/inside.md", "A folder that is a file.\n")
    with pytest.raises(OSError, match=r"."):
        draft.write()
    assert everything(project) == before


def test_who_edits_meanwhile_keeps_their_edit(project: Path) -> None:
    draft = Draft(project)
    draft.create("orders.md", "Mine.\n")
    draft.replace("orders.yml", "models: []\n", "models: [1]\n")
    (project / "orders.yml").write_text("models: [2]\n")
    with pytest.raises(ConflictError, match="changed meanwhile"):
        draft.write()
    assert everything(project)["orders.yml"] == "models: [2]\n"
    assert not (project / "orders.md").exists()


def test_nothing_is_written_through_a_link_out_of_the_project(
    project: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (project / "models").symlink_to(outside)
    draft = Draft(project)
    draft.create("models/orders.sql", "select 1\n")
    with pytest.raises(SpecError, match="outside"):
        draft.write()
    assert list(outside.iterdir()) == []
