"""What OVN's databases hold after a wanted state, and how their loss is borne."""

import dataclasses
import os
import signal
import time

import pytest

from network.drivers.base import EngineUnavailable, RouterSpec
from network.drivers.ovn.engine import OvnEngine
from tests.functional.network.drivers.conftest import OvnSwitch
from tests.functional.network.drivers.test_contract import group, network, new_id, port, subnet
from tests.support.waiting import wait_for


@pytest.fixture
def ovn(plane):
    switch = OvnSwitch(plane)
    yield switch
    switch.close()


@pytest.fixture
def wired(ovn):
    net = network()
    sub = subnet(net)
    ovn.engine.ensure_network(net)
    ovn.engine.ensure_subnet(sub)
    return net, sub


def column(plane, table, name, what):
    return plane.nbctl("--bare", "get", table, name, what).strip()


def test_a_port_changes_its_groups(plane, ovn, wired):
    first, second = group(), group()
    for sg in (first, second):
        ovn.engine.ensure_security_group(sg)
    guest = port(*wired, security_group_ids=(first.security_group_id,))
    ovn.engine.ensure_port(guest)
    moved = dataclasses.replace(guest, security_group_ids=(second.security_group_id,))
    ovn.engine.ensure_port(moved)
    members = {
        sg.security_group_id: column(
            plane, "Port_Group", f"pg_{sg.security_group_id.replace('-', '_')}", "ports"
        )
        for sg in (first, second)
    }
    assert members[first.security_group_id] == "[]"
    assert members[second.security_group_id] != "[]"


def test_a_group_written_again_from_nothing_takes_its_ports_back(plane, ovn, wired):
    sg = group()
    name = f"pg_{sg.security_group_id.replace('-', '_')}"
    ovn.engine.ensure_security_group(sg)
    ovn.engine.ensure_port(port(*wired, security_group_ids=(sg.security_group_id,)))
    plane.nbctl("pg-del", name)
    wait_for(lambda: name not in str(ovn.engine.revisions()))
    ovn.engine.ensure_security_group(sg)
    assert column(plane, "Port_Group", name, "ports") != "[]"


def test_dhcp_that_is_turned_on_later_answers_the_ports_there_are(plane, ovn, wired):
    net, sub = wired
    ovn.engine.ensure_subnet(dataclasses.replace(sub, enable_dhcp=False))
    guest = port(net, sub)
    ovn.engine.ensure_port(guest)
    assert column(plane, "Logical_Switch_Port", guest.port_id, "dhcpv4_options") == "[]"
    ovn.engine.ensure_subnet(sub)
    assert column(plane, "Logical_Switch_Port", guest.port_id, "dhcpv4_options") != "[]"


def test_a_ports_own_options_follow_its_subnet(plane, ovn, wired):
    net, sub = wired
    guest = port(net, sub, dhcp_options=(("bootfile-name", "pxe.0", 4),))
    ovn.engine.ensure_port(guest)
    ovn.engine.ensure_subnet(dataclasses.replace(sub, revision=2, mtu=1300))
    chosen = column(plane, "Logical_Switch_Port", guest.port_id, "dhcpv4_options")
    options = column(plane, "DHCP_Options", chosen, "options")
    assert "pxe.0" in options
    assert "1300" in options


def test_an_address_that_others_may_send_from_makes_its_unowned_port_virtual(plane, ovn, wired):
    net, sub = wired
    shared = port(
        net, sub, mac="fa:16:3e:00:00:50", device_owner="", device_id="",
        fixed_ips=((sub.subnet_id, "10.0.0.50", 24),),
    )  # fmt: skip
    guest = port(net, sub, allowed_pairs=(("fa:16:3e:00:00:11", "10.0.0.50"),))
    ovn.engine.ensure_port(shared)
    ovn.engine.ensure_port(guest)
    assert column(plane, "Logical_Switch_Port", shared.port_id, "type") == "virtual"
    parents = column(plane, "Logical_Switch_Port", shared.port_id, "options:virtual-parents")
    assert guest.port_id in parents
    ovn.engine.ensure_port(dataclasses.replace(guest, allowed_pairs=()))
    assert column(plane, "Logical_Switch_Port", shared.port_id, "type") == '""'


def test_a_port_told_its_host_comes_up_there_and_nowhere_else(plane, ovn, wired):
    net, sub = wired
    guest = port(net, sub, host="another-host")
    ovn.engine.ensure_port(guest)
    ovn.bind(guest.port_id)
    plane.nbctl("--wait=hv", "sync")
    assert ovn.engine.ports_up()[guest.port_id] is False
    ovn.engine.ensure_port(dataclasses.replace(guest, host="chassis-1"))
    wait_for(lambda: ovn.engine.ports_up()[guest.port_id])


def test_writing_the_same_again_writes_nothing(plane, ovn, wired):
    net, sub = wired
    router, sg = RouterSpec(new_id(), 1, "r", next_hops=("203.0.113.1",)), group()
    guest = port(net, sub, security_group_ids=(sg.security_group_id,))

    def everything():
        ovn.engine.ensure_network(net)
        ovn.engine.ensure_security_group(sg)
        ovn.engine.ensure_port(guest)
        ovn.engine.ensure_router(router)

    everything()
    before = plane.nbctl("show"), plane.nbctl("acl-list", pg_of(sg)), plane.nbctl("list", "ACL")
    everything()
    after = plane.nbctl("show"), plane.nbctl("acl-list", pg_of(sg)), plane.nbctl("list", "ACL")
    assert before == after


def pg_of(sg):
    return f"pg_{sg.security_group_id.replace('-', '_')}"


def test_a_server_that_does_not_answer_is_given_up_on_at_the_deadline(plane):
    engine = OvnEngine(plane.remote, timeout_s=0.5)
    engine.revisions()
    pid = int((plane.state_dir / "ovn/ovsdb-server.pid").read_text())
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    try:
        with pytest.raises(EngineUnavailable):
            engine.ensure_network(network())
        assert time.monotonic() - began < 2
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_for(lambda: answers(engine))
    for kind, resource_id in engine.revisions():
        engine.delete(kind, resource_id)
    engine.close()


def answers(engine):
    try:
        engine.revisions()
    except EngineUnavailable:
        return False
    return True


def test_an_engine_without_a_server_says_so(tmp_path):
    engine = OvnEngine(f"unix:{tmp_path}/none.sock", timeout_s=0.3)
    with pytest.raises(EngineUnavailable):
        engine.revisions()
    engine.close()
