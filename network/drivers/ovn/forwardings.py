"""Port forwardings become load balancers of their router, one an address and protocol.

Source: ovn-nb(5), Load_Balancer TABLE: vips map `address:port` to `address:port`.
"""

from network.drivers.base import RouterSpec
from network.drivers.ovn.rows import Row, Rows, held

PREFIX = "cumulet-pf-"


def ensure(rows: Rows, router: Row, spec: RouterSpec) -> None:
    wanted: dict[str, tuple[str, dict[str, str]]] = {}
    for one in spec.forwards:
        name = f"{PREFIX}{spec.router_id}-{one.outer_address}-{one.protocol}"
        _, vips = wanted.setdefault(name, (one.protocol, {}))
        outer = f"{one.outer_address}:{one.outer_port}"
        vips[outer] = f"{one.inner_address}:{one.inner_port}"
    there = {row.name: row for row in held(router, "load_balancer") if row.name[:11] == PREFIX}
    for name in there.keys() - wanted.keys():
        router.delvalue("load_balancer", there[name])
        there[name].delete()
    for name, (protocol, vips) in wanted.items():
        row = rows.ensure("Load_Balancer", name)
        rows.set(row, protocol=[protocol], vips=vips)
        if name not in there:
            router.addvalue("load_balancer", row)
