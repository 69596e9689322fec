"""What a project takes from its consumers is refused before anything is built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from meshnew.dbt.contract import Difference, compare, expired, private_models
from meshnew.dbt.graph import Graph
from meshnew.dbt.interfaces import Interface, from_graph
from meshnew.errors import RunError
from meshnew.operations.runs import publishing
from meshnew.operations.session import Session

FLAG = "--break-consumers"


def differences(session: Session, graph: Graph) -> list[Difference]:
    """What a manifest changes for the consumers of what its project has published.

    Args:
        session: the session.
        graph: a manifest made with the production target.
    """
    published = publishing.interfaces_of(session)
    before = published.get(graph.project, Interface(graph.project))
    domains = {product.domain for product in before.products}
    return compare(
        before,
        from_graph(graph),
        published.values(),
        {domain: session.mesh.readers(domain) for domain in domains},
        private=private_models(graph),
    )


@dataclass
class Review:
    """Looks at a parsed project before it is built in production.

    Attributes:
        session: the session.
        break_consumers: whether products may be taken from projects that read them.
        scheduled: whether nobody asked for this run: it takes away nothing that is past
            its date, a person's next deploy does.
        graph: the manifest it has looked at.
        before: the interface that was published then.
        after: the one to publish: without products that are past their date.
    """

    session: Session
    break_consumers: bool = False
    scheduled: bool = False
    graph: Graph = field(init=False)
    before: Interface = field(init=False)
    after: Interface = field(init=False)

    def __call__(self, graph: Graph) -> tuple[str, ...]:
        """What is not to be built, as dbt selectors.

        Raises:
            RunError: the project takes something from its consumers and nobody said it may,
                or reads a product of its own that is past its date.
        """
        self.graph, whole = graph, from_graph(graph)
        published = publishing.interfaces_of(self.session).get(graph.project)
        self.before = published or Interface(graph.project)
        kept = {product.label for product in self.before.products} if self.scheduled else set()
        out = [product for product in expired(whole) if product.label not in kept]
        self.after = replace(whole, products=tuple(p for p in whole.products if p not in out))
        self._refuse(graph)
        gone = {f"model.{graph.project}.{product.label}" for product in out}
        _refuse_own_readers(graph, gone)
        return tuple("fqn:" + ".".join(graph.nodes[uid]["fqn"]) for uid in sorted(gone))

    def _refuse(self, graph: Graph) -> None:
        if self.break_consumers:
            return
        after = {self.after.key(product) for product in self.after.products}
        broken = [
            item
            for item in differences(self.session, graph)
            if item.takes
            # Past its date, and a scheduled run keeps it.
            and not (item.kind == "expired" and item.key in after)
        ]
        sentences = [item.sentence for item in broken]
        command = f"run {graph.project} deploy"
        refuse(sentences, where=graph.project, undone="built", command=command)


def refuse(takes: Sequence[str], *, where: str, undone: str, command: str) -> None:
    """Refuse to take from consumers what they read.

    Args:
        takes: what would be taken, a sentence each.
        where: what would take it.
        undone: what was therefore not done, such as `built`.
        command: does it all the same, with a flag.

    Raises:
        RunError: something would be taken.
    """
    if takes:
        listed = "".join(f"\n  {sentence}" for sentence in takes)
        raise RunError(
            f"this would take from consumers what they read; nothing was {undone}:{listed}",
            where=where,
            fix="Give it back, or wait until nobody reads it (meshnew product show NAME). "
            f"To take it all the same: meshnew {command} {FLAG}",
        )


def _refuse_own_readers(graph: Graph, gone: set[str]) -> None:
    for uid, node in graph.own("model", "snapshot"):
        if uid not in gone and (read := gone & set(graph.parents(uid))):
            product = min(read).removeprefix("model.")
            raise RunError(
                f"{node['name']} reads {product}, which is past its date and not built any more",
                where=node["original_file_path"],
                fix="Read a later version, or move the date in the product's YAML.",
            )
