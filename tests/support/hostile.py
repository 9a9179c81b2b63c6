"""Values that a hostile client sends, and documents that a JSON Schema allows.

A document may hold an `Id`: the place of an id that exists only once the service runs.
"""

import dataclasses
import string
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

Schema = Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Id:
    """An id of some kind of thing, such as `network`; number: which of those known."""

    kind: str
    number: int


class Raw(bytes):
    """A body that is sent as it is."""


TEXTS = st.one_of(
    st.sampled_from(
        [
            *("", " ", "\x00", "a\x00b", "\ud800", "a\udfffb", "..", "../..", "null", "true", "-1"),
            *(
                "0",
                "1e309",
                "NaN",
                "9" * 30,
                "9" * 5000,
                "٣",
                "²",
                "%s%n{0}{x}",
                "'; --",
                "\r\nx: y",
            ),
            *(
                "x" * 256,
                "é" * 300,
                "x" * 70_000,
                "\U0001f600",
                "2026-13-45T99:99:99Z",
                "10.0.0.0/8",
            ),
            *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "10.0.0.300", "::1/129"),
            *("in:", 'in:a,"b', "gte:", "asc", "desc", "id", "name", "*", "[", "(?P<", "\\", "1:2"),
            *(
                "2026-01-01T00:00:00Z",
                "::ffff:1.2.3.4",
                "fe80::1%eth0",
                "00:00:00:00:00:00",
                "AAA=",
            ),
        ]
    ),
    st.text(max_size=20),
)
NUMBERS = st.one_of(
    st.sampled_from([0, -1, 1, 2**31, 2**32, 2**63, -(2**63) - 1, 10**30, 10**400, 1.5, 1e308]),
    st.sampled_from([float("nan"), float("inf"), -0.0, 4096, 65535, 65536]),
)
DEEP: list[Any] = []
for _ in range(400):
    DEEP = [DEEP]
ANYTHING: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    NUMBERS,
    TEXTS,
    st.sampled_from([[], {}, [None], [[]], [{}], {"": None}, {"id": {}}, DEEP]),
    st.lists(TEXTS, max_size=4),
    st.dictionaries(TEXTS, TEXTS, max_size=3),
)
BODIES: st.SearchStrategy[Raw] = st.one_of(
    st.sampled_from(
        [
            *(b"", b"{", b"null", b"[]", b'""', b"0", b"NaN", b'{"a":NaN}', b"\xff\xfe{\x00}\x00"),
            *(
                b"\xed\xa0\x80",
                b'"\xed\xa0\x80"',
                b'{"a":1,"a":{}}',
                b"[" * 100_000,
                b'{"a":' * 5000,
            ),
            *(b"9" * 5000, b'{"\\u0000":"\\ud800"}', b"\xef\xbb\xbf{}", b"\x00" * 2_000_000),
        ]
    ),
    st.binary(max_size=40),
).map(Raw)


def allowed(schema: Any, name: str = "") -> st.SearchStrategy[Any]:
    """Return documents as a schema describes them.

    name: of the property that the schema describes; a string called `network_id` may be an Id.
    Formats and patterns are kept where hypothesis can, so few documents may be refused.
    """
    if not isinstance(schema, Mapping) or not schema:
        return ANYTHING
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(list(schema["enum"]))
    for word in ("anyOf", "oneOf"):
        if word in schema:
            rest = {key: value for key, value in schema.items() if key != word}
            return st.one_of([allowed({**rest, **one}, name) for one in schema[word]])
    kinds = schema.get("type") or ("object" if "properties" in schema else "string")
    if isinstance(kinds, str):
        kinds = [kinds]
    return st.one_of([_of_kind(kind, schema, name) for kind in kinds])


def _of_kind(kind: str, schema: Schema, name: str) -> st.SearchStrategy[Any]:
    if kind == "object":
        return _objects(schema)
    if kind == "array":
        least = schema.get("minItems", 0)
        most = min(schema.get("maxItems", 3), least + 3)
        item = allowed(schema.get("items"), name)
        return st.lists(item, min_size=least, max_size=max(least, most))
    if kind == "integer":
        low, high = schema.get("minimum"), schema.get("maximum")
        plain = st.integers(low if low is None else int(low), high if high is None else int(high))
        return plain | st.just(int(low or 0))
    if kind == "number":
        return st.integers(0, 100)
    if kind == "boolean":
        return st.booleans()
    return st.none() if kind == "null" else _strings(schema, name)


def _objects(schema: Schema) -> st.SearchStrategy[Any]:
    known = {key: allowed(one, key) for key, one in schema.get("properties", {}).items()}
    required = {key: known.get(key, ANYTHING) for key in schema.get("required", ())}
    optional = sorted(known.keys() - required.keys())
    few = st.sets(st.sampled_from(optional), max_size=3) if optional else st.just(set())
    plain = few.flatmap(
        lambda keys: st.fixed_dictionaries({**required, **{key: known[key] for key in keys}})
    )
    more = schema.get("patternProperties") or {}
    others = [(st.from_regex(key), allowed(one)) for key, one in more.items()]
    if not others and schema.get("additionalProperties", True) is not False:
        others = [(TEXTS, allowed(schema.get("additionalProperties")))]
    if not others or (known and "additionalProperties" not in schema):
        return plain
    extra = st.one_of([st.dictionaries(key, value, max_size=2) for key, value in others])
    return st.builds(lambda a, b: {**b, **a}, plain, extra)


def _strings(schema: Schema, name: str) -> st.SearchStrategy[Any]:
    least, most = schema.get("minLength", 0), schema.get("maxLength", 80)
    plain: st.SearchStrategy[Any] = st.text(
        string.ascii_letters + "é.-_0", min_size=least, max_size=max(least, min(most, 40))
    )
    if "pattern" in schema:
        plain = st.from_regex(schema["pattern"])
    elif most < 100_000:
        plain |= st.just("x" * most)
    kind = name.removesuffix("s").removesuffix("_id").removesuffix("Ref").removesuffix("uuid")
    if kind != name.removesuffix("s") or schema.get("format") == "uuid":
        return st.builds(Id, st.just(kind.rstrip("_") or name), st.integers(0, 3)) | plain
    return plain


@st.composite
def spoiled(draw: st.DrawFn, document: Any) -> Any:
    """Return the document with one hostile change somewhere inside."""
    if not isinstance(document, (dict, list)) or not document:
        same = TEXTS if isinstance(document, (str, Id)) else NUMBERS
        return draw(
            same if isinstance(document, (str, int, Id)) and draw(st.booleans()) else ANYTHING
        )
    if draw(st.integers(0, 5)) == 0:
        return draw(ANYTHING)
    keys = list(document) if isinstance(document, dict) else list(range(len(document)))
    key = draw(st.sampled_from(keys))
    deed = draw(st.sampled_from(["inside", "inside", "inside", "remove", "add"]))
    changed = dict(document) if isinstance(document, dict) else list(document)
    if deed == "inside":
        changed[key] = draw(spoiled(document[key]))
    elif deed == "remove":
        del changed[key]
    elif isinstance(changed, dict):
        changed[draw(TEXTS)] = draw(ANYTHING)
    else:
        changed.append(draw(ANYTHING))
    return changed
