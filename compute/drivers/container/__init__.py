"""Servers as unprivileged LXC system containers.

`ContainerDriver` answers the driver contract; everything else here is one of its tools: images
are unpacked, disks mounted, files injected, ids handed out, and the runtime started and watched.
"""

from compute.drivers.container.driver import ContainerDriver

__all__ = ["ContainerDriver"]
