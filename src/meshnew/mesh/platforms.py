"""What a mesh tells of its platforms: one small settings model for each kind.

No secret is a field. What a provider signs in with it takes from the environment,
by the variables that its own documentation names; `meshnew doctor` knows them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from meshnew.mesh.base import Embedded, Local, Model

HOST = r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$"
SERVER = r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$"
URL = r"^https://[A-Za-z0-9][A-Za-z0-9.:/_~-]*$"
SNOWFLAKE = r"^[A-Z][A-Z0-9_]*$"
GOOGLE_PROJECT = r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$"
CATALOG = r"^[a-z][a-z0-9_]*$"
DOMAIN = r"^[a-z0-9-]+(\.[a-z0-9-]+)+$"
ACCOUNT = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
BUCKET = r"^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$"
PREFIX = r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$"

Host = Annotated[str, Field(pattern=HOST, max_length=253)]
Server = Annotated[str, Field(pattern=SERVER, max_length=253)]
Url = Annotated[str, Field(pattern=URL)]
SnowflakeName = Annotated[str, Field(pattern=SNOWFLAKE, max_length=255)]
GoogleProject = Annotated[str, Field(pattern=GOOGLE_PROJECT)]
Catalog = Annotated[str, Field(pattern=CATALOG, max_length=255)]
Bucket = Annotated[str, Field(pattern=BUCKET)]
Prefix = Annotated[
    str, Field(pattern=PREFIX, description="Where the states of this mesh lie in it.")
]


class Postgres(Model):
    """A PostgreSQL server of your own, 16 or newer; the mesh has a database on it."""

    kind: Literal["postgres"]
    host: Host = Field(description="Name of the server.")
    port: int = Field(5432, ge=1, le=65535, description="Port of the server.")
    sslmode: Literal["disable", "require", "verify-ca", "verify-full"] = Field(
        "require", description="How the connection is secured, in libpq's words."
    )
    create_database: bool = Field(
        True, description="Make the mesh's database; else it is there and the provisioner's."
    )


class Compute(Model):
    """What each project computes with, and what people and readers share."""

    size: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9-]+$",
        description="In the warehouse's words: `XSMALL` on Snowflake, `2X-Small` on Databricks.",
    )
    max_clusters: int = Field(1, ge=1, le=10, description="How far it grows under load.")
    suspend_after: int = Field(
        60, ge=0, description="Seconds of idleness after which it stops to cost."
    )
    cost_limit: int | None = Field(
        None,
        ge=1,
        description="What it may cost a month: credits on Snowflake, where it is suspended then; "
        "money on BigQuery, where an alarm goes off.",
    )


class SnowflakeDatabases(Model):
    """Databases: nobody builds in production but production."""

    prod: SnowflakeName = Field(description="What is in production.")
    dev: SnowflakeName = Field(description="Where members develop.")
    ci: SnowflakeName = Field(description="Where changes are checked.")
    raw: SnowflakeName | None = Field(None, description="Raw data, if not in production's.")


class Snowflake(Model):
    """A Snowflake account."""

    kind: Literal["snowflake"]
    organization: SnowflakeName = Field(description="The organisation's name: `ACME`.")
    account: SnowflakeName = Field(description="The account's name in it: `ANALYTICS`.")
    databases: SnowflakeDatabases | None = Field(
        None, description="Names of the databases; else the mesh's, with `_DEV` and `_CI`."
    )
    create_databases: bool = Field(True, description="Make the databases; else they are there.")
    retention_days: int = Field(1, ge=0, le=90, description="Days of Time Travel.")
    compute: Compute = Field(Compute(), description="Each project's virtual warehouse.")


class GoogleProjects(Model):
    """Google Cloud projects: nobody builds in production but production."""

    prod: GoogleProject = Field(description="What is in production.")
    dev: GoogleProject = Field(description="Where members develop.")
    ci: GoogleProject = Field(description="Where changes are checked.")
    raw: GoogleProject | None = Field(None, description="Raw data, if not in production's.")


class BigQuery(Model):
    """BigQuery, in Google Cloud projects that are there."""

    kind: Literal["bigquery"]
    databases: GoogleProjects = Field(description="Ids of the Google Cloud projects.")
    customer: str = Field(
        pattern=r"^C[0-9a-z]{5,}$",
        description="The organisation's number at Google, `C012abcd`: DIRECTORY_CUSTOMER_ID in "
        "`gcloud organizations list`. Roles are groups of it.",
    )
    group_domain: str = Field(
        pattern=DOMAIN, description="What the groups' addresses end with: `acme.com`."
    )
    billing_account: str | None = Field(
        None,
        pattern=r"^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$",
        description="The one that pays; needed where there is a `cost_limit`.",
    )
    location: str = Field(
        "EU",
        pattern=r"^[A-Za-z]+(-[a-z]+[0-9]+)?$",
        description="Where datasets lie: `EU`, `US`, `europe-west3`.",
    )
    compute: Compute = Field(Compute(), description="What each project may cost.")


class Catalogs(Model):
    """Catalogs: nobody builds in production but production."""

    prod: Catalog = Field(description="What is in production.")
    dev: Catalog = Field(description="Where members develop.")
    ci: Catalog = Field(description="Where changes are checked.")
    raw: Catalog | None = Field(None, description="Raw data, if not in production's.")


class Databricks(Model):
    """A Databricks workspace with Unity Catalog."""

    kind: Literal["databricks"]
    host: Host = Field(description="The workspace: `acme.cloud.databricks.com`.")
    account: str = Field(
        pattern=ACCOUNT, description="Id of the Databricks account, whose groups the roles are."
    )
    databases: Catalogs | None = Field(
        None, description="Names of the catalogs; else the mesh's, with `_dev` and `_ci`."
    )
    create_databases: bool = Field(True, description="Make the catalogs; else they are there.")
    storage_root: str | None = Field(
        None,
        pattern=r"^(s3|abfss|gs)://[^\s\"'`;]+$",
        description="Where the catalogs' data lies; else where the metastore keeps it.",
    )
    serverless: bool = Field(True, description="SQL warehouses of Databricks' own machines.")
    compute: Compute = Field(Compute(), description="Each project's SQL warehouse.")


class Provisioner(Model):
    """Who applies what meshnew plans, and so pushes first."""

    type: Literal["admins", "app", "team"] = Field(
        "admins", description="The organisation's owners, a GitHub App, or a team."
    )
    id: int | None = Field(None, ge=1, description="Number of the App or team.")


class GitHub(Model):
    """An organisation on GitHub, or on a GitHub Enterprise server."""

    kind: Literal["github"]
    organization: str = Field(
        pattern=r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$", description="Name of the organisation."
    )
    host: Server = Field("github.com", description="Where GitHub is, if it is your own server.")
    visibility: Literal["private", "internal", "public"] = Field(
        "private", description="Who sees the repositories."
    )
    provisioner: Provisioner = Field(
        Provisioner(), description="Who may push first; an App also signs Terraform in."
    )
    organization_owners: list[str] = Field(
        default_factory=list,
        description="Logins of the organisation's owners: maintainers of each team they are in.",
    )

    @property
    def owner(self) -> str:
        """Whose the repositories are."""
        return self.organization


class GitLab(Model):
    """A group on gitlab.com, or on a GitLab of your own."""

    kind: Literal["gitlab"]
    group: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*$",
        description="Path of the group, which is there already: `acme/data`.",
    )
    host: Server = Field("gitlab.com", description="Where GitLab is, if it is your own server.")
    tier: Literal["free", "premium", "ultimate"] = Field(
        "free", description="What the group has; from `premium` changes can need approvals."
    )
    visibility: Literal["private", "internal", "public"] = Field(
        "private", description="Who sees the repositories."
    )

    @property
    def owner(self) -> str:
        """Whose the repositories are."""
        return self.group


class ForgeRuntime(Model):
    """The forge's own CI runs the jobs, by the workflows of the template."""

    kind: Literal["forge"]


