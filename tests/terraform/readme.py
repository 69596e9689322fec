"""READMEs of kinds of modules: their tables, written from the code, and their examples.

    .venv/bin/python -m tests.terraform.readme     writes the tables again

A README at terraform_modules/PLATFORM/KIND/ has its tables between two markers,
`<!-- tables -->` and `<!-- /tables -->`, and an example of a module after
`<!-- example: LAYER -->`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.terraform.real import MODULES

LAYERS = ("mesh", "domain", "project")
BEGIN, END = "<!-- tables -->", "<!-- /tables -->"
READMES = sorted(MODULES.glob("*/*/README.md"))
_EXAMPLE = re.compile(r"<!-- example: (\w+) -->\n```hcl\n(.*?)```", re.DOTALL)


def examples(readme: Path) -> list[tuple[str, str]]:
    """(layer, Terraform text) of each example."""
    return _EXAMPLE.findall(readme.read_text())


def rewritten(readme: Path) -> str:
    """The README with its tables as the code has them."""
    text = readme.read_text()
    if BEGIN not in text:
        return text
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{tables(readme.parent)}\n{END}{after}"


def tables(kind: Path) -> str:
    """Tables of variables and outputs of all layers of a kind."""
    parts = []
    for layer in LAYERS:
        folder = kind / layer
        if not folder.is_dir():
            continue
        parts.append(f"\n### {layer}\n\n| Variable | Type | Default | Meaning |\n|---|---|---|---|")
        for name, body in _blocks(folder / "variables.tf", "variable"):
            kind_of = _one_line(_attribute(body, "type"))
            default = _one_line(_attribute(body, "default"))
            shown = f"`{default}`" if default else "required"
            parts.append(f"| `{name}` | `{kind_of}` | {shown} | {_description(body)} |")
        parts.append("\n| Output | Meaning |\n|---|---|")
        for name, body in _blocks(folder / "outputs.tf", "output"):
            parts.append(f"| `{name}` | {_description(body)} |")
    return "\n".join(parts) + "\n"


def _blocks(file: Path, kind: str) -> Iterator[tuple[str, str]]:
    yield from re.findall(
        rf'^{kind} "(\w+)" \{{\n(.*?)^\}}', file.read_text(), flags=re.DOTALL | re.MULTILINE
    )


def _attribute(body: str, name: str) -> str:
    """Text of an attribute: up to the next line that is no further in than it is itself."""
    found = re.search(rf"^  {name} += (.*?)(?=^  \w|^$|\Z)", body, flags=re.DOTALL | re.MULTILINE)
    return found[1].strip() if found else ""


def _one_line(text: str) -> str:
    text = re.sub(r"([{(\[])\s*\n\s*", r"\1", text)
    text = re.sub(r"\s*\n\s*([])}])", r"\1", text)
    return re.sub(r" +", " ", re.sub(r",?\s*\n\s*", ", ", text))


def _description(body: str) -> str:
    text = _attribute(body, "description")[1:-1]
    return text.replace('\\"', '"').replace("|", "\\|")


if __name__ == "__main__":
    for path in READMES:
        path.write_text(rewritten(path))
