"""Orders about servers: each is carried out by the guest's driver, and its end reported."""

import logging
from collections.abc import Mapping
from typing import Any

from common.context import RequestContext
from common.errors import CloudError
from common.rpc import Bus, handles
from compute import states
from compute.drivers.base import FixedAddress, GuestSpec, HotPlug, Image, Nic, Ports
from compute.rpc import contract
from compute.seed import files
from compute.worker.carrying import Carrier
from compute.worker.done import Done
from compute.worker.guests import Guests
from compute.worker.images import ImageCache
from compute.worker.volumes import disk_of

LOG = logging.getLogger(__name__)
CONSOLE_LIMIT = 100_000


class NoHotPlug(CloudError):
    message = "This kind of guest takes no ports while it exists."


def nic_of(facts: Mapping[str, Any]) -> Nic:
    """Return a port as drivers know it."""
    return Nic(
        port_id=facts["port_id"],
        mac=facts["mac"],
        mtu=facts["mtu"],
        network_id=facts["network_id"],
        addresses=tuple(
            FixedAddress(
                address=one["address"],
                prefix_length=one["prefix_length"],
                gateway=one["gateway"],
                dns_servers=tuple(one["dns_servers"]),
                routes=tuple((route[0], route[1]) for route in one["routes"]),
            )
            for one in facts["addresses"]
        ),
    )


def last(text: str, lines: int | None) -> str:
    """Return a text's end as clients count it: what follows the last line break is a line too."""
    if lines is None:
        return text
    return "\n".join(text.split("\n")[-lines:]) if lines else ""


def spec_of(
    order: contract.CreateServer | contract.RebuildServer | contract.RescueServer, image: Image
) -> GuestSpec:
    """Return the guest that an order is about, booting from an image."""
    wanted: Any = order.spec
    return GuestSpec(
        server_id=order.server_id,
        name=wanted["name"],
        hostname=wanted["hostname"],
        project_id=wanted["project_id"],
        user_id=wanted["user_id"],
        vcpus=wanted["vcpus"],
        memory_mib=wanted["memory_mib"],
        disk_gib=wanted["disk_gib"],
        ephemeral_gib=wanted.get("ephemeral_gib", 0),
        swap_mib=wanted.get("swap_mib", 0),
        image=image,
        nics=tuple(nic_of(nic) for nic in order.nics),
        disks=tuple(disk_of(disk) for disk in order.disks),
        config_drive=wanted["config_drive"],
        seed=files.config_drive(order.facts, order.nics),
    )


