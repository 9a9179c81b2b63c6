"""Single ports of outside addresses, and addresses that are translated beside their guests."""

import dataclasses

from common import process
from network.drivers.base import FloatingIpSpec, ForwardSpec
from tests.support import dataplane
from tests.support.switched import OUTSIDE, new_id
from tests.support.waiting import wait_for


def test_a_port_of_an_outside_address_leads_to_a_guest_and_no_other_port_does(cloud, outside):
    a2, router = cloud.guests["a2"], cloud.a.router
    address = "198.19.1.150"
    forward = ForwardSpec("tcp", address, 2222, "10.0.0.12", 22)
    cloud.engine.ensure_router(dataclasses.replace(router, revision=40, forwards=(forward,)))
    greeting = f"{a2.port_id} saw {OUTSIDE}"
    wait_for(lambda: dataplane.call(outside, address, 2222, timeout_s=0.5) == greeting)
    assert dataplane.call(outside, address, 22, timeout_s=1) == ""
    assert a2.call(OUTSIDE, 80) == f"outside saw {cloud.a.gateway_address}"
    cloud.engine.ensure_router(dataclasses.replace(router, revision=41))
    wait_for(lambda: dataplane.call(outside, address, 2222, timeout_s=0.5) == "")


def test_a_distributed_routers_floating_address_is_the_guests_in_both_directions(cloud, outside):
    a1, tenant = cloud.guests["a1"], cloud.a
    spec = cloud.specs["a1"]
    address = FloatingIpSpec(
        new_id(),
        tenant.floating_address,
        "10.0.0.11",
        spec.port_id,
        spec.mac,
        outer_mac="fa:16:3e:77:00:01",
    )
    whole = dataclasses.replace(
        tenant.router, revision=50, floating_ips=(address,), distributed=True
    )
    cloud.engine.ensure_router(whole)
    greeting = f"{a1.port_id} saw {OUTSIDE}"
    wait_for(
        lambda: dataplane.call(outside, tenant.floating_address, 22, timeout_s=0.5) == greeting
    )
    seen = process.run(["ip", "neigh", "show"], timeout_s=5, network_namespace=outside)
    assert f"{tenant.floating_address} " in seen and "fa:16:3e:77:00:01" in seen
    wait_for(lambda: a1.call(OUTSIDE, 80) == f"outside saw {tenant.floating_address}")
