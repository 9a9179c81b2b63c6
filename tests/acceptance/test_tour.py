"""The tour of the README, with the unmodified command line client."""

import json

import pytest

from tests.support.waiting import wait_for


@pytest.fixture(scope="module")
def network(openstack):
    """A network for the tour, removed afterwards."""
    openstack("network create tour")
    openstack("subnet create --network tour --subnet-range 10.40.0.0/24 tour")
    yield "tour"
    openstack("network delete tour", check=False)


def test_the_catalog_names_every_service(openstack):
    found = json.loads(openstack("catalog list -f json"))
    kinds = {service["Type"] for service in found}
    assert {"identity", "image", "network", "compute", "placement", "orchestration"} <= kinds


def test_images_of_both_kinds_are_there(openstack):
    names = openstack("image list -f value -c Name").split()
    assert {"tiny-kvm", "tiny-container", "debian-container"} <= set(names)


@pytest.mark.parametrize("image", ["tiny-container", "tiny-kvm"])
def test_a_server_is_made_shown_stopped_started_and_deleted(openstack, network, image):
    name = f"tour-{image}"
    openstack(f"server create --image {image} --flavor tiny --network {network} --wait {name}")
    shown = f"server show {name} -f value -c status"
    assert openstack(shown) == "ACTIVE"
    for verb, status in (("stop", "SHUTOFF"), ("start", "ACTIVE")):
        openstack(f"server {verb} {name}")
        wait_for(lambda: openstack(shown), status, timeout_s=90)
    wait_for(lambda: openstack(f"console log show {name}"), timeout_s=60)
    openstack(f"server delete --wait {name}")
    assert name not in openstack("server list -f value -c Name")


def test_a_member_may_not_do_what_an_administrator_may(openstack):
    refusal = openstack("user create nobody", check=False)
    assert "403" in refusal


def test_wrong_passwords_are_refused(openstack):
    refusal = openstack("--os-password wrong token issue", check=False)
    assert "401" in refusal
