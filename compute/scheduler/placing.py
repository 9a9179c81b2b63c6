"""Who could give what is asked of the ledger: every way of doing so, in memory."""

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping

from compute.scheduler.ledger_request import Group, Request

SHARES = "MISC_SHARES_VIA_AGGREGATE"
MOST = 20_000
"""So many ways are looked at, at the most."""


@dataclasses.dataclass(frozen=True)
class Stock:
    """What a provider has of one class, and how much of it is held."""

    total: int
    reserved: int
    min_unit: int
    max_unit: int
    step_size: int
    ratio: float
    used: int = 0

    @property
    def capacity(self) -> int:
        """How much can be held at all."""
        return int((self.total - self.reserved) * self.ratio)

    def gives(self, amount: int) -> bool:
        """Say whether so much more can be held in one piece."""
        return (
            self.min_unit <= amount <= self.max_unit
            and amount % self.step_size == 0
            and self.used + amount <= (self.total - self.reserved) * self.ratio
        )


@dataclasses.dataclass(frozen=True)
class Node:
    """A provider with all that is known of it.  root: its own id where it has no parent."""

    id: str
    parent: str | None
    root: str
    traits: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    stocks: Mapping[str, Stock] = dataclasses.field(default_factory=dict)

    def gives(self, resources: Mapping[str, int]) -> bool:
        """Say whether it can give all of it."""
        return all(
            name in self.stocks and self.stocks[name].gives(amount)
            for name, amount in resources.items()
        )


Amounts = tuple[tuple[tuple[str, str], int], ...]
"""((provider, class), amount) pairs."""


@dataclasses.dataclass(frozen=True)
class Way:
    """A way to give one group, or all: what from whom, and which providers serve which suffix.

    anchor: the root of the tree that it is about.
    """

    anchor: str
    amounts: Amounts
    serving: tuple[tuple[str, frozenset[str]], ...]


