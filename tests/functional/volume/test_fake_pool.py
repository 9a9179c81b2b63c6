"""A volume service whose volumes take no room."""

import pathlib
from collections.abc import Iterator

import pytest

from tests.support.volume_cloud import Cloud


@pytest.fixture
def cloud(sqlite_url: str, bus_url: str, tmp_path: pathlib.Path) -> Iterator[Cloud]:
    made = Cloud(sqlite_url, bus_url, tmp_path)
    made.conf.set_override("driver", "fake", "volume")
    try:
        made.start()
        yield made
    finally:
        made.stop()


def test_volumes_are_made_copied_snapshotted_backed_up_and_restored(cloud):
    volume_id = cloud.volume(size=100)
    snapshot_id = cloud.snapshot(volume_id)
    copy_id = cloud.volume(size=200, source_volid=volume_id)
    other_id = cloud.volume(size=100, snapshot_id=snapshot_id)
    assert cloud.act(other_id, "os-extend", {"new_size": 300}).status_code == 202
    cloud.wait(other_id, "available")
    made = cloud.call("POST", "/backups", {"backup": {"volume_id": copy_id}})
    backup_id = made.json["backup"]["id"]
    cloud.wait(backup_id, "available", "backup")
    restored = cloud.call("POST", f"/backups/{backup_id}/restore", {"restore": {}})
    assert restored.status_code == 202, restored.text
    cloud.wait(backup_id, "available", "backup")
    cloud.wait(restored.json["restore"]["volume_id"], "available")
    sizes = {row["size"] for row in cloud.get("/volumes/detail")["volumes"]}
    assert sizes == {100, 200, 300}
    assert sum(path.stat().st_size for path in cloud.pool.rglob("*")) < 1 << 20


def test_a_volume_in_use_is_snapshotted_and_nobody_is_asked(cloud):
    volume_id = cloud.volume()
    cloud.attached(volume_id, "7d0f7d5c-4c5f-4a0b-9b6c-0f5a37f3e1aa")
    body = {"snapshot": {"volume_id": volume_id, "force": True}}
    made = cloud.call("POST", "/snapshots", body, version="3.65")
    assert made.status_code == 202, made.text
    cloud.wait(made.json["snapshot"]["id"], "available", "snapshot")
    assert cloud.compute.asked == []


def test_a_host_is_told_that_no_guest_can_use_such_a_volume(cloud):
    volume_id = cloud.volume()
    attachment = cloud.attached(volume_id, "7d0f7d5c-4c5f-4a0b-9b6c-0f5a37f3e1aa")
    assert attachment["connection_info"]["driver_volume_type"] == "fake"
    assert "device_path" not in attachment["connection_info"]


def test_the_pool_says_what_keeps_it(cloud):
    found = cloud.get("/scheduler-stats/get_pools?detail=true", admin=True)["pools"][0]
    assert found["name"].endswith("@fake#fake")
    assert found["capabilities"]["storage_protocol"] == "fake"
