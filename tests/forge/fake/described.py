"""Requests and answers held against an OpenAPI description, and answers filled up by it."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from openapi_core import OpenAPI
from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest, WerkzeugOpenAPIResponse
from werkzeug import Request, Response

from tests.forge.description import FILE

BASE = "/api/v3"
_TEXTS = {
    "date-time": "2026-11-26T12:00:00Z",
    "uri": "https://example.invalid/",
    "email": "someone@example.invalid",
}


def _let_be_null(part: Any) -> None:
    """Take `nullable` as GitHub means it: OpenAPI does so only where a type is said beside it."""
    for item in part.values() if isinstance(part, dict) else part:
        if isinstance(item, dict | list):
            _let_be_null(item)
    if isinstance(part, dict) and part.get("nullable") is True and "type" not in part:
        for choice in ("oneOf", "anyOf"):
            if choice in part:
                part[choice].append({"type": "string", "nullable": True, "enum": [None]})


class _Asked(WerkzeugOpenAPIRequest):
    """A request whose parameters of several segments look like one, as the standard wants it."""

    def __init__(self, request: Request, path: str) -> None:
        super().__init__(request)
        self._path = path

    @property
    def path(self) -> str:
        return self._path


class Described:
    """A description of an interface."""

    def __init__(self) -> None:
        self.text = json.loads(FILE.read_text(encoding="utf-8"))
        self.text["servers"] = [{"url": BASE}]
        _let_be_null(self.text)
        self._api = OpenAPI.from_dict(self.text)
        self._samples: dict[str, Any] = {}

    def check(self, request: Request, template: str, values: Mapping[str, Any]) -> None:
        """Refuse a request that the description does not know."""
        self._api.validate_request(self._asked(request, template, values))

    def check_answer(
        self, request: Request, template: str, values: Mapping[str, Any], answer: Response
    ) -> None:
        """Refuse an answer that the description does not know."""
        asked = self._asked(request, template, values)
        self._api.validate_response(asked, WerkzeugOpenAPIResponse(answer))

    def _asked(self, request: Request, template: str, values: Mapping[str, Any]) -> _Asked:
        path = template
        for name, value in values.items():
            path = path.replace(f"{{{name}}}", str(value).replace("/", "%2F"))
        return _Asked(request, BASE + path)

    def answer(self, template: str, verb: str, status: int, values: Any) -> Any:
        """Some values, with all that the description requires besides."""
        schema = self._schema(template, verb, status)
        return self._filled(schema, values)

    def _schema(self, template: str, verb: str, status: int) -> Any:
        answers = self.text["paths"][template][verb]["responses"]
        found = self._resolved(answers[str(status)])
        return found["content"]["application/json"]["schema"]

    def _filled(self, schema: Any, values: Any) -> Any:
        schema = self._chosen(schema, values)
        if isinstance(values, list):
            items = schema.get("items", {})
            return [self._filled(items, value) for value in values]
        if not isinstance(values, dict):
            return values
        known = self._properties(schema)
        found = copy.deepcopy(self._sample(schema))
        found = found if isinstance(found, dict) else {}
        return found | {key: self._filled(known.get(key, {}), v) for key, v in values.items()}

    def _chosen(self, schema: Any, values: Any) -> Any:
        """Of several forms the first that has all that is given."""
        schema = self._resolved(schema)
        if not isinstance(values, dict):
            return schema
        for choice in ("oneOf", "anyOf"):
            for form in schema.get(choice, []):
                known = self._properties(form)
                told = known.get("type", {}).get("enum") or [values.get("type")]
                if values.keys() <= known.keys() and values.get("type") in told:
                    return self._chosen(form, values)
        return schema

    def _properties(self, schema: Any) -> dict[str, Any]:
        schema = self._resolved(schema)
        found = dict(schema.get("properties", {}))
        for part in schema.get("allOf", []) + schema.get("anyOf", [])[:1]:
            found |= self._properties(part)
        for part in schema.get("oneOf", [])[:1]:
            found |= self._properties(part)
        return found

    def _resolved(self, schema: Any) -> Any:
        while "$ref" in schema:
            part: Any = self.text
            for step in schema["$ref"].removeprefix("#/").split("/"):
                part = part[step]
            schema = part
        return schema

    def _sample(self, schema: Any) -> Any:
        key = json.dumps(schema)
        if key not in self._samples:
            self._samples[key] = self._made(schema)
        return self._samples[key]

    def _made(self, schema: Any) -> Any:
        schema = self._resolved(schema)
        if "allOf" in schema:
            parts = [self._of_object(part) for part in schema["allOf"]]
            return {key: value for part in parts for key, value in part.items()}
        for choice in ("oneOf", "anyOf"):
            if choice in schema:
                return self._sample(schema[choice][0])
        if "enum" in schema:
            return schema["enum"][0]
        if "properties" in schema or schema.get("type") == "object":
            return self._of_object(schema)
        plain = {"array": [], "integer": 1, "number": 1, "boolean": False}
        return plain.get(schema.get("type"), _TEXTS.get(schema.get("format", ""), "text"))

    def _of_object(self, schema: Any) -> dict[str, Any]:
        schema = self._resolved(schema)
        known = schema.get("properties", {})
        return {
            name: None if self._nullable(known[name]) else self._sample(known[name])
            for name in schema.get("required", [])
            if name in known
        }

    def _nullable(self, schema: Any) -> bool:
        # Where no type is said, `nullable` means nothing.
        found = self._resolved(schema)
        return bool("type" in found and found.get("nullable"))
