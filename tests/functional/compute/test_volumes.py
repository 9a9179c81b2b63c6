"""Volumes of servers: attached, detached, booted from, and let go."""

import datetime as dt
import json
import uuid

from common.clock import utcnow
from compute.db.models import BlockDevice
from tests.support.tokens import PROJECT_ID
from tests.support.waiting import wait_for


def attach(cloud, server_id, volume_id, version="2.60", **values):
    body = {"volumeAttachment": {"volumeId": volume_id, **values}}
    return cloud.post(f"/servers/{server_id}/os-volume_attachments", body, version)


def attachments(cloud, server_id, version="2.89"):
    answer = cloud.get(f"/servers/{server_id}/os-volume_attachments", version)
    return answer.json["volumeAttachments"]


def status(cloud, volume_id):
    return cloud.volumes.volumes[volume_id]["status"]


def test_a_volume_is_attached_seen_and_detached(any_cloud):
    cloud = any_cloud
    server_id, volume_id = cloud.server(), cloud.volumes.add(PROJECT_ID)
    answer = attach(cloud, server_id, volume_id, "2.79", delete_on_termination=False)
    assert answer.status_code == 200, answer.text
    assert answer.json["volumeAttachment"]["device"] == "/dev/vdb"
    wait_for(lambda: status(cloud, volume_id), "in-use")
    assert set(cloud.worker.driver.disks(server_id)) == {volume_id}
    assert cloud.shown(server_id)["os-extended-volumes:volumes_attached"] == [{"id": volume_id}]
    shown = attachments(cloud, server_id)
    assert [(one["volumeId"], one["device"]) for one in shown] == [(volume_id, "/dev/vdb")]
    assert "id" not in shown[0]
    path = f"/servers/{server_id}/os-volume_attachments/{volume_id}"
    assert cloud.delete(path).status_code == 202
    wait_for(lambda: status(cloud, volume_id), "available")
    wait_for(lambda: cloud.get(path).status_code, 404)
    assert cloud.worker.driver.disks(server_id) == {}
    assert cloud.volumes.attachments == {}


def test_one_after_another_they_get_names_of_their_own(cloud):
    server_id = cloud.server()
    ids = [cloud.volumes.add(PROJECT_ID) for _ in range(3)]
    names = [attach(cloud, server_id, one).json["volumeAttachment"]["device"] for one in ids]
    assert names == ["/dev/vdb", "/dev/vdc", "/dev/vdd"]
    taken = attach(cloud, server_id, cloud.volumes.add(PROJECT_ID), device="/dev/vdc")
    assert taken.status_code == 409


def test_what_cannot_be_attached_is_refused_and_leaves_nothing(cloud):
    server_id = cloud.server()
    other = cloud.volumes.add("9" * 32)
    assert attach(cloud, server_id, other).status_code == 404
    assert attach(cloud, server_id, str(uuid.uuid4())).status_code == 404
    used = cloud.volumes.add(PROJECT_ID, status="in-use")
    assert attach(cloud, server_id, used).status_code == 400
    shared = cloud.volumes.add(PROJECT_ID, multiattach=True)
    assert attach(cloud, server_id, shared, "2.59").status_code == 400
    free = cloud.volumes.add(PROJECT_ID)
    cloud.volumes.refusal = "somebody was faster"
    refused = attach(cloud, server_id, free)
    assert refused.status_code == 400
    assert "somebody was faster" in refused.text
    wait_for(lambda: attachments(cloud, server_id), [])
    assert cloud.wait(server_id, "ACTIVE")


def test_an_attach_that_the_host_cannot_do_gives_the_volume_back(cloud):
    from compute.drivers.base import GuestFault

    server_id, volume_id = cloud.server(), cloud.volumes.add(PROJECT_ID)
    cloud.worker.driver.fail("attach_volume", GuestFault(reason="no room"))
    assert attach(cloud, server_id, volume_id).status_code == 200
    wait_for(lambda: status(cloud, volume_id), "available")
    wait_for(lambda: cloud.volumes.attachments, {})
    assert attachments(cloud, server_id) == []
    events = cloud.get(f"/servers/{server_id}/os-instance-actions").json["instanceActions"]
    assert events[0]["action"] == "attach_volume"


