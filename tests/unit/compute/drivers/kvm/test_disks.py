import pathlib
import shutil
import struct
import subprocess

import pytest

from compute.drivers.base import GuestSpec, Image, ImageRejected
from compute.drivers.kvm import disks

MIB = 1 << 20
pytestmark = pytest.mark.skipif(shutil.which("qemu-img") is None, reason="needs qemu-img")


def qemu_img(*arguments):
    subprocess.run(["qemu-img", *map(str, arguments)], check=True, capture_output=True)


def image(path, disk_format="qcow2", image_id="image"):
    return Image(image_id, "abc123", disk_format, path)


@pytest.fixture
def qcow2(tmp_path):
    path = tmp_path / "image.qcow2"
    qemu_img("create", "-f", "qcow2", path, "8M")
    return path


def test_a_plain_qcow2_tells_its_virtual_size(qcow2):
    assert disks.inspect(image(qcow2)) == 8 * MIB


def test_a_raw_image_is_as_large_as_its_bytes(tmp_path):
    path = tmp_path / "image.raw"
    path.write_bytes(bytes(MIB))
    assert disks.inspect(image(path, "raw")) == MIB


def test_an_archive_is_no_disk(tmp_path):
    for number, kind in enumerate(("", "z", "J", "j")):
        path = tmp_path / f"rootfs-{number}"
        subprocess.check_call(["tar", f"-c{kind}f", str(path), "-C", "/etc", "hostname"])
        with pytest.raises(ImageRejected, match="img_hv_type"):
            disks.inspect(image(path, "raw"))


def test_a_backing_file_is_refused(tmp_path):
    path = tmp_path / "evil.qcow2"
    qemu_img("create", "-f", "qcow2", "-u", "-b", "/etc/passwd", "-F", "raw", path, "8M")
    with pytest.raises(ImageRejected, match="backing_file"):
        disks.inspect(image(path))


def test_a_data_file_is_refused(tmp_path):
    path = tmp_path / "evil.qcow2"
    options = f"data_file={tmp_path}/data,data_file_raw=on"
    qemu_img("create", "-f", "qcow2", "-o", options, path, "8M")
    with pytest.raises(ImageRejected, match="data_file"):
        disks.inspect(image(path))


def test_a_vmdk_that_points_at_other_files_is_refused(tmp_path):
    qemu_img("create", "-f", "vmdk", "-o", "subformat=monolithicFlat", tmp_path / "flat.vmdk", "8M")
    with pytest.raises(ImageRejected):
        disks.inspect(image(tmp_path / "flat.vmdk", "vmdk"))


def test_bytes_that_are_not_what_the_format_says_are_refused(qcow2):
    with pytest.raises(ImageRejected, match="says raw, and its bytes are qcow2"):
        disks.inspect(image(qcow2, "raw"))
    with pytest.raises(ImageRejected, match="docker does not boot"):
        disks.inspect(image(qcow2, "docker"))


def test_an_image_is_converted_once_and_no_leftovers_stay(tmp_path, qcow2):
    cache = disks.ImageCache(tmp_path / "cache")
    first = cache.base(image(qcow2), disk_gib=1)
    born = first.stat().st_ino
    qcow2.unlink()
    assert cache.base(image(qcow2), disk_gib=1).stat().st_ino == born
    assert [entry.name for entry in first.parent.iterdir()] == ["image-abc123.raw"]


def test_an_image_larger_than_the_flavors_disk_is_refused_with_the_figures(tmp_path):
    path = tmp_path / "large.qcow2"
    qemu_img("create", "-f", "qcow2", path, "1100M")
    cache = disks.ImageCache(tmp_path / "cache")
    with pytest.raises(ImageRejected, match="needs a disk of 2 GiB and the flavor has 1"):
        cache.base(image(path), disk_gib=1)
    assert not (tmp_path / "cache").exists()
    assert cache.base(image(path), disk_gib=0).stat().st_size == 1100 * MIB
    with pytest.raises(ImageRejected):
        cache.base(image(path), disk_gib=1)


def test_a_conversion_that_fails_leaves_nothing(tmp_path, qcow2):
    content = bytearray(qcow2.read_bytes())
    struct.pack_into(">Q", content, 40, 12345)  # where the table of clusters is
    qcow2.write_bytes(content)
    cache = disks.ImageCache(tmp_path / "cache")
    with pytest.raises(Exception, match="could not be converted"):
        cache.base(image(qcow2), disk_gib=1)
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_name_of_a_cached_image_cannot_leave_the_cache(tmp_path, qcow2):
    cache = disks.ImageCache(tmp_path / "cache")
    path = cache.base(image(qcow2, image_id="../../x"), disk_gib=1)
    assert path.parent == tmp_path / "cache"


def test_an_overlay_has_the_flavors_size_and_stays_when_asked_again(tmp_path, qcow2):
    base = disks.ImageCache(tmp_path / "cache").base(image(qcow2), disk_gib=3)
    spec = GuestSpec("s", "n", "h", "p", "u", 1, 128, 3, image(qcow2))
    disk = pathlib.Path(tmp_path / "disk.qcow2")
    disks.overlay(spec, base, disk)
    born = disk.stat().st_ino
    disks.overlay(spec, base, disk)
    assert disk.stat().st_ino == born
    told = subprocess.run(["qemu-img", "info", disk], capture_output=True, text=True).stdout
    assert "virtual size: 3 GiB" in told
