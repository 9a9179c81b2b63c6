"""Orders to a host's worker, reports to the controllers, and answers to the API."""

import dataclasses

from common.messages import Contract, Event, Message

WORKER = Contract("compute.worker", version="1.4")
CONTROLLER = Contract("compute.controller", version="1.4")
ANSWERS = Contract("compute.answers", version="1.3")


class CreateServer(Message, contract=WORKER):
    """Make a guest and run it.  verb: `create`, or since 1.2 `unshelve`.

    spec: name, hostname, project_id, user_id, vcpus, memory_mib, disk_gib, kind, config_drive.
    image: id, disk_format, checksum, hash_algo, size, properties.
    nics: port_id, mac, mtu, network_id, addresses (see compute.drivers.base.FixedAddress).
    facts: what the guest is told about itself (see compute.seed).
    disks: its volumes, since 1.3: volume_id, connection, boot_index, device, bus, device_type,
    tag, multiattach (see compute.drivers.base.Disk).  With one to boot from, image has no id.
    """

    server_id: str
    generation: int
    spec: dict[str, object]
    image: dict[str, object]
    nics: list[dict[str, object]]
    facts: dict[str, object]
    verb: str = "create"
    disks: list[dict[str, object]] = dataclasses.field(default_factory=list)


class RebuildServer(Message, contract=WORKER):
    """Make a guest anew, from an image and with the ports it had; since 1.1.

    verb: `rebuild` or `rebuild_off`.  run: whether to start it.  The rest as in CreateServer.
    """

    server_id: str
    generation: int
    verb: str
    run: bool
    spec: dict[str, object]
    image: dict[str, object]
    nics: list[dict[str, object]]
    facts: dict[str, object]
    disks: list[dict[str, object]] = dataclasses.field(default_factory=list)


class StartServer(Message, contract=WORKER):
    """Run a guest that is off.  verb: `start`, or since 1.2 `unshelve_here`, `restore`."""

    server_id: str
    generation: int
    verb: str = "start"


class StopServer(Message, contract=WORKER):
    """Shut a guest down, and cut its power after the grace period.

    verb: `stop`, or since 1.2 `soft_delete` and `shelve`.
    """

    server_id: str
    generation: int
    grace_s: int = 60
    verb: str = "stop"


class RebootServer(Message, contract=WORKER):
    """Stop (hard: at once) and run again."""

    server_id: str
    generation: int
    hard: bool
    grace_s: int = 60


class PauseServer(Message, contract=WORKER):
    """Freeze a guest in memory."""

    server_id: str
    generation: int


class UnpauseServer(Message, contract=WORKER):
    """Thaw a paused guest."""

    server_id: str
    generation: int


class SuspendServer(Message, contract=WORKER):
    """Stop a guest's execution and keep its memory."""

    server_id: str
    generation: int


class ResumeServer(Message, contract=WORKER):
    """Go on after a suspend."""

    server_id: str
    generation: int


class ResizeServer(Message, contract=WORKER):
    """Give a guest another size, take that back, or make it final; since 1.2.

    verb: `resize`, `revertResize` or `confirmResize`.  migration: its id.
    size, before: vcpus, memory_mib, disk_gib; `before` is what to go back to when it fails.
    run: whether the guest is to run afterwards.
    """

    server_id: str
    generation: int
    verb: str
    migration: str
    size: dict[str, int]
    before: dict[str, int]
    run: bool
    grace_s: int = 60


class RescueServer(Message, contract=WORKER):
    """Boot a guest from another image, with its own disk beside it; since 1.2.

    run: whether it ran before, and runs again if this fails.  The rest as in CreateServer.
    """

    server_id: str
    generation: int
    run: bool
    spec: dict[str, object]
    image: dict[str, object]
    nics: list[dict[str, object]]
    facts: dict[str, object]
    grace_s: int = 60
    disks: list[dict[str, object]] = dataclasses.field(default_factory=list)


class UnrescueServer(Message, contract=WORKER):
    """Boot a guest from its own disk again; since 1.2."""

    server_id: str
    generation: int


class SetPassword(Message, contract=WORKER):
    """Set the password of a running guest's administrator; since 1.2."""

    server_id: str
    generation: int
    password: str


class InterruptServer(Message, contract=WORKER):
    """Send a guest the interrupt that makes its kernel write down what it was doing; since 1.2."""

    server_id: str
    generation: int


class SnapshotServer(Message, contract=WORKER):
    """Make an image of a guest and bring its bytes to an image that waits for them; since 1.2.

    verb: whose report this is.  stop: whether the guest is shut down before, and stays off.
    uploading: the task to show while the bytes are on their way.
    """

    server_id: str
    generation: int
    verb: str
    image_id: str
    uploading: str
    stop: bool = False
    grace_s: int = 60


class DeleteServer(Message, contract=WORKER):
    """Remove a guest and all it left on the host.

    verb: `delete`, `abandon`, `shelveOffload`; where its volume gets another image, a rebuild's.
    """

    server_id: str
    generation: int
    verb: str = "delete"


class AttachNic(Message, contract=WORKER):
    """Give a guest one more port; nic as in CreateServer."""

    server_id: str
    generation: int
    nic: dict[str, object]