class DbtCloud(Model):
    """A dbt Cloud account."""

    kind: Literal["dbt_cloud"]
    account: int = Field(ge=1, description="Number of the account.")
    host: Server = Field("cloud.getdbt.com", description="That of your region or cell.")
    connection: int | None = Field(
        None,
        ge=1,
        description="Number of a connection made by hand, for all projects; each has one of its "
        "own if not said. To BigQuery it is needed, since it holds a key.",
    )
    github_installation: int | None = Field(
        None,
        ge=1,
        description="Number of dbt Cloud's installation on GitHub; without it repositories are "
        "read by a deploy key, and changes start no job.",
    )
    check: str | None = Field(
        None, description="How dbt Cloud calls its check of a change on the forge; then required."
    )
    dbt_version: str = Field("latest", pattern=r"^[a-z0-9.-]+$", description="Release track.")
    threads: int = Field(4, ge=1, le=64, description="How many models are built at once.")
    timeout: int = Field(3600, ge=0, description="Seconds after which a job is ended.")
    state_aware: bool = Field(
        False, description="Build only what changed; needs dbt_version `latest-fusion`."
    )
    compare_changes: bool = Field(False, description="Compare a change's data with production.")
    lint: bool = Field(False, description="Lint SQL in the check of a change.")
    notification_user: int | None = Field(
        None,
        ge=1,
        description="Number of a user by whom owners of domains are told of failed jobs.",
    )


