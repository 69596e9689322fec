"""Models of mesh.yml and projects/*.yml; the JSON Schemas in schemas/ come from them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from meshnew.mesh import names
from meshnew.mesh.base import EMBEDDED, LOCAL, Embedded, Kinds, Local, Model

if TYPE_CHECKING:
    from meshnew.mesh.platforms import Forge, Runtime, State, Warehouse
else:
    Warehouse = Annotated[Any, Kinds("warehouse", Embedded())]
    Forge = Annotated[Any, Kinds("forge", Embedded())]
    Runtime = Annotated[Any, Kinds("runtime", Embedded())]
    State = Annotated[Any, Kinds("state", Local())]

__all__ = ["DERIVED_ANSWERS", "Domain", "MeshSpec", "Model", "Owner", "ProjectSpec", "Reader"]

DERIVED_ANSWERS = frozenset(
    "kind project mesh domains inputs package package_version platform_team warehouse forge "
    "runtime repositories organization schedule description owner_name owner_email team members "
    "consumes".split()
)
"""Answers to the template that follow from the spec's own keys."""


def _checked_name(value: str) -> str:
    if found := names.problem(value):
        raise ValueError(str(found))
    return value


def _one_line(value: str) -> str:
    if re.search(names.NO_LINE, value):
        raise ValueError(
            f"`{names.shown(value)}` is no line of plain text\n"
            "Write one line, without `|`, `{{`, `{%` and `{#`."
        )
    return value


def _public_half(value: str) -> str:
    """Key without the lines around it, as warehouses take it."""
    if "PRIVATE" in value:
        raise ValueError(
            "this is a private key\nTake it out and make a new pair: who read it has the key. "
            "What belongs here is the public half."
        )
    key = re.sub(r"-----(BEGIN|END) PUBLIC KEY-----|\s", "", value)
    if not re.fullmatch(r"[A-Za-z0-9+/]{40,}={0,2}", key):
        raise ValueError("this is no public key\nWrite what `openssl pkey -pubout` prints.")
    return key


def _unique(values: list[str]) -> list[str]:
    doubled = sorted({value for value in values if values.count(value) > 1})
    if doubled:
        raise ValueError(f"named twice: {', '.join(doubled)}\nName each once.")
    return values


Name = Annotated[
    str,
    Field(pattern=names.PATTERN, max_length=names.MAX_IDENTIFIER),
    AfterValidator(_checked_name),
]
TeamName = Annotated[str, Field(pattern=names.TEAM, max_length=63)]
Names = Annotated[list[Name], AfterValidator(_unique)]
Line = Annotated[str, AfterValidator(_one_line)]
# Two, so that one can be replaced while the other is still in use.
PublicKeys = Annotated[
    list[Annotated[str, AfterValidator(_public_half)]], Field(max_length=2), AfterValidator(_unique)
]
Label = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
LabelValue = Annotated[str, Field(pattern=r"^[a-z0-9_-]{0,63}$")]
Version = Annotated[str, Field(pattern=names.VERSION)]


class Template(Model):
    """The project template, as published in the mesh's own forge."""

    version: Version = Field(description="Tag of the template repository, such as v0.1.0.")


class Team(Model):
    """A team on the forge."""

    name: TeamName = Field(description="Name of the team on the forge.")
    members: Names = Field(default_factory=list, description="Logins of its members.")


class Person(Model):
    """What a person whom the spec names by a login is called elsewhere."""

    principal: str | None = Field(
        None,
        pattern=r"^[^\s\"'`;]+$",
        description="Who it is in the warehouse: an address on BigQuery and Databricks, a user "
        "on Snowflake; the login if not said.",
    )
    forge: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$",
        description="Login on the forge; the same one if not said.",
    )


class Reader(Model):
    """A BI tool or person that reads data products and nothing else."""

    reads: Names = Field(description="Domains whose data products it reads.")
    public_keys: PublicKeys = Field(
        default_factory=list, description="Public halves of the key pairs it signs in with."
    )


