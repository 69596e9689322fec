"""Parts of a project, rendered one by one from the template's folder `parts`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from meshnew.errors import ScaffoldError
from meshnew.scaffold.template import Template

FOLDER = "template/parts"
DELIMITERS = {
    "block_start_string": "[%",
    "block_end_string": "%]",
    "variable_start_string": "[[",
    "variable_end_string": "]]",
    "comment_start_string": "[#",
    "comment_end_string": "#]",
}
"""Those of copier.yml: dbt's own {{ }} stays as it is."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_ ,.()/'-]*")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


class Parts:
    """The parts that one version of the template has.

    Args:
        files: path in the folder `parts` -> text.
        version: of the template, for messages.
    """

    def __init__(self, files: Mapping[str, str], version: str) -> None:
        from jinja2 import DictLoader, StrictUndefined
        from jinja2.sandbox import SandboxedEnvironment

        self._version = version
        self._jinja = SandboxedEnvironment(
            loader=DictLoader(dict(files)),
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            lstrip_blocks=True,
            trim_blocks=True,
            autoescape=False,
            **DELIMITERS,
        )
        self._jinja.filters["scalar"] = scalar

    def render(self, part: str, /, **values: Any) -> str:
        """Text of a file.

        Args:
            part: which one, such as `source/sources.yml`.
            values: what it is rendered with.

        Raises:
            ScaffoldError: the template has no such part, or one that cannot be rendered.
        """
        from jinja2 import TemplateError, TemplateNotFound

        try:
            return self._jinja.get_template(f"{part}.jinja").render(values)
        except TemplateNotFound:
            raise ScaffoldError(
                f"template {self._version} has no {FOLDER}/{part}.jinja",
                where="mesh.yml: template",
                fix="Name a newer version of the template there and apply it, "
                "or add the file to the template and tag a version.",
            ) from None
        except TemplateError as error:
            raise ScaffoldError(
                f"cannot be rendered: {error}",
                where=f"{FOLDER}/{part}.jinja of template {self._version}",
                fix="Correct it in the template and tag a new version.",
            ) from None


def of(template: Template) -> Parts:
    """The parts of the version that a mesh names.

    Raises:
        ScaffoldError: that version cannot be reached.
    """
    if template.copy is None:
        raise ScaffoldError(
            "no such version can be reached",
            where=f"{template.url} {template.version}",
            fix="Check `template: version` in mesh.yml against the tags of that repository.",
        )
    folder = template.copy / FOLDER
    files = (path for path in folder.rglob("*") if path.is_file())
    texts = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in files}
    return Parts(texts, template.version)


def scalar(value: Any) -> str:
    """A value as YAML that stands in one line, quoted where it has to be."""
    if isinstance(value, str):
        text = " ".join(value.split())
        plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
        return text if plain else json.dumps(text, ensure_ascii=False)
    return json.dumps(value, default=str)