class DetachNic(Message, contract=WORKER):
    """Take a port away from a guest."""

    server_id: str
    generation: int
    port_id: str


class AttachVolume(Message, contract=WORKER):
    """Give a guest a volume; since 1.3.  disk: as in CreateServer."""

    server_id: str
    generation: int
    disk: dict[str, object]


class DetachVolume(Message, contract=WORKER):
    """Take a volume from a guest, so that nothing on the host reaches it any more; since 1.3."""

    server_id: str
    generation: int
    volume_id: str


class ExtendVolume(Message, contract=WORKER):
    """Let a guest see that its volume is larger, which makes it so; since 1.3.  size: bytes."""

    server_id: str
    generation: int
    volume_id: str
    size: int


class SnapshotVolume(Message, contract=WORKER):
    """Let a guest go on in a new file over its volume; since 1.3."""

    server_id: str
    generation: int
    volume_id: str
    new_file: str


class SwapVolume(Message, contract=WORKER):
    """Copy a guest's volume to another one, and let the guest go on in that; since 1.4.

    volume_id: of the one it has.  disk: as in CreateServer, of the one it gets.
    """

    server_id: str
    generation: int
    volume_id: str
    disk: dict[str, object]


class UnplugPorts(Message, contract=WORKER):
    """Take ports out of the switch that belong to no server of this host."""

    port_ids: list[str]


class ReadConsole(Message, contract=WORKER):
    """Read the last lines of a guest's console and answer with ConsoleRead."""

    server_id: str
    question: str
    lines: int | None = None


class ReadFigures(Message, contract=WORKER):
    """Answer with FiguresRead: what a guest used, and what went through its ports; since 1.2."""

    server_id: str
    question: str
    port_ids: list[str]


class CacheImages(Message, contract=WORKER):
    """Have images' bytes on the host before they are needed; since 1.2.

    images: each as in CreateServer.
    """

    images: list[dict[str, object]]


class BuildServer(Message, contract=CONTROLLER):
    """Find a host for a server, wire its ports, and order it there."""

    server_id: str
    generation: int


class RemoveServer(Message, contract=CONTROLLER):
    """Clear away a server that is to be deleted, or whose build failed."""

    server_id: str
    generation: int


class ConnectVolume(Message, contract=CONTROLLER):
    """Go on with attaching a volume whose reservation nobody has reported; since 1.3."""

    server_id: str
    generation: int


class SnapshotVolumes(Message, contract=CONTROLLER):
    """Go on with an image of a server that boots from a volume: snapshots, by name; since 1.4."""

    server_id: str
    generation: int


class ReimageVolume(Message, contract=CONTROLLER):
    """Go on with the rebuild of a server that boots from a volume: its guest is gone; since 1.4."""

    server_id: str
    generation: int


class ServerReport(Message, contract=CONTROLLER):
    """How an order ended.

    fault: empty for success, else the sentence for the user.  at: the host's clock, seconds.
    """

    server_id: str
    generation: int
    verb: str
    host: str
    fault: str
    at: float


class ServerStep(Message, contract=CONTROLLER):
    """How far a host has come with an order.  task: what users see from now on; since 1.1."""

    server_id: str
    generation: int
    task: str


class GuestChanged(Message, contract=CONTROLLER):
    """A guest changed by itself.  state: a value of drivers.base.GuestState."""

    host: str
    server_id: str
    state: str
    at: float


class HostReport(Message, contract=CONTROLLER):
    """What a host has and runs; its regular coming is the sign of life.

    inventory: resource class to total, reserved, allocation_ratio, max_unit.
    hypervisors: one dict a driver: kind, type, version, virt_type.
    guests: server id to state.  ports: ids of the guest ports plugged here.
    facts: host_ip, cpu_info, memory_used_mib...
    """

    host: str
    inventory: dict[str, dict[str, float]]
    traits: list[str]
    hypervisors: list[dict[str, object]]
    guests: dict[str, str]
    ports: list[str]
    facts: dict[str, object]
    at: float


class RedeemConsole(Message, contract=CONTROLLER):
    """Use up the token that opens a console and answer with ConsoleRedeemed; since 1.2.

    token_hash: SHA-256 of the token, in hexadecimal.  host: whose proxy asks.
    """

    token_hash: str
    question: str
    host: str


class ConsoleRedeemed(Event, contract=ANSWERS, topic="compute.answers.redeemed"):
    """The answer to RedeemConsole; since 1.2.  Both are empty when the token opens nothing.

    protocol: `vnc` or `serial`.
    """

    question: str
    server_id: str
    protocol: str


class ConsoleRead(Event, contract=ANSWERS, topic="compute.answers.console"):
    """The answer to ReadConsole.  fault: empty when the output could be read."""

    question: str
    output: str
    fault: str


class FiguresRead(Event, contract=ANSWERS, topic="compute.answers.figures"):
    """The answer to ReadFigures.  fault: empty when there are figures; since 1.1.

    figures: drivers.figures.Figures, `hypervisor` (its virt_type), and `traffic`: port to
    drivers.figures.Traffic.
    """

    question: str
    figures: dict[str, object]
    fault: str
