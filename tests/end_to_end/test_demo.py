"""`make demo`: the whole of it, with each engine, and run again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import User

DEMO = Path(__file__).parents[2] / "examples" / "skyline" / "demo.py"
ROWS = {
    "airports_products.airport_traffic_v1": 1_149,
    "airports_products.airports_v1": 1_458,
    "flights_products.daily_delays_v1": 1_095,
    "flights_products.delays_v1": 336_776,
    "shared_products.calendar_v1": 7_670,
    "shared_products.vocabulary_v1": 37,
    "weather_products.hourly_weather_v1": 26_115,
}


def demo(user: User, engine: str) -> str:
    done = subprocess.run(
        [sys.executable, DEMO, user.folder],
        capture_output=True, text=True, check=False, env={**os.environ, "MESHNEW_ENGINE": engine},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
@pytest.mark.parametrize("engine", ["bundled", "terraform"])
def test_the_demo_ends_with_published_products_and_repeats_without_a_change(
    user: User, engine: str
) -> None:
    if engine == "terraform" and shutil.which("terraform") is None:
        pytest.skip("no terraform on PATH")
    first = demo(user, engine)
    assert "Nothing changed" not in first
    found = json.loads(user.meshnew("status", "--json").out)
    assert {p["relation"]: p["rows"] for item in found for p in item["products"]} == ROWS
    again = demo(user, "bundled" if engine == "terraform" else "")
    assert "Nothing changed: the mesh was already as it should be." in again
    user.meshnew("destroy", "--all", "--with-data", "--yes")
    assert not (user.folder / ".meshnew").exists()
    if engine == "bundled":
        assert "Nothing changed" not in demo(user, engine)
        user.meshnew("destroy", "--all", "--with-data", "--yes")
    for path in user.folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
