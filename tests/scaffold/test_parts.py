"""Parts of a project are rendered from the template, as the whole is."""

from __future__ import annotations

import pytest
import yaml

from meshnew.assets import asset
from meshnew.errors import ScaffoldError
from meshnew.scaffold.parts import DELIMITERS, Parts, scalar


def shipped() -> dict[str, str]:
    folder = asset("template") / "parts"
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in folder.rglob("*.jinja")
    }


def test_parts_are_written_as_the_rest_of_the_template() -> None:
    settings = yaml.safe_load(asset("copier.yml").read_text("utf-8"))["_envops"]
    assert {key: settings[key] for key in DELIMITERS} == DELIMITERS


@pytest.mark.parametrize(
    "value",
    ["plain", "yes", "Null", "3", "a: b", "#1", "it's", 'say "so"', "Grüße", "{{ x }}", "- a", "[",
     "trailing:", "", " spaces  within ", "1.5e3", "~", "*a", "&a", "100%"],
)  # fmt: skip
def test_a_value_is_the_same_once_it_was_read_again(value: str) -> None:
    text = f"key: {scalar(value)}\nnext: 1\n"
    assert yaml.safe_load(text) == {"key": " ".join(value.split()), "next": 1}


def test_a_template_without_the_part_says_what_to_do() -> None:
    with pytest.raises(ScaffoldError, match="has no template/parts") as refused:
        Parts({}, "v0.0.1").render("staging/model.sql")
    assert "mesh.yml" in refused.value.where


def test_a_part_that_asks_for_more_than_there_is_names_itself() -> None:
    with pytest.raises(ScaffoldError, match="surprise") as refused:
        Parts({"a.sql.jinja": "[[ surprise ]]"}, "v1.0.0").render("a.sql")
    assert "a.sql.jinja of template v1.0.0" in refused.value.where


def test_a_part_reaches_nothing_outside() -> None:
    escape = "[[ ''.__class__.__mro__[1].__subclasses__() ]]"
    with pytest.raises(ScaffoldError):
        Parts({"a.sql.jinja": escape}, "v1.0.0").render("a.sql")


def test_sql_keeps_the_braces_of_dbt() -> None:
    columns = [{"sql": "id as order_id"}, {"sql": "status"}]
    text = Parts(shipped(), "v1").render(
        "staging/model.sql", source="sales_raw", table="orders", columns=columns
    )
    assert text == (
        "select\n    id as order_id,\n    status\nfrom {{ source('sales_raw', 'orders') }}\n"
    )
