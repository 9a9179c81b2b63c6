"""A guest's network as the files that its image reads at boot: nothing to wait for."""

from collections.abc import Iterator

from compute.drivers.base import FixedAddress, Nic

_METRIC_STEP = 100
"""A second interface's default route ranks behind the first one's."""


def _routes(address: FixedAddress) -> list[tuple[str, str]]:
    default = "::/0" if ":" in address.address else "0.0.0.0/0"
    gateway = [(default, address.gateway)] if address.gateway else []
    return gateway + [route for route in address.routes if route[0] not in ("0.0.0.0/0", "::/0")]


def _metric(number: int) -> int:
    return number * _METRIC_STEP


def commands(nics: tuple[Nic, ...]) -> str:
    """Return arguments of `ip`, one command a line, for an init that runs them."""
    lines = []
    for number, nic in enumerate(nics):
        for what, rest in _settings(f"eth{number}", number, nic):
            family = "-6 " if what == "route" and ":" in rest else ""
            verb = "set" if what == "link" else "add"
            lines.append(f"{family}{what} {verb} {rest}")
    return "".join(line + "\n" for line in lines)


def live(name: str, number: int, nic: Nic) -> str:
    """Return commands of `ip -batch` for one device of a running guest; twice does no harm.

    number: which of the guest's devices it is, for the rank of its routes.
    """
    verbs = {"link": "set", "addr": "replace", "route": "replace"}
    settings = _settings(name, number, nic)
    return "".join(f"{what} {verbs[what]} {rest}\n" for what, rest in settings)


def _settings(name: str, number: int, nic: Nic) -> Iterator[tuple[str, str]]:
    """Give (`link`, `addr` or `route`, its arguments) in the order to set them."""
    yield "link", f"{name} mtu {nic.mtu} up"
    metric = f" metric {_metric(number)}" if number else ""
    for address in nic.addresses:
        nodad = " nodad" if ":" in address.address else ""
        yield "addr", f"{address.address}/{address.prefix_length} dev {name}{nodad}"
        for there, via in _routes(address):
            yield "route", f"{there} via {via} dev {name}{metric}"


def networkd(nics: tuple[Nic, ...]) -> dict[str, str]:
    """Return systemd-networkd's files by name.  Source: systemd.network(5).

    A file is one port's, wherever among the devices it is: ports come and go while a guest runs.
    """
    return {
        f"10-{nic.mac.replace(':', '')}.network": _networkd_file(number, nic)
        for number, nic in enumerate(nics)
    }


def _networkd_file(number: int, nic: Nic) -> str:
    lines = ["[Match]", "Name=eth*", f"MACAddress={nic.mac}"]
    lines += ["[Link]", f"MTUBytes={nic.mtu}", "[Network]"]
    lines += ["IPv6AcceptRA=no", "LLDP=no", "EmitLLDP=no"]
    for address in nic.addresses:
        lines += [f"Address={address.address}/{address.prefix_length}"]
        lines += [f"DNS={server}" for server in address.dns_servers]
    for address in nic.addresses:
        for there, via in _routes(address):
            lines += ["[Route]", f"Destination={there}", f"Gateway={via}"]
            if number:
                lines.append(f"Metric={_metric(number)}")
    return "\n".join(lines) + "\n"


def interfaces(nics: tuple[Nic, ...]) -> str:
    """Return ifupdown's `/etc/network/interfaces`.  Source: interfaces(5)."""
    lines = ["auto lo", "iface lo inet loopback"]
    for number, nic in enumerate(nics):
        lines.append(f"auto eth{number}")
        if not nic.addresses:
            lines += [f"iface eth{number} inet manual", f"    mtu {nic.mtu}"]
        for address in nic.addresses:
            lines += _stanza(number, nic, address)
    return "\n".join(lines) + "\n"


def _stanza(number: int, nic: Nic, address: FixedAddress) -> Iterator[str]:
    six = ":" in address.address
    yield f"iface eth{number} {'inet6' if six else 'inet'} static"
    yield f"    address {address.address}/{address.prefix_length}"
    yield f"    mtu {nic.mtu}"
    if six:
        yield "    autoconf 0"
        yield "    accept_ra 0"
        yield "    dad-attempts 0"
    metric = f" metric {_metric(number)}" if number else ""
    for there, via in _routes(address):
        family = "-6 " if six else ""
        yield f"    up ip {family}route add {there} via {via} dev eth{number}{metric}"


def resolvers(nics: tuple[Nic, ...]) -> str:
    """Return `/etc/resolv.conf`, empty when no subnet names a server."""
    servers = [server for nic in nics for one in nic.addresses for server in one.dns_servers]
    return "".join(f"nameserver {server}\n" for server in dict.fromkeys(servers))
