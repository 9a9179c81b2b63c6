"""Archives that mean harm, and archives that don't."""

import bz2
import contextlib
import gzip
import io
import lzma
import os
import pathlib
import subprocess
import tarfile
from collections.abc import Callable

import pytest

from common import archive
from compute.drivers.base import Image, ImageRejected
from compute.drivers.container.images import Images

MIB = 1 << 20
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="files get owners, which needs root")


def member(name: str, kind: bytes = tarfile.REGTYPE, **facts: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.mode = 0o755
    for key, value in facts.items():
        setattr(info, key, value)
    return info


def tar(*entries: tarfile.TarInfo | tuple[tarfile.TarInfo, bytes]) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as made:
        for entry in entries:
            info, data = entry if isinstance(entry, tuple) else (entry, b"")
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return raw.getvalue()


GOOD = tar(
    member("./", tarfile.DIRTYPE),
    member("./usr", tarfile.DIRTYPE),
    member("./usr/sbin", tarfile.DIRTYPE),
    member("./sbin", tarfile.SYMTYPE, linkname="usr/sbin"),
    (member("./sbin/init", uid=0), b"#!init"),
    member("./sbin/reboot", tarfile.LNKTYPE, linkname="./usr/sbin/init"),
    (member("./usr/su", mode=0o4755), b"su"),
    (member("./home/me/file", uid=1000, gid=1000), b"mine"),
    member("./dev/null", tarfile.CHRTYPE, devmajor=1, devminor=3),
)


def unpack(tmp_path: pathlib.Path, data: bytes, limit: int = MIB) -> pathlib.Path:
    source, target = tmp_path / "image", tmp_path / "deep" / "tree"
    target.mkdir(parents=True)
    source.write_bytes(data)
    archive.unpack(source, target, limit=limit)
    return target


def zstd(data: bytes) -> bytes:
    return subprocess.run(["zstd", "-cq"], input=data, capture_output=True, check=True).stdout


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress, bz2.compress, zstd])
def test_a_root_file_system_keeps_owners_modes_and_links(
    tmp_path: pathlib.Path, pack: Callable[[bytes], bytes]
):
    tree = unpack(tmp_path, pack(GOOD))
    assert (tree / "usr/sbin/init").read_bytes() == b"#!init"
    assert (tree / "usr/sbin/reboot").samefile(tree / "usr/sbin/init")
    assert (tree / "usr/su").stat().st_mode & 0o7777 == 0o4755
    assert (tree / "home/me/file").stat().st_uid == 1000
    assert not (tree / "dev").exists() or not list((tree / "dev").iterdir())


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress, bz2.compress, zstd])
def test_a_file_larger_than_any_buffer_arrives_whole(
    tmp_path: pathlib.Path, pack: Callable[[bytes], bytes]
):
    data = os.urandom(MIB // 2)
    tree = unpack(tmp_path, pack(tar((member("file"), data))))
    assert (tree / "file").read_bytes() == data


HOSTILE: dict[str, list[tarfile.TarInfo | tuple[tarfile.TarInfo, bytes]]] = {
    "is an absolute path": [member("/etc/shadow")],
    "leaves the archive": [member("a/../../b")],
    "is a device": [member("etc/disk", tarfile.BLKTYPE, devmajor=254)],
    "which is not there": [member("mine", tarfile.LNKTYPE, linkname="etc/shadow")],
    "belongs to an id outside": [member("file", uid=70000)],
    "is no directory": [member("x", tarfile.SYMTYPE, linkname="y"), member("y"), member("x/z")],
    "is a link to nowhere": [
        member("out", tarfile.SYMTYPE, linkname="/nowhere/at/all"),
        member("out/file"),
    ],
    "needs more than the 1 MiB": [(member("big"), bytes(2 * MIB))],
    "is empty": [],
}


@pytest.mark.parametrize("reason", sorted(HOSTILE))
def test_what_means_harm_is_refused_by_name(tmp_path: pathlib.Path, reason: str):
    with pytest.raises(archive.Unusable, match=reason):
        unpack(tmp_path, tar(*HOSTILE[reason]))
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} <= {"image", "x", "y"}


def test_a_link_to_the_host_writes_inside_the_tree(tmp_path: pathlib.Path):
    tree = unpack(
        tmp_path,
        tar(
            member("etc", tarfile.DIRTYPE),
            member("way", tarfile.SYMTYPE, linkname="../../../../etc"),
            (member("way/passwd"), b"theirs"),
        ),
    )
    assert (tree / "etc/passwd").read_bytes() == b"theirs"


def test_a_header_that_would_fill_the_memory_is_refused(tmp_path: pathlib.Path):
    header = member("long", b"L")
    header.size = 2 * MIB
    with pytest.raises(archive.Unusable, match="a header of more than 1 MiB"):
        unpack(tmp_path, header.tobuf(tarfile.GNU_FORMAT) + bytes(2 * MIB))


@pytest.mark.parametrize(
    "data", [b"no archive at all" * 100, gzip.compress(GOOD)[:-40], zstd(GOOD)[:-9]]
)
def test_bytes_that_are_no_whole_archive_are_refused(tmp_path: pathlib.Path, data: bytes):
    with pytest.raises(archive.Unusable):
        unpack(tmp_path, data)


def image(path: pathlib.Path, disk_format: str = "raw") -> Image:
    return Image("1", "sum", disk_format, path)


def test_an_image_is_unpacked_once_and_a_refused_one_leaves_nothing(tmp_path: pathlib.Path):
    cache = Images(tmp_path / "cache")
    source = tmp_path / "image"
    source.write_bytes(tar(member("bin", tarfile.DIRTYPE)))
    with pytest.raises(ImageRejected, match="it has no /sbin/init"):
        cache.ensure(image(source), limit=MIB)
    assert [one.name for one in (tmp_path / "cache").iterdir() if one.is_dir()] == []
    source.write_bytes(GOOD)
    key = cache.ensure(image(source), limit=MIB)
    source.unlink()
    assert cache.ensure(image(source), limit=MIB) == key
    with pytest.raises(ImageRejected, match="disk format raw, not qcow2"):
        Images(tmp_path / "other").ensure(image(source, "qcow2"), limit=MIB)


def test_a_time_beyond_all_time_and_a_path_without_end_make_an_archive_unusable(tmp_path):
    late = member("late", pax_headers={"mtime": "1e300"})
    for number, entry in enumerate((late, member("a/" * 1500 + "b"))):
        with pytest.raises(archive.Unusable):
            unpack(tmp_path / str(number), tar(entry))


def test_a_broken_compression_makes_an_archive_unusable(tmp_path):
    for place in range(20, 60):
        packed = bytearray(gzip.compress(tar((member("a"), bytes(range(256)) * 40))))
        packed[place] ^= 0xFF
        with contextlib.suppress(archive.Unusable):
            unpack(tmp_path / str(place), bytes(packed))
