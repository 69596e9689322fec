"""What every operation works with: the mesh, who acts, and the platform behind it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from meshnew.errors import RequirementError, UsageError
from meshnew.mesh.load import load
from meshnew.mesh.mesh import MESH_REPOSITORY, TEMPLATE, Mesh
from meshnew.mesh.place import CHECKOUTS_FOLDER, MESH_FILE, find_root
from meshnew.operations import acting, workspace
from meshnew.operations.journal import Journal
from meshnew.operations.parallel import ENGINES
from meshnew.operations.progress import Progress, Silent

if TYPE_CHECKING:
    from meshnew.embedded.platform import Embedded
    from meshnew.forge import Forge
    from meshnew.provision.terraform import Runner
    from meshnew.scaffold.template import Template

PASSWORD_VARIABLE = "DBT_ENV_SECRET_PGPASSWORD"  # noqa: S105
"""By this beginning dbt knows a secret: it shows none, and lets profiles.yml alone read it."""
CHECKOUTS = CHECKOUTS_FOLDER


@dataclass(frozen=True)
class Session:
    """One command's view of a mesh.

    Attributes:
        mesh: the mesh as it was when the session began.
        actor: who acts.
        named: whether somebody said so, by --as or MESHNEW_AS.
        journal: where steps are logged and shown.
    """

    mesh: Mesh
    actor: str
    named: bool
    journal: Journal = field(hash=False)

    @cached_property
    def embedded(self) -> Embedded:
        """The laptop platform, started.

        Raises:
            RequirementError: the mesh is on others.
        """
        refuse_hosted(self.mesh)
        from meshnew.embedded.platform import Embedded

        platform = Embedded(self.mesh.root, self.mesh.spec.name)
        if platform.postgres.is_running():
            platform.start()
        else:
            with self.journal.passing("Start Postgres"):
                platform.start()
        return platform

    @cached_property
    def forge(self) -> Forge:
        """The forge that mesh.yml names."""
        from meshnew.forge.embedded import EmbeddedForge
        from meshnew.operations import forges

        return forges.hosted(self.mesh) or EmbeddedForge(self.embedded)

    @property
    def template(self) -> Template:
        """The template at the version that mesh.yml names."""
        from meshnew.scaffold.template import Template

        version = self.mesh.spec.template.version
        cache = self.mesh.home / "cache" / "copier"
        return Template(self.forge.url(TEMPLATE), version, self.forge.environment(), cache)

    def on(self, mesh: Mesh) -> Session:
        """The same session on another state of the mesh; the platform is kept.

        Raises:
            RequirementError: it is on platforms that cannot be operated from here.
        """
        if not self.mesh.spec.hosted:
            refuse_hosted(mesh)
        other = replace(self, mesh=mesh)
        for name in ("embedded", "forge"):
            if name in self.__dict__:
                other.__dict__[name] = self.__dict__[name]
        return other

    def reloaded(self) -> Session:
        """The same session after mesh.yml or projects/ changed."""
        return self.on(load(self.mesh.root))

    def publish(
        self, repository: str, message: str, write: Callable[[Path], None], tag: str | None = None
    ) -> str | None:
        """Change a repository by one commit of the actor's; see `meshnew.forge.git.publish`."""
        from meshnew.forge import git

        return git.publish(
            self.forge.url(repository),
            environ=self.forge.environment(),
            author=self.actor,
            message=message,
            write=write,
            tag=tag,
        )

    def warehouse_environment(self, user: str) -> dict[str, str]:
        """libpq variables by which a person reaches the warehouse as `user`."""
        passfile = str(self.embedded.postgres.passwords.file)
        return self._where(user) | {"PGPASSFILE": passfile, "PGPASSWORD": ""}

    def job_environment(self, user: str) -> dict[str, str]:
        """Variables by which a job reaches the warehouse as `user` and as nobody else."""
        password = self.embedded.postgres.passwords.get(user) or ""
        return self._where(user) | {PASSWORD_VARIABLE: password}

    def _where(self, user: str) -> dict[str, str]:
        postgres = self.embedded.postgres
        return {
            "PGHOST": str(postgres.socket),
            "PGPORT": str(postgres.port),
            "PGUSER": user,
            "PGDATABASE": self.mesh.spec.name,
        }

    def warm(self) -> None:
        """Start and import what `terraform` needs, for who waits for something else before it."""
        if self.mesh.spec.hosted:
            return
        import python_terraform

        from meshnew.embedded import provider

        _ = self.embedded, provider, python_terraform

    @contextmanager
    def terraform(self, *, drop_data: bool = False) -> Iterator[Runner]:
        """An engine with the platform's provider served to it, for this command alone.

        Two commands at once would overwrite each other's plans, so one waits for the
        other; `reloaded` then reads what the other has written. Plans are made on copies of
        the stacks: what is declined, or planned only, leaves no trace.

        Args:
            drop_data: whether deleting a schema may delete the tables in it.
        """
        from meshnew.operations import requirements
        from meshnew.provision import modules, terraform

        home = self.mesh.home
        found = requirements.check()
        with self._alone(home / "provision.lock"):
            for left in home.glob("plan-*"):  # by a plan that was killed: nobody else plans now
                shutil.rmtree(left, ignore_errors=True)
            modules.copy_to(home / "modules")
            with (
                self._provider(drop_data) as variables,
                terraform.environment(home, variables, engines=ENGINES),
                _scratch(home) as scratch,
            ):
                yield terraform.Runner(found, home / "stacks", scratch)

    def _provider(self, drop_data: bool) -> AbstractContextManager[Mapping[str, str]]:
        """Variables by which Terraform finds the laptop's provider; hosted ones it finds itself."""
        if self.mesh.spec.hosted:
            return nullcontext({})
        from meshnew.embedded.provider import serve

        return serve(self.embedded, drop_data=drop_data)

    @contextmanager
    def _alone(self, path: Path) -> Iterator[None]:
        from filelock import FileLock, Timeout

        lock = FileLock(path)
        try:
            lock.acquire(timeout=0.2)
        except Timeout:
            self.journal.progress.say("Another meshnew command is provisioning: waiting for it.")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()


