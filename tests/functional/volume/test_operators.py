"""What operators see of hosts, and have looked after."""

import datetime as dt
import subprocess

import pytest

from common import clock
from tests.support.volume_cloud import Cloud
from tests.support.waiting import wait_for
from volume.db.models import Service, Volume


def named(found, resource):
    return next(one["filters"] for one in found if one["resource"] == resource)


def test_lists_say_by_what_they_can_be_narrowed_and_can_be(cloud):
    found = cloud.get("/resource_filters")["resource_filters"]
    assert {one["resource"] for one in found} == {"volume", "snapshot", "backup", "attachment"}
    assert "name~" in named(found, "volume")
    one = cloud.get("/resource_filters?resource=snapshot")["resource_filters"]
    assert [each["resource"] for each in one] == ["snapshot"]
    older = cloud.get("/resource_filters", version="3.33")["resource_filters"]
    assert "name~" not in named(older, "volume")
    assert cloud.call("GET", "/resource_filters", version="3.32").status_code == 404
    for kind in found:
        for name in kind["filters"]:
            value = {"size": "1", "volume_size": "1", "metadata": "{}"}.get(name, "true")
            value = "2026-01-01T00:00:00" if name.endswith("_at") else value
            assert cloud.call("GET", f"/{kind['resource']}s?{name}={value}").status_code == 200


def stuck(cloud, host=None):
    """The id of a volume whose order nobody carries out, with hours left."""
    volume_id = cloud.volume()
    with cloud.database.transaction() as session:
        row = session.get_one(Volume, volume_id)
        later = clock.utcnow() + dt.timedelta(hours=1)
        row.status, row.verb, row.previous = "deleting", "delete", "available"
        row.generation, row.attempts, row.deadline = row.generation + 1, 1, later
        row.host = host or row.host
    return volume_id


def clean(cloud, **wanted):
    answer = cloud.call("POST", "/workers/cleanup", wanted, admin=True)
    assert answer.status_code == 202, answer.text
    return answer.json


def test_what_a_living_host_left_is_ordered_again_at_once(cloud):
    volume_id, other = stuck(cloud), stuck(cloud)
    assert clean(cloud)["cleaning"] == []
    found = clean(cloud, is_up=True, resource_id=volume_id, resource_type="Volume")
    [one] = found["cleaning"]
    assert (one["binary"], found["unavailable"]) == ("cinder-volume", [])
    cloud.wait(volume_id, "deleted")
    assert cloud.status(other) == "deleting"
    clean(cloud, is_up=True, host=one["host"])
    cloud.wait(other, "deleted")


def test_what_a_dead_host_will_not_do_ends_in_error(cloud):
    volume_id = stuck(cloud, host="gone")
    with cloud.database.transaction() as session:
        then = clock.utcnow() - dt.timedelta(days=1)
        known = {"id": "3" * 32, "seen_at": then, "created_at": then, "figures": {}}
        session.add(Service(binary="cinder-volume", host="gone", **known))
    assert clean(cloud, host="other")["cleaning"] == []
    assert [one["host"] for one in clean(cloud)["cleaning"]] == ["gone@file"]
    cloud.wait(volume_id, "error_deleting")


def test_cleaning_up_is_for_administrators_and_for_what_is_there(cloud):
    assert cloud.call("POST", "/workers/cleanup", {}).status_code == 403
    assert cloud.call("POST", "/workers/cleanup", {}, admin=True, version="3.23").status_code == 404
    missing = {"resource_id": "5" * 8 + "-5555-4555-8555-" + "5" * 12}
    refused = cloud.call("POST", "/workers/cleanup", missing, admin=True)
    assert refused.status_code == 400
    assert missing["resource_id"] in refused.text


def test_where_no_controller_lives_nobody_cleans_up(cloud):
    cloud.stop_controller()
    with cloud.database.transaction() as session:
        for service in session.query(Service).filter_by(binary="cinder-scheduler"):
            service.seen_at -= dt.timedelta(days=1)
    found = clean(cloud, is_up=True)
    assert (found["cleaning"], len(found["unavailable"])) == ([], 1)


@pytest.fixture
def clustered(sqlite_url, bus_url, tmp_path):
    cloud = Cloud(sqlite_url, bus_url, tmp_path)
    cloud.conf.set_override("cluster", "near", "volume")
    try:
        cloud.start()
        yield cloud
    finally:
        cloud.stop()


