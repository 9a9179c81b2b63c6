"""What a user does with a server that exists."""

from typing import Any

import pytest

from tests.support.compute_cloud import Cloud
from tests.support.waiting import wait_for

STRANGER = {"project_id": "f" * 32, "user_id": "e" * 32}


def act(cloud: Cloud, server_id: str, name: str, body: object = None, **claims: Any) -> int:
    answer = cloud.post(f"/servers/{server_id}/action", {name: body}, **claims)
    return int(answer.status_code)


@pytest.mark.parametrize(
    ("name", "body", "status", "back"),
    [
        ("os-stop", None, "SHUTOFF", "os-start"),
        ("pause", None, "PAUSED", "unpause"),
        ("suspend", None, "SUSPENDED", "resume"),
    ],
)
def test_a_server_goes_there_and_comes_back(cloud: Cloud, name, body, status, back):
    server_id = cloud.server()
    assert act(cloud, server_id, name, body) == 202
    cloud.wait(server_id, status)
    assert act(cloud, server_id, name, body) == 409
    assert act(cloud, server_id, back) == 202
    cloud.wait(server_id, "ACTIVE")


def test_a_reboot_ends_active_with_one_boot_more(cloud: Cloud):
    server_id = cloud.server()
    for kind in ("SOFT", "HARD"):
        assert act(cloud, server_id, "reboot", {"type": kind}) == 202
        cloud.wait(server_id, "ACTIVE")
    assert act(cloud, server_id, "reboot", {"type": "WISH"}) == 400


def test_a_strangers_server_is_not_found_whatever_is_tried(cloud: Cloud):
    server_id = cloud.server()
    assert cloud.get(f"/servers/{server_id}", **STRANGER).status_code == 404
    assert cloud.delete(f"/servers/{server_id}", **STRANGER).status_code == 404
    assert act(cloud, server_id, "os-stop", **STRANGER) == 404
    for part in ("ips", "metadata", "os-interface", "os-instance-actions", "os-security-groups"):
        assert cloud.get(f"/servers/{server_id}/{part}", **STRANGER).status_code == 404
    assert cloud.get("/servers", **STRANGER).json["servers"] == []
    assert cloud.get(f"/servers/{server_id}", roles=["admin"], **STRANGER).status_code == 200


def test_a_reader_may_look_and_not_touch(cloud: Cloud):
    server_id = cloud.server()
    assert cloud.get(f"/servers/{server_id}", roles=["reader"]).status_code == 200
    assert cloud.delete(f"/servers/{server_id}", roles=["reader"]).status_code == 403
    assert act(cloud, server_id, "os-stop", roles=["reader"]) == 403


def test_a_locked_server_refuses_its_owner_until_it_is_unlocked(cloud: Cloud):
    server_id = cloud.server()
    assert act(cloud, server_id, "lock") == 202
    assert act(cloud, server_id, "os-stop") == 409
    assert act(cloud, server_id, "unlock") == 202
    assert act(cloud, server_id, "os-stop") == 202


def test_the_console_is_read_from_the_host(cloud: Cloud):
    server_id = cloud.server()
    cloud.worker.driver.guest(server_id).console[:] = ["one", "two", "three"]
    for length, output in ((3, "two\nthree\n"), (0, ""), (9, "one\ntwo\nthree\n")):
        wanted = {"os-getConsoleOutput": {"length": length}}
        answer = cloud.post(f"/servers/{server_id}/action", wanted)
        assert answer.status_code == 200, answer.text
        assert answer.json["output"] == output


def test_what_was_asked_is_listed_newest_first_under_the_requests_ids(cloud: Cloud):
    made = cloud.ask()
    server_id = made.json["server"]["id"]
    cloud.wait(server_id, "ACTIVE")
    act(cloud, server_id, "os-stop")
    cloud.wait(server_id, "SHUTOFF")
    path = f"/servers/{server_id}/os-instance-actions"
    listed = cloud.get(path).json["instanceActions"]
    assert [one["action"] for one in listed] == ["stop", "create"]
    request_id = made.headers["x-openstack-request-id"]
    assert listed[1]["request_id"] == request_id
    shown = cloud.get(f"{path}/{request_id}", roles=["admin"]).json["instanceAction"]
    assert shown["events"][0]["result"] == "Success"
    assert cloud.get(f"{path}/req-none").status_code == 404