@contextmanager
def _scratch(home: Path) -> Iterator[Path]:
    """A folder for copies of root modules, removed in the end."""
    # As deep as the stacks' own: they name their modules by a relative path, which an engine
    # remembers as it is, unless a link is on the way. A mesh that is moved needs it relative.
    with tempfile.TemporaryDirectory(prefix="plan-", dir=home) as scratch:
        yield Path(scratch)


def open_session(
    folder: Path,
    actor: str | None,
    operation: str,
    progress: Progress | None = None,
    *,
    forge_only: bool = False,
    hosted: bool = False,
) -> Session:
    """A session on the mesh that `folder` lies in.

    Args:
        folder: the mesh's folder, or one in it.
        actor: who acts, if that is said.
        operation: the command.
        progress: is told what goes on.
        forge_only: whether all that the command needs of the mesh's platforms is its forge, or
            that beside Terraform; whoever its token belongs to acts.
        hosted: whether the operation can be done on hosted platforms.

    Raises:
        UsageError: there is no mesh, or its spec is not valid.
        RequirementError: its folder may not be written, or it is on platforms that cannot be
            operated from here.
    """
    from meshnew.operations import forges

    mesh = load(find_root(folder))
    if not (forge_only or hosted):
        refuse_hosted(mesh)
    workspace.prepare(mesh)
    said = acting.said(actor)
    forge = forges.hosted(mesh) if forge_only else None
    name = forges.actor(forge, said, acting.who)
    journal = Journal(mesh.home / "log", operation, name, progress or Silent())
    workspace.say_whose(mesh, journal.progress)
    if forge is None and not said:
        acting.say_if_nobody(name, journal.progress)
    session = Session(mesh, name, bool(said), journal)
    if forge is not None:
        session.__dict__["forge"] = forge  # it has signed in
    return session


def refuse_hosted(mesh: Mesh) -> None:
    """Refuse a mesh whose platforms this meshnew can describe, but not operate.

    Raises:
        RequirementError: with what it can do.
    """
    if kinds := mesh.spec.hosted:
        named = " and ".join([", ".join(kinds[:-1]), kinds[-1]] if kinds[1:] else kinds)
        raise RequirementError(
            f"this command of this version of meshnew works on the embedded platform only, not on "
            f"{named}",
            where=MESH_FILE,
            fix="What works there: meshnew doctor, new, plan, apply, status, change, check, eject. "
            f"On a laptop: take warehouse, forge, runtime and state out of {MESH_FILE}.",
        )


def require_rendered(session: Session, project: str) -> None:
    """Refuse a project that has no content yet.

    Raises:
        UsageError: with the command that renders it.
    """
    session.mesh.project(project)
    if not session.forge.has_content(project):
        raise UsageError(
            f"project {project} has not been rendered yet", fix=f"Run: meshnew apply {project}"
        )


def require_repository(session: Session, name: str) -> None:
    """Refuse what is neither the mesh's own repository nor a rendered project.

    Raises:
        UsageError: with the command that renders it, or the names there are.
    """
    if name != MESH_REPOSITORY:
        require_rendered(session, name)
