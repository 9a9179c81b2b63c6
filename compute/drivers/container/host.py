"""What a host must have to run containers, and the kernel limits that are raised for them."""

import logging
import pathlib
import shutil
import tempfile

from common import errors
from compute.drivers.base import GuestFault
from compute.drivers.container import slots
from compute.drivers.container.cgroups import Cgroups
from compute.drivers.container.disks import Disks

LOG = logging.getLogger(__name__)
_PROGRAMS = ("lxc-start", "mkfs.ext4", "unshare", "nsenter")
# All guests together draw on these: the kernel books what a guest's users take on the user who
# made the guest's user namespace, which is root.  With the usual 128 instances of inotify the
# eighteenth guest with systemd dies at boot.
_FLOORS = {
    "fs/inotify/max_user_instances": 1 << 20,
    "fs/inotify/max_user_watches": 1 << 20,
    "kernel/keys/maxkeys": 20_000,
    "kernel/keys/maxbytes": 2_000_000,
    "kernel/pid_max": 1 << 22,
}


def check(guests: pathlib.Path, disks: Disks, cgroups: Cgroups) -> None:
    """Return when containers can run here, having mounted one's disk to know.

    Raises GuestFault that names what is missing.
    """
    for program in _PROGRAMS:
        if shutil.which(program) is None:
            raise GuestFault(reason=f"{program} is not installed on this host.")
    if not cgroups.usable():
        raise GuestFault(reason="This host has no cgroups that can freeze a guest.")
    guests.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = pathlib.Path(tempfile.mkdtemp(prefix=".probe-", dir=guests)).name
    try:
        (guests / name / "image").mkdir()
        disks.format(name, 32 << 20)
        disks.mount_root(name, guests / name / "image", slots.FIRST_ID)
    except (errors.CloudError, OSError) as error:
        raise GuestFault(reason=f"Containers cannot run on this host: {error}") from error
    finally:
        disks.delete(name)
        shutil.rmtree(guests / name, ignore_errors=True)


def raise_limits(settings: pathlib.Path = pathlib.Path("/proc/sys")) -> None:
    """Raise the kernel's limits to what many guests need; a higher one stays as it is."""
    for name, floor in _FLOORS.items():
        try:
            now = int((settings / name).read_text())
            if now < floor:
                (settings / name).write_text(f"{floor}\n")
                LOG.info("%s is raised from %s to %s", name.replace("/", "."), now, floor)
        except (OSError, ValueError) as error:
            LOG.warning("%s is not raised to %s: %s", name.replace("/", "."), floor, error)