class MeshSpec(Model):
    """mesh.yml: what all projects of one organisation share."""

    name: Name = Field(description="Name of the mesh; also of the warehouse database.")
    template: Template
    warehouse: Warehouse = Field(Embedded(), description="Where the data lives.")
    forge: Forge = Field(Embedded(), description="Where repositories and changes live.")
    runtime: Runtime = Field(Embedded(), description="What runs the jobs.")
    state: State = Field(Local(), description="Where Terraform keeps its state.")
    package: Name = Field("mesh_core", description="The internal dbt package.")
    platform_team: Team
    approvals: int = Field(
        1,
        ge=0,
        le=6,
        description="How many owners besides its author approve a change of a project; "
        "0 asks nobody, for a mesh of one person.",
    )
    readers: dict[Name, Reader] = Field(default_factory=dict)
    people: dict[Name, Person] = Field(default_factory=dict)
    labels: dict[Label, LabelValue] = Field(
        default_factory=dict,
        description="Labels or tags of whatever is made, where the warehouse keeps them: "
        "`cost_center: data`.",
    )

    @property
    def hosted(self) -> list[str]:
        """Kinds of its platforms that are not on one machine."""
        kinds = (self.warehouse.kind, self.forge.kind, self.runtime.kind, self.state.kind)
        return [kind for kind in dict.fromkeys(kinds) if kind not in (EMBEDDED, LOCAL)]

    @model_validator(mode="after")
    def _platforms_fit(self) -> MeshSpec:
        if self.hosted:
            from meshnew.mesh.pairs import refuse

            refuse(self)
        return self


class Owner(Model):
    """Who answers for a domain's data; the owner of its dbt group."""

    name: Line = Field(min_length=1, description="A person or a team.")
    email: str = Field(pattern=names.EMAIL, description="Where questions go.")


class Domain(Model):
    """A business domain: one dbt group, one folder, one team, one set of schemas."""

    description: Line = Field(min_length=1, description="What the domain's data is about.")
    owner: Owner
    team: TeamName = Field(description="The team on the forge that owns its code.")
    members: Names = Field(default_factory=list, description="Logins of the team's members.")


class Job(Model):
    """A dbt job of a project."""

    schedule: str = Field(
        pattern=names.SCHEDULE,
        description="When it runs: minute, hour, day, month, weekday, as cron has it.",
    )


class ProjectSpec(Model):
    """projects/NAME.yml: one project with its domains and what it consumes."""

    kind: Literal["domain", "package"] = Field(description="What is rendered.")
    description: Line = Field("", description="What the project is, in one sentence.")
    version: Version | None = Field(
        None, description="Package only: the tag that projects import, such as v0.1.0."
    )
    domains: dict[Name, Domain] = Field(default_factory=dict)
    consumes: Names = Field(
        default_factory=list, description="Domains whose data products it may read."
    )
    jobs: dict[Literal["daily"], Job] = Field(default_factory=dict)
    public_keys: dict[Name, PublicKeys] = Field(
        default_factory=dict,
        description="Public halves of key pairs, by who signs in with them: "
        "`flights_transformer`, `flights_ci`, `flights_loader`.",
    )
    answers: dict[str, Any] = Field(
        default_factory=dict, description="Further answers to the template's questions."
    )

    @model_validator(mode="after")
    def _fits_kind(self) -> ProjectSpec:
        if self.kind == "domain" and not self.domains:
            raise ValueError("a project of kind domain has no entry in `domains`\nAdd one.")
        if self.kind == "package" and (self.domains or self.consumes):
            raise ValueError("a package has neither `domains` nor `consumes`\nRemove them.")
        if (self.kind == "package") != (self.version is not None):
            raise ValueError(
                "`version` belongs to a package, which must have one\n"
                "Write `version: v0.1.0` in a package, and none elsewhere."
            )
        derived = sorted(DERIVED_ANSWERS & set(self.answers))
        if derived:
            raise ValueError(
                f"`answers` cannot hold {', '.join(derived)}: the spec decides it\nRemove it."
            )
        own = sorted(set(self.consumes) & set(self.domains))
        if own:
            raise ValueError(
                f"consumes its own domain {', '.join(own)}: domains of one project read "
                "each other's products anyway\nRemove it from `consumes`."
            )
        return self
