"""Bodies about volumes of a server."""

from typing import Any

from compute.schemas.common import BOOLEAN, TAG, wrapped

Version = tuple[int, int]
_ID: dict[str, Any] = {"type": "string", "format": "uuid"}
_DEVICE: dict[str, Any] = {
    "type": ["string", "null"],
    "minLength": 1,
    "maxLength": 255,
    "pattern": r"(^/dev/x{0,1}[a-z]{0,1}d{0,1})([a-z]+)[0-9]*$",
}
_ADDED: list[tuple[Version, dict[str, Any]]] = [
    ((2, 1), {"volumeId": _ID, "device": _DEVICE}),
    ((2, 49), {"tag": TAG}),
    ((2, 79), {"delete_on_termination": BOOLEAN}),
]
_ATTACH: dict[Version, dict[str, Any]] = {}


def _body(properties: dict[str, Any]) -> dict[str, Any]:
    return wrapped(
        "volumeAttachment",
        {
            "type": "object",
            "properties": properties,
            "required": ["volumeId"],
            "additionalProperties": False,
        },
    )


for _since, _ in _ADDED:
    _known: dict[str, Any] = {}
    for _from, _more in _ADDED:
        if _from <= _since:
            _known |= _more
    _ATTACH[_since] = _body(_known)

_CHANGE = _body({"volumeId": _ID})
_CHANGE_2_85 = _body(
    {
        "volumeId": _ID,
        "device": _DEVICE,
        "tag": TAG,
        "delete_on_termination": BOOLEAN,
        "serverId": _ID,
        "id": _ID,
    }
)


def attach(version: Version) -> dict[str, Any]:
    """Return the schema of POST os-volume_attachments at a microversion."""
    return _ATTACH[max(since for since in _ATTACH if since <= version)]


def change(version: Version) -> dict[str, Any]:
    """Return the schema of PUT os-volume_attachments/{id} at a microversion."""
    return _CHANGE_2_85 if version >= (2, 85) else _CHANGE
