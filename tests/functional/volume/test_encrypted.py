"""Encrypted volumes by the API: what lies in the pool is read by who has the key."""

import pathlib
import subprocess

import pytest

from common import qcow2
from tests.functional.volume.test_backups import back_up, restore, shown
from tests.support.waiting import wait_for

WORDS = b"nobody else shall read this. "


def encrypted_type(cloud, name="safe", **how):
    answer = cloud.call("POST", "/types", {"volume_type": {"name": name}}, admin=True)
    assert answer.status_code == 200, answer.text
    given = {"provider": "luks", "control_location": "front-end", **how}
    path = f"/types/{answer.json['volume_type']['id']}/encryption"
    assert cloud.call("POST", path, {"encryption": given}, admin=True).status_code == 200
    return name


def keys(cloud):
    return {one.name for one in (cloud.pool.parent / "volume-keys").iterdir()}


def io(cloud, path, *commands):
    """Run qemu-io on a volume or snapshot of the pool, with the keys that its layers take."""
    layer = path.resolve()
    words = []
    for key in keys(cloud):
        secret = qcow2.secret(f"k-{key}", cloud.pool.parent / "volume-keys" / key)
        words += ["--object", secret]
    known = qcow2.options(layer, lambda file: "k-" + file.name[4:40])
    ordered = [word for command in commands for word in ("-c", command)]
    command = ["qemu-io", *words, "--image-opts", known, *ordered]
    done = subprocess.run(command, capture_output=True, check=False)
    assert not done.stderr, done.stderr
    return done.stdout


def write(cloud, volume_id, byte, offset="0"):
    io(cloud, cloud.pool / "volumes" / volume_id, f"write -P {byte} {offset} 64k")


def holds(cloud, one_id, byte, offset="0", room="volumes"):
    return b"failed" not in io(cloud, cloud.pool / room / one_id, f"read -P {byte} {offset} 64k")


def gone(cloud, volume_id):
    assert cloud.call("DELETE", f"/volumes/{volume_id}").status_code == 202
    cloud.wait(volume_id, "deleted")


def image(cloud):
    content = (WORDS * 40000)[: 1 << 20]
    return cloud.images.add(content, disk_format="raw")


def test_an_encrypted_volume_says_so_and_its_key_goes_with_it(any_cloud):
    cloud = any_cloud
    volume_id = cloud.volume(volume_type=encrypted_type(cloud, cipher="aes-xts-plain64"))
    shown = cloud.get(f"/volumes/{volume_id}")["volume"]
    assert shown["encrypted"] is True
    how = cloud.get(f"/volumes/{volume_id}/encryption")
    assert (how["provider"], how["cipher"]) == ("luks", "aes-xts-plain64")
    assert keys(cloud) == {how["encryption_key_id"]} == {shown["encryption_key_id"]}
    key = cloud.pool.parent / "volume-keys" / shown["encryption_key_id"]
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text() not in cloud.call("GET", f"/volumes/{volume_id}", admin=True).text
    write(cloud, volume_id, 3)
    gone(cloud, volume_id)
    assert (keys(cloud), cloud.layers()) == (set(), set())


def test_what_lies_in_the_pool_is_ciphertext_and_not_read_without_the_key(cloud):
    image_id = image(cloud)
    kind = encrypted_type(cloud)
    volume_id = cloud.volume(volume_type=kind, imageRef=image_id)
    layer = (cloud.pool / "volumes" / volume_id).resolve()
    assert WORDS not in layer.read_bytes()
    assert all(WORDS not in one.read_bytes() for one in (cloud.pool / "layers").iterdir())
    blind = ["qemu-img", "convert", "-f", "qcow2", "-O", "raw", str(layer), "/dev/null"]
    assert subprocess.run(blind, capture_output=True, check=False).returncode != 0
    wrong = cloud.pool.parent / "wrong"
    wrong.write_text("0" * 64)
    known = qcow2.options(layer, lambda _: "k")
    guess = [
        "qemu-io",
        "--object",
        qcow2.secret("k", wrong),
        "--image-opts",
        known,
        "-c",
        "read 0 1",
    ]
    assert b"Invalid password" in subprocess.run(guess, capture_output=True, check=False).stderr
    named = cloud.get("/types/default")["volume_type"]["name"]
    plain = cloud.volume(source_volid=volume_id, volume_type=named)
    assert WORDS in (cloud.pool / "volumes" / plain).resolve().read_bytes()
    assert cloud.get(f"/volumes/{plain}")["volume"]["encrypted"] is False


def test_copies_and_snapshots_share_bytes_and_the_key_until_the_last_goes(cloud):
    kind = encrypted_type(cloud)
    volume_id = cloud.volume(volume_type=kind)
    write(cloud, volume_id, 5)
    snapshot_id = cloud.snapshot(volume_id)
    write(cloud, volume_id, 6)
    assert holds(cloud, snapshot_id, 5, room="snapshots")
    copy, other = cloud.volume(source_volid=volume_id), cloud.volume(snapshot_id=snapshot_id)
    assert (holds(cloud, copy, 6), holds(cloud, other, 5)) == (True, True)
    assert len(keys(cloud)) == 1
    back = cloud.act(volume_id, "revert", {"snapshot_id": snapshot_id})
    assert back.status_code == 202, back.text
    wait_for(lambda: cloud.status(volume_id) == "available" and holds(cloud, volume_id, 5))
    assert cloud.call("DELETE", f"/snapshots/{snapshot_id}").status_code == 202
    cloud.wait(snapshot_id, "deleted", "snapshot")
    gone(cloud, volume_id)
    gone(cloud, copy)
    assert holds(cloud, other, 5)
    gone(cloud, other)
    assert (keys(cloud), cloud.layers()) == (set(), set())


