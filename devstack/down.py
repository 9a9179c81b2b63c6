"""Ends one cloud: processes, guests, and all they made on the host; with --purge, its state too."""

import argparse
import contextlib
import shutil
import sys

from common import errors
from devstack import clouds, control, instance, leftovers
from devstack.instance import Instance
from devstack.progress import Failed, Progress


def main(argv: list[str] | None = None) -> int:
    """Entry point of devstack/down."""
    parser = argparse.ArgumentParser(prog="devstack/down", description=__doc__)
    parser.add_argument("--state-dir", default=instance.DEFAULT_STATE_DIR, help="what it keeps")
    parser.add_argument("--purge", action="store_true", help="remove the state directory too")
    options = parser.parse_args(argv)
    progress = Progress()
    cloud = instance.known(options.state_dir)
    if cloud is None:
        progress.say(f"no cloud was made in {options.state_dir}")
        return 0
    try:
        take_down(cloud, progress)
        if options.purge:
            purge(cloud)
            progress.say(f"{cloud.state_dir} is removed")
    except (Failed, errors.CloudError, OSError) as error:
        print(f"devstack/down failed: {error}", file=sys.stderr)
        return 1
    return 0


def take_down(cloud: Instance, progress: Progress) -> None:
    """End everything of the cloud.  Raises Failed naming what could not be ended."""
    pid = instance.running(cloud.state_dir)
    if pid is not None:
        with progress.step("processes and guests ended"):
            control.stop(cloud, pid, "down")
    leftovers.end_processes(cloud)
    leftovers.end_guests(cloud)
    leftovers.clear(cloud)
    left = leftovers.remains(cloud)
    if left:
        raise Failed(f"this is still there: {'; '.join(left[:5])}")
    progress.say("nothing of the cloud is left on the host")


def purge(cloud: Instance) -> None:
    """Remove the state directory, and the host-wide claims of its guests."""
    for claim in (leftovers.MOUNTS / "idmap").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if claim.read_text().startswith(f"{cloud.state_dir}/"):
                claim.unlink()
    clouds.withdraw(cloud)
    shutil.rmtree(cloud.state_dir)


if __name__ == "__main__":
    sys.exit(main())