def test_a_detach_that_the_guest_refuses_leaves_the_volume_in_use(cloud):
    from compute.drivers.base import GuestFault

    server_id, volume_id = cloud.server(), cloud.volumes.add(PROJECT_ID)
    attach(cloud, server_id, volume_id)
    wait_for(lambda: status(cloud, volume_id), "in-use")
    cloud.worker.driver.fail("detach_volume", GuestFault(reason="it is mounted"))
    path = f"/servers/{server_id}/os-volume_attachments/{volume_id}"
    assert cloud.delete(path).status_code == 202
    wait_for(lambda: status(cloud, volume_id), "in-use")
    cloud.wait(server_id, "ACTIVE")
    assert cloud.get(path).status_code == 200
    assert cloud.delete(path).status_code == 202
    wait_for(lambda: status(cloud, volume_id), "available")


def test_a_silent_volume_service_is_told_later(cloud):
    server_id, volume_id = cloud.server(), cloud.volumes.add(PROJECT_ID)
    attach(cloud, server_id, volume_id)
    wait_for(lambda: status(cloud, volume_id), "in-use")

    def down(method, path):
        cloud.volume_adapter.silent = method == "DELETE"

    cloud.volume_adapter.before = down
    cloud.delete(f"/servers/{server_id}/os-volume_attachments/{volume_id}")
    wait_for(lambda: cloud.worker.driver.disks(server_id), {})
    wait_for(lambda: attachments(cloud, server_id), [])
    cloud.volume_adapter.before = lambda method, path: setattr(
        cloud.volume_adapter, "silent", False
    )
    wait_for(lambda: status(cloud, volume_id), "available")


def test_a_deleted_server_lets_go_of_its_volumes_and_takes_those_that_go_with_it(cloud):
    server_id = cloud.server()
    kept, gone = cloud.volumes.add(PROJECT_ID), cloud.volumes.add(PROJECT_ID)
    attach(cloud, server_id, kept)
    attach(cloud, server_id, gone, "2.79", delete_on_termination=True)
    wait_for(lambda: (status(cloud, kept), status(cloud, gone)), ("in-use", "in-use"))
    cloud.delete(f"/servers/{server_id}")
    cloud.gone(server_id)
    assert status(cloud, kept) == "available"
    assert gone not in cloud.volumes.volumes
    assert cloud.volumes.attachments == {}


def test_a_server_boots_from_a_volume_that_is_made_for_it(any_cloud):
    cloud = any_cloud
    cloud.volumes.status_of_new = "creating"
    device = {
        "source_type": "image",
        "destination_type": "volume",
        "uuid": cloud.image_id,
        "volume_size": 2,
        "boot_index": 0,
        "delete_on_termination": True,
    }
    answer = cloud.ask(imageRef="", block_device_mapping_v2=[device])
    assert answer.status_code == 202, answer.text
    server_id = answer.json["server"]["id"]
    made = wait_for(lambda: list(cloud.volumes.volumes))
    assert cloud.volumes.volumes[made[0]]["project"] == PROJECT_ID
    wait_for(lambda: cloud.shown(server_id)["OS-EXT-STS:task_state"], "block_device_mapping")
    cloud.volumes.volumes[made[0]]["status"] = "available"
    tell(cloud, made[0], "available")
    shown = cloud.wait(server_id, "ACTIVE")
    assert shown["image"] == ""
    assert set(cloud.worker.driver.disks(server_id)) == {made[0]}
    wait_for(lambda: status(cloud, made[0]), "in-use")
    root = f"/servers/{server_id}/os-volume_attachments/{made[0]}"
    assert cloud.delete(root).status_code == 403
    cloud.delete(f"/servers/{server_id}")
    cloud.gone(server_id)
    assert cloud.volumes.volumes == {}


def backed(cloud):
    """Return a running server that boots from a volume and has another one, and the volumes."""
    root = cloud.volumes.add(PROJECT_ID, bootable="true", size=2)
    device = {"source_type": "volume", "uuid": root, "boot_index": 0}
    answer = cloud.ask(imageRef="", block_device_mapping_v2=[device])
    server_id = answer.json["server"]["id"]
    cloud.wait(server_id, "ACTIVE")
    wait_for(lambda: status(cloud, root), "in-use")
    more = cloud.volumes.add(PROJECT_ID)
    assert attach(cloud, server_id, more).status_code == 200
    wait_for(lambda: status(cloud, more), "in-use")
    wait_for(lambda: [one["volumeId"] for one in attachments(cloud, server_id)], [root, more])
    return server_id, root, more