def test_an_encrypted_volume_grows_and_keeps_its_content(cloud):
    volume_id = cloud.volume(volume_type=encrypted_type(cloud))
    write(cloud, volume_id, 7)
    cloud.snapshot(volume_id)
    assert cloud.act(volume_id, "os-extend", {"new_size": 3}).status_code == 202
    wait_for(lambda: cloud.get(f"/volumes/{volume_id}")["volume"]["size"], 3)
    assert qcow2.virtual_size((cloud.pool / "volumes" / volume_id).resolve()) == 3 << 30
    write(cloud, volume_id, 8, "2G")
    assert holds(cloud, volume_id, 7)


def test_a_backup_of_an_encrypted_volume_is_sealed_and_comes_back_encrypted(cloud):
    volume_id = cloud.volume(volume_type=encrypted_type(cloud))
    io(cloud, cloud.pool / "volumes" / volume_id, "write -P 65 0 64k")
    first = back_up(cloud, volume_id)
    known = cloud.get(f"/volumes/{volume_id}")["volume"]["encryption_key_id"]
    assert shown(cloud, first)["encryption_key_id"] == known
    write(cloud, volume_id, 66, "8M")
    second = back_up(cloud, volume_id, incremental=True)
    gone(cloud, volume_id)
    kept = cloud.pool.parent / "backups"
    assert all(b"AAAA" not in one.read_bytes() for one in kept.rglob("data"))
    again = restore(cloud, second)
    assert cloud.get(f"/volumes/{again}")["volume"]["encrypted"] is True
    assert (holds(cloud, again, 65), holds(cloud, again, 66, "8M")) == (True, True)
    onto = cloud.volume(volume_type="safe")
    restore(cloud, first, volume_id=onto)
    assert (holds(cloud, onto, 65), holds(cloud, onto, 0, "8M")) == (True, True)
    assert list((cloud.pool / "shown").iterdir()) == []
    for backup_id in (second, first):
        assert cloud.call("DELETE", f"/backups/{backup_id}").status_code == 202
        wait_for(lambda: shown(cloud, backup_id)["status"], "deleted")  # noqa: B023
    gone(cloud, again)
    gone(cloud, onto)
    assert keys(cloud) == set()


def test_another_type_encrypts_a_volume_and_decrypts_it_again(cloud):
    kind = encrypted_type(cloud)
    image_id = image(cloud)
    volume_id = cloud.volume(imageRef=image_id)
    for named, encrypted in ((kind, True), ("standard", False)):
        wanted = {"new_type": named, "migration_policy": "on-demand"}
        assert cloud.act(volume_id, "os-retype", wanted).status_code == 202
        wait_for(lambda: cloud.get(f"/volumes/{volume_id}")["volume"]["encrypted"], encrypted)
        layer = (cloud.pool / "volumes" / volume_id).resolve()
        assert (WORDS in layer.read_bytes()) is not encrypted
        assert len(keys(cloud)) == encrypted
        cloud.wait(volume_id, "available")


def test_a_host_is_told_where_the_key_lies_and_a_member_is_not(cloud):
    volume_id = cloud.volume(volume_type=encrypted_type(cloud))
    told = cloud.attached(volume_id, "11111111-1111-4111-8111-111111111111")
    connection = told["connection_info"]
    assert connection["encrypted"] is True
    assert pathlib.Path(connection["key_path"]).read_text()
    seen = cloud.call("GET", f"/attachments/{told['id']}")
    assert "volume-keys" not in seen.text


@pytest.mark.parametrize(
    ("how", "would"),
    [
        ({"provider": "plain"}, "luks"),
        ({"cipher": "serpent-cbc-plain"}, "aes-xts-plain64"),
        ({"key_size": 64}, "256"),
        ({"control_location": "back-end"}, "front-end"),
    ],
)
def test_what_cannot_be_encrypted_as_its_type_says_is_refused(cloud, how, would):
    kind = encrypted_type(cloud, **how)
    refused = cloud.call("POST", "/volumes", {"volume": {"size": 1, "volume_type": kind}})
    assert refused.status_code == 400
    assert would in refused.json["badRequest"]["message"]


def test_an_encrypted_volume_does_not_leave_the_cloud_readable(cloud):
    volume_id = cloud.volume(volume_type=encrypted_type(cloud))
    upload = cloud.act(volume_id, "os-volume_upload_image", {"image_name": "x"})
    unmanage = cloud.act(volume_id, "os-unmanage", admin=True)
    assert (upload.status_code, unmanage.status_code) == (400, 400)
    assert "encrypted" in upload.text


def test_a_creation_that_failed_leaves_no_key(cloud):
    image_id = cloud.images.add(b"no such format" * 100, disk_format="qcow2")
    wanted = {"size": 1, "imageRef": image_id, "volume_type": encrypted_type(cloud)}
    volume_id = cloud.call("POST", "/volumes", {"volume": wanted}).json["volume"]["id"]
    cloud.wait(volume_id, "error")
    wait_for(lambda: keys(cloud), set())


def test_a_worker_that_was_cut_off_leaves_no_key_without_a_file(cloud):
    volume_id = cloud.volume(volume_type=encrypted_type(cloud))
    cloud.stop_worker()
    lost = "22222222-2222-4222-8222-222222222222"
    (cloud.pool.parent / "volume-keys" / lost).write_text("1" * 64)
    (cloud.pool.parent / "volume-keys" / f".{lost}.half").write_text("1")
    (cloud.pool / "parts" / f"key-{lost}-half.qcow2").write_bytes(b"half")
    cloud.start_worker()
    assert not [one for one in keys(cloud) if lost in one]
    assert len(keys(cloud)) == 1
    assert holds(cloud, volume_id, 0)
