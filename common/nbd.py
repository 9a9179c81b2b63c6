"""Block devices of other hosts: how QEMU's programs reach what one of them serves.

Source: QEMU's block driver `nbd` and its object `tls-creds-x509`.
"""

import dataclasses
import pathlib
from typing import Any

from common.qcow2 import escaped

OPENS_S = 10
"""For how long a connection to who serves already is tried at first."""
CREDENTIALS = "tls"
"""What the programs call this host's certificate."""


@dataclasses.dataclass(frozen=True)
class Remote:
    """Where another host serves a volume.

    name: of the export.  host: whose certificate is to answer.
    """

    address: str
    port: int
    name: str
    host: str


def credentials(certificates: pathlib.Path) -> list[str]:
    """Return the words by which a program shows this host's certificate."""
    known = f"tls-creds-x509,id={CREDENTIALS},dir={escaped(certificates)},endpoint=client"
    return ["--object", known]


def node(remote: Remote, name: str, patience_s: int) -> dict[str, Any]:
    """Return the block device as it is added to a daemon that runs.

    name: of the node.  patience_s: for how long who reads and writes waits when the way is cut.
    """
    return {
        "driver": "nbd",
        "node-name": name,
        "server": {"type": "inet", "host": remote.address, "port": str(remote.port)},
        "export": remote.name,
        "tls-creds": CREDENTIALS,
        "tls-hostname": remote.host,
        "open-timeout": OPENS_S,
        "reconnect-delay": patience_s,
        "discard": "unmap",
        "cache": {"direct": True},
    }


def blockdev(remote: Remote, patience_s: int, opens_s: int = OPENS_S) -> str:
    """Return the block device as an option.

    patience_s: as of `node`.  opens_s: for how long a connection is tried at first.
    """
    return ",".join(
        [
            f"driver=nbd,server.type=inet,server.host={remote.address},server.port={remote.port}",
            f"export={remote.name},tls-creds={CREDENTIALS},tls-hostname={remote.host}",
            f"open-timeout={opens_s},reconnect-delay={patience_s}",
        ]
    )