def test_an_image_of_a_server_on_volumes_is_their_snapshots_and_another_is_made_of_it(any_cloud):
    cloud = any_cloud
    server_id, root, more = backed(cloud)
    path = f"/servers/{server_id}/action"
    answer = cloud.post(path, {"createImage": {"name": "kept", "metadata": {"a": "b"}}}, "2.45")
    assert answer.status_code == 202, answer.text
    image_id = answer.json["image_id"]
    image = cloud.images.images[image_id]
    wait_for(lambda: image["status"], "active")
    assert (image["size"], image["bdm_v2"], image["root_device_name"], image["a"]) == (
        *(0, "True", "/dev/vda"),
        "b",
    )
    mapping = json.loads(image["block_device_mapping"])
    kept = {one["id"]: one["volume_id"] for one in cloud.volumes.snapshots.values()}
    assert [kept[one["snapshot_id"]] for one in mapping] == [root, more]
    assert {one["project"] for one in cloud.volumes.snapshots.values()} == {PROJECT_ID}
    wait_for(lambda: cloud.shown(server_id)["OS-EXT-STS:task_state"], None)
    itself = {"source_type": "image", "destination_type": "local", "uuid": image_id}
    named = [{**itself, "boot_index": 0, "delete_on_termination": True}]
    other = cloud.ask(imageRef=image_id, block_device_mapping_v2=named)
    assert other.status_code == 202, other.text
    other_id = other.json["server"]["id"]
    wait_for(lambda: len(cloud.volumes.volumes), 4)
    wait_for(lambda: cloud.shown(other_id)["OS-EXT-STS:task_state"], "block_device_mapping")
    tell(cloud, [*cloud.volumes.volumes][2], "available")
    assert cloud.wait(other_id, "ACTIVE")["image"] == ""
    ids = [one["volumeId"] for one in attachments(cloud, other_id)]
    sources = [cloud.volumes.volumes[one]["snapshot_id"] for one in ids]
    assert sources == [one["snapshot_id"] for one in mapping]


def test_an_image_of_volumes_that_is_refused_leaves_nothing(cloud):
    server_id, _, _ = backed(cloud)
    cloud.volumes.refusal = "no more snapshots"
    path = f"/servers/{server_id}/action"
    answer = cloud.post(path, {"createImage": {"name": "kept"}}, "2.45")
    image_id = answer.json["image_id"]
    wait_for(lambda: image_id in cloud.images.images, False)
    wait_for(lambda: cloud.shown(server_id)["OS-EXT-STS:task_state"], None)
    assert cloud.volumes.snapshots == {}
    assert cloud.shown(server_id)["status"] == "ACTIVE"


def rebuild(cloud, server_id, image_id, version, **more):
    body = {"rebuild": {"imageRef": image_id, **more}}
    return cloud.post(f"/servers/{server_id}/action", body, version)


def test_a_server_on_volumes_is_rebuilt_once_its_volume_has_the_images_content(any_cloud):
    cloud = any_cloud
    server_id, root, more = backed(cloud)
    answer = rebuild(cloud, server_id, cloud.image_id, "2.93", name="again")
    assert answer.status_code == 202, answer.text
    wait_for(lambda: status(cloud, root), "downloading")
    assert ("os-reimage", cloud.image_id) in [
        (name, given.get("image_id")) for _, name, given in cloud.volumes.told
    ]
    assert cloud.shown(server_id)["status"] == "REBUILD"
    assert server_id not in cloud.worker.driver.guests()
    cloud.volumes.volumes[root]["status"] = "in-use"
    tell(cloud, root, "in-use")
    shown = cloud.wait(server_id, "ACTIVE")
    assert (shown["name"], shown["image"]) == ("again", "")
    assert set(cloud.worker.driver.disks(server_id)) == {root, more}


def test_a_rebuild_whose_volume_fails_says_so(cloud):
    server_id, root, _ = backed(cloud)
    rebuild(cloud, server_id, cloud.image_id, "2.93")
    wait_for(lambda: status(cloud, root), "downloading")
    cloud.volumes.volumes[root]["status"] = "error"
    tell(cloud, root, "error")
    wait_for(lambda: cloud.shown(server_id)["status"], "ERROR")
    assert "its status is error" in cloud.shown(server_id)["fault"]["message"]


