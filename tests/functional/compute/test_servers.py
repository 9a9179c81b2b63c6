"""A server's life, from the request to its end."""

from compute.db.models import Server
from tests.support.compute_cloud import Cloud
from tests.support.waiting import wait_for


def test_a_server_that_was_asked_for_becomes_active_with_an_address_and_a_guest(any_cloud: Cloud):
    cloud = any_cloud
    answer = cloud.ask()
    assert answer.status_code == 202
    assert set(answer.json["server"]) == {
        "id",
        "links",
        "OS-DCF:diskConfig",
        "security_groups",
        "adminPass",
    }
    server_id = answer.json["server"]["id"]
    shown = cloud.wait(server_id, "ACTIVE")
    assert shown["addresses"]["private"][0]["addr"] == "10.0.0.2"
    assert cloud.worker.driver.guests()[server_id].value == "running"
    assert [port["binding:host_id"] for port in cloud.network.of(server_id)] == ["host-1"]


def test_a_deleted_server_leaves_no_guest_no_port_and_no_claim(any_cloud: Cloud):
    cloud = any_cloud
    server_id = cloud.server()
    assert cloud.delete(f"/servers/{server_id}").status_code == 204
    cloud.gone(server_id)
    assert cloud.worker.driver.guests() == {}
    assert cloud.network.ports == {}
    wait_for(lambda: cloud.worker.ports.plugged(), set())


def test_the_password_reaches_the_guests_seed_and_is_then_forgotten(cloud: Cloud):
    answer = cloud.ask(adminPass="Sesame-open-1")
    server_id = answer.json["server"]["id"]
    assert answer.json["server"]["adminPass"] == "Sesame-open-1"
    cloud.wait(server_id, "ACTIVE")
    seed = cloud.worker.driver.spec(server_id).seed["openstack/latest/meta_data.json"]
    assert b"Sesame-open-1" in seed
    with cloud.database.reading() as session:
        assert session.get_one(Server, server_id).admin_pass is None
