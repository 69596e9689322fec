"""Where the states of stacks lie: the engine's own backends take what is written for them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from meshnew.mesh.models import MeshSpec
from meshnew.provision import engine
from meshnew.provision.backends import backend
from tests.mesh.hosted import BASE, spec

# None of them is reached from here: what each says once it has taken its settings.
UNREACHED = {
    "s3": "No valid credential sources found",
    "gcs": "missing 'type' field in credentials",
    "azurerm": "unable to build authorizer",
    "http": "dial tcp",
}
NOBODY = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "GOOGLE_BACKEND_CREDENTIALS": "{}",
    "TF_HTTP_RETRY_MAX": "0",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "TF_CLI_CONFIG_FILE": os.devnull,
    "CHECKPOINT_DISABLE": "1",
    "ARM_USE_CLI": "false",
    "ARM_TENANT_ID": "00000000-0000-0000-0000-000000000000",
}


def written(kind: str, layer: str = "domain", name: str = "flights") -> dict[str, Any]:
    mesh = MeshSpec.model_validate(BASE | spec("postgres", "github", "forge", kind))
    return backend(mesh.state, mesh.name, layer, name)


def test_each_stack_has_a_place_of_its_own() -> None:
    for kind in (*UNREACHED, "pg"):
        places = {json.dumps(written(kind, layer)) for layer in ("mesh", "domain", "project")}
        places |= {json.dumps(written(kind, name=name)) for name in ("flights", "weather")}
        assert len(places) == 4, kind


def test_every_place_is_locked() -> None:
    assert written("s3")["s3"]["use_lockfile"] is True
    assert written("http")["http"]["lock_address"].endswith("/skyline-domain-flights/lock")
    # The others lock by themselves, and can only be told not to.
    text = json.dumps([written(kind) for kind in ("pg", "gcs", "azurerm")])
    assert "lock" not in text


def test_no_setting_is_a_secret() -> None:
    text = json.dumps([written(kind) for kind in (*UNREACHED, "pg")])
    for word in ("password", "secret", "token", "credentials", "conn_str", "access_key", "sas"):
        assert word not in text


@pytest.mark.parametrize("kind", UNREACHED)
def test_the_engine_takes_its_settings(kind: str, tmp_path: Path) -> None:
    document = {"terraform": {"backend": written(kind)}}
    (tmp_path / "main.tf.json").write_text(json.dumps(document))
    secrets = ("AWS_", "GOOGLE_", "ARM_")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(secrets)}
    done = subprocess.run(
        [str(engine.find().path), "init", "-no-color", "-input=false"],
        cwd=tmp_path,
        env=environ | NOBODY | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = " ".join((done.stdout + done.stderr).replace("│", " ").split())
    assert UNREACHED[kind] in said, said
    assert "Unsupported argument" not in said