def test_before_2_93_a_server_on_volumes_is_rebuilt_with_its_own_image_only(cloud):
    server_id, root, more = backed(cloud)
    assert rebuild(cloud, server_id, cloud.image_id, "2.92").status_code == 400
    cloud.volumes.volumes[root]["volume_image_metadata"] = {"image_id": cloud.image_id}
    assert rebuild(cloud, server_id, cloud.image_id, "2.92").status_code == 202
    cloud.wait(server_id, "ACTIVE")
    assert status(cloud, root) == "in-use"
    assert set(cloud.worker.driver.disks(server_id)) == {root, more}


def test_a_server_on_volumes_is_rescued_by_images_that_say_how(cloud):
    server_id, _, _ = backed(cloud)
    path = f"/servers/{server_id}/action"
    plain = {"rescue": {"rescue_image_ref": cloud.image_id}}
    assert cloud.post(path, plain, "2.86").status_code == 400
    refused = cloud.post(path, plain, "2.87")
    assert refused.status_code == 400
    assert "hw_rescue_device" in refused.text
    fit = cloud.images.add(b"rescue", hw_rescue_bus="virtio")
    answer = cloud.post(path, {"rescue": {"rescue_image_ref": fit}}, "2.87")
    assert answer.status_code == 200
    cloud.wait(server_id, "RESCUE")
    assert cloud.post(path, {"unrescue": None}).status_code == 202
    cloud.wait(server_id, "ACTIVE")


def test_a_server_on_volumes_is_shelved_off_its_host_and_comes_back_from_them(any_cloud):
    cloud = any_cloud
    server_id, root, more = backed(cloud)
    images = set(cloud.images.images)
    path = f"/servers/{server_id}/action"
    assert cloud.post(path, {"shelve": None}).status_code == 202
    cloud.wait(server_id, "SHELVED_OFFLOADED")
    assert set(cloud.images.images) == images
    assert [one["volumeId"] for one in attachments(cloud, server_id)] == [root, more]
    assert cloud.post(path, {"unshelve": None}).status_code == 202
    cloud.wait(server_id, "ACTIVE")
    assert set(cloud.worker.driver.disks(server_id)) == {root, more}
    assert {status(cloud, root), status(cloud, more)} == {"in-use"}


def tell(cloud, volume_id, status):
    """Tell what the volume service tells everybody."""
    from common.context import RequestContext
    from common.contracts.volume import VolumeChanged

    event = VolumeChanged(volume_id=volume_id, status=status, project_id=PROJECT_ID)
    cloud.bus.publish(RequestContext.internal(), event)


def test_a_volume_that_cannot_be_made_leaves_the_server_in_error_and_nothing_else(cloud):
    cloud.volumes.refusal = "VolumeLimitExceeded: no more volumes"
    device = {"source_type": "blank", "destination_type": "volume", "volume_size": 1}
    answer = cloud.ask(block_device_mapping_v2=[{**device, "boot_index": -1}])
    assert answer.status_code == 202, answer.text
    server_id = answer.json["server"]["id"]
    shown = cloud.wait(server_id, "ERROR")
    assert "no more volumes" in shown["fault"]["message"]
    wait_for(lambda: attachments(cloud, server_id), [])


def test_mappings_that_make_no_sense_are_refused(cloud):
    image = {"source_type": "image", "destination_type": "volume", "uuid": cloud.image_id}
    blank = {"source_type": "blank", "destination_type": "volume", "volume_size": 1}
    plain = cloud.volumes.add(PROJECT_ID)
    for devices in (
        [],
        [{**image, "boot_index": 0}],
        [{**image, "boot_index": 1, "volume_size": 1}],
        [{**blank, "boot_index": 0}, {**blank, "boot_index": 0}],
        [{"source_type": "volume", "destination_type": "local", "uuid": plain, "boot_index": 0}],
        [{"source_type": "volume", "uuid": plain, "boot_index": 0}],
        [{"source_type": "volume", "uuid": str(uuid.uuid4()), "boot_index": 0}],
    ):
        answer = cloud.ask(imageRef="", block_device_mapping_v2=devices)
        assert answer.status_code == 400, (devices, answer.text)
    bootable = cloud.volumes.add(PROJECT_ID, bootable="true")
    device = {"source_type": "volume", "uuid": bootable, "boot_index": 0}
    several = cloud.ask(imageRef="", block_device_mapping_v2=[device], min_count=2)
    assert several.status_code == 400


