"""Data in and out, on a store in memory."""

import hashlib
import io
import pathlib
import shutil
import subprocess
import threading

import pytest

from common.context import RequestContext
from image import errors
from image.drivers.fake import FakeStore
from image.drivers.stores import Stores
from image.logic.data import Data
from image.logic.limits import Limits
from image.logic.sweep import Sweep
from tests.functional.image.conftest import OCTETS, Cloud, make
from tests.support.waiting import wait_for

ANN = RequestContext(user_id="ann", project_id="p-ann", roles=("member", "reader"))


def test_uploaded_data_comes_back_with_its_hashes(cloud: Cloud):
    data = bytes(range(256)) * 9000
    image = cloud.create()
    assert cloud.call("GET", f"/v2/images/{image}/file").status_code == 204
    assert "stores" not in cloud.show(image)
    uploaded = cloud.upload(image, data)
    assert uploaded.status_code == 204
    assert uploaded.content == b""
    found = cloud.show(image)
    assert found["status"] == "active"
    assert found["size"] == found["virtual_size"] == len(data)
    assert found["checksum"] == hashlib.md5(data).hexdigest()
    assert found["stores"] == "file"
    assert found["os_hash_algo"] == "sha512"
    assert found["os_hash_value"] == hashlib.sha512(data).hexdigest()
    answer = cloud.call("GET", f"/v2/images/{image}/file")
    assert answer.content == data
    assert answer.headers["content-md5"] == found["checksum"]
    assert answer.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("asked", "status", "got"),
    [
        ("bytes=0-3", 206, b"0123"),
        ("bytes=4-", 206, b"456789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=8-100", 206, b"89"),
        ("bytes=0-1,3-4", 200, b"0123456789"),
        ("lines=0-1", 200, b"0123456789"),
        ("bytes=x", 200, b"0123456789"),
    ],
)
def test_a_range_is_answered_with_that_part(cloud: Cloud, asked, status, got):
    image = cloud.create()
    cloud.upload(image, b"0123456789")
    answer = cloud.call("GET", f"/v2/images/{image}/file", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (status, got)
    assert answer.headers["content-length"] == str(len(got))
    assert ("content-range" in answer.headers) == (status == 206)


def test_a_range_past_the_end_cannot_be_satisfied(cloud: Cloud):
    image = cloud.create()
    cloud.upload(image, b"0123456789")
    answer = cloud.call("GET", f"/v2/images/{image}/file", headers={"Range": "bytes=10-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */10"


def test_data_is_taken_only_where_it_makes_sense(cloud: Cloud):
    image = cloud.create()
    path = f"/v2/images/{image}/file"
    assert cloud.call("PUT", path, body=b"x").status_code == 415
    assert cloud.call("PUT", path, "ben", body=b"x", headers=OCTETS).status_code == 404
    unformed = cloud.call("POST", "/v2/images", json={"name": "n"}).json["id"]
    assert cloud.upload(unformed, b"x").status_code == 400
    assert cloud.upload(image, b"x").status_code == 204
    assert cloud.upload(image, b"y").status_code == 409
    assert cloud.call("GET", path).content == b"x"


def test_deleting_an_image_deletes_its_data(cloud: Cloud):
    image = cloud.create()
    cloud.upload(image, b"data")
    assert cloud.store.kept
    cloud.call("DELETE", f"/v2/images/{image}")
    assert not cloud.store.kept


def test_staged_data_is_used_once_it_is_imported(cloud: Cloud):
    image = cloud.create()
    path = f"/v2/images/{image}"
    method = {"method": {"name": "glance-direct"}}
    assert cloud.call("POST", f"{path}/import", json=method).status_code == 409
    staged = cloud.call("PUT", f"{path}/stage", body=b"data", headers=OCTETS)
    assert staged.status_code == 204
    assert cloud.show(image)["status"] == "uploading"
    assert cloud.call("GET", f"{path}/file").status_code == 204
    assert cloud.upload(image, b"other").status_code == 409
    Sweep(cloud.database, Stores.of(cloud.store), silent_s=-1)()
    wrong = {"method": {"name": "magic"}}
    assert cloud.call("POST", f"{path}/import", json=wrong).status_code == 400
    assert cloud.call("POST", f"{path}/import", json=method).status_code == 202
    assert cloud.show(image)["status"] == "active"
    assert cloud.call("GET", f"{path}/file").content == b"data"
    assert cloud.call("POST", f"{path}/import", json=method).status_code == 409


def test_data_of_another_size_than_announced_is_not_kept(cloud: Cloud):
    image = cloud.create()
    data = Data(cloud.database, Stores.of(cloud.store), Limits(), match=True)
    with pytest.raises(errors.UploadInterrupted):
        data.upload(ANN, image, io.BytesIO(b"data"), 5)
    assert cloud.show(image)["status"] == "queued"
    assert not cloud.store.kept


def qemu_image(tmp_path: pathlib.Path, *options: str, name: str = "disk") -> bytes:
    path = tmp_path / name
    argv = [shutil.which("qemu-img") or "qemu-img", "create", "-q", *options[:2]]
    subprocess.run([*argv, *options[2:], str(path), "1M"], check=True, timeout=30)
    return path.read_bytes()


def refused(cloud: Cloud, disk_format: str, data: bytes) -> str:
    """Upload what must not be accepted, and return why it was not."""
    image = cloud.create(disk_format=disk_format)
    answer = cloud.upload(image, data)
    assert answer.status_code == 415, answer.text
    assert cloud.show(image)["status"] == "queued"
    assert cloud.show(image)["size"] is None
    assert not cloud.store.kept
    assert not cloud.store.incoming
    return str(answer.text)


def test_a_qcow2_image_tells_its_virtual_size(cloud: Cloud, tmp_path):
    image = cloud.create(disk_format="qcow2")
    assert cloud.upload(image, qemu_image(tmp_path, "-f", "qcow2")).status_code == 204
    assert cloud.show(image)["virtual_size"] == 1 << 20


def test_bytes_in_another_format_are_refused_naming_it(cloud: Cloud, tmp_path):
    qcow2 = qemu_image(tmp_path, "-f", "qcow2")
    assert "qcow2" in refused(cloud, "raw", qcow2)
    assert "qcow2" in refused(cloud, "vmdk", qcow2)
    assert "qcow2" in refused(cloud, "qcow2", b"no disk at all" * 100_000)
    assert "qcow2" in refused(cloud, "qcow2", b"short")


@pytest.mark.parametrize("disk_format", ["qcow2", "raw"])
@pytest.mark.parametrize("match", [True, False])
def test_a_file_that_reaches_beyond_itself_is_always_refused(
    small_database, tmp_path, match, disk_format
):
    cloud = make(small_database, match=match)
    backed = qemu_image(tmp_path, "-f", "qcow2", "-u", "-b", "/etc/shadow", "-F", "raw")
    text = refused(cloud, disk_format, backed)
    assert "backing file" in text or "qcow2" in text
    options = f"data_file={tmp_path}/outside"
    outside = qemu_image(tmp_path, "-f", "qcow2", "-o", options, name="second")
    text = refused(cloud, disk_format, outside)
    assert "data_file" in text or "qcow2" in text


@pytest.mark.parametrize("match", [True, False])
def test_a_vmdk_that_names_other_files_is_refused(small_database, tmp_path, match):
    cloud = make(small_database, match=match)
    qemu_image(tmp_path, "-f", "vmdk", "-o", "subformat=monolithicFlat", name="d.vmdk")
    descriptor = (tmp_path / "d.vmdk").read_bytes()
    assert "vmdk" in refused(cloud, "vmdk", descriptor)
    if match:
        assert cloud.upload(cloud.create(disk_format="raw"), descriptor).status_code == 415


def test_without_matching_any_harmless_bytes_are_taken(small_database):
    cloud = make(small_database, match=False)
    image = cloud.create(disk_format="qcow2")
    assert cloud.upload(image, b"\x17" * 5000).status_code == 204
    assert cloud.show(image)["virtual_size"] is None


def test_a_compressed_root_file_system_is_a_raw_image(cloud: Cloud, tmp_path):
    (tmp_path / "etc").mkdir()
    for flag in ("-czf", "-cJf"):
        archive = tmp_path / "root.tar"
        subprocess.run(["tar", flag, str(archive), "-C", str(tmp_path), "etc"], check=True)
        image = cloud.create(img_hv_type="lxc")
        assert cloud.upload(image, archive.read_bytes()).status_code == 204


class Slow(io.RawIOBase):
    """A client that sends some data, and the rest when told to; or goes away instead."""

    def __init__(self, last: bytes = b"end", error: OSError | None = None) -> None:
        self.sent = threading.Event()
        self.go_on = threading.Event()
        self._chunks = [b"start", last, b""]
        self._error = error

    def read(self, size: int = -1) -> bytes:
        if len(self._chunks) == 2:
            self.sent.set()
            assert self.go_on.wait(10)
            if self._error is not None:
                raise self._error
        return self._chunks.pop(0)


def start(cloud: Cloud, image: str, source: Slow, **limits: int):
    """Upload in a thread; returns the thread and where its error appears."""
    data = Data(cloud.database, Stores.of(cloud.store), Limits(**limits), match=True)
    seen: list[Exception] = []

    def run() -> None:
        try:
            data.upload(ANN, image, source, None)
        except Exception as error:
            seen.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert source.sent.wait(10)
    return thread, seen


def finish(thread: threading.Thread, source: Slow) -> None:
    source.go_on.set()
    thread.join(10)
    assert not thread.is_alive()


def test_a_second_upload_at_the_same_time_is_refused(cloud: Cloud):
    image, source = cloud.create(), Slow()
    thread, seen = start(cloud, image, source)
    assert cloud.show(image)["status"] == "saving"
    assert cloud.upload(image, b"other").status_code == 409
    assert cloud.call("GET", f"/v2/images/{image}/file").status_code == 204
    finish(thread, source)
    assert not seen
    assert cloud.call("GET", f"/v2/images/{image}/file").content == b"startend"


def test_an_upload_that_breaks_off_leaves_the_image_queued_and_no_bytes(cloud: Cloud):
    image, source = cloud.create(), Slow(error=ConnectionResetError())
    thread, seen = start(cloud, image, source)
    finish(thread, source)
    assert isinstance(seen[0], errors.UploadInterrupted)
    assert cloud.show(image)["status"] == "queued"
    assert not cloud.store.kept
    assert not cloud.store.incoming
    assert cloud.upload(image, b"again").status_code == 204


def test_an_image_deleted_during_its_upload_leaves_no_bytes(cloud: Cloud):
    image, source = cloud.create(), Slow()
    thread, seen = start(cloud, image, source)
    assert cloud.call("DELETE", f"/v2/images/{image}").status_code == 204
    finish(thread, source)
    assert isinstance(seen[0], errors.ImageGone)
    assert not cloud.store.kept
    assert not cloud.store.incoming


def test_an_upload_given_up_by_the_sweep_cannot_come_back(cloud: Cloud):
    image, source = cloud.create(), Slow()
    thread, seen = start(cloud, image, source)
    Sweep(cloud.database, Stores.of(cloud.store), silent_s=-1)()
    assert cloud.show(image)["status"] == "queued"
    assert cloud.upload(image, b"second").status_code == 204
    finish(thread, source)
    assert isinstance(seen[0], errors.ImageGone)
    assert cloud.call("GET", f"/v2/images/{image}/file").content == b"second"
    assert len(cloud.store.kept) == 1


def test_the_sweep_leaves_living_uploads_and_whole_images_alone(cloud: Cloud):
    whole = cloud.create()
    cloud.upload(whole, b"whole")
    image, source = cloud.create(), Slow()
    thread, seen = start(cloud, image, source)
    Sweep(cloud.database, Stores.of(cloud.store), silent_s=60)()
    assert cloud.show(image)["status"] == "saving"
    finish(thread, source)
    assert not seen
    wait_for(lambda: cloud.show(image)["status"], "active")
    assert cloud.call("GET", f"/v2/images/{whole}/file").content == b"whole"


def test_sizes_past_a_limit_are_refused_with_the_figures(small_database):
    cloud = make(small_database, limits=Limits(max_size=8, images=2, size=10))
    first, second = cloud.create(), cloud.create()
    third = cloud.call("POST", "/v2/images", json={"name": "third"})
    assert third.status_code == 413
    assert "2 of 2" in third.text
    assert cloud.upload(first, b"x" * 9).status_code == 413
    assert cloud.upload(first, b"x" * 8).status_code == 204
    over = cloud.upload(second, b"x" * 3)
    assert over.status_code == 413
    assert "8 of 10" in over.text
    assert cloud.show(second)["status"] == "queued"
    assert cloud.upload(second, b"xx").status_code == 204


def test_an_upload_of_unknown_length_stops_at_the_limit(cloud: Cloud):
    image, source = cloud.create(), Slow(last=b"x" * 20)
    thread, seen = start(cloud, image, source, size=10)
    finish(thread, source)
    assert isinstance(seen[0], errors.QuotaExceeded)
    assert not cloud.store.incoming
    assert cloud.show(image)["status"] == "queued"


def test_a_full_store_refuses_and_keeps_nothing(small_database):
    cloud = make(small_database, store=FakeStore(capacity=4))
    image = cloud.create()
    answer = cloud.upload(image, b"x" * 5)
    assert answer.status_code == 413
    assert "storage is full" in answer.text
    assert cloud.show(image)["status"] == "queued"
    assert not cloud.store.incoming
