"""Judging bytes by what they are."""

import struct

import pytest

from image.drivers.formats import FormatRefused, Inspection


def judge(data: bytes, disk_format: str, *, match: bool = True, step: int = 1000) -> int | None:
    inspection = Inspection(disk_format, match=match)
    for start in range(0, len(data), step):
        inspection.look(data[start : start + step])
    return inspection.finish()


def qcow2(*, size: int = 1 << 30, backing: int = 0, features: int = 0) -> bytes:
    """A header of version 3.  Source: qcow2 specification of QEMU."""
    header = struct.pack(
        ">4sIQIIQIIQQIIQQQQII",
        *(b"QFI\xfb", 3, backing, 10 if backing else 0, 16, size, 0, 1, 0x30000, 0x10000, 1, 0, 0),
        *(features, 0, 0, 4, 104),
    )
    return header.ljust(4096, b"\0")


@pytest.mark.parametrize("step", [7, 1000, 1 << 20])
def test_the_virtual_size_is_the_headers_however_the_bytes_come(step):
    assert judge(qcow2(), "qcow2", step=step) == 1 << 30
    assert judge(b"x" * 5000, "raw", step=step) == 5000


@pytest.mark.parametrize("disk_format", ["aki", "ari", "ami", "ploop"])
def test_formats_without_a_header_take_what_is_no_disk_format(disk_format):
    assert judge(b"kernel" * 100, disk_format) == 600
    with pytest.raises(FormatRefused, match="qcow2"):
        judge(qcow2(), disk_format)


def test_nothing_at_all_is_a_raw_image_of_no_size():
    assert judge(b"", "raw") == 0
    with pytest.raises(FormatRefused):
        judge(b"", "qcow2")


def test_a_partition_table_is_content_of_a_raw_image():
    sector = bytearray(512)
    sector[450] = 0x83
    sector[510:] = b"\x55\xaa"
    assert judge(bytes(sector) * 100, "raw") == 51200


@pytest.mark.parametrize("match", [True, False])
@pytest.mark.parametrize(
    ("image", "cause"),
    [
        (qcow2(backing=0x200), "backing"),
        (qcow2(features=4), "data_file"),
        (qcow2(features=1 << 40), "features"),
    ],
)
def test_a_header_that_points_elsewhere_is_refused_by_name(image, cause, match):
    with pytest.raises(FormatRefused, match=cause):
        judge(image, "qcow2", match=match)


def test_a_size_no_row_can_hold_is_refused():
    with pytest.raises(FormatRefused, match="claims"):
        judge(qcow2(size=2**64 - 1), "qcow2")
