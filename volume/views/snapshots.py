"""How snapshots are shown.  Source: Block Storage API v3, "Volume snapshots"."""

from typing import Any

from volume import states
from volume.db.snapshots import Shown
from volume.views.common import moment


def brief(shown: Shown, version: tuple[int, int]) -> dict[str, Any]:
    """Return what a list without details says of a snapshot."""
    snapshot = shown.snapshot
    found = {
        "id": snapshot.id,
        "name": snapshot.name,
        "description": snapshot.description,
        "volume_id": snapshot.volume_id,
        "status": snapshot.status,
        "size": snapshot.size_gib,
        "metadata": dict(shown.items),
        "created_at": moment(snapshot.created_at),
        "updated_at": moment(snapshot.updated_at),
    }
    if version >= (3, 14):
        found["group_snapshot_id"] = snapshot.group_snapshot_id
    if version >= (3, 41):
        found["user_id"] = snapshot.user_id
    if version >= (3, 65):
        found["consumes_quota"] = snapshot.consumes_quota
    return found


def full(shown: Shown, version: tuple[int, int]) -> dict[str, Any]:
    """Return all that is said of a snapshot."""
    snapshot = shown.snapshot
    done = "100%" if snapshot.status == states.AVAILABLE else "0%"
    return brief(shown, version) | {
        "os-extended-snapshot-attributes:project_id": snapshot.project_id,
        "os-extended-snapshot-attributes:progress": snapshot.order.get("progress", done),
    }
