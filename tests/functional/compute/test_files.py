"""What a guest finds at its first boot beside its image: files, and further disks."""

import base64
import json
from typing import Any

import pytest

from common import clock
from compute.db.models import Flavor
from tests.support.compute_cloud import Cloud


def file(text: str = "hello", path: str = "/etc/greeting") -> dict[str, str]:
    return {"path": path, "contents": base64.b64encode(text.encode()).decode()}


def test_files_are_in_the_seed_until_2_56_and_a_rebuild_brings_others(cloud: Cloud):
    server_id = cloud.server(personality=[file()])
    seed = cloud.worker.driver.spec(server_id).seed
    metadata = json.loads(seed["openstack/latest/meta_data.json"])
    assert metadata["files"] == [{"path": "/etc/greeting", "content_path": "/content/0000"}]
    assert seed["openstack/content/0000"] == b"hello"
    body: dict[str, Any] = {"imageRef": cloud.image_id, "personality": [file("bye")]}
    cloud.post(f"/servers/{server_id}/action", {"rebuild": body})
    cloud.wait(server_id, "ACTIVE")
    assert cloud.worker.driver.spec(server_id).seed["openstack/content/0000"] == b"bye"
    assert cloud.ask(version="2.57", personality=[file()], networks="none").status_code == 400
    answer = cloud.post(f"/servers/{server_id}/action", {"rebuild": body}, "2.57")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ([file()] * 6, 403),
        ([file("x" * 10241)], 403),
        ([file(path="/" + "x" * 255)], 403),
        ([{"path": "/x", "contents": "no base 64!"}], 400),
        ([{"path": "/x"}], 400),
    ],
)
def test_files_beyond_the_limits_are_refused(cloud: Cloud, wanted: list[Any], status: int):
    assert cloud.ask(personality=wanted).status_code == status


def test_a_flavors_further_disks_are_ordered_and_refused_to_containers(cloud: Cloud):
    with cloud.database.transaction() as session:
        facts = {"vcpus": 1, "memory_mib": 512, "disk_gib": 1, "created_at": clock.utcnow()}
        flavor = Flavor(id="2", name="more", ephemeral_gib=2, swap_mib=64, **facts)
        session.add(flavor)
    server_id = cloud.server(flavorRef="2")
    spec = cloud.worker.driver.spec(server_id)
    assert (spec.ephemeral_gib, spec.swap_mib) == (2, 64)
    container = cloud.images.add(b"tar", img_hv_type="lxc")
    assert cloud.ask(flavorRef="2", imageRef=container).status_code == 400
    resize = cloud.post(f"/servers/{server_id}/action", {"resize": {"flavorRef": "1"}})
    assert resize.status_code == 400
    kept = {"imageRef": cloud.image_id, "preserve_ephemeral": True}
    assert cloud.post(f"/servers/{server_id}/action", {"rebuild": kept}).status_code == 400
