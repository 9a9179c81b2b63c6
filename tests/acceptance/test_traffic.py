"""Packets between guests, across security groups, to metadata, and between tenants."""

import base64
import json

import pytest

from tests.support.waiting import wait_for

CIDR = "10.30.0.0/24"
PING = {"protocol": "icmp"}


@pytest.fixture(scope="module")
def network(tenant):
    return tenant.network(CIDR)


@pytest.fixture(scope="module")
def container(tenant, network):
    """A container that lets ssh in, and nothing else."""
    server = tenant.server(network, tenant.group())
    return tenant.logged_in(tenant.reachable(server))


@pytest.fixture(scope="module")
def machine(tenant, network):
    """A virtual machine that lets ssh and ping in."""
    server = tenant.server(network, tenant.group(PING), image="tiny-kvm")
    return tenant.logged_in(tenant.reachable(server))


def test_guests_of_both_kinds_reach_one_another(tenant, container, machine):
    assert tenant.reaches(container, machine.fixed)
    assert tenant.reaches(machine, container.fixed)
    assert tenant.pings(container, machine.fixed)


def test_what_no_rule_allows_is_dropped_until_one_does(tenant, container, machine):
    assert not tenant.pings(machine, container.fixed)
    group = next(
        iter(tenant.api.compute.fetch_server_security_groups(container.server).security_groups)
    )
    rule = tenant.api.network.create_security_group_rule(
        security_group_id=group["id"], direction="ingress", ethertype="IPv4", protocol="icmp"
    )
    wait_for(lambda: tenant.pings(machine, container.fixed), timeout_s=10)
    tenant.api.network.delete_security_group_rule(rule)
    wait_for(lambda: not tenant.pings(machine, container.fixed), timeout_s=10)


@pytest.mark.parametrize("kind", ["container", "machine"])
def test_a_guest_learns_who_it_is_from_the_metadata_address(tenant, request, kind):
    guest = request.getfixturevalue(kind)
    url = "http://169.254.169.254/openstack/latest/meta_data.json"
    status, text = tenant.run(guest, f"wget -qO- {url}")
    assert status == 0, text
    assert json.loads(text)["uuid"] == guest.server.id


def test_two_tenants_with_the_same_addresses_do_not_meet(tenant, stranger, container):
    network = stranger.network(CIDR)
    server = stranger.server(network, stranger.group(PING))
    guest = stranger.logged_in(stranger.reachable(server))
    taken = container.fixed
    if guest.fixed == taken:
        assert stranger.run(guest, "hostname")[1] != tenant.run(container, "hostname")[1]
    else:
        assert not stranger.pings(guest, taken)
        assert not stranger.reaches(guest, taken)


def test_a_guest_reaches_another_tenant_by_its_floating_address_alone(tenant, stranger, machine):
    network = stranger.network("10.31.0.0/24")
    guest = stranger.logged_in(stranger.reachable(stranger.server(network, stranger.group())))
    assert stranger.pings(guest, machine.floating)


def test_a_console_shows_what_a_guest_said(tenant, machine):
    log = tenant.api.compute.get_server_console_output(machine.server)
    assert log["output"].strip()


def test_user_data_runs_at_first_boot(tenant, network):
    script = base64.b64encode(b"#!/bin/sh\necho it ran > /tmp/ran\n").decode()
    server = tenant.server(network, tenant.group(), user_data=script, config_drive=True)
    guest = tenant.logged_in(tenant.reachable(server))
    wait_for(lambda: tenant.run(guest, "cat /tmp/ran")[1].strip(), "it ran", timeout_s=20)
