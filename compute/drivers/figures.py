"""What a guest used since it was started, as its host counts it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Disk:
    """One disk.  None: this host does not count it."""

    name: str
    read_bytes: int | None = None
    read_requests: int | None = None
    write_bytes: int | None = None
    write_requests: int | None = None
    errors_count: int | None = None


@dataclasses.dataclass(frozen=True)
class Figures:
    """cpu_times_ns: of each processor; one figure for all of them where the host counts so.

    uptime_s: None where it is not known.
    """

    cpu_times_ns: tuple[int, ...] = ()
    memory_max_mib: int | None = None
    memory_used_mib: int | None = None
    uptime_s: int | None = None
    disks: tuple[Disk, ...] = ()


@dataclasses.dataclass(frozen=True)
class Traffic:
    """What went through a port, as its guest sees it: rx is what the guest received."""

    rx_octets: int = 0
    rx_packets: int = 0
    rx_errors: int = 0
    rx_drop: int = 0
    tx_octets: int = 0
    tx_packets: int = 0
    tx_errors: int = 0
    tx_drop: int = 0
