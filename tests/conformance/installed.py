"""The real providers: from a folder that `MESHNEW_PROVIDER_MIRROR` names, else from the registry.

What is not to be had is told, so that a test is skipped with the reason.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from meshnew.provision import engine
from meshnew.provision.providers import PROVIDERS, Provider

VARIABLE = "MESHNEW_PROVIDER_MIRROR"
BY_NAME = {provider.name: provider for provider in PROVIDERS.values()}


@dataclass
class Installed:
    """Providers that Terraform can install.

    Attributes:
        home: folder for the engine's configuration and copies of the providers.
        environment: variables by which Terraform finds them.
    """

    home: Path
    environment: dict[str, str]

    def missing(self, provider: Provider) -> str:
        """Why a provider cannot be had; empty where it can."""
        folder = self.home / "have" / provider.name
        if not (folder / "said").exists():
            folder.mkdir(parents=True)
            needs = {provider.name: {"source": provider.source, "version": provider.version}}
            document = {"terraform": {"required_providers": needs}}
            (folder / "main.tf.json").write_text(json.dumps(document))
            code, said = self.run(folder, "init", "-input=false", "-backend=false")
            (folder / "said").write_text(_short(said) if code else "")
        return (folder / "said").read_text()

    def schema(self, provider: Provider) -> dict[str, object]:
        """What the real one says of itself; it was found not to be missing."""
        code, said = self.run(self.home / "have" / provider.name, "providers", "schema", "-json")
        assert code == 0, said
        return dict(json.loads(said))

    def run(self, folder: Path, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            [str(engine.find().path), *words],
            cwd=folder,
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout if done.returncode == 0 else done.stdout + done.stderr


def installed(home: Path, mirror: str = "") -> Installed:
    """Providers from a mirror, or from the registry where none is named."""
    cache, config = home / "cache", home / "terraform.rc"
    cache.mkdir(parents=True, exist_ok=True)
    where = (
        f"filesystem_mirror {{\n    path = {json.dumps(mirror)}\n  }}" if mirror else "direct {}"
    )
    config.write_text(
        f"plugin_cache_dir = {json.dumps(str(cache))}\nprovider_installation {{\n  {where}\n}}\n"
    )
    settings = {"TF_CLI_CONFIG_FILE": str(config), "CHECKPOINT_DISABLE": "1"}
    return Installed(home, settings | {"TF_IN_AUTOMATION": "1", "TF_CLI_ARGS": "-no-color"})


def _short(said: str) -> str:
    """The sentence that tells why, on one line."""
    text = " ".join(said.replace("│", " ").replace("╷", " ").replace("╵", " ").split())
    return text.partition("Error: ")[2].partition(" To see which modules")[0][:300] or text[:300]
