"""What a guest is told about itself, byte for byte the same on disk and over HTTP."""

import base64
import json
from typing import Any

from compute.seed import files

FACTS = {
    "id": "12345678-aaaa-bbbb-cccc-1234567890ab",
    "name": "Web 1",
    "hostname": "web-1",
    "project_id": "p1",
    "zone": "nova",
    "key_name": "mine",
    "public_key": "ssh-ed25519 AAAA me",
    "user_data": base64.b64encode(b"#!/bin/sh\n").decode(),
    "details": {"role": "web"},
    "launch_index": 0,
    "reservation_id": "r-1",
    "admin_pass": "secret",
    "flavor": "tiny",
    "image_id": "87654321-aaaa-bbbb-cccc-1234567890ab",
    "groups": ["default", "web"],
}
NIC = {
    "port_id": "aabbccdd-eeff-0011-2233-445566778899",
    "mac": "fa:16:3e:00:00:01",
    "mtu": 1442,
    "network_id": "n1",
    "addresses": [
        {
            "address": "10.0.0.5",
            "prefix_length": 28,
            "gateway": "10.0.0.1",
            "dns_servers": ["9.9.9.9"],
            "routes": [["10.9.0.0/16", "10.0.0.2"]],
        },
        {
            "address": "2001:db8::5",
            "prefix_length": 64,
            "gateway": "2001:db8::1",
            "dns_servers": [],
            "routes": [],
        },
    ],
}


def test_the_drive_holds_both_layouts():
    found = files.config_drive(FACTS, [NIC])
    assert "openstack/latest/meta_data.json" in found
    assert "openstack/latest/network_data.json" in found
    assert "ec2/latest/meta-data.json" in found
    assert found["openstack/latest/user_data"] == b"#!/bin/sh\n"


def test_meta_data_names_server_keys_and_metadata():
    meta = files.meta_data(FACTS, [])
    assert meta["uuid"] == FACTS["id"]
    assert meta["hostname"] == "web-1.novalocal"
    assert meta["public_keys"] == {"mine": "ssh-ed25519 AAAA me"}
    assert meta["meta"] == {"role": "web"}


def test_a_server_without_a_key_or_user_data_is_told_of_none():
    bare = FACTS | {"public_key": None, "key_name": None, "user_data": None}
    assert "public_keys" not in files.meta_data(bare, [])
    assert "openstack/latest/user_data" not in files.config_drive(bare, [NIC])


def test_network_data_has_a_link_a_port_and_a_network_an_address():
    found = files.network_data([NIC])
    assert found["links"][0]["ethernet_mac_address"] == "fa:16:3e:00:00:01"
    four, six = found["networks"]
    assert four["netmask"] == "255.255.255.240"
    assert four["routes"][0] == {
        "network": "0.0.0.0",
        "netmask": "0.0.0.0",
        "gateway": "10.0.0.1",
    }
    assert four["routes"][1]["netmask"] == "255.255.0.0"
    assert six["type"] == "ipv6"
    assert six["routes"][0]["network"] == "::"
    assert found["services"] == [{"type": "dns", "address": "9.9.9.9"}]


def test_the_ec2_tree_answers_as_old_guests_ask():
    tree = files.ec2(FACTS, [NIC])
    assert tree["local-ipv4"] == "10.0.0.5"
    assert tree["public-keys"]["0=mine"]["openssh-key"] == "ssh-ed25519 AAAA me"
    assert tree["security-groups"] == "default\nweb"


def test_files_are_json_that_reads_back():
    for name, content in files.openstack(FACTS, [NIC]).items():
        if name.endswith(".json"):
            json.loads(content)


def test_devices_that_have_a_tag_are_told_with_it():
    nics: list[dict[str, Any]] = [
        {"mac": "fa:16:3e:00:00:01", "tag": "front"},
        {"mac": "fa:16:3e:00:00:02", "tag": None},
    ]
    devices = files.meta_data(FACTS, nics)["devices"]
    assert [(one["type"], one["mac"], one["tags"]) for one in devices] == [
        ("nic", "fa:16:3e:00:00:01", ["front"])
    ]
