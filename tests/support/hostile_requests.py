"""Requests that a hostile client sends to one route of an API, from hypothesis."""

import dataclasses
import re
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from tests.support.hostile import BODIES, NUMBERS, TEXTS, Id, allowed, spoiled

Headers = dict[str, str]
WRITING = ("POST", "PUT", "PATCH")
WORDS = [
    *("limit", "marker", "sort_key", "sort_dir", "sort", "page_reverse", "fields", "name", "id"),
    *("project_id", "tenant_id", "user_id", "status", "enabled", "tags", "not-tags", "tags-any"),
    *("all_tenants", "changes-since", "changes-before", "detailed", "start", "end", "visibility"),
    *("size_min", "created_at", "updated_at", "member_status", "owner", "resources", "required"),
    *("member_of", "in_tree", "fixed_ips", "device_id", "mac_address", "effective", "ip", "host"),
    *("scope.project.id", "role.id", "include_names", "after", "domain_id", "name__contains"),
    *("password_expires_at", "revision_number", "cidr", "ip_version", "port_range_min", "admin"),
    *("admin_state_up", "shared", "router:external", "nested_depth", "show_deleted", "force"),
    *("minDisk", "minRam", "is_public", "deleted", "flavor", "image", "locked", "uuid", "length"),
]


@dataclasses.dataclass
class Target:
    """An API under fire.

    callers: headers by who is asking.  is_error: whether a body is an error in this API's form;
    it is given the status and the text.  bodies: schemas of bodies by method and path, where the
    API does not check them with `common.http.check`.  known: ids by kind.  kept: ids that no
    request may change or delete.  unsupported: routes that may answer 501.
    """

    app: Any
    callers: Mapping[str, Headers]
    is_error: Callable[[int, str], bool]
    error_type: str = "application/json"
    version_header: tuple[str, Sequence[str]] = ("X-None", ("",))
    content_types: Sequence[str] = ("application/json",)
    bodies: Mapping[tuple[str, str], Sequence[Any]] = dataclasses.field(default_factory=dict)
    known: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    unsupported: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class Request:
    """One request; path and body may hold an Id."""

    method: str
    template: str
    path: tuple[Any, ...]
    query: str
    headers: Headers
    body: Any


def singular(plural: str) -> str:
    """Return `policy` for `policies` and `network` for `networks`, `os-` and dashes left away."""
    name = plural.removeprefix("os-").replace("-", "_")
    return f"{name[:-3]}y" if name.endswith("ies") else name.removesuffix("s")


def segments(template: str) -> Iterator[Any]:
    before = ""
    for part in re.split(r"(\{[^}]+\})", template):
        if part.startswith("{"):
            name = part[1:-1].partition(":")[0]
            kind = singular(before) if name == "row_id" else name.removesuffix("_id")
            yield Id(kind, 0)
        else:
            before = part.strip("/").split("/")[-1]
            yield part


PARTS = st.one_of(
    st.sampled_from(
        [
            *("", "..", "%2e%2e", "%2F", "a%2Fb", "%00", "%ff%fe", "%C3%A9", "x" * 300, "0", "-1"),
            *("9" * 40, "%ED%A0%80", "%", "%zz", "%0d%0aa:b", "{x}", "*", "%F0%9F%98%80", "null"),
            *("00000000-0000-0000-0000-000000000000", "0" * 32, "%D9%A3", "1.5", "self", "detail"),
        ]
    ),
    TEXTS.map(lambda text: urllib.parse.quote(text.encode("utf-8", "replace"))),
)


@st.composite
def requests(
    draw: st.DrawFn, target: Target, route: tuple[str, str], schemas: Sequence[Any]
) -> Request:
    method, template = route
    worst = "body" if method in WRITING else "query"
    bad = draw(st.sampled_from([worst, worst, worst, "path", "headers", "query", "body", "none"]))
    number = draw(st.integers(0, 3))
    path: list[Any] = []
    for part in segments(template):
        if isinstance(part, Id):
            hostile = bad == "path" and draw(st.booleans())
            part = draw(PARTS) if hostile else Id(part.kind, number)
        path.append(part)
    headers = dict(target.callers[draw(st.sampled_from(sorted(target.callers)))])
    name, versions = target.version_header
    headers[name] = draw(st.sampled_from(list(versions)))
    headers["Content-Type"] = draw(st.sampled_from(list(target.content_types)))
    if bad == "headers":
        headers.update(draw(HEADERS))
    body: Any = None
    if method in WRITING or bad == "body":
        body = draw(_documents(schemas, hostile=bad == "body"))
    query = draw(QUERIES) if bad == "query" else ""
    return Request(method, template, tuple(path), query, headers, body)


@st.composite
def _documents(draw: st.DrawFn, schemas: Sequence[Any], *, hostile: bool) -> Any:
    if not schemas or (hostile and draw(st.integers(0, 5)) == 0):
        return draw(BODIES)
    document = draw(allowed(draw(st.sampled_from(list(schemas)))))
    return draw(spoiled(document)) if hostile else document


def _pair(name: str, value: Any) -> str:
    text = str(value).encode("utf-8", "replace")
    return f"{name}={urllib.parse.quote(text, safe=':,')}"


QUERIES = st.lists(
    st.one_of(
        st.builds(_pair, st.sampled_from(WORDS), TEXTS | NUMBERS),
        st.builds(_pair, st.sampled_from(["limit", "marker", "sort_key", "sort"]), TEXTS | NUMBERS),
        st.builds(lambda name: f"{name}=a&{name}=b&{name}", st.sampled_from(WORDS)),
        st.sampled_from(
            ["=", "&&", "%00=%00", "%ff", "a=%ff", "a;b", "limit=%31%30", "?", "x=%zz"]
        ),
    ),
    min_size=1,
    max_size=3,
).map("&".join)
_PRINTED = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *("X-Auth-Token", "X-Subject-Token", "OpenStack-API-Version", "X-Openstack-Request-Id"),
            *("Content-Type", "Content-Length", "Accept", "Range", "If-None-Match", "Host"),
            *("X-OpenStack-Nova-API-Version", "Transfer-Encoding", "Content-Range", "Expect"),
            *("X-Forwarded-Proto", "Forwarded", "X-Forwarded-Host", "Cookie", "If-Modified-Since"),
        ]
    ),
    st.one_of(
        _PRINTED,
        st.sampled_from(
            [
                *("", "-1", "9" * 40, "²", "1.5", "compute 2.9999", "compute latest", "latest"),
                *(
                    "placement 1.x",
                    "compute",
                    "2.1",
                    "chunked",
                    "text/plain",
                    "application/json; a",
                ),
                *("bytes=0-", "bytes=5-1", "bytes=-", "bytes=9-99999999999999", "req-" + "x" * 90),
                *(
                    "a.b.c",
                    "x" * 9000,
                    "req-\xff",
                    "multipart/form-data",
                    "for=;proto=\xff",
                    "[::1",
                ),
            ]
        ),
    ),
    min_size=1,
    max_size=2,
)