class ServerOrders:
    """Carries out what the controllers and the API order."""

    def __init__(
        self,
        carrier: Carrier,
        guests: Guests,
        images: ImageCache,
        done: Done,
        ports: Ports,
        bus: Bus,
        *,
        wired_timeout_s: float = 10.0,
    ) -> None:
        self._carrier = carrier
        self._guests = guests
        self._images = images
        self._done = done
        self._ports = ports
        self._bus = bus
        self._wired_timeout_s = wired_timeout_s

    @handles(contract.CreateServer)
    def create(self, ctx: RequestContext, order: contract.CreateServer) -> None:
        self._carrier.carry_out(ctx, order, order.verb, lambda: self._create(order, run=True))

    @handles(contract.RebuildServer)
    def rebuild(self, ctx: RequestContext, order: contract.RebuildServer) -> None:
        self._carrier.carry_out(ctx, order, order.verb, lambda: self._rebuild(order))

    def _rebuild(self, order: contract.RebuildServer) -> None:
        """Take the old guest away once, however often the order comes, when a new one can be."""
        wanted: Any = order.spec
        self._guests.taker(wanted["kind"])
        self._images.fetch(order.image)
        if not self._done.is_done(order.server_id, order.generation):
            self._guests.delete(order.server_id)
            self._create(order, run=False)
            self._done.note(order.server_id, order.generation)
        if order.run:
            self._create(order, run=True)

    def _create(self, order: contract.CreateServer | contract.RebuildServer, *, run: bool) -> None:
        """Make the guest unless it is there, and start it where it is to run."""
        wanted: Any = order.spec
        driver = self._guests.taker(wanted["kind"])
        image = self._images.fetch(order.image)
        spec = spec_of(order, image)
        self._guests.remember(order.server_id, driver)
        driver.create(spec)
        if not run:
            return
        driver.start(order.server_id)
        for nic in spec.nics:
            self._wait_wired(nic.port_id)

    def _wait_wired(self, port_id: str) -> None:
        """Wait for the port's rules, which came about while the guest was started."""
        try:
            self._ports.wait_wired(port_id, timeout_s=self._wired_timeout_s)
        except CloudError as error:
            LOG.warning("port %s carries no traffic yet: %s", port_id, error)

    @handles(contract.StartServer)
    def start(self, ctx: RequestContext, order: contract.StartServer) -> None:
        self._carrier.carry_out(
            ctx, order, order.verb, lambda: self._driver(order).start(order.server_id)
        )

    @handles(contract.StopServer)
    def stop(self, ctx: RequestContext, order: contract.StopServer) -> None:
        self._carrier.carry_out(
            ctx,
            order,
            order.verb,
            lambda: self._driver(order).stop(order.server_id, grace_s=order.grace_s),
        )

    @handles(contract.RebootServer)
    def reboot(self, ctx: RequestContext, order: contract.RebootServer) -> None:
        verb = states.REBOOT_HARD if order.hard else states.REBOOT
        self._carrier.carry_out(
            ctx,
            order,
            verb.name,
            lambda: self._driver(order).reboot(
                order.server_id, hard=order.hard, grace_s=order.grace_s
            ),
        )

    @handles(contract.PauseServer)
    def pause(self, ctx: RequestContext, order: contract.PauseServer) -> None:
        self._carrier.carry_out(
            ctx, order, states.PAUSE.name, lambda: self._driver(order).pause(order.server_id)
        )

    @handles(contract.UnpauseServer)
    def unpause(self, ctx: RequestContext, order: contract.UnpauseServer) -> None:
        self._carrier.carry_out(
            ctx, order, states.UNPAUSE.name, lambda: self._driver(order).unpause(order.server_id)
        )

    @handles(contract.SuspendServer)
    def suspend(self, ctx: RequestContext, order: contract.SuspendServer) -> None:
        self._carrier.carry_out(
            ctx, order, states.SUSPEND.name, lambda: self._driver(order).suspend(order.server_id)
        )

    @handles(contract.ResumeServer)
    def resume(self, ctx: RequestContext, order: contract.ResumeServer) -> None:
        self._carrier.carry_out(
            ctx, order, states.RESUME.name, lambda: self._driver(order).resume(order.server_id)
        )

    @handles(contract.DeleteServer)
    def delete(self, ctx: RequestContext, order: contract.DeleteServer) -> None:
        self._carrier.carry_out(ctx, order, order.verb, lambda: self._delete(order.server_id))

    def _delete(self, server_id: str) -> None:
        self._guests.delete(server_id)
        self._done.forget(server_id)

    @handles(contract.AttachNic)
    def attach(self, ctx: RequestContext, order: contract.AttachNic) -> None:
        nic = nic_of(order.nic)
        self._carrier.carry_out(
            ctx,
            order,
            states.ATTACH.name,
            lambda: self._hot_plug(order).attach_nic(order.server_id, nic),
        )

    @handles(contract.DetachNic)
    def detach(self, ctx: RequestContext, order: contract.DetachNic) -> None:
        self._carrier.carry_out(
            ctx,
            order,
            states.DETACH.name,
            lambda: self._hot_plug(order).detach_nic(order.server_id, order.port_id),
        )

    @handles(contract.UnplugPorts)
    def unplug(self, ctx: RequestContext, order: contract.UnplugPorts) -> None:
        """Take leftovers out of the switch."""
        for port_id in order.port_ids:
            LOG.warning("port %s belongs to nobody here and is unplugged", port_id)
            self._ports.unplug(port_id)

    @handles(contract.ReadConsole)
    def console(self, ctx: RequestContext, order: contract.ReadConsole) -> None:
        """Answer with the console's last lines."""
        output, fault = "", ""
        try:
            driver = self._guests.holder(order.server_id)
            output = last(driver.console_log(order.server_id, lines=order.lines), order.lines)
        except CloudError as error:
            fault = str(error)
        self._bus.publish(
            ctx,
            contract.ConsoleRead(
                question=order.question, output=output[-CONSOLE_LIMIT:], fault=fault
            ),
        )

    def _driver(self, order: Any) -> Any:
        return self._guests.holder(order.server_id)

    def _hot_plug(self, order: Any) -> HotPlug:
        driver = self._guests.holder(order.server_id)
        if not isinstance(driver, HotPlug):
            raise NoHotPlug()
        return driver