def test_hosts_that_are_counted_together_are_seen_and_switched_together(clustered):
    cloud, path = clustered, "/clusters"
    wait_for(lambda: cloud.get(path, admin=True)["clusters"])
    brief = {"name": "near@file", "binary": "cinder-volume", "state": "up", "status": "enabled"}
    assert cloud.get(path, admin=True)["clusters"] == [brief]
    [full] = cloud.get(f"{path}/detail?is_up=true&num_hosts=1", admin=True)["clusters"]
    assert (full["num_hosts"], full["num_down_hosts"], full["frozen"]) == (1, 0, False)
    assert cloud.get(f"{path}?disabled=true", admin=True)["clusters"] == []
    assert cloud.get(f"{path}/near@file", admin=True, version="3.25")["cluster"].keys() == (
        full.keys() - {"replication_status", "frozen", "active_backend_id"}
    )
    [host] = cloud.get("/os-services?binary=cinder-volume", admin=True)["services"]
    assert host["cluster"] == "near@file"
    shown = cloud.get(f"/volumes/{cloud.volume()}", admin=True)["volume"]
    assert shown["cluster_name"] == "near@file"
    body = {"name": "near@file", "disabled_reason": "repairs"}
    off = cloud.call("PUT", f"{path}/disable", body, admin=True)
    assert (off.status_code, off.json["cluster"]["status"]) == (200, "disabled")
    refused = cloud.call("POST", "/volumes", {"volume": {"size": 1}})
    cloud.wait(refused.json["volume"]["id"], "error")
    on = cloud.call("PUT", f"{path}/enable", {"name": "near@file"}, admin=True)
    assert (on.json["cluster"]["status"], on.json["cluster"]["disabled_reason"]) == (
        "enabled",
        None,
    )
    assert cloud.volume()


def test_a_cluster_that_is_not_there_is_not_found(cloud):
    assert cloud.get("/clusters", admin=True) == {"clusters": []}
    assert cloud.call("GET", "/clusters/near@file", admin=True).status_code == 404
    assert cloud.call("PUT", "/clusters/enable", {"name": "x"}, admin=True).status_code == 404
    assert cloud.call("PUT", "/clusters/paint", {"name": "x"}, admin=True).status_code == 404
    assert cloud.call("GET", "/clusters?colour=red", admin=True).status_code == 400
    assert cloud.call("GET", "/clusters", admin=True, version="3.6").status_code == 404
    assert cloud.call("GET", "/clusters").status_code == 403


def test_files_that_wait_are_listed_beside_the_volumes_that_are_known(clustered):
    cloud, path = clustered, "/manageable_volumes"
    volume_id = cloud.volume(size=3)
    room = cloud.pool / "import"
    subprocess.check_call(["qemu-img", "create", "-q", "-f", "qcow2", room / "old", "2G"])
    (room / "raw").write_bytes(bytes(4096))
    [host] = cloud.get("/os-services?binary=cinder-volume", admin=True)["services"]
    where = f"host={host['host']}%23file"

    def listed(query):
        found = cloud.get(f"{path}/detail?{query}", admin=True)["manageable-volumes"]
        return {one["reference"]["source-name"]: one for one in found}

    wait_for(lambda: len(listed(where)), 3)
    found = listed("cluster=near@file")
    assert {name: one["size"] for name, one in found.items()} == {
        "old": 2,
        "raw": 1,
        f"volume-{volume_id}": 3,
    }
    known = found[f"volume-{volume_id}"]
    assert (known["safe_to_manage"], known["cinder_id"]) == (False, volume_id)
    assert (found["old"]["safe_to_manage"], found["old"]["reason_not_safe"]) == (True, None)
    assert list(listed(f"{where}&sort=size:asc&limit=2")) == ["raw", "old"]
    marker = "%7B%22source-name%22:%22raw%22%7D"
    assert list(listed(f"{where}&sort=size:asc&marker={marker}")) == ["old", f"volume-{volume_id}"]
    [one, _] = cloud.get(f"/os-volume-manage?{where}&offset=1", admin=True)["manageable-volumes"]
    assert one.keys() == {"reference", "size", "safe_to_manage"}


def test_a_list_of_what_waits_names_its_host(cloud):
    for query in ("", "?host=nowhere", "?cluster=far@file", "?host=x&limit=-1"):
        refused = cloud.call("GET", f"/manageable_volumes{query}", admin=True)
        assert refused.status_code == 400, refused.text
    assert cloud.call("GET", "/manageable_volumes?host=x").status_code == 403
    older = cloud.call("GET", "/manageable_volumes?host=x", admin=True, version="3.7")
    assert older.status_code == 404
