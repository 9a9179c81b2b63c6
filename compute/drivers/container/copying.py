"""What QEMU's storage daemon is asked for so that a volume's content moves to another file.

A backup job copies all while the content is used, and notes what is written meanwhile; another one
copies that when nobody writes.  Then the new file becomes the topmost, and lets go of those below.
Source: QEMU's QMP reference, "Block devices" and "Background jobs".
"""

import contextlib
import pathlib
import time
import uuid
from typing import Any, Final

from compute.drivers.base import GuestFault

NAME: Final = "copy"
_PATIENCE_S = 20.0
_LOOK_S = 0.01


def begin(ask: Any, top: str, new_file: pathlib.Path, key: pathlib.Path | None) -> None:
    """Begin to copy a node to a qcow2 file, no smaller.  key: as in Disk.  Raises GuestFault."""
    number = uuid.uuid4().hex[:16]
    if key is not None:
        ask("object-add", {"qom-type": "secret", "id": f"key-{number}", "file": str(key)})
    cache = {"discard": "unmap", "cache": {"direct": True}}
    file = {"driver": "file", "filename": str(new_file), "node-name": f"file-{number}"}
    ask("blockdev-add", file | cache)
    ask("blockdev-add", _alone(number, encrypted=key is not None))
    size = _node(ask, top)["image"]["virtual-size"]
    window = {"driver": "raw", "node-name": NAME, "file": f"over-{number}", "size": size}
    ask("blockdev-add", window)
    ask("block-dirty-bitmap-add", {"node": top, "name": NAME})
    _start(ask, top, {"sync": "full"})


def begin_rest(ask: Any, top: str) -> None:
    """Begin to copy what was written since.  Raises GuestFault."""
    _start(ask, top, {"sync": "bitmap", "bitmap": NAME, "bitmap-mode": "never"})


def done(ask: Any) -> bool:
    """Tell whether a copying is over.  Raises GuestFault for one that failed."""
    found = _jobs(ask)
    if found and found[0]["status"] != "concluded":
        return False
    if not found:
        raise GuestFault(reason="The copying of the volume was ended.")
    ask("job-dismiss", {"id": NAME})
    if "error" in found[0]:
        raise GuestFault(reason=f"The volume was not copied: {found[0]['error']}.")
    return True


def turn(ask: Any, top: str) -> None:
    """Let what was copied to be topmost, over what it was copied from.  Raises GuestFault."""
    over = next(one["node-name"] for one in _nodes(ask) if one["node-name"].startswith("over-"))
    ask("blockdev-del", {"node-name": NAME})
    ask("block-dirty-bitmap-remove", {"node": top, "name": NAME})
    ask("blockdev-snapshot", {"node": top, "overlay": over})


def part(ask: Any, top: str) -> None:
    """Let go of all that a topmost node lies over that has every byte.  Raises GuestFault."""
    alone = _alone(top.removeprefix("over-"), encrypted=_node(ask, top)["encrypted"])
    ask("blockdev-reopen", {"options": [alone]})
    _close_unused(ask)


def end(ask: Any, top: str) -> None:
    """End a copying, however far it came; none is a success.  Raises GuestFault."""
    deadline = time.monotonic() + _PATIENCE_S
    while found := _jobs(ask):
        with contextlib.suppress(GuestFault):  # it may end by itself meanwhile
            over = found[0]["status"] == "concluded"
            ask("job-dismiss" if over else "job-cancel", {"id": NAME})
        if time.monotonic() > deadline:
            raise GuestFault(reason="The copying of the volume does not end.")
        time.sleep(_LOOK_S)
    with contextlib.suppress(GuestFault):
        ask("block-dirty-bitmap-remove", {"node": top, "name": NAME})
    _close_unused(ask)


def is_at(ask: Any, top: str, file: pathlib.Path) -> bool:
    """Tell whether a topmost node is one that was copied to, with this file."""
    if not top.startswith("over-"):
        return False
    return bool(_node(ask, top.replace("over-", "file-"))["file"] == str(file))


def key_in_use(ask: Any) -> str:
    """Return the name of the secret that the content is read with."""
    return next(iter(_keys(ask)))


def _alone(number: str, *, encrypted: bool) -> dict[str, Any]:
    """Return a qcow2 node on the node with its file, over no other."""
    found: dict[str, Any] = {"driver": "qcow2", "node-name": f"over-{number}"}
    found |= {"file": f"file-{number}", "backing": None}
    if encrypted:
        found["encrypt"] = {"format": "luks", "key-secret": f"key-{number}"}
    return found | {"discard": "unmap", "cache": {"direct": True}}


def _start(ask: Any, top: str, how: dict[str, str]) -> None:
    job = {"job-id": NAME, "device": top, "target": NAME, "auto-dismiss": False}
    ask("blockdev-backup", job | how)


def _jobs(ask: Any) -> list[Any]:
    return [job for job in ask("query-jobs", {}) if job["id"] == NAME]


def _nodes(ask: Any) -> list[Any]:
    found: list[Any] = ask("query-named-block-nodes", {"flat": True})
    return found


def _node(ask: Any, name: str) -> Any:
    return next(one for one in _nodes(ask) if one["node-name"] == name)


def _keys(ask: Any) -> list[str]:
    try:
        found = ask("qom-list", {"path": "/objects"})
    except GuestFault:  # there has been none yet
        return []
    return [one["name"] for one in found if one["type"] == "child<secret>"]


def _close_unused(ask: Any) -> None:
    """Close every node that nothing lies on, then those below, and forget their keys.

    The daemon keeps those that are used.
    """
    before = 0
    while (names := [one["node-name"] for one in _nodes(ask)]) and len(names) != before:
        before = len(names)
        for name in names:
            with contextlib.suppress(GuestFault):
                ask("blockdev-del", {"node-name": name})
    opened = {one["node-name"] for one in _nodes(ask)}
    for key in _keys(ask):
        if key.replace("key-", "over-") not in opened and not (key == "key" and "top" in opened):
            ask("object-del", {"id": key})
