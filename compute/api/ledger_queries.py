"""Query strings of the Placement API: resources, traits, groups and trees asked for."""

import re

import falcon

from common import errors as roots
from common import http
from compute import errors
from compute.api.ledger_http import Version, check, known_only, one
from compute.scheduler.ledger_request import Group, Place, Request

BEFORE = "Invalid query string parameters: "
_LIMIT = {"type": "string", "pattern": "^[1-9][0-9]*$"}
_UUID = {"type": "string", "format": "uuid"}
_WORDS = "resources|required|member_of|in_tree"
_SUFFIX = {(1, 25): "[1-9][0-9]*", (1, 33): "[a-zA-Z0-9_-]{1,64}"}
_SINCE = {
    "resources": (1, 10),
    "limit": (1, 16),
    "required": (1, 17),
    "member_of": (1, 21),
    "group_policy": (1, 25),
    "in_tree": (1, 31),
    "root_required": (1, 35),
    "same_subtree": (1, 36),
}


def bad(reason: str) -> errors.LedgerBadRequest:
    """Return the refusal of a query string."""
    return errors.LedgerBadRequest(reason=reason)


def every(req: falcon.Request, name: str) -> list[str]:
    """Return all values of a parameter."""
    given = req.params.get(name, [])
    return [str(value) for value in given] if isinstance(given, list) else [str(given)]


def resources(given: str) -> dict[str, int]:
    """Return amounts by class for `VCPU:2,MEMORY_MB:1024`.  Raises LedgerBadRequest."""
    form = (
        "Badly formed resources parameter. Expected resources query string parameter in form: "
        "?resources=VCPU:2,MEMORY_MB:1024. Got: "
    )
    if not given.strip():
        raise bad(f"{form}empty string.")
    found = {}
    for part in given.split(","):
        name, colon, amount = part.partition(":")
        if not colon or ":" in amount:
            raise bad(f"{form}{part}.")
        try:
            found[name] = int(amount)
        except ValueError as error:
            raise bad(
                f"Requested resource {name} expected positive integer amount. Got: {amount}."
            ) from error
        if found[name] < 1:
            raise bad(f"Requested resource {name} requires amount >= 1. Got: {found[name]}.")
    return found


def traits(given: str, version: Version) -> tuple[list[frozenset[str]], set[str]]:
    """Return the sets of which one each is required, and those that are forbidden.

    Raises LedgerBadRequest.
    """
    before = "Invalid query string parameters: "
    if given.startswith("in:"):
        if version < (1, 39):
            raise bad(
                f"{before}The format 'in:HW_CPU_X86_VMX,CUSTOM_MAGIC' only supported since "
                f"microversion 1.39. Got: {given}"
            )
        any_of = [word.strip() for word in given[3:].split(",")]
        if not all(any_of):
            raise bad(
                f"{before}Expected 'required' parameter value of the form: "
                f"in:HW_CPU_X86_VMX,CUSTOM_MAGIC. Got an empty trait in: {given}"
            )
        if any(word.startswith("!") for word in any_of):
            raise bad(
                f"{before}The format 'in:HW_CPU_X86_VMX,CUSTOM_MAGIC' does not support forbidden "
                f"traits. Got: {given}"
            )
        return [frozenset(any_of)], set()
    form = "HW_CPU_X86_VMX,!CUSTOM_MAGIC" if version >= (1, 22) else "HW_CPU_X86_VMX,CUSTOM_MAGIC"
    expected = f"{before}Expected 'required' parameter value of the form: {form}. Got"
    words = [word.strip() for word in given.split(",")]
    if not all(word.lstrip("!") for word in words):
        raise bad(f"{expected} an empty trait in: {given}")
    forbidden = {word.lstrip("!") for word in words if word.startswith("!")}
    if forbidden and version < (1, 22):
        raise bad(f"{expected}: {given}")
    return [frozenset({word}) for word in words if not word.startswith("!")], forbidden


def member_of(
    req: falcon.Request, name: str, version: Version
) -> tuple[tuple[frozenset[str], ...], frozenset[str]]:
    """Return the sets of groups of which one each is required, and those that are forbidden."""
    values = every(req, name)
    if version < (1, 24) and len(values) > 1:
        raise bad(f"Multiple {name} parameters are not supported")
    required: list[frozenset[str]] = []
    forbidden: set[str] = set()
    for value in values:
        if "," in value and not value.startswith(("in:", "!in:")):
            raise bad(
                "Multiple values for 'member_of' must be prefixed with the 'in:' or '!in:' "
                f"keyword using the valid microversion. Got: {value}"
            )
        away, plain = value.startswith("!"), value.removeprefix("!").removeprefix("in:")
        groups = frozenset(plain.split(","))
        for group in groups:
            _require_uuid(
                group,
                "Invalid query string parameters: Expected 'member_of' parameter to contain "
                f"valid UUID(s). Got: {group}",
            )
        if not away:
            required.append(groups)
            continue
        if version < (1, 32):
            raise bad(
                f"Forbidden {name} parameters are not supported in the specified microversion"
            )
        forbidden |= groups
    return tuple(required), frozenset(forbidden)


def _require_uuid(given: str, reason: str) -> None:
    try:
        http.check(given, _UUID)
    except roots.BadRequest as error:
        raise bad(reason) from error


