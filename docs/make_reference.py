"""Write what the reference says about commands, spec and access, from the code itself.

    python docs/make_reference.py

Whole pages, and the parts of other pages between `<!-- generated: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import make_errors
import typer
import yaml

from meshnew.cli import app
from meshnew.governance import owners
from meshnew.governance.defaults import DOMAIN, rule_id, shown
from meshnew.governance.rules import MISUSED, RULES
from meshnew.mesh import access
from meshnew.mesh.models import MeshSpec, Model, ProjectSpec

DOCS = Path(__file__).parent
DEFAULTS = DOCS.parent / "template" / "package" / "defaults.yml.jinja"
NOTE = "<!-- Written by docs/make_reference.py: do not edit. -->\n"
COMMON = ("directory", "as", "json", "help")


def pages() -> dict[str, str]:
    """Path in docs/ -> what the page must hold."""
    return {
        "reference/commands.md": commands(),
        "reference/errors.md": NOTE + make_errors.page(),
        "reference/mesh-yml.md": spec("mesh.yml", MESH_INTRODUCTION, MeshSpec, MESH_EXAMPLE),
        "reference/rules.md": rules(),
        "reference/projects-yml.md": spec(
            "projects/*.yml", PROJECT_INTRODUCTION, ProjectSpec, PROJECT_EXAMPLE
        ),
        "explanation/access.md": _with_part("explanation/access.md", "access", matrix()),
    }


def _with_part(page: str, name: str, text: str) -> str:
    around = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    return around.sub(lambda found: found[1] + text + found[2], (DOCS / page).read_text("utf-8"))


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in r)} |\n" for r in lines
    )


# --- commands

COMMANDS = """\
# Commands

Results go to stdout, progress and questions to stderr. Questions are asked only on a terminal;
elsewhere the command names the flag that is missing. How commands end: [exit codes](exit-codes.md).

| command | what it does |
| --- | --- |
{index}
Options of every command:

{common}"""


def commands() -> str:
    """Every command with its arguments and options."""
    group: Any = typer.main.get_command(app)
    context = typer.Context(group, info_name="meshnew")
    found = list(_commands(group, context))
    common = [row for row in _options(*found[0]) if _is_common(row[0])]
    index = "".join(
        f"| [`{context.command_path}`](#{_anchor(context.command_path)}) "
        f"| {command.help.partition(chr(10))[0]} |\n"
        for command, context in found
    )
    head = COMMANDS.format(index=index, common=_table(("option", "meaning"), common))
    return NOTE + head + "".join(_command(command, context) for command, context in found)


def _commands(group: Any, context: Any) -> Iterator[tuple[Any, Any]]:
    for name, command in group.commands.items():
        inner = typer.Context(command, info_name=name, parent=context)
        if hasattr(command, "commands"):
            yield from _commands(command, inner)
        else:
            yield command, inner


def _command(command: Any, context: Any) -> str:
    named = [name.strip("`") for name, _ in _parameters(command, context, "argument")]
    usage = " ".join([context.command_path, "[OPTIONS]", *named])
    text = f"\n## {context.command_path}\n\n```text\n{usage}\n```\n\n{command.help.strip()}\n"
    rows = [row for row in _options(command, context) if not _is_common(row[0])]
    return text + (f"\n{_table(('argument or option', 'meaning'), rows)}" if rows else "")


def _options(command: Any, context: Any) -> Iterator[tuple[str, str]]:
    arguments = _parameters(command, context, "argument")
    yield from (row for row in arguments if row[1])
    yield from _parameters(command, context, "option")


def _parameters(command: Any, context: Any, kind: str) -> Iterator[tuple[str, str]]:
    for parameter in command.get_params(context):
        if parameter.param_type_name == kind:
            name, meaning = parameter.get_help_record(context)
            name = name.partition(" <")[0] if kind == "argument" else name
            name = re.sub(r"<list.(.*).>", r"<\1>", name)
            yield f"`{name}`", " ".join(meaning.split())


def _is_common(name: str) -> bool:
    return any(f"--{option}" in name.strip("`").replace(",", "").split() for option in COMMON)


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


# --- rules

RULES_PAGE = """\
# Rules

What the check of a change (`meshnew run PROJECT ci`) asks of a project, beside what dbt and the
linters ask. Each thing that breaks a rule is told with file, line and what mends it. An *error*
fails the check, a *warning* does not.

## Of every model

{models}
## Of data products: models with `access: public`

