"""How a worker reads what it is told of a volume."""

import pytest

from common.nbd import Remote
from common.rbd import Image, blockdev
from compute.drivers.base import GuestFault
from compute.worker.volumes import disk_of

FILE = {
    "driver_volume_type": "file",
    "device_path": "/pool/volumes/one",
    "format": "qcow2",
    "access_mode": "rw",
    "encrypted": False,
}
NBD = {
    "driver_volume_type": "nbd",
    "format": "raw",
    "access_mode": "ro",
    "encrypted": False,
    "address": "192.0.2.1",
    "port": 10900,
    "name": "export",
    "tls_hostname": "host-a",
}

RBD = {
    "driver_volume_type": "rbd",
    "name": "volumes/volume-one",
    "format": "raw",
    "access_mode": "rw",
    "encrypted": False,
    "auth_username": "cumulet",
    "conf": "/etc/ceph/ceph.conf",
}


def told(connection):
    facts = {"volume_id": "one", "device": "/dev/vdb", "boot_index": None, "bus": None}
    more = {"device_type": "disk", "tag": None, "multiattach": False}
    return disk_of({**facts, **more, "connection": connection})


def test_a_volume_of_the_host_is_a_file():
    found = told(FILE)
    assert (str(found.path), found.format, found.remote) == ("/pool/volumes/one", "qcow2", None)


def test_a_volume_of_another_host_is_where_that_one_serves_it():
    found = told(NBD)
    assert found.remote == Remote("192.0.2.1", 10900, "export", "host-a")
    assert (found.format, found.read_only, found.key) == ("raw", True, None)


def test_a_volume_in_ceph_is_an_image_of_a_pool():
    found = told(RBD)
    assert found.remote == Image("volumes", "volume-one", "cumulet", "/etc/ceph/ceph.conf")
    assert (found.format, found.read_only, found.key) == ("raw", False, None)
    assert blockdev(found.remote).startswith("driver=rbd,pool=volumes,image=volume-one,")


def test_what_no_driver_knows_is_refused():
    with pytest.raises(GuestFault, match="no driver here knows"):
        told({**FILE, "driver_volume_type": "fake"})
