"""Filter the hosts, weigh what is left, and explain a no.

A filter passes or refuses one candidate; its miss says, in counts a tenant may see, what the
nearest thing was that would have worked.
"""

import dataclasses
from collections.abc import Callable, Sequence

RESOURCES = {"VCPU": "virtual CPUs", "MEMORY_MB": "MiB of memory", "DISK_GB": "GiB of disk"}


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A host as the ledger sees it.  free: by resource class, ratios applied, claims taken off."""

    provider_id: str
    generation: int
    host: str
    up: bool
    enabled: bool
    zone: str
    free: dict[str, int]
    max_unit: dict[str, int]
    traits: frozenset[str]
    aggregates: tuple[dict[str, str], ...] = ()


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What a server needs.

    kind: `kvm` or `container`.  zone, host: where it has to be, when somebody said so.
    policy: of its server group; on_hosts: its members by host.
    """

    resources: dict[str, int]
    kind: str
    zone: str | None = None
    host: str | None = None
    required: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()
    policy: str | None = None
    max_per_host: int = 1
    on_hosts: dict[str, int] = dataclasses.field(default_factory=dict)
    different_from: frozenset[str] = frozenset()
    same_as: frozenset[str] = frozenset()
    image_project: str | None = None


@dataclasses.dataclass(frozen=True)
class Filter:
    """passes: whether a candidate will do.  miss: the sentence when none of them did."""

    name: str
    passes: Callable[[Candidate, Wanted], bool]
    miss: Callable[[Sequence[Candidate], Wanted], str]


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The hosts that fit, best first; what each filter left; and the nearest miss when none fit."""

    fitting: list[Candidate]
    passed: list[tuple[str, int]]
    nearest: str = ""


def choose(candidates: Sequence[Candidate], wanted: Wanted) -> Verdict:
    """Return the fitting hosts, the one with the most free memory first."""
    passed = [("all", len(candidates))]
    if not candidates:
        return Verdict([], passed, "No host has reported yet.")
    left = list(candidates)
    for each in filters_for(wanted):
        fitting = [candidate for candidate in left if each.passes(candidate, wanted)]
        passed.append((each.name, len(fitting)))
        if not fitting:
            return Verdict([], passed, each.miss(left, wanted))
        left = fitting
    left.sort(key=lambda candidate: weight(candidate, wanted))
    return Verdict(left, passed)


def weight(candidate: Candidate, wanted: Wanted) -> tuple[int, int, str]:
    """Return what hosts are ordered by: the group's wish, then the most free memory."""
    here = wanted.on_hosts.get(candidate.host, 0)
    wish = {"soft-affinity": -here, "soft-anti-affinity": here}.get(wanted.policy or "", 0)
    return wish, -candidate.free.get("MEMORY_MB", 0), candidate.host


def filters_for(wanted: Wanted) -> list[Filter]:
    """Return the filters, the cheapest and most final first."""
    capacity = [_capacity(name) for name in wanted.resources]
    return [*PLACES, *capacity]


def _is_up(candidate: Candidate, wanted: Wanted) -> bool:
    return candidate.up and candidate.enabled


def _none_up(left: Sequence[Candidate], wanted: Wanted) -> str:
    down = sum(not candidate.up for candidate in left)
    return f"Of {len(left)} hosts {down} are down and {len(left) - down} are disabled."


def _kind(candidate: Candidate, wanted: Wanted) -> bool:
    mark = f"CUSTOM_GUEST_{wanted.kind.upper()}"
    return bool({mark, "CUSTOM_GUEST_FAKE"} & candidate.traits)


def _no_kind(left: Sequence[Candidate], wanted: Wanted) -> str:
    kinds = sorted(
        {
            trait.removeprefix("CUSTOM_GUEST_").lower()
            for candidate in left
            for trait in candidate.traits
            if trait.startswith("CUSTOM_GUEST_")
        }
    )
    return f"No host runs {wanted.kind} guests; those that are up run: {', '.join(kinds) or '-'}."


def _traits(candidate: Candidate, wanted: Wanted) -> bool:
    return wanted.required <= candidate.traits and not wanted.forbidden & candidate.traits


def _no_traits(left: Sequence[Candidate], wanted: Wanted) -> str:
    asked = sorted(wanted.required) + [f"not {trait}" for trait in sorted(wanted.forbidden)]
    return f"No host of {len(left)} has the traits asked for: {', '.join(asked)}."


def _zone(candidate: Candidate, wanted: Wanted) -> bool:
    return wanted.zone is None or candidate.zone == wanted.zone


def _no_zone(left: Sequence[Candidate], wanted: Wanted) -> str:
    zones = sorted({candidate.zone for candidate in left})
    return f"No host is in zone {wanted.zone}; there are hosts in: {', '.join(zones)}."


def _host(candidate: Candidate, wanted: Wanted) -> bool:
    return wanted.host is None or candidate.host == wanted.host


def _no_host(left: Sequence[Candidate], wanted: Wanted) -> str:
    return "The host that was asked for is not among those that could take the server."


def _group(candidate: Candidate, wanted: Wanted) -> bool:
    here = wanted.on_hosts.get(candidate.host, 0)
    if wanted.policy == "affinity":
        return not wanted.on_hosts or here > 0
    if wanted.policy == "anti-affinity":
        return here < wanted.max_per_host
    return True


def _no_group(left: Sequence[Candidate], wanted: Wanted) -> str:
    return f"The server group's {wanted.policy} leaves none of {len(left)} hosts."


def _neighbours(candidate: Candidate, wanted: Wanted) -> bool:
    if candidate.host in wanted.different_from:
        return False
    return not wanted.same_as or candidate.host in wanted.same_as


def _no_neighbours(left: Sequence[Candidate], wanted: Wanted) -> str:
    return f"The hints same_host and different_host leave none of {len(left)} hosts."


PLACES = [
    Filter("up", _is_up, _none_up),
    Filter("kind", _kind, _no_kind),
    Filter("traits", _traits, _no_traits),
    Filter("zone", _zone, _no_zone),
    Filter("host", _host, _no_host),
    Filter("group", _group, _no_group),
    Filter("neighbours", _neighbours, _no_neighbours),
]


def _capacity(resource: str) -> Filter:
    words = RESOURCES.get(resource, resource)

    def room(candidate: Candidate) -> int:
        return min(candidate.free.get(resource, 0), candidate.max_unit.get(resource, 0))

    def passes(candidate: Candidate, wanted: Wanted) -> bool:
        return room(candidate) >= wanted.resources[resource]

    def miss(left: Sequence[Candidate], wanted: Wanted) -> str:
        best = max(room(candidate) for candidate in left)
        count = sum(room(candidate) == best for candidate in left)
        return (
            f"No host has {wanted.resources[resource]} {words} free; "
            f"the most is {max(best, 0)} on {count} of {len(left)} hosts."
        )

    return Filter(resource, passes, miss)