{products}
## The mesh's defaults
dbt takes no configuration over from a package. So the internal package states what holds in every
project, in its `defaults.yml`; the template writes it into each project's `vars.yml` and
`dbt_project.yml`; and the check holds what dbt resolved against the package. What a model may be
needs no words; anything else is an error, unless the model [declares an exception](#exceptions).

{config}
`default-vars`: `vars.yml` says what the package says, for these values and for the variables of
its macros. It has no exceptions.

{variables}
`default-macros`: macros that dbt looks up in the project alone call the package, and none of a
project overrides what the package decides, neither by its name nor as `postgres__NAME`.

{macros}
[How to change a default, or to depart from one](../how-to/keep-the-defaults.md).

## Of the owners of files
`meshnew check owners PROJECT` asks these alone, of main or of a checkout. All of them are errors.

{owners}
Which files are the platform's is listed in the project's `.platform-files`, and each of them says
so in its first line.

## Exceptions
A model may say itself that a rule does not hold for it, why, and until which day:

```yaml
config:
  meta:
    exceptions:
      product-contract: {{reason: columns still change, until: 2027-01-31}}
```

The check tells it each time and passes. After that day the rule counts again, and the exception is
an error of its own, `{misused}`; so is one without reason or date, or of a rule that does
not exist. One that nothing needs any more is a warning. A seed, a snapshot or a macro declares one
in the same way, in its own YAML. Rules about owners have no exceptions.
"""


def rules() -> str:
    """Every rule of the check of a change."""
    heads = ("rule", "severity", "what is asked", "why")

    def of(products: bool) -> str:
        found = [rule for rule in RULES if rule.products == products]
        rows = [(f"`{r.id}`", r.severity.value, r.asks, r.why) for r in found]
        return _table(heads, rows)

    asked = [(f"`{key}`", text) for key, text in owners.RULES.items()]
    mesh = yaml.safe_load(DEFAULTS.read_text("utf-8").replace("[[ package ]]", "mesh_core"))
    return NOTE + RULES_PAGE.format(
        config=_table(CONFIG_HEADS, map(_default_row, mesh["config"].items())),
        variables=_table(
            ("variable", "default", "why"),
            [(f"`{k}`", f"`{shown(v['is'])}`", v["why"]) for k, v in mesh["vars"].items()],
        ),
        macros=_table(
            ("macro", "in a project", "why"),
            [
                (f"`{k}`", f"calls `{v['is']}`" if "is" in v else "none", v["why"])
                for k, v in mesh["macros"].items()
            ],
        ),
        models=of(products=False),
        products=of(products=True),
        owners=_table(("rule", "what is asked"), asked),
        misused=MISUSED,
    )


CONFIG_HEADS = ("rule", "default", "may be", "of", "why")


def _default_row(item: tuple[str, dict[str, Any]]) -> tuple[str, ...]:
    key, about = item
    if "has" in about:
        value = f"`{key}` has `{about['has']}`"
    elif about["is"] == DOMAIN:
        value = f"`{key}`: the domain whose folder it lies in"
    else:
        value = f"`{key}: {shown(about['is'])}`" if about["is"] else f"no `{key}`"
    places = [{"public": "data products"}.get(place, place) for place in about.get("in", ())]
    of = ", ".join(f"{kind}s" for kind in about["of"])
    may_be = ", ".join(f"`{shown(other)}`" for other in about.get("may_be", ()))
    where = f" in {', '.join(places)}" if places else ""
    return f"`{rule_id(key)}`", value, may_be, of + where, about["why"]


# --- mesh.yml and projects/*.yml

SPEC = """\
# {title}

{introduction}
An unknown key is an error, with file, line and the nearest known key. Editors that read
`# yaml-language-server: $schema=...` complete and check the file while you type.

```yaml
{example}```

{keys}{kinds}
A *name* is lower snake case, begins with a letter and is no SQL keyword. Every identifier derived
from it (`NAME_products`, `NAME_owner`, ...) is unique in the mesh and no longer than its platform
takes: 63 characters on PostgreSQL, embedded or not, 255 on Snowflake and Databricks, 30 for a
service account of Google.
On PostgreSQL that leaves 38 for a domain, after which dbt names more than the warehouse does.
"""
MESH_INTRODUCTION = """\
What all projects of a mesh share. `meshnew init` writes it; edit it, then `meshnew apply --all`.

**This version operates the embedded platform only.** Of a mesh on other platforms it checks the
spec, `meshnew doctor` names the environment variables that are missing, and `meshnew eject` writes
the stacks with their modules as plain Terraform; `plan`, `apply`, `new` and the rest refuse it.
"""
PROJECT_INTRODUCTION = """\
One file for each project; its name is the project's. `meshnew new` writes it; edit it, then
`meshnew apply PROJECT`. What follows from it in the project's repository arrives there as a change.
"""
MESH_EXAMPLE = """\
name: skyline
template: {version: v0.1.0}
package: mesh_core
platform_team: {name: platform, members: [grace]}
readers:
  tableau: {reads: [flights]}
"""
KEY_HEADS = ("key", "value", "default", "meaning")
PROJECT_EXAMPLE = """\
kind: domain
domains:
  flights:
    description: Flights that left New York, and how late they were
    owner: {name: Ada Adeyemi, email: ada@skyline.example}
    team: flights-data
    members: [ada]
consumes: [shared, weather, airports]
jobs:
  daily: {schedule: "0 6 * * *"}
"""


def spec(title: str, introduction: str, model: type[Model], example: str) -> str:
    """All keys of a file of the spec."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    rows = list(_keys(schema, definitions, ""))
    text = {"title": title, "introduction": introduction, "example": example}
    text |= {"keys": _table(KEY_HEADS, rows), "kinds": "".join(_kinds(schema, definitions))}
    return NOTE + SPEC.format(**text)


def _kinds(schema: dict[str, Any], definitions: dict[str, Any]) -> Iterator[str]:
    """A section for each key that holds one of several platforms."""
    for key, given in schema.get("properties", {}).items():
        if "discriminator" not in given:
            continue
        yield f"\n## Kinds of `{key}`\n"
        for kind, reference in given["discriminator"]["mapping"].items():
            inner = definitions[reference.rpartition("/")[2]]
            rows = [row for row in _keys(inner, definitions, f"{key}.") if row[1] != f"`{kind}`"]
            table = f"\n{_table(KEY_HEADS, rows)}" if rows else ""
            yield f"\n**{kind}**: {inner['description']}\n{table}"


def _keys(
    schema: dict[str, Any], definitions: dict[str, Any], prefix: str
) -> Iterator[tuple[str, str, str, str]]:
    required = schema.get("required", [])
    for key, given in schema.get("properties", {}).items():
        inner, repeated = _inner(given, definitions)
        path = f"{prefix}{key}{repeated}"
        meaning = given.get("description") or inner.get("description", "")
        default = "required" if key in required else _default(given)
        yield f"`{path}`", _type(given, definitions), default, " ".join(meaning.split())
        if "discriminator" in given:
            kinds = ", ".join(f"`{kind}`" for kind in given["discriminator"]["mapping"])
            yield f"`{path}.kind`", kinds, f"`{given['default']['kind']}`", "Which; see below."
        if "properties" in inner:
            yield from _keys(inner, definitions, f"{path}.")


def _inner(given: dict[str, Any], definitions: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Schema of what a key holds, and what follows the key where it holds many."""
    given = next((item for item in given.get("anyOf", []) if "$ref" in item), given)
    if "$ref" in given:
        return definitions[given["$ref"].rpartition("/")[2]], ""
    for item in _values(given):
        if "$ref" in item:
            only = given.get("propertyNames", {}).get("const", "NAME")
            return definitions[item["$ref"].rpartition("/")[2]], f".{only}"
    return {}, ""


def _type(given: dict[str, Any], definitions: dict[str, Any]) -> str:
    given = next((item for item in given.get("anyOf", []) if item.get("type") != "null"), given)
    if "discriminator" in given:
        return "map"
    for key in ("enum", "const"):
        if key in given:
            values = given[key] if key == "enum" else [given[key]]
            return ", ".join(f"`{value}`" for value in values)
    inner, repeated = _inner(given, definitions)
    if inner:
        return "map by name" if repeated == ".NAME" else "map"
    if given.get("type") == "array":
        return "list of names" if "pattern" in given["items"] else "list of texts"
    if any(item.get("type") == "array" for item in _values(given)):
        return "map of lists"
    pattern = given.get("pattern", "")
    return {r"^v\d+\.\d+\.\d+$": "version", r"^[a-z](_?[a-z0-9])*$": "name"}.get(
        pattern,
        {"object": "map", "string": "text", "integer": "number"}.get(given.get("type", ""), ""),
    )


def _values(given: dict[str, Any]) -> list[dict[str, Any]]:
    found = [*given.get("patternProperties", {}).values(), given.get("additionalProperties")]
    return [item for item in found if isinstance(item, dict)]


def _default(given: dict[str, Any]) -> str:
    default = given.get("default")
    return f"`{default}`" if isinstance(default, str | int) and default else ""


# --- access


def matrix() -> str:
    """Who may do what in the schemas of domain D, in words; P provides D, C consumes it."""
    schemas = access.domain_schemas("D", ["ada"])
    memberships = [
        *access.domain_memberships("D", ["ada", "amir"], ["tableau"]),
        *access.project_memberships("P", ["D"], []),
        *access.project_memberships("C", ["E"], ["D"]),
    ]
    who = {
        "`D_owner`": "D_owner",
        "`P_transformer`, what builds project P": "P_transformer",
        "`P_ci`, what checks a change of P": "P_ci",
        "`D_developer`": "D_developer",
        "ada, a member of D's team": "ada",
        "amir, another member": "amir",
        "`D_loader`, what brings raw data": "D_loader",
        "`D_consumer`": "D_consumer",
        "tableau, a reader of D": "tableau",
        "`E_owner`, `C_transformer`: project C consumes D": "C_transformer",
        "a member of E's team": "E_developer",
        "anybody else": "nobody",
    }
    rights = access.rights(schemas, memberships, who.values())
    rows = [
        [name, *(_word(rights.get((role, grant.name), frozenset())) for grant in schemas)]
        for name, role in who.items()
    ]
    return _table(["who", *(f"`{grant.name}`" for grant in schemas)], rows)


def _word(privileges: frozenset[access.Privilege]) -> str:
    if privileges == frozenset(access.Privilege):
        return "all"
    if privileges == {access.Privilege.USAGE, access.Privilege.SELECT}:
        return "read"
    return ", ".join(sorted(privileges)) or "-"


if __name__ == "__main__":
    for page, text in pages().items():
        (DOCS / page).write_text(text, "utf-8")
