"""A macro goes into the internal package, as docs/how-to/promote-a-macro.md tells it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from meshnew.errors import UsageError
from meshnew.operations.changes.promote import Move
from tests.conftest import User

HALF = """\
{#- Half of something. -#}
{% macro half(column) %}
    {{- return(adapter.dispatch('half', 'weather')(column)) -}}
{% endmacro %}

{% macro default__half(column) %}
    ({{ column }} / 2.0)
{% endmacro %}
"""
KEPT = "{% macro kept() %}1{% endmacro %}\n"
DOCS = """\
# Ours.
macros:
  - name: kept
    description: Stays.

  - name: half
    description: Half of a column.  # as a fraction
    arguments:
      - name: column
        type: string
        description: A number.
"""
TEST = "select 1 as wrong\nwhere {{ half(3) }} <> 1.5\n"
MOST = "{% macro most() %}{{ kept() }}{{ half(1) }}{% endmacro %}\n"
MODEL = "select {{ half('degrees') }} as half, half(1) as sql_of_that_name\nfrom readings\n"


def projects(folder: Path, **files: str) -> tuple[Path, Path]:
    """Checkouts of a project with these files more than usual, and of the package."""
    here, there = folder / "weather", folder / "mesh_core"
    texts = {
        "macros/weather/numbers.sql": HALF + "\n" + KEPT,
        "macros/weather/numbers.yml": DOCS,
        "tests/weather/half_of_three.sql": TEST,
        "tests/weather/half_of_ours.sql": TEST.replace("where", "from {{ ref('x') }} where"),
        "models/weather/marts/halves.sql": MODEL,
        "models/weather/marts/halves.yml": 'models: [{name: "{{ weather.half(1) }}"}]\n',
        **{
            name.replace("__", "/", 2).replace("_sql", ".sql"): text for name, text in files.items()
        },
    }
    for name, text in texts.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(text)
    (there / "macros").mkdir(parents=True)
    (there / "integration_tests").mkdir()
    (there / "macros/domains.sql").write_text("{% macro domain_of(node) %}{% endmacro %}\n")
    (there / "CHANGELOG.md").write_text("# Changelog\n\n## 0.1.0\n- Old.\n")
    return here, there


def find(here: Path, there: Path, name: str = "half") -> Move:
    return Move.find(here, there, "weather", "mesh_core", name)


def test_a_macro_moves_with_its_docs_its_test_and_what_it_dispatches_to(tmp_path: Path) -> None:
    here, there = projects(tmp_path)
    find(here, there).write()
    moved = (there / "macros/half.sql").read_text()
    assert moved == HALF.replace("'weather'", "'mesh_core'")
    (entry,) = yaml.safe_load((there / "macros/half.yml").read_text())["macros"]
    assert (entry["name"], entry["arguments"][0]["name"]) == ("half", "column")
    assert "# as a fraction" in (there / "macros/half.yml").read_text()
    assert (there / "integration_tests/tests/plant/half_of_three.sql").read_text() == TEST.replace(
        "half(", "mesh_core.half("
    )
    assert (
        "## Next version\n- Macro `half`, from weather.\n" in (there / "CHANGELOG.md").read_text()
    )

    assert (here / "macros/weather/numbers.sql").read_text() == KEPT
    left = (here / "macros/weather/numbers.yml").read_text()
    assert left.startswith("# Ours.")
    assert [item["name"] for item in yaml.safe_load(left)["macros"]] == ["kept"]
    assert not (here / "tests/weather/half_of_three.sql").exists()
    assert "mesh_core.half(3)" in (here / "tests/weather/half_of_ours.sql").read_text()
    assert (here / "models/weather/marts/halves.sql").read_text() == MODEL.replace(
        "{{ half(", "{{ mesh_core.half("
    )
    assert "{{ mesh_core.half(1) }}" in (here / "models/weather/marts/halves.yml").read_text()


def test_the_last_macro_of_a_file_takes_the_file_along(tmp_path: Path) -> None:
    here, there = projects(tmp_path)
    (here / "macros/weather/numbers.sql").write_text(HALF)
    (here / "macros/weather/numbers.yml").write_text(
        "macros:\n  - name: half\n    description: H.\n"
    )
    find(here, there).write()
    assert list((here / "macros/weather").iterdir()) == []


@pytest.mark.parametrize(
    ("files", "name", "says", "mend"),
    [
        ({}, "third", "has no macro `third`", "It has half, kept."),
        ({}, "kept2", "has no macro `kept2`", "merge it into main before"),
        (
            {"macros__weather__more_sql": MOST},
            *("most", "`most` calls half, kept, which weather keeps", "Promote half, kept before"),
        ),
        (
            {"macros__weather__more_sql": "{% macro most() %}{{ ref('x') }}{% endmacro %}"},
            *("most", "`most` reads ref('x'), which weather keeps", "relation as an argument"),
        ),
        (
            {"macros__weather__more_sql": "{% macro domain_of(x) %}{{ x }}{% endmacro %}"},
            *("domain_of", "mesh_core has `domain_of` already", "another name"),
        ),
        (
            {"macros__weather__more_sql": "{% macro bare() %}1{% endmacro %}"},
            *("bare", "`bare` is not described", "Write macros/DOMAIN/bare.yml"),
        ),
    ],
)
def test_what_would_not_work_outside_is_refused(
    tmp_path: Path, files: dict[str, str], name: str, says: str, mend: str
) -> None:
    here, there = projects(tmp_path, **files)
    before = sorted(there.rglob("*"))
    with pytest.raises(UsageError) as refused:
        find(here, there, name)
    assert says in refused.value.what
    assert mend in refused.value.fix
    assert sorted(there.rglob("*")) == before


@pytest.mark.long
def test_two_changes_bring_a_macro_to_everybody(user: User) -> None:
    user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
    data = ["-d", "consumes=[]", "-d", "members=[ada]"]
    user.meshnew("new", "domain", "weather", *data, "--defaults", "--yes")
    user.meshnew("clone", "weather", who="ada")
    checkout = user.folder / "checkouts/weather"
    (checkout / "macros/weather/numbers.sql").write_text(HALF)
    kept = "  - name: kept\n    description: Stays.\n\n"
    (checkout / "macros/weather/numbers.yml").write_text(DOCS.replace(kept, ""))
    (checkout / "tests/weather/half_of_three.sql").write_text(
        "select single.one as wrong\nfrom (select 1 as one) as single\nwhere {{ half(3) }} <> 1.5\n"
    )
    model = checkout / "models/weather/marts/weather_example_v1.sql"
    model.write_text(
        model.read_text().replace("    amount,", "    {{ half('amount * 2') }} as amount,")
    )
    user.run("git", "switch", "-q", "-c", "halves", where="checkouts/weather")
    user.run("git", "add", "--all", where="checkouts/weather")
    user.run("git", "commit", "-qm", "Halve", where="checkouts/weather")
    user.run("git", "push", "-q", "origin", "halves", where="checkouts/weather")
    user.meshnew("change", "open", "-C", "checkouts/weather", who="ada")
    user.merge("weather", 1, who="ada")

    command = ("promote", "macro", "half", "-C", "checkouts/weather", "--json")
    done = json.loads(user.meshnew(*command, who="ada").out)
    assert done["tests"] == ["half_of_three.sql"]
    assert done["next_version"] == "v0.2.0"
    assert user.meshnew("run", "weather", "ci", "--change", "2", code=1)
    user.merge("mesh_core", 1)
    spec = user.folder / "projects/mesh_core.yml"
    spec.write_text(spec.read_text().replace("v0.1.0", "v0.2.0"))
    user.meshnew("apply", "--all", "--yes")
    user.merge("mesh_core", 2)
    user.meshnew("apply", "--all", "--yes")
    user.merge("weather", 3)
    user.meshnew("change", "checks", "weather", "2", "--run", who="ada")
    user.merge("weather", 2, who="ada")
    user.run("git", "fetch", "-q", "origin", "main", where="checkouts/weather")
    shown = f"FETCH_HEAD:{model.relative_to(checkout)}"
    merged = user.run("git", "show", shown, where="checkouts/weather").out
    assert "mesh_core.half" in merged