class Placing:
    """Answers requests over a fixed set of providers."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._nodes = {node.id: node for node in nodes}
        self._sharing = [node for node in self._nodes.values() if SHARES in node.traits]
        self._nested = any(node.parent for node in self._nodes.values())
        self._roots_of: dict[str, set[str]] = {}
        for node in self._nodes.values():
            for group in node.groups:
                self._roots_of.setdefault(group, set()).add(node.root)

    def ways(self, request: Request) -> list[Way]:
        """Return every way to give all groups, each once, at most the request's limit."""
        by_anchor: dict[str, dict[str, list[Way]]] = {}
        for group in request.groups:
            found = self._group(group, self._roots(request))
            if not found:
                return []
            for way in found:
                by_anchor.setdefault(way.anchor, {}).setdefault(group.suffix, []).append(way)
        kept: dict[tuple[Amounts, object], Way] = {}
        suffixes = {group.suffix for group in request.groups}
        for options in by_anchor.values():
            if options.keys() != suffixes:
                continue
            for choice in itertools.islice(itertools.product(*options.values()), MOST):
                whole = self._together(choice, request)
                if whole is not None:
                    kept.setdefault((whole.amounts, whole.serving), whole)
        ways = list(kept.values())
        if not request.nested and self._nested:
            ways = [way for way in ways if self._one_a_tree(way)]
        return ways[: request.limit] if request.limit else ways

    def summarized(self, request: Request, ways: Iterable[Way]) -> list[Node]:
        """Return the providers to tell about: all of the trees that give something.

        Where only one provider of a tree may take part: those that do.
        """
        giving = {provider for way in ways for (provider, _), _ in way.amounts}
        if not request.nested and self._nested:
            return [self._nodes[one] for one in giving]
        roots = {self._nodes[one].root for one in giving}
        return [node for node in self._nodes.values() if node.root in roots]

    def _roots(self, request: Request) -> set[str] | None:
        """Return the roots that the request allows; None: all."""
        if not (request.root.required or request.root.forbidden):
            return None
        return {
            node.id
            for node in self._nodes.values()
            if node.parent is None and request.root.fits(node.traits, node.groups)
        }

    def _anchors(self, sharing: Node) -> set[str]:
        """Return the roots of the trees that a provider shares with."""
        return {root for group in sharing.groups for root in self._roots_of.get(group, ())}

    def _group(self, group: Group, roots: set[str] | None) -> list[Way]:
        tree = None
        if group.place.in_tree is not None:
            node = self._nodes.get(group.place.in_tree)
            if node is None:
                return []
            tree = node.root
        if not group.suffix and (self._sharing or self._nested):
            return list(self._from_trees(group, roots, tree))
        return list(self._from_one(group, roots, tree))

    def _from_one(self, group: Group, roots: set[str] | None, tree: str | None) -> Iterator[Way]:
        amounts = group.resources.items()
        for node in self._nodes.values():
            if group.resources and tree not in (None, node.root):
                continue
            if not group.place.fits(node.traits, node.groups) or not node.gives(group.resources):
                continue
            anchors = {node.root} | (self._anchors(node) if SHARES in node.traits else set())
            for anchor in anchors:
                if roots is None or anchor in roots:
                    taken = tuple(((node.id, name), amount) for name, amount in amounts)
                    yield Way(anchor, taken, ((group.suffix, frozenset({node.id})),))

    def _from_trees(self, group: Group, roots: set[str] | None, tree: str | None) -> Iterator[Way]:
        givers: dict[str, dict[str, list[Node]]] = {}
        for name, amount in group.resources.items():
            for node, anchor in self._pairs(group, name, amount, tree):
                if roots is None or anchor in roots:
                    givers.setdefault(anchor, {}).setdefault(name, []).append(node)
        for anchor, by_class in givers.items():
            if by_class.keys() != group.resources.keys():
                continue
            names = sorted(by_class)
            for nodes in itertools.islice(
                itertools.product(*(by_class[name] for name in names)), MOST
            ):
                if not _traits_fit(group, nodes):
                    continue
                taken = tuple(
                    ((node.id, name), group.resources[name])
                    for node, name in zip(nodes, names, strict=True)
                )
                serving = frozenset(node.id for node in nodes)
                yield Way(anchor, taken, ((group.suffix, serving),))

    def _pairs(
        self, group: Group, name: str, amount: int, tree: str | None
    ) -> list[tuple[Node, str]]:
        """Return the providers that can give something of a class, each with the tree it serves."""
        found: dict[tuple[str, str], tuple[Node, str]] = {}
        for node in self._nodes.values():
            if not node.gives({name: amount}) or tree not in (None, node.root):
                continue
            anchors = {node.root}
            if SHARES in node.traits and tree is None and _member(group, node.groups):
                anchors |= self._anchors(node)
            for anchor in anchors:
                found[node.id, anchor] = node, anchor
        return [pair for pair in found.values() if self._in_groups(group, *pair)]

    def _in_groups(self, group: Group, node: Node, anchor: str) -> bool:
        """Say whether provider or root is in the groups asked for, and neither in a forbidden."""
        root = self._nodes[anchor]
        allowed = _member(group, node.groups) or _member(group, root.groups)
        return allowed and not group.place.not_member_of & (node.groups | root.groups)

    def _together(self, choice: tuple[Way, ...], request: Request) -> Way | None:
        """Return the ways of all groups as one, or None when they do not go together."""
        serving = {suffix: ids for way in choice for suffix, ids in way.serving}
        if request.isolate:
            granular = [ids for suffix, ids in serving.items() if suffix]
            if len(frozenset().union(*granular)) != len(granular):
                return None
        for suffixes in request.same_subtree:
            taking_part = [serving[suffix] for suffix in suffixes if suffix in serving]
            if not self._one_below_another(frozenset().union(*taking_part)):
                return None
        sums: dict[tuple[str, str], int] = {}
        for way in choice:
            for key, amount in way.amounts:
                sums[key] = sums.get(key, 0) + amount
        for (provider, name), amount in sums.items():
            stock = self._nodes[provider].stocks[name]
            if stock.used + amount > stock.capacity or amount > stock.max_unit:
                return None
        shown = tuple(sorted(serving.items()))
        return Way(choice[0].anchor, tuple(sorted(sums.items())), shown)

    def _one_below_another(self, ids: frozenset[str]) -> bool:
        if len(ids) <= 1:
            return True
        lines = [self._line(one) for one in ids]
        return bool(frozenset.intersection(*lines) & ids)

    def _line(self, provider: str) -> frozenset[str]:
        """Return a provider and all above it."""
        found, here = set(), self._nodes.get(provider)
        while here is not None and here.id not in found:
            found.add(here.id)
            here = self._nodes.get(here.parent or "")
        return frozenset(found)

    def _one_a_tree(self, way: Way) -> bool:
        providers = {provider for (provider, _), _ in way.amounts}
        return len({self._nodes[one].root for one in providers}) == len(providers)


def _member(group: Group, groups: frozenset[str]) -> bool:
    return all(one & groups for one in group.place.member_of)


def _traits_fit(group: Group, nodes: Iterable[Node]) -> bool:
    """Say whether providers have the traits together, and none has a forbidden one."""
    together: frozenset[str] = frozenset().union(*(node.traits for node in nodes))
    return not group.place.forbidden & together and all(
        one & together for one in group.place.required
    )
