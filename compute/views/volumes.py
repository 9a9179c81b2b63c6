"""Volumes and their snapshots as compute showed them until 2.35.

Source: Compute API, "Volume extension (os-volumes, os-snapshots) (DEPRECATED)".
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from compute.schemas.common import BOOLEAN, wrapped


@dataclasses.dataclass(frozen=True)
class Kind:
    """One noun of the volume service.  asked: what it is asked for; view: what is shown of it."""

    singular: str
    plural: str
    schema: dict[str, Any]
    asked: Callable[[Mapping[str, Any]], dict[str, Any]]
    view: Callable[[Mapping[str, Any]], dict[str, Any]]


def volume(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return a volume by the names that it had here."""
    used = [
        {
            "id": each["volume_id"],
            "serverId": each["server_id"],
            "volumeId": each["volume_id"],
            "device": each["device"],
        }
        for each in one.get("attachments", ())
    ]
    return {
        "id": one["id"],
        "status": one["status"],
        "size": one["size"],
        "availabilityZone": one["availability_zone"],
        "createdAt": one["created_at"],
        "displayName": one["name"],
        "displayDescription": one["description"],
        "volumeType": one["volume_type"],
        "snapshotId": one["snapshot_id"],
        "metadata": one.get("metadata", {}),
        "attachments": used or [{}],
    }


def snapshot(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return a snapshot by the names that it had here."""
    return {
        "id": one["id"],
        "volumeId": one["volume_id"],
        "status": one["status"],
        "size": one["size"],
        "createdAt": one["created_at"],
        "displayName": one["name"],
        "displayDescription": one["description"],
    }


def _wanted_volume(given: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "size": "size",
        "display_name": "name",
        "display_description": "description",
        "volume_type": "volume_type",
        "metadata": "metadata",
        "snapshot_id": "snapshot_id",
        "availability_zone": "availability_zone",
    }
    return {names[name]: value for name, value in given.items() if value is not None}


def _wanted_snapshot(given: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "volume_id": "volume_id",
        "display_name": "name",
        "display_description": "description",
        "force": "force",
    }
    return {names[name]: value for name, value in given.items() if value is not None}


_TEXT = {"type": ["string", "null"], "maxLength": 255}
VOLUME = Kind(
    "volume",
    "volumes",
    wrapped(
        "volume",
        {
            "type": "object",
            "properties": {
                "size": {"type": ["integer", "string"], "pattern": "^[1-9][0-9]*$", "minimum": 1},
                "display_name": _TEXT,
                "display_description": _TEXT,
                "volume_type": _TEXT,
                "metadata": {"type": "object"},
                "snapshot_id": _TEXT,
                "availability_zone": _TEXT,
            },
            "required": ["size"],
            "additionalProperties": False,
        },
    ),
    _wanted_volume,
    volume,
)
SNAPSHOT = Kind(
    "snapshot",
    "snapshots",
    wrapped(
        "snapshot",
        {
            "type": "object",
            "properties": {
                "volume_id": {"type": "string"},
                "display_name": _TEXT,
                "display_description": _TEXT,
                "force": BOOLEAN,
            },
            "required": ["volume_id"],
            "additionalProperties": False,
        },
    ),
    _wanted_snapshot,
    snapshot,
)