def place(req: falcon.Request, suffix: str, version: Version) -> Place:
    """Return the conditions on providers that the parameters with a suffix state."""
    required: list[frozenset[str]] = []
    forbidden: set[str] = set()
    values = every(req, f"required{suffix}")
    for value in values if version >= (1, 39) else values[-1:]:
        more, less = traits(value, version)
        required += more
        forbidden |= less
    if version >= (1, 22):
        for any_of in required:
            if any_of <= forbidden:
                raise bad(
                    "Conflicting required and forbidden traits found in the following traits "
                    f"keys: required{suffix}: ({', '.join(sorted(any_of))})"
                )
    inside, outside = member_of(req, f"member_of{suffix}", version)
    tree = one(req, f"in_tree{suffix}")
    if tree is not None:
        tree = tree.strip()
        _require_uuid(
            tree,
            "Invalid query string parameters: Expected 'in_tree' parameter to be a format of "
            f"uuid. Got: {tree}",
        )
    return Place(tuple(required), frozenset(forbidden), inside, outside, tree)


def candidates(req: falcon.Request, version: Version) -> Request:
    """Return what GET /allocation_candidates asks for.  Raises LedgerBadRequest."""
    _check_names(req, version)
    groups = _groups(req, version)
    limit = next(iter(every(req, "limit")), None)
    if limit is not None:
        check(limit, _LIMIT, BEFORE)
    policy = next(iter(every(req, "group_policy")), None)
    if policy not in (None, "none", "isolate"):
        raise bad(f"Invalid query string parameters: '{policy}' is not one of ['none', 'isolate']")
    same = _same_subtree(req)
    _check_groups(groups, same, version)
    if policy is None and sum(bool(group.suffix) for group in groups) > 1:
        raise bad(
            'The "group_policy" parameter is required when specifying more than one '
            '"resources{N}" parameter.'
        )
    return Request(
        groups=tuple(groups),
        isolate=policy == "isolate",
        root=_root(req),
        same_subtree=same,
        nested=version >= (1, 29),
        limit=int(limit) if limit else None,
    )


def _pattern(version: Version) -> str:
    spans = [since for since in _SUFFIX if since <= version]
    return f"^({_WORDS})({_SUFFIX[max(spans)]})?$" if spans else f"^({_WORDS})()$"


def _check_names(req: falcon.Request, version: Version) -> None:
    pattern = _pattern(version)
    known = {name for name, since in _SINCE.items() if since <= version}
    for name in req.params:
        match = re.match(pattern, name)
        word = match.group(1) if match else name
        if word not in known:
            if version < (1, 25):
                known_only(req, known)
            raise bad(f"{BEFORE}'{name}' does not match any of the regexes: '{pattern}'")
    if version < (1, 25) and "resources" not in req.params:
        raise bad("Invalid query string parameters: 'resources' is a required property")


def _groups(req: falcon.Request, version: Version) -> list[Group]:
    pattern = _pattern(version)
    matches = [match for name in req.params if (match := re.match(pattern, name))]
    found = []
    for suffix in dict.fromkeys(match.group(2) or "" for match in matches):
        given = one(req, f"resources{suffix}")
        amounts = resources(given) if given is not None else {}
        found.append(Group(suffix, amounts, place(req, suffix, version)))
    return found


def _same_subtree(req: falcon.Request) -> tuple[frozenset[str], ...]:
    found = []
    for value in every(req, "same_subtree"):
        suffixes = frozenset(word.strip() for word in value.split(","))
        if "" in suffixes:
            raise errors.BadQueryValue(
                reason="Empty string (unsuffixed group) can not be specified in `same_subtree` "
            )
        found.append(suffixes)
    return tuple(found)


def _root(req: falcon.Request) -> Place:
    values = every(req, "root_required")
    if len(values) > 1:
        raise errors.QueryKeyTwice(
            reason="Query parameter 'root_required' may be specified only once."
        )
    if not values:
        return Place()
    required, forbidden = traits(values[0], (1, 22))
    conflicts = sorted(word for any_of in required for word in any_of & forbidden)
    if conflicts:
        raise errors.BadQueryValue(
            reason="Conflicting required and forbidden traits found in root_required: "
            + ", ".join(conflicts)
        )
    return Place(tuple(required), frozenset(forbidden))


def _check_groups(groups: list[Group], same: tuple[frozenset[str], ...], version: Version) -> None:
    if version < (1, 36):
        _check_orphans(groups)
        return
    empty = [group.suffix for group in groups if not group.resources]
    if len(empty) == len(groups):
        raise errors.QueryValueMissing(
            reason="There must be at least one resources or resources[$S] parameter."
        )
    named: frozenset[str] = frozenset().union(*same)
    wrong = [suffix for suffix in empty if suffix not in named]
    if wrong:
        raise errors.BadQueryValue(
            reason="Resourceless suffixed group request should be specified in `same_subtree` "
            f"query param: bad group(s) - {wrong}."
        )
    known = [group.suffix for group in groups]
    wrong = sorted(named - set(known))
    if wrong:
        raise errors.BadQueryValue(
            reason=f"Real suffixes should be specified in `same_subtree`: {wrong} not found in "
            f"{known}."
        )


def _check_orphans(groups: list[Group]) -> None:
    lonely = [group for group in groups if not group.resources]
    keys = [f"required{g.suffix}" for g in lonely if g.place.required]
    if keys:
        raise bad(
            "All traits parameters must be associated with resources.  Found the following "
            f"orphaned traits keys: {', '.join(keys)}"
        )
    keys = [f"member_of{g.suffix}" for g in lonely if g.place.member_of or g.place.not_member_of]
    if keys:
        raise bad(
            "All member_of parameters must be associated with resources. Found the following "
            f"orphaned member_of keys: {', '.join(keys)}"
        )
    if lonely:
        raise bad("All request groups must specify resources.")
    if not groups:
        raise bad("At least one request group (`resources` or `resources{$S}`) is required.")
