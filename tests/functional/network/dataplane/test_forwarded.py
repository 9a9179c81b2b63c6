"""Single ports of an outside address lead to guests."""

import dataclasses

from network.drivers.base import ForwardSpec
from tests.support import dataplane
from tests.support.switched import OUTSIDE
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
