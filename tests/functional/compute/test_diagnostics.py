"""What a guest uses, for administrators."""

from typing import Any

from tests.support.compute_cloud import Cloud
from tests.support.waiting import wait_for

ADMIN: dict[str, Any] = {"roles": ["admin"]}


def test_an_administrator_sees_what_a_guest_uses(cloud: Cloud):
    server_id = cloud.server()
    path = f"/servers/{server_id}/diagnostics"
    assert cloud.get(path).status_code == 403
    plain = cloud.get(path, **ADMIN).json
    assert (plain["cpu0_time"], plain["vda_read"]) == (1_000_000, 4096)
    shown = cloud.get(path, "2.48", **ADMIN).json
    assert (shown["state"], shown["num_cpus"], shown["num_nics"]) == ("running", 1, 1)
    assert shown["nic_details"][0]["rx_octets"] == 1500
    assert shown["memory_details"] == {"maximum": 512, "used": 256}


def test_a_guest_that_is_off_has_no_diagnostics(cloud: Cloud):
    server_id = cloud.server()
    cloud.post(f"/servers/{server_id}/action", {"os-stop": None})
    cloud.wait(server_id, "SHUTOFF")
    answer = cloud.get(f"/servers/{server_id}/diagnostics", "2.48", **ADMIN)
    assert answer.status_code == 409
    assert "does not run" in answer.json["conflictingRequest"]["message"]


def test_an_aggregates_hosts_fetch_images_before_they_are_needed(cloud: Cloud):
    made = cloud.post("/os-aggregates", {"aggregate": {"name": "a"}}, **ADMIN).json["aggregate"]
    one = f"/os-aggregates/{made['id']}"
    cloud.post(f"{one}/action", {"add_host": {"host": "host-1"}}, **ADMIN)
    wanted = {"cache": [{"id": cloud.image_id}]}
    assert cloud.post(f"{one}/images", wanted, "2.81", **ADMIN).status_code == 202
    images = cloud.directory / "host-1" / "images"
    wait_for(lambda: [path.name for path in images.glob(f"{cloud.image_id}*")] != [])
    twice = {"cache": [{"id": cloud.image_id}] * 2}
    assert cloud.post(f"{one}/images", twice, "2.81", **ADMIN).status_code == 400