def test_a_container_boots_from_a_volume_for_containers_and_nothing_else_has_one(cloud):
    meta = {"img_hv_type": "lxc"}
    root = cloud.volumes.add(PROJECT_ID, bootable="true", volume_image_metadata=meta)
    spare = cloud.volumes.add(PROJECT_ID, bootable="true", volume_image_metadata=meta)
    plain = cloud.volumes.add(PROJECT_ID, bootable="true")
    device = {"source_type": "volume", "boot_index": 0}
    answer = cloud.ask(imageRef="", block_device_mapping_v2=[{**device, "uuid": root}])
    assert answer.status_code == 202, answer.text
    server_id = answer.json["server"]["id"]
    cloud.wait(server_id, "ACTIVE")
    refused = attach(cloud, server_id, spare)
    assert refused.status_code == 400
    assert "container" in refused.json["badRequest"]["message"]
    beside = {"source_type": "volume", "uuid": spare, "destination_type": "volume"}
    answer = cloud.ask(block_device_mapping_v2=[{**beside, "boot_index": -1}])
    assert answer.status_code == 400
    specs = {"extra_specs": {"trait:CUSTOM_GUEST_CONTAINER": "required"}}
    assert cloud.post("/flavors/1/os-extra_specs", specs, roles=("admin",)).status_code == 200
    answer = cloud.ask(imageRef="", block_device_mapping_v2=[{**device, "uuid": plain}])
    assert answer.status_code == 400
    assert "img_hv_type=lxc" in answer.json["badRequest"]["message"]


def test_a_guest_sees_that_its_volume_grew_and_the_volume_service_hears_of_it(cloud):
    server_id, volume_id = cloud.server(), cloud.volumes.add(PROJECT_ID)
    attach(cloud, server_id, volume_id)
    wait_for(lambda: status(cloud, volume_id), "in-use")
    cloud.volumes.volumes[volume_id]["size"] = 3
    event = {"name": "volume-extended", "server_uuid": server_id, "tag": volume_id}
    body = {"events": [event]}
    answer = cloud.post("/os-server-external-events", body, "2.51", roles=("service", "admin"))
    assert answer.json["events"][0]["code"] == 200
    told = ("os-extend_volume_completion", {"error": False})
    wait_for(lambda: (volume_id, *told) in cloud.volumes.told)
    guest = cloud.worker.driver._guests[server_id]
    assert guest.sizes == {volume_id: 3 << 30}


def test_a_guest_goes_on_in_another_file_of_the_pool_and_in_no_other(cloud):
    server_id, volume_id = cloud.server(), cloud.volumes.add(PROJECT_ID)
    attach(cloud, server_id, volume_id)
    wait_for(lambda: status(cloud, volume_id), "in-use")
    admin = {"roles": ("service", "admin")}

    def ask(path):
        facts = {"snapshot_id": "s", "type": "qcow2", "new_file": path}
        body = {"snapshot": {"volume_id": volume_id, "create_info": facts}}
        return cloud.post("/os-assisted-volume-snapshots", body, **admin)

    for path in ("/etc/shadow", "../../etc/shadow", "/pool/../etc/shadow"):
        assert ask(path).status_code == 400, path
    assert ask("/pool/live/s").status_code == 200
    told = ("s", "os-update_snapshot_status", {"status": "available"})
    wait_for(lambda: told in cloud.volumes.told)
    assert str(cloud.worker.driver.disks(server_id)[volume_id].path) == "/pool/live/s"


def test_a_rebuilt_guest_has_its_volumes_again(cloud):
    server_id, volume_id = cloud.server(), cloud.volumes.add(PROJECT_ID)
    attach(cloud, server_id, volume_id)
    wait_for(lambda: status(cloud, volume_id), "in-use")
    cloud.wait(server_id, "ACTIVE")
    cloud.post(f"/servers/{server_id}/action", {"rebuild": {"imageRef": cloud.image_id}})
    cloud.wait(server_id, "ACTIVE")
    assert set(cloud.worker.driver.disks(server_id)) == {volume_id}


