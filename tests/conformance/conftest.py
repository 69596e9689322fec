"""Providers that are really there; what needs another one is skipped and says why."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.conformance.installed import BY_NAME, VARIABLE, Installed, installed

Needs = Callable[..., Installed]


@pytest.fixture(scope="session")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return installed(tmp_path_factory.mktemp("providers"), os.environ.get(VARIABLE, ""))


@pytest.fixture(scope="session")
def needs(providers: Installed) -> Needs:
    """Call it with names of providers: skips the test where one cannot be had."""

    def have(*names: str) -> Installed:
        for name in names:
            if why := providers.missing(BY_NAME[name]):
                where = os.environ.get(VARIABLE) or f"the registry; {VARIABLE} names no mirror"
                pytest.skip(f"no {BY_NAME[name].source} from {where}: {why}")
        return providers

    return have
