"""A guest's network ports: plugged on the host, handed over at its start or while it runs."""

import contextlib
import itertools
import json
import os
import pathlib
from collections.abc import Iterator

from common import process
from compute.drivers.base import GuestFault, Nic, Ports
from compute.drivers.container import definition, guestnet
from compute.drivers.ports import guest_end, tap_name

_TIMEOUT_S = 20


class Nics:
    """ports: the switch.  namespace: where guests' ends lie until they are handed over."""

    def __init__(self, ports: Ports, namespace: str | None) -> None:
        self._ports = ports
        self._namespace = namespace

    def plug(self, nics: tuple[Nic, ...]) -> tuple[str, ...]:
        """Plug every port and return the names of the guest ends, in order."""
        return tuple(self._ports.plug_veth(nic) for nic in nics)

    def unplug(self, *port_ids: str) -> None:
        for port_id in port_ids:
            self._ports.unplug(port_id)

    def cut(self, nics: tuple[Nic, ...]) -> None:
        """Let nothing through to a frozen guest, whose kernel would answer in its place."""
        self._link(nics, "down")

    def mend(self, nics: tuple[Nic, ...]) -> None:
        """Let traffic through again; ports that were not cut are as they were."""
        self._link(nics, "up")
        self.plug(nics)

    def _link(self, nics: tuple[Nic, ...], state: str) -> None:
        if not nics:
            return
        lines = "".join(f"link set dev {tap_name(nic.port_id)} {state}\n" for nic in nics)
        try:
            process.run(
                ["ip", "-force", "-batch", "-"],
                timeout_s=_TIMEOUT_S,
                stdin=lines.encode(),
                network_namespace=self._namespace,
                check=False,
            )
        except process.CommandTimeout as error:
            raise GuestFault(reason=f"The guest's ports were not set {state}: {error}") from error

    def hand_over(self, init: int, nic: Nic, *, number: int, config: str) -> None:
        """Plug the port, and move its device into a running guest with its addresses set.

        All of it is done from outside, so no program of the guest's has a part in it.
        init: the guest's first process.  number: which of its ports this is, from 0.
        config: the definition it was started with, whose devices keep their names for themselves.
        Raises GuestFault; nothing is undone.
        """
        end = self._ports.plug_veth(nic)
        try:
            with _network_of(init) as inside:
                name = self._in_guest(nic, inside)
                if name is None:
                    name = self._move(end, inside, definition.devices(config))
                _ip(inside, "-batch", "-", stdin=guestnet.live(name, number, nic))
        except (process.CommandFailed, process.CommandTimeout, OSError) as error:
            reason = f"Port {nic.port_id} was not given to the guest: {error}"
            raise GuestFault(reason=reason) from error

    def take_back(self, nics: tuple[Nic, ...], config: str) -> None:
        """Renew the devices that a guest, now ended, got while it ran: they ended with it.

        config: the definition it was started with, whose devices LXC hands back.
        """
        started_with = definition.links(config)
        for nic in nics:
            if guest_end(nic.port_id) not in started_with:
                self._ports.unplug(nic.port_id)
                self._ports.plug_veth(nic)

    def _in_guest(self, nic: Nic, inside: int) -> str | None:
        """Return the device's name in the guest when it is there already."""
        show = ["ip", "-j", "link", "show", tap_name(nic.port_id)]
        shown = process.run(show, timeout_s=_TIMEOUT_S, network_namespace=self._namespace)
        # Absent while the other end lies beside it.
        index = json.loads(shown)[0].get("link_index")
        return _devices(inside).get(index)

    def _move(self, end: str, inside: int, reserved: set[str]) -> str:
        taken = {*_devices(inside).values(), *reserved}
        number = next(number for number in itertools.count() if f"eth{number}" not in taken)
        name = f"eth{number}"
        argv = ["ip", "link", "set", end, "netns", f"/proc/self/fd/{inside}", "name", name]
        process.run(
            argv, timeout_s=_TIMEOUT_S, network_namespace=self._namespace, pass_fds=(inside,)
        )
        return name


@contextlib.contextmanager
def _network_of(init: int) -> Iterator[int]:
    """Give a descriptor of the process's network namespace; it outlives the process."""
    descriptor = os.open(pathlib.Path(f"/proc/{init}/ns/net"), os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _devices(inside: int) -> dict[int, str]:
    """Return the names of a guest's devices by their indexes."""
    listed = json.loads(_ip(inside, "-j", "link") or "[]")
    return {link["ifindex"]: link["ifname"] for link in listed if "ifindex" in link}


def _ip(inside: int, *arguments: str, stdin: str = "") -> str:
    """Run the host's `ip` in a guest's network namespace."""
    argv = ["nsenter", f"--net=/proc/self/fd/{inside}", "--", "ip", *arguments]
    return process.run(argv, timeout_s=_TIMEOUT_S, stdin=stdin.encode(), pass_fds=(inside,))
