"""The config drive: the seed's files on a small read-only disk with the label config-2."""

import pathlib
import tempfile
from collections.abc import Mapping

from common import errors, process
from compute.drivers.base import GuestFault

LABEL = "config-2"


def write(seed: Mapping[str, bytes], path: pathlib.Path) -> None:
    """Make an ISO 9660 image with the seed's files (path to bytes) at `path`.

    The image appears whole or not at all; files in between are gone in either case.
    Raises GuestFault.
    """
    with tempfile.TemporaryDirectory(prefix=".drive-", dir=path.parent) as directory:
        tree = pathlib.Path(directory) / "tree"
        tree.mkdir()
        for name, content in seed.items():
            _place(tree, name, content)
        image = pathlib.Path(directory) / "drive.iso"
        command = ["genisoimage", "-quiet", "-V", LABEL, "-J", "-R", "-allow-lowercase"]
        command += ["-allow-multidot", "-ldots", "-l", "-o", str(image), str(tree)]
        try:
            process.run(command, timeout_s=60)
        except errors.CloudError as error:
            raise GuestFault(reason=f"The config drive was not made: {error}") from error
        image.chmod(0o600)
        image.replace(path)


def _place(tree: pathlib.Path, name: str, content: bytes) -> None:
    """Write one file below the tree.  Raises GuestFault for a name that leads out of it."""
    target = tree / name.lstrip("/")
    if ".." in target.parts:
        raise GuestFault(reason=f"The config drive cannot hold a file named {name}.")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
