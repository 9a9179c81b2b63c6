"""What administrators do: types, quotas, hosts, managing; and transfers."""

import uuid

from tests.support.tokens import PROJECT_ID
from tests.support.waiting import wait_for

OTHER = "9" * 32


def made(answer):
    assert answer.status_code in (200, 202), answer.text
    return next(iter(answer.json.values()))


def test_a_private_type_is_for_those_who_may_use_it(any_cloud):
    cloud = any_cloud
    wanted = {"name": "gold", "os-volume-type-access:is_public": False}
    kind = made(cloud.call("POST", "/types", {"volume_type": wanted}, admin=True))
    volume = {"volume": {"size": 1, "volume_type": "gold"}}
    assert cloud.call("POST", "/volumes", volume).status_code == 404
    path = f"/types/{kind['id']}"
    assert cloud.call("GET", path).status_code == 404
    body = {"addProjectAccess": {"project": PROJECT_ID}}
    assert cloud.call("POST", f"{path}/action", body, admin=True).status_code == 202
    assert cloud.call("POST", f"{path}/action", body, admin=True).status_code == 409
    assert cloud.volume(volume_type="gold")
    assert cloud.call("DELETE", path, admin=True).status_code == 400
    names = [one["name"] for one in cloud.get("/types")["volume_types"]]
    assert sorted(names) == ["gold", "standard"]


def test_the_projects_own_default_type_goes_before_the_clouds(cloud):
    kind = made(cloud.call("POST", "/types", {"volume_type": {"name": "ours"}}, admin=True))
    body = {"default_type": {"volume_type": "ours"}}
    path = f"/default-types/{PROJECT_ID}"
    assert cloud.call("PUT", path, body, admin=True).status_code == 200
    volume_id = cloud.volume()
    assert cloud.get(f"/volumes/{volume_id}")["volume"]["volume_type_id"] == kind["id"]
    assert cloud.call("DELETE", path, admin=True).status_code == 204
    assert cloud.get("/types/default")["volume_type"]["name"] == "standard"


def test_a_disabled_host_gets_no_new_volumes(cloud):
    name = cloud.get("/os-services?binary=cinder-volume", admin=True)["services"][0]["host"]
    body = {"host": name, "binary": "cinder-volume"}
    assert cloud.call("PUT", "/os-services/disable", body, admin=True).status_code == 200
    answer = cloud.call("POST", "/volumes", {"volume": {"size": 1}})
    cloud.wait(answer.json["volume"]["id"], "error")
    assert "disabled" in cloud.get("/messages")["messages"][0]["user_message"]
    assert cloud.call("PUT", "/os-services/enable", body, admin=True).status_code == 200
    assert cloud.volume()


def test_limits_of_a_type_count_beside_those_of_the_project(cloud):
    made(cloud.call("POST", "/types", {"volume_type": {"name": "few"}}, admin=True))
    body = {"quota_set": {"volumes_few": 1}}
    assert cloud.call("PUT", f"/os-quota-sets/{PROJECT_ID}", body, admin=True).status_code == 200
    cloud.volume(volume_type="few")
    again = cloud.call("POST", "/volumes", {"volume": {"size": 1, "volume_type": "few"}})
    assert again.status_code == 413
    assert "volumes_few" in again.text
    assert cloud.volume()
    bad = {"quota_set": {"colours": 1}}
    assert cloud.call("PUT", f"/os-quota-sets/{PROJECT_ID}", bad, admin=True).status_code == 400
    assert cloud.call("GET", f"/os-quota-sets/{OTHER}").status_code == 403


def test_a_volume_that_was_given_up_is_taken_over_again(cloud):
    volume_id = cloud.volume(size=2)
    snapshot_id = cloud.snapshot(volume_id)
    path = f"/snapshots/{snapshot_id}/action"
    assert cloud.call("POST", path, {"os-unmanage": {}}, admin=True).status_code == 202
    cloud.wait(snapshot_id, "deleted", "snapshot")
    ref = {"source-name": f"_snapshot-{snapshot_id}"}
    body = {"snapshot": {"volume_id": volume_id, "ref": ref}}
    again = made(cloud.call("POST", "/os-snapshot-manage", body, admin=True))
    cloud.wait(again["id"], "available", "snapshot")
    assert cloud.act(volume_id, "os-unmanage", admin=True).status_code == 400
    assert cloud.call("DELETE", f"/snapshots/{again['id']}").status_code == 202
    cloud.wait(again["id"], "deleted", "snapshot")
    host = cloud.get(f"/volumes/{volume_id}", admin=True)["volume"]["os-vol-host-attr:host"]
    assert cloud.act(volume_id, "os-unmanage", admin=True).status_code == 202
    cloud.wait(volume_id, "deleted")
    body = {"volume": {"host": host, "ref": {"source-name": f"volume-{volume_id}"}}}
    back = made(cloud.call("POST", "/os-volume-manage", body, admin=True))
    cloud.wait(back["id"], "available")
    assert cloud.get(f"/volumes/{back['id']}")["volume"]["size"] == 2
    for name in ("../layers/x", "/etc/shadow", "nothing"):
        body = {"volume": {"host": host, "ref": {"source-name": name}}}
        wrong = made(cloud.call("POST", "/os-volume-manage", body, admin=True))
        cloud.wait(wrong["id"], "error_managing")


