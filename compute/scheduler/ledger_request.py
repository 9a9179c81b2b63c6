"""What somebody asks of the ledger: groups of resources and where they have to come from."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Place:
    """Conditions on a provider.

    required: sets of traits; of each set one is needed.  forbidden: traits.
    member_of: sets of groups; of each set one is needed.  not_member_of: groups.
    """

    required: tuple[frozenset[str], ...] = ()
    forbidden: frozenset[str] = frozenset()
    member_of: tuple[frozenset[str], ...] = ()
    not_member_of: frozenset[str] = frozenset()
    in_tree: str | None = None

    def fits(self, traits: frozenset[str], groups: frozenset[str]) -> bool:
        """Say whether a provider with these traits and groups will do."""
        return (
            not self.forbidden & traits
            and not self.not_member_of & groups
            and all(one & traits for one in self.required)
            and all(one & groups for one in self.member_of)
        )


@dataclasses.dataclass(frozen=True)
class Group:
    """Resources by class, and conditions on who gives them.

    A group with a suffix gets all of it from one provider; the group without one from any of a
    tree, and from those that share with it.
    """

    suffix: str
    resources: dict[str, int] = dataclasses.field(default_factory=dict)
    place: Place = Place()


@dataclasses.dataclass(frozen=True)
class Request:
    """All groups, and what holds for them together.

    isolate: groups with a suffix get different providers.  root: conditions on the tree's root.
    same_subtree: sets of suffixes whose providers are all below one of them.
    nested: whether more than one provider of a tree may take part.
    """

    groups: tuple[Group, ...] = ()
    isolate: bool = False
    root: Place = Place()
    same_subtree: tuple[frozenset[str], ...] = ()
    nested: bool = True
    limit: int | None = None

    @property
    def classes(self) -> set[str]:
        """The resource classes that are asked for."""
        return {name for group in self.groups for name in group.resources}

    @property
    def traits(self) -> set[str]:
        """The traits that are named anywhere."""
        places = [self.root, *(group.place for group in self.groups)]
        return {t for place in places for one in (*place.required, place.forbidden) for t in one}