def test_older_clients_ask_compute_for_volumes(cloud):
    volume_id = cloud.volumes.add(PROJECT_ID, name="v")
    shown = cloud.get(f"/os-volumes/{volume_id}", "2.1").json["volume"]
    assert (shown["displayName"], shown["attachments"]) == ("v", [{}])
    assert cloud.get("/os-volumes", "2.36").status_code == 404
    made = cloud.post("/os-volumes", {"volume": {"size": 1}}, "2.1")
    assert made.status_code == 200, made.text
    assert cloud.post("/os-volumes", {"volume": {"size": 0}}, "2.1").status_code == 400
    assert cloud.delete(f"/os-volumes/{volume_id}", "2.1").status_code == 202
    assert cloud.get(f"/os-volumes/{volume_id}", "2.1").status_code == 404


def test_what_an_attachment_is_called_does_not_change_but_may_be_repeated(cloud):
    server_id, volume_id = cloud.server(), cloud.volumes.add(PROJECT_ID)
    attach(cloud, server_id, volume_id)
    path = f"/servers/{server_id}/os-volume_attachments/{volume_id}"

    def change(version="2.85", **values):
        body = {"volumeAttachment": {"volumeId": volume_id, **values}}
        return cloud.put(path, body, version)

    shown = change(id=volume_id, serverId=server_id, device="/dev/vdb", delete_on_termination=True)
    assert shown.status_code == 202, shown.text
    assert cloud.get(path, "2.79").json["volumeAttachment"]["delete_on_termination"] is True
    assert change().status_code == 202
    for name in ("id", "serverId"):
        assert change(**{name: str(uuid.uuid4())}).status_code == 400, name
    assert change(device="/dev/vdx").status_code == 400
    assert change("2.84").status_code == 403
    body = {"volumeAttachment": {"volumeId": volume_id}}
    assert cloud.put(path, body, "2.84", roles=("admin",)).status_code == 409


def test_an_attach_that_the_servers_end_overtakes_leaves_no_attachment(cloud):
    server_id, volume_id = cloud.server(), cloud.volumes.add(PROJECT_ID)

    def ended(method, path):
        if (method, path) == ("POST", "/attachments"):
            cloud.volume_adapter.before = lambda method, path: None
            cloud.delete(f"/servers/{server_id}")
            cloud.gone(server_id)

    cloud.volume_adapter.before = ended
    assert attach(cloud, server_id, volume_id).status_code == 400
    assert cloud.volumes.attachments == {}
    assert status(cloud, volume_id) == "available"


def shelved(cloud):
    server_id = cloud.server()
    cloud.post(f"/servers/{server_id}/action", {"shelve": None})
    cloud.wait(server_id, "SHELVED_OFFLOADED")
    return server_id


def test_a_shelved_server_keeps_its_volume_though_the_volume_service_was_silent(cloud):
    server_id, volume_id = shelved(cloud), cloud.volumes.add(PROJECT_ID)
    silences = iter([True])

    def down(method, path):
        cloud.volume_adapter.silent = path.startswith("/attachments/") and next(silences, False)

    cloud.volume_adapter.before = down
    assert attach(cloud, server_id, volume_id).status_code == 200
    wait_for(lambda: status(cloud, volume_id), "in-use")
    assert [one["volumeId"] for one in attachments(cloud, server_id)] == [volume_id]


def test_an_attach_to_a_shelved_server_that_nobody_ended_is_undone(cloud):
    server_id, volume_id = shelved(cloud), cloud.volumes.add(PROJECT_ID)
    made = cloud.volumes.answer(
        "POST",
        ["attachments"],
        None,
        {"attachment": {"volume_uuid": volume_id, "instance_uuid": server_id}},
    ).json()
    with cloud.database.transaction() as session:
        long_ago = utcnow() - dt.timedelta(minutes=5)
        facts = {"state": "attaching", "since": long_ago, "created_at": long_ago}
        session.add(
            BlockDevice(
                id=str(uuid.uuid4()),
                server_id=server_id,
                volume_id=volume_id,
                device="/dev/vdb",
                attachment_id=made["attachment"]["id"],
                delete_on_termination=False,
                multiattach=False,
                **facts,
            )
        )
    wait_for(lambda: status(cloud, volume_id), "available")
    wait_for(lambda: attachments(cloud, server_id), [])