def test_a_volume_changes_hands_by_a_key_that_is_kept_nowhere(any_cloud):
    cloud = any_cloud
    volume_id = cloud.volume()
    snapshot_id = cloud.snapshot(volume_id)
    body = {"transfer": {"volume_id": volume_id, "name": "gift"}}
    offer = made(cloud.call("POST", "/volume-transfers", body))
    assert cloud.status(volume_id) == "awaiting-transfer"
    assert "auth_key" not in cloud.call("GET", f"/volume-transfers/{offer['id']}").text
    stranger = cloud.call("GET", f"/volume-transfers/{offer['id']}", project_id=OTHER)
    assert stranger.status_code == 404
    path = f"/volume-transfers/{offer['id']}/accept"
    wrong = {"accept": {"auth_key": "0" * 16}}
    assert cloud.call("POST", path, wrong, project_id=OTHER).status_code == 400
    right = {"accept": {"auth_key": offer["auth_key"]}}
    assert cloud.call("POST", path, right, project_id=OTHER).status_code == 202
    assert cloud.call("POST", path, right, project_id=OTHER).status_code == 404
    assert cloud.status(volume_id) == "deleted"
    assert cloud.status(volume_id, project_id=OTHER) == "available"
    assert cloud.status(snapshot_id, "snapshot", project_id=OTHER) == "available"
    used = cloud.get(f"/os-quota-sets/{OTHER}?usage=True", admin=True)["quota_set"]
    assert (used["volumes"]["in_use"], used["gigabytes"]["in_use"]) == (1, 2)


def test_an_offer_is_taken_back(cloud):
    volume_id = cloud.volume()
    offer = made(cloud.call("POST", "/os-volume-transfer", {"transfer": {"volume_id": volume_id}}))
    assert cloud.call("DELETE", f"/volumes/{volume_id}").status_code == 400
    assert cloud.call("DELETE", f"/os-volume-transfer/{offer['id']}").status_code == 202
    assert cloud.status(volume_id) == "available"


def test_limits_of_qos_reach_the_host_that_attaches(cloud):
    kind = made(cloud.call("POST", "/types", {"volume_type": {"name": "slow"}}, admin=True))
    body = {"qos_specs": {"name": "q", "consumer": "front-end", "total_iops_sec": "100"}}
    qos = made(cloud.call("POST", "/qos-specs", body, admin=True))
    path = f"/qos-specs/{qos['id']}/associate?vol_type_id={kind['id']}"
    assert cloud.call("GET", path, admin=True).status_code == 202
    volume_id = cloud.volume(volume_type="slow")
    attachment = cloud.attached(volume_id, str(uuid.uuid4()))
    assert attachment["connection_info"]["qos_specs"] == {"total_iops_sec": "100"}
    assert cloud.call("DELETE", f"/qos-specs/{qos['id']}", admin=True).status_code == 400


def test_a_message_is_read_by_its_project_and_goes(cloud):
    body = {"volume_type": {"name": "odd", "extra_specs": {"vendor_name": "x"}}}
    made(cloud.call("POST", "/types", body, admin=True))
    answer = cloud.call("POST", "/volumes", {"volume": {"size": 1, "volume_type": "odd"}})
    cloud.wait(answer.json["volume"]["id"], "error")
    message = cloud.get("/messages")["messages"][0]
    path = f"/messages/{message['id']}"
    assert cloud.call("GET", path, project_id=OTHER).status_code == 404
    assert cloud.call("DELETE", path).status_code == 204
    wait_for(lambda: cloud.call("GET", path).status_code, 404)
