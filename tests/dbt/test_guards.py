"""What would break a neighbour later is refused before anything is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from meshnew.dbt.guards import private_reference
from meshnew.dbt.product import Interface, Product
from meshnew.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Mesh

DELAYS = Interface("flights", (Product("delays", "flights", "flights_products", "delays"),))


def test_what_would_hurt_later_is_refused_before_anything_is_built(mesh: Mesh) -> None:
    mesh.publish_interface(DELAYS)
    folder = mesh.checkout(
        "late",
        {
            "models/late/direct.sql": _model("view", "ref('flights', 'delays')"),
            "models/late/between.sql": _model("ephemeral", "ref('flights', 'delays')"),
            "models/late/indirect.sql": _model("view", "ref('between')"),
            "models/late/harmless.sql": _model("table", "ref('between')"),
            "models/late/fine.sql": _model("view", "ref('harmless')"),
            "models/late/unnamed.sql": _model("table", "ref('delays')"),
        },
        imports=("flights",),
    )
    settings = folder / "dbt_project.yml"
    settings.write_text(settings.read_text() + "  +materialized: table\n")
    with pytest.raises(RunError) as caught:
        mesh.run("late")
    said, fix = str(caught.value), caught.value.fix
    assert "models/late/direct.sql: the view direct reads flights.delays" in said
    assert "models/late/indirect.sql: the view indirect" in said
    assert "materialized='table'" in fix
    assert "models/late/unnamed.sql: ref('delays') reads a product of the project flights" in said
    assert "ref('flights', 'delays')" in fix
    assert "dbt_project.yml: `+materialized` right under `models:`" in said
    assert "{late: {+materialized: table}}" in fix
    assert not any(name in said for name in ("harmless", "fine.sql", "between"))
    assert mesh.sql("select count(*) from pg_namespace where nspname = 'late'") == [(0,)]


def test_a_semantic_model_without_a_group_is_told_to_say_one(tmp_path: Path) -> None:
    file = tmp_path / "models" / "sales" / "marts" / "records.yml"
    file.parent.mkdir(parents=True)
    file.write_text("models:\n  - name: records\n    semantic_model: {enabled: true}\n")
    refused = private_reference(
        "Node semantic_model.air.records attempted to reference node model.air.records, which is "
        "not allowed because the referenced node is private to the 'sales' group",
        tmp_path,
    )
    assert refused is not None
    assert refused.where == "models/sales/marts/records.yml"
    assert "semantic model records says no group" in refused.what
    assert "`group: sales`" in refused.fix


def _model(materialized: str, reference: str) -> str:
    return f"{{{{ config(materialized='{materialized}') }}}} select * from {{{{ {reference} }}}}"
