"""What a guest finds in its files."""

import dataclasses
import json
import os
import pathlib

import pytest

from compute.drivers.base import FixedAddress, GuestSpec, Image, Nic
from compute.drivers.container import guestnet, inject, trees

NIC = Nic(
    port_id="p",
    mac="02:00:00:00:00:01",
    mtu=1442,
    network_id="n",
    addresses=(
        FixedAddress("10.0.0.5", 24, "10.0.0.1", ("10.0.0.2",), (("10.9.0.0/16", "10.0.0.7"),)),
        FixedAddress("fd00::5", 64, "fd00::1"),
    ),
)
SPEC = GuestSpec(
    server_id="s",
    name="web",
    hostname="web.example.org",
    project_id="p",
    user_id="u",
    vcpus=1,
    memory_mib=64,
    disk_gib=1,
    image=Image("i", "c", "raw", pathlib.Path("/nowhere")),
    nics=(NIC,),
    seed={
        "openstack/latest/meta_data.json": json.dumps({"public_keys": {"k": "ssh-a B\n"}}).encode()
    },
)
KEYS = "root/.ssh/authorized_keys"


def test_an_init_that_runs_commands_gets_addresses_and_routes():
    assert guestnet.commands((NIC,)).splitlines() == [
        "link set eth0 mtu 1442 up",
        "addr add 10.0.0.5/24 dev eth0",
        "route add 0.0.0.0/0 via 10.0.0.1 dev eth0",
        "route add 10.9.0.0/16 via 10.0.0.7 dev eth0",
        "addr add fd00::5/64 dev eth0 nodad",
        "-6 route add ::/0 via fd00::1 dev eth0",
    ]


def test_a_device_of_a_running_guest_is_set_up_by_commands_that_may_be_repeated():
    assert guestnet.live("eth3", 1, NIC).splitlines() == [
        "link set eth3 mtu 1442 up",
        "addr replace 10.0.0.5/24 dev eth3",
        "route replace 0.0.0.0/0 via 10.0.0.1 dev eth3 metric 100",
        "route replace 10.9.0.0/16 via 10.0.0.7 dev eth3 metric 100",
        "addr replace fd00::5/64 dev eth3 nodad",
        "route replace ::/0 via fd00::1 dev eth3 metric 100",
    ]


def test_a_second_interfaces_default_route_ranks_behind_the_firsts():
    assert "dev eth1 metric 100" in guestnet.commands((NIC, NIC))


def test_networkd_and_ifupdown_are_told_the_same():
    file = guestnet.networkd((NIC,))["10-020000000001.network"]
    assert "[Match]\nName=eth*\nMACAddress=02:00:00:00:00:01\n" in file
    assert "Address=10.0.0.5/24\n" in file
    assert "[Route]\nDestination=10.9.0.0/16\nGateway=10.0.0.7\n" in file
    text = guestnet.interfaces((NIC,))
    assert "iface eth0 inet static\n    address 10.0.0.5/24\n    mtu 1442\n" in text
    assert "up ip route add 10.9.0.0/16 via 10.0.0.7 dev eth0" in text


@pytest.mark.parametrize(
    ("network", "path"),
    [
        ("commands", "etc/network/ip-commands"),
        ("networkd", "etc/systemd/network/10-020000000001.network"),
        ("ifupdown", "etc/network/interfaces"),
    ],
)
def test_the_network_is_written_where_the_image_reads_it(network: str, path: str):
    assert path in inject.files(SPEC, inject.Facts(network=network))


def test_keys_join_those_of_the_image_unless_cloud_init_is_there():
    facts = inject.Facts(users=(inject.User("/root", 0, 0, b"old key"),))
    assert inject.files(SPEC, facts)[KEYS].data == b"old key\nssh-a B\n"
    files = inject.files(SPEC, dataclasses.replace(facts, cloud_init=True))
    assert KEYS not in files
    assert "etc/cloud/cloud.cfg.d/99-seed.cfg" in files


def test_the_seed_lies_where_only_root_reads_it():
    files = inject.files(SPEC, inject.Facts())
    path = "var/lib/cloud/seed/config_drive/openstack/latest/meta_data.json"
    assert files[path].mode == 0o600
    assert files["etc/hostname"].data == b"web\n"


def test_a_service_that_owns_resolv_conf_keeps_it():
    assert "etc/resolv.conf" in inject.files(SPEC, inject.Facts())
    assert "etc/resolv.conf" not in inject.files(SPEC, inject.Facts(resolver_is_link=True))


@pytest.mark.skipif(os.geteuid() != 0, reason="files get owners, which needs root")
def test_files_land_in_the_upper_layer_whatever_links_the_image_has(tmp_path: pathlib.Path):
    image, upper, outside = (tmp_path / name for name in ("image", "upper", "outside"))
    for path in (image / "private/etc", image / "home", upper, outside):
        path.mkdir(parents=True)
    (image / "private/etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    (image / "etc").symlink_to("private/etc")
    (image / "root").symlink_to(outside)
    os.chmod(image / "private", 0o711)
    inject.inject(SPEC, image, upper)
    assert (upper / "private/etc/hostname").read_text() == "web\n"
    assert (upper / "private").stat().st_mode & 0o777 == 0o711
    assert list(outside.iterdir()) == []
    seen = trees.Image(image)
    assert seen.read("etc/passwd").startswith(b"root")
    seen.close()
