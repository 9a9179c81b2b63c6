"""A server's shape at each microversion: no field too few, none too many."""

import datetime as dt

import pytest

from compute.db.models import Nic, Server
from compute.views.servers import Parts, Viewer, basic, detail

FIRST = {
    *("id", "name", "status", "tenant_id", "user_id", "metadata", "hostId", "image", "flavor"),
    *("created", "updated", "addresses", "accessIPv4", "accessIPv6", "links", "progress"),
    "OS-DCF:diskConfig",
}
SHOWN = FIRST | {
    *("OS-EXT-AZ:availability_zone", "config_drive", "key_name", "security_groups"),
    *("OS-SRV-USG:launched_at", "OS-SRV-USG:terminated_at", "OS-EXT-STS:task_state"),
    *("OS-EXT-STS:vm_state", "OS-EXT-STS:power_state", "os-extended-volumes:volumes_attached"),
}
ADDED = {
    (2, 1): set(),
    (2, 9): {"locked"},
    (2, 19): {"description"},
    (2, 26): {"tags"},
    (2, 63): {"trusted_image_certificates"},
    (2, 71): {"server_groups"},
    (2, 73): {"locked_reason"},
    (2, 90): {"OS-EXT-SRV-ATTR:hostname"},
    (2, 96): {"pinned_availability_zone"},
}


def server(**values) -> Server:
    now = dt.datetime(2026, 1, 31, 12)
    flavor = {
        "id": "1",
        "name": "tiny",
        "vcpus": 1,
        "ram": 512,
        "disk": 1,
        "ephemeral": 0,
        "swap": 0,
        "extra_specs": {},
    }
    fields = {
        "id": "s1",
        "project_id": "p1",
        "user_id": "u1",
        "name": "web",
        "hostname": "web",
        "status": "ACTIVE",
        "flavor": flavor,
        "image_id": "i1",
        "image": {},
        "details": {},
        "security_groups": [],
        "zone": "nova",
        "host": "h1",
        "created_at": now,
        "updated_at": now,
        "access_ip_v4": "",
        "access_ip_v6": "",
        "disk_config": "MANUAL",
        "config_drive": False,
        "locked": False,
        "reservation_id": "r-1",
        "launch_index": 0,
    }
    return Server(**(fields | values))


NIC = Nic(
    id="n",
    server_id="s1",
    position=0,
    network_id="net",
    network_name="private",
    mtu=1500,
    ours=True,
    port_id="p",
    mac="fa:16:3e:00:00:01",
    addresses=[{"address": "10.0.0.5"}],
)


@pytest.mark.parametrize("version", list(ADDED))
def test_a_server_shows_what_its_microversion_promises_and_nothing_else(version):
    wanted = set(SHOWN)
    for since, names in ADDED.items():
        if since <= version:
            wanted |= names
    shown = detail(Viewer(version, "http://x"), server(), Parts(nics=[NIC]))
    assert set(shown) == wanted


def test_the_short_answer_to_a_change_holds_the_first_fields_only():
    assert set(basic(Viewer((2, 1), "http://x"), server(), Parts())) == FIRST


def test_only_who_may_see_hosts_sees_them():
    shown = detail(Viewer((2, 1), "http://x", sees_hosts=True), server(), Parts())
    assert shown["OS-EXT-SRV-ATTR:host"] == "h1"
    assert "h1" not in str(detail(Viewer((2, 1), "http://x"), server(), Parts()))


def test_a_list_leaves_server_groups_out():
    shown = detail(Viewer((2, 71), "http://x"), server(), Parts(), listed=True)
    assert "server_groups" not in shown


def test_the_flavor_is_a_link_and_from_2_47_on_embedded():
    assert set(detail(Viewer((2, 46), ""), server(), Parts())["flavor"]) == {"id", "links"}
    assert detail(Viewer((2, 47), ""), server(), Parts())["flavor"]["original_name"] == "tiny"


def test_fixed_and_floating_addresses_stand_side_by_side():
    floating = {"p": [{"floating_ip_address": "203.0.113.9"}]}
    shown = detail(Viewer((2, 1), ""), server(), Parts(nics=[NIC], floating=floating))
    kinds = [one["OS-EXT-IPS:type"] for one in shown["addresses"]["private"]]
    assert kinds == ["fixed", "floating"]


def test_an_erroneous_server_shows_no_progress():
    assert "progress" not in detail(Viewer((2, 1), ""), server(status="ERROR"), Parts())


def test_a_reboot_under_way_colours_the_status():
    shown = detail(Viewer((2, 1), ""), server(task_state="rebooting_hard"), Parts())
    assert shown["status"] == "HARD_REBOOT"
