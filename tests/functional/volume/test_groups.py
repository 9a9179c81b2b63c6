"""Groups of volumes, by the API."""

from tests.support.waiting import wait_for


def made(answer):
    assert answer.status_code in (200, 202), answer.text
    return next(iter(answer.json.values()))


def gone(cloud, path):
    """Return once there is no such thing any more."""
    wait_for(lambda: cloud.call("GET", path).status_code, 404)


def group_of(cloud):
    """A group with one volume in it: their ids, and those of their types."""
    kind = made(cloud.call("POST", "/types", {"volume_type": {"name": "t"}}, admin=True))
    group_type = made(cloud.call("POST", "/group_types", {"group_type": {"name": "g"}}, admin=True))
    wanted = {"name": "db", "group_type": group_type["id"], "volume_types": [kind["id"]]}
    group = made(cloud.call("POST", "/groups", {"group": wanted}))
    volume_id = cloud.volume(volume_type="t", group_id=group["id"])
    return group["id"], volume_id


def test_a_group_is_copied_snapshotted_and_goes_with_its_volumes(any_cloud):
    cloud = any_cloud
    group_id, volume_id = group_of(cloud)
    shown = cloud.get(f"/groups/{group_id}?list_volume=True")["group"]
    assert (shown["status"], shown["volumes"]) == ("available", [volume_id])
    assert cloud.call("DELETE", f"/volumes/{volume_id}").status_code == 400
    kept = made(cloud.call("POST", "/group_snapshots", {"group_snapshot": {"group_id": group_id}}))
    path = f"/group_snapshots/{kept['id']}"
    wait_for(lambda: cloud.get(path)["group_snapshot"]["status"], "available")
    snapshots = cloud.get("/snapshots/detail")["snapshots"]
    assert [one["group_snapshot_id"] for one in snapshots] == [kept["id"]]
    body = {"create-from-src": {"name": "copy", "group_snapshot_id": kept["id"]}}
    copy = made(cloud.call("POST", "/groups/action", body))
    wait_for(lambda: cloud.get(f"/groups/{copy['id']}")["group"]["status"], "available")
    assert len(cloud.get("/volumes")["volumes"]) == 2
    refused = cloud.call("POST", f"/groups/{group_id}/action", {"delete": {}})
    assert refused.status_code == 400
    assert cloud.call("DELETE", path).status_code == 202
    gone(cloud, path)
    for one in (group_id, copy["id"]):
        body = {"delete": {"delete-volumes": True}}
        assert cloud.call("POST", f"/groups/{one}/action", body).status_code == 202
        gone(cloud, f"/groups/{one}")
    assert cloud.get("/volumes")["volumes"] == []
    assert cloud.layers() == set()


def test_a_volume_joins_and_leaves(cloud):
    group_id, volume_id = group_of(cloud)
    other = cloud.volume(volume_type="t")
    alien = cloud.volume()
    path = f"/groups/{group_id}"
    refused = cloud.call("PUT", path, {"group": {"add_volumes": alien}})
    assert refused.status_code == 400
    change = {"add_volumes": other, "remove_volumes": volume_id}
    assert cloud.call("PUT", path, {"group": change}).status_code == 202
    shown = cloud.get(f"{path}?list_volume=True")["group"]
    assert shown["volumes"] == [other]


def test_a_strangers_group_is_not_found(cloud):
    group_id, _ = group_of(cloud)
    for method, rest in (("GET", ""), ("PUT", ""), ("POST", "/action")):
        bodies = {"PUT": {"group": {"name": "x"}}, "POST": {"delete": {}}}
        path = f"/groups/{group_id}{rest}"
        answer = cloud.call(method, path, bodies.get(method), project_id="9" * 32)
        assert answer.status_code == 404, answer.text
