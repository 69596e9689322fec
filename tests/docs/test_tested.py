"""The table of what is tested how has every kind of platform."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT
from tests.mesh.hosted import KINDS

PAGE = (ROOT / "docs" / "reference" / "tested.md").read_text("utf-8")


def test_every_kind_is_in_the_table() -> None:
    rows = [line.partition("|")[2].partition("|")[0] for line in PAGE.splitlines() if "|" in line]
    for of, kinds in KINDS.items():
        told = {
            kind
            for row in rows
            if of == "warehouse" or row.strip().startswith(of)
            for kind in re.findall(r"`(\w+)`", row)
        }
        assert set(kinds) <= told, of
