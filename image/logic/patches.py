"""JSON patches of images: what the operations make of an image's attributes.

Source: Image API v2, media types openstack-images-v2.1-json-patch and -v2.0-json-patch.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

from common.errors import BadRequest
from image import errors
from image.schemas.images import READ_ONLY, RESERVED, WRITABLE

MEDIA_TYPES = {
    "application/openstack-images-v2.1-json-patch": "2.1",
    "application/openstack-images-v2.0-json-patch": "2.0",
}
LOCATIONS = "locations"
_VERBS = ("add", "replace", "remove")


@dataclasses.dataclass(frozen=True)
class Operation:
    """One step: add, replace or remove the attribute called name.

    index: which one of its locations; `-` for a new last one, None for all of them.
    """

    verb: str
    name: str
    value: Any = None
    index: str | None = None


def parse(document: Any, version: str) -> list[Operation]:
    """Return the steps of a patch.  version: of its media type.  Raises BadRequest."""
    if not isinstance(document, list):
        raise BadRequest(reason="Request body must be a JSON array of operation objects.")
    return [_operation(step, version) for step in document]


def _operation(step: Any, version: str) -> Operation:
    if not isinstance(step, dict):
        raise BadRequest(reason="Operations must be JSON objects.")
    verb: Any
    path: Any
    if version == "2.0":
        verbs = [verb for verb in _VERBS if verb in step]
        if len(verbs) != 1:
            raise BadRequest(reason=f"Operation must name one of {', '.join(_VERBS)}.")
        verb, path = verbs[0], step[verbs[0]]
    else:
        verb, path = step.get("op"), step.get("path")
    if verb not in _VERBS:
        raise BadRequest(
            reason=f"Invalid operation: {verb!r}. It must be one of: add, replace, remove"
        )
    if verb != "remove" and "value" not in step:
        raise BadRequest(reason=f'Operation "{verb}" requires a member named "value".')
    name, index = _target(path)
    return Operation(verb, name, step.get("value"), index)


def _target(path: Any) -> tuple[str, str | None]:
    """Return the attribute that a JSON pointer names, and which of the locations.

    Source: RFC 6901.
    """
    if not isinstance(path, str) or not path.startswith("/") or len(path) < 2:
        raise BadRequest(reason=f"Pointer {path!r} does not start with / and a name.")
    encoded = path[1:]
    first, _, index = encoded.partition("/")
    if first == LOCATIONS and index and (index == "-" or index.isdecimal()):
        return first, index
    if "/" in encoded:
        raise BadRequest(reason=f"Invalid JSON pointer for this resource: {path!r}, e.g. /key")
    if "~" in encoded.replace("~0", "").replace("~1", ""):
        raise BadRequest(reason=f"Pointer {path!r} contains ~ not part of a recognized escape.")
    return encoded.replace("~1", "/").replace("~0", "~"), None


def check_name(name: str) -> None:
    """Return when a caller may set the attribute.  Raises AttributeReadOnly, AttributeReserved."""
    if name in READ_ONLY:
        raise errors.AttributeReadOnly(name=name)
    if name in RESERVED or name.startswith("os_glance_"):
        raise errors.AttributeReserved(name=name)


def apply(attributes: dict[str, Any], steps: Sequence[Operation]) -> dict[str, Any]:
    """Return what the steps make of the attributes that a caller may set.

    Raises PropertyMissing, AttributeNeeded, AttributeReadOnly, AttributeReserved.
    """
    found = dict(attributes)
    for step in steps:
        check_name(step.name)
        if step.name == "id":
            raise errors.AttributeReadOnly(name="id")
        if step.verb == "remove" and step.name in WRITABLE:
            raise errors.AttributeNeeded(name=step.name)
        if step.verb != "add" and step.name not in found:
            raise errors.PropertyMissing(name=step.name)
        if step.verb == "remove":
            del found[step.name]
        else:
            found[step.name] = step.value
    return found
