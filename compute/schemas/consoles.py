"""Bodies that ask for a console."""

import functools
from typing import Any

from compute.schemas.common import wrapped

KINDS: dict[str, tuple[str, ...]] = {
    "vnc": ("novnc", "xvpvnc"),
    "spice": ("spice-html5",),
    "rdp": ("rdp-html5",),
    "serial": ("serial",),
    "mks": ("webmks",),
}
"""Types of console by their protocol; MKS since 2.8."""
ACTIONS = {
    "os-getVNCConsole": "vnc",
    "os-getSPICEConsole": "spice",
    "os-getRDPConsole": "rdp",
    "os-getSerialConsole": "serial",
}
"""The old actions, until 2.5, and the protocol of each."""


@functools.cache
def remote(version: tuple[int, int]) -> dict[str, Any]:
    """Return the schema of POST remote-consoles."""
    protocols = [name for name in KINDS if name != "mks" or version >= (2, 8)]
    kinds = [kind for name in protocols for kind in KINDS[name]]
    if version >= (2, 99):
        kinds.append("spice-direct")
    return wrapped(
        "remote_console",
        {
            "type": "object",
            "properties": {"protocol": {"enum": protocols}, "type": {"enum": kinds}},
            "required": ["protocol", "type"],
            "additionalProperties": False,
        },
    )


@functools.cache
def action(name: str) -> dict[str, Any]:
    """Return the schema of an old action."""
    return wrapped(name, wrapped("type", {"enum": list(KINDS[ACTIONS[name]])}))
