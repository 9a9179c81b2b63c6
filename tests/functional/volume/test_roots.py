"""Volumes that containers boot from: file systems that only hosts write."""

import base64
import io
import json
import subprocess
import tarfile
import uuid

import pytest

from tests.functional.volume.test_backups import back_up, restore


def archive(**files: bytes) -> bytes:
    """A root file system archive.  files: by name, `__` for `/`."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name.replace("__", "/"))
            info.size, info.mode, info.uid = len(data), 0o4755, 33
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.fixture
def image(cloud) -> str:
    data = archive(sbin__init=b"#!/bin/sh", etc__motd=b"hello")
    return str(cloud.images.add(data, img_hv_type="lxc"))


def debugfs(cloud, volume_id, command):
    """What a command of debugfs says of a volume's file system."""
    plain = cloud.pool / "plain"
    convert = ["qemu-img", "convert", "-f", "qcow2", "-O", "raw"]
    subprocess.check_call([*convert, str(cloud.pool / "volumes" / volume_id), str(plain)])
    ask = ["debugfs", "-R", command, str(plain)]
    return subprocess.check_output(ask, text=True, stderr=subprocess.DEVNULL)


def test_an_archive_becomes_a_file_system_with_its_files_and_owners(cloud, image):
    first, second = cloud.volume(size=2, imageRef=image), cloud.volume(imageRef=image)
    assert debugfs(cloud, first, "cat /upper/etc/motd") == "hello"
    said = debugfs(cloud, second, "stat /upper/sbin/init")
    assert "Mode:  04755" in said
    assert "User:    33" in said
    assert len(list((cloud.pool / "layers").glob("image-*"))) == 1
    shown = cloud.get(f"/volumes/{first}")["volume"]
    assert (shown["bootable"], shown["size"]) == ("true", 2)
    assert not list((cloud.pool.parent / "volume-transit").glob("*"))


@pytest.mark.parametrize(
    ("data", "values", "reason"),
    [
        (archive(etc__motd=b"x"), {}, "no /sbin/init"),
        (b"no archive at all" * 512, {}, "archive"),
        (archive(sbin__init=b"x"), {"disk_format": "qcow2"}, "raw"),
    ],
)
def test_what_is_no_root_file_system_makes_no_volume(cloud, data, values, reason):
    image = cloud.images.add(data, img_hv_type="LXC", **values)
    made = cloud.call("POST", "/volumes", {"volume": {"size": 1, "imageRef": image}}).json
    cloud.wait(made["volume"]["id"], "error")
    assert reason in cloud.get("/messages")["messages"][0]["user_message"]
    assert not list((cloud.pool / "layers").glob("image-*"))


def test_what_a_host_mounts_is_never_what_a_tenant_wrote(cloud, image):
    root, plain = cloud.volume(imageRef=image), cloud.volume()
    named = {"metadata": {"img_hv_type": "lxc"}}
    assert cloud.act(plain, "os-set_image_metadata", named).status_code == 400
    other = {"metadata": {"img_hv_type": "kvm"}}
    assert cloud.act(root, "os-set_image_metadata", other).status_code == 400
    unset = {"key": "img_hv_type"}
    assert cloud.act(root, "os-unset_image_metadata", unset).status_code == 400
    harmless = {"metadata": {"os_distro": "x"}}
    assert cloud.act(root, "os-set_image_metadata", harmless).status_code == 200
    kvm = cloud.images.add(b"boot" * 4096)
    for volume_id, image_id in ((root, kvm), (plain, image)):
        given = {"image_id": image_id, "reimage_reserved": False}
        assert cloud.act(volume_id, "os-reimage", given, version="3.68").status_code == 400
    assert cloud.act(root, "os-volume_upload_image", {"image_name": "x"}).status_code == 400
    saved = back_up(cloud, plain)
    wanted = {"restore": {"volume_id": root}}
    assert cloud.call("POST", f"/backups/{saved}/restore", wanted).status_code == 400


def test_a_copy_and_a_restored_backup_are_still_what_containers_boot_from(cloud, image):
    root = cloud.volume(imageRef=image)
    copies = [cloud.volume(source_volid=root), cloud.volume(snapshot_id=cloud.snapshot(root))]
    saved = back_up(cloud, root)
    answer = cloud.call("POST", f"/backups/{saved}/restore", {"restore": {}})
    copies.append(answer.json["restore"]["volume_id"])
    for one in copies:
        cloud.wait(one, "available")
        shown = cloud.get(f"/volumes/{one}")["volume"]
        assert shown["volume_image_metadata"]["img_hv_type"] == "lxc"
        assert debugfs(cloud, one, "cat /upper/etc/motd") == "hello"


def test_of_a_record_from_elsewhere_no_such_volume_is_made(cloud, image):
    saved = back_up(cloud, cloud.volume(imageRef=image))
    record = cloud.get(f"/backups/{saved}/export_record", admin=True)["backup-record"]
    found = json.loads(base64.b64decode(record["backup_url"]))
    found["id"] = str(uuid.uuid4())
    record["backup_url"] = base64.b64encode(json.dumps(found).encode()).decode()
    body = {"backup-record": record}
    made = cloud.call("POST", "/backups/import_record", body, admin=True)
    assert made.status_code == 201, made.text
    volume = cloud.get(f"/volumes/{restore(cloud, found['id'])}")["volume"]
    assert "volume_image_metadata" not in volume
    assert volume["bootable"] == "false"


def test_the_host_is_told_what_it_may_mount(cloud, image):
    for volume_id, expected in ((cloud.volume(imageRef=image), True), (cloud.volume(), False)):
        told = cloud.attached(volume_id, str(uuid.uuid4()))
        assert told["connection_info"]["root_fs"] is expected