class S3(Model):
    """A bucket on Amazon S3; locked by files beside the states."""

    kind: Literal["s3"]
    bucket: Bucket = Field(description="Name of the bucket, which is there already.")
    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="Region of the bucket.")
    prefix: Prefix = "meshnew"


class Gcs(Model):
    """A bucket on Google Cloud Storage; it locks by itself."""

    kind: Literal["gcs"]
    bucket: Bucket = Field(description="Name of the bucket, which is there already.")
    prefix: Prefix = "meshnew"


class Azure(Model):
    """A container in Azure Blob Storage; it locks by itself."""

    kind: Literal["azurerm"]
    storage_account: str = Field(
        pattern=r"^[a-z0-9]{3,24}$", description="Name of the storage account."
    )
    container: str = Field(
        pattern=r"^[a-z0-9](-?[a-z0-9]){2,62}$",
        description="Name of the container, which is there already.",
    )
    prefix: Prefix = "meshnew"


class Pg(Model):
    """A PostgreSQL database, named by `PG_CONN_STR`; a schema for each stack, locked by it."""

    kind: Literal["pg"]
    prefix: str = Field(
        "terraform",
        pattern=r"^[a-z](_?[a-z0-9])*$",
        max_length=20,
        description="How the schemas of this mesh's states begin.",
    )


class Http(Model):
    """A server that speaks Terraform's HTTP protocol with locks, such as GitLab."""

    kind: Literal["http"]
    address: Url = Field(description="What stands before the names of the states.")


Warehouse = Annotated[
    Embedded | Postgres | Snowflake | BigQuery | Databricks, Field(discriminator="kind")
]
Forge = Annotated[Embedded | GitHub | GitLab, Field(discriminator="kind")]
Runtime = Annotated[Embedded | ForgeRuntime | DbtCloud, Field(discriminator="kind")]
State = Annotated[Local | S3 | Gcs | Azure | Pg | Http, Field(discriminator="kind")]

ADAPTERS: dict[str, TypeAdapter[Any]] = {
    "warehouse": TypeAdapter(Warehouse),
    "forge": TypeAdapter(Forge),
    "runtime": TypeAdapter(Runtime),
    "state": TypeAdapter(State),
}
"""Key of mesh.yml -> its kinds."""