def test_an_action_that_is_left_out_says_so(cloud: Cloud):
    server_id = cloud.server()
    answer = cloud.post(
        f"/servers/{server_id}/action", {"os-getSPICEConsole": {"type": "spice-html5"}}
    )
    assert answer.status_code == 400
    assert "spice-html5" in answer.json["badRequest"]["message"]


def test_an_administrator_sets_a_state_by_hand(cloud: Cloud):
    server_id = cloud.server()
    assert act(cloud, server_id, "os-resetState", {"state": "error"}) == 403
    assert act(cloud, server_id, "os-resetState", {"state": "error"}, roles=["admin"]) == 202
    assert cloud.shown(server_id)["status"] == "ERROR"
    assert act(cloud, server_id, "reboot", {"type": "HARD"}) == 202
    cloud.wait(server_id, "ACTIVE")


def test_a_port_is_attached_and_detached_while_the_guest_runs(cloud: Cloud):
    server_id = cloud.server()
    other = cloud.network.add(cloud.authority.claims().project_id or "", "other", "10.1.0.0/24")
    path = f"/servers/{server_id}/os-interface"
    made = cloud.post(path, {"interfaceAttachment": {"net_id": other}})
    assert made.status_code == 200, made.text
    port_id = made.json["interfaceAttachment"]["port_id"]
    wait_for(lambda: port_id in cloud.worker.ports.plugged())
    wait_for(lambda: len(cloud.shown(server_id)["addresses"]), 2)
    wait_for(lambda: cloud.delete(f"{path}/{port_id}").status_code, 202)
    wait_for(lambda: len(cloud.get(path).json["interfaceAttachments"]), 1)
    assert port_id not in cloud.network.ports
    assert port_id not in cloud.worker.ports.plugged()


def test_a_port_of_the_users_own_outlives_the_server(cloud: Cloud):
    port_id = cloud.network.add_port(cloud.network_id, cloud.authority.claims().project_id or "")
    server_id = cloud.server(networks=[{"port": port_id}])
    assert cloud.network.ports[port_id]["device_id"] == server_id
    assert cloud.ask(networks=[{"port": port_id}]).status_code == 409
    cloud.delete(f"/servers/{server_id}")
    cloud.gone(server_id)
    assert cloud.network.ports[port_id]["device_id"] == ""


def test_a_security_group_is_put_on_the_ports_and_taken_off_again(cloud: Cloud):
    server_id = cloud.server()
    group_id = cloud.network.add_group(cloud.authority.claims().project_id or "", "web")
    assert act(cloud, server_id, "addSecurityGroup", {"name": "web"}) == 202
    assert cloud.network.of(server_id)[0]["security_groups"] == [group_id]
    assert cloud.shown(server_id)["security_groups"] == [{"name": "web"}]
    assert act(cloud, server_id, "removeSecurityGroup", {"name": "web"}) == 202
    assert cloud.network.of(server_id)[0]["security_groups"] == []
    assert act(cloud, server_id, "addSecurityGroup", {"name": "nothing"}) == 404


def test_floating_addresses_appear_beside_the_fixed_ones(cloud: Cloud):
    server_id = cloud.server()
    port = cloud.network.of(server_id)[0]
    floating = {"port_id": port["id"], "floating_ip_address": "203.0.113.9"}
    cloud.network.floating.append(floating)
    entries = cloud.shown(server_id)["addresses"]["private"]
    assert [one["OS-EXT-IPS:type"] for one in entries] == ["fixed", "floating"]
    cloud.network_adapter.silent = True
    entries = cloud.shown(server_id)["addresses"]["private"]
    assert [one["OS-EXT-IPS:type"] for one in entries] == ["fixed"]
