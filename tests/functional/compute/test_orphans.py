"""What a death at the worst moment leaves behind, and who clears it away."""

import threading

import pytest
import sqlalchemy as sa
from keystoneauth1 import exceptions

from common.context import RequestContext
from compute.controller import orphans
from compute.controller.orphans import Orphans, Strays
from compute.db import ledger
from compute.db.ledger_models import Allocation, Consumer
from compute.db.models import BlockDevice, Nic
from compute.rpc import contract
from tests.support.compute_cloud import Cloud
from tests.support.tokens import PROJECT_ID
from tests.support.waiting import wait_for


class DyingController:
    """Holds back the first answer about ports, and is not heard of afterwards."""

    def __init__(self, cloud: Cloud) -> None:
        self.asked, self.answer = threading.Event(), threading.Event()
        self.died = threading.Event()
        cloud.network_adapter.before = self

    def __call__(self, method: str, path: str) -> None:
        if (method, path) == ("POST", "/v2.0/ports"):
            self.asked.set()
            self.answer.wait(10)
        elif self.answer.is_set() and path == "/v2.0/subnets":
            self.died.set()
            raise exceptions.ConnectFailure("killed")


def look(cloud: Cloud) -> None:
    Orphans(cloud.database, cloud.network_service).run()


def test_a_port_made_for_a_server_that_was_deleted_meanwhile_is_removed(cloud: Cloud):
    dying = DyingController(cloud)
    server_id = cloud.ask().json["server"]["id"]
    assert dying.asked.wait(10)
    assert cloud.delete(f"/servers/{server_id}").status_code == 204
    cloud.gone(server_id)
    dying.answer.set()
    assert dying.died.wait(10)
    assert len(cloud.network.of(server_id)) == 1
    look(cloud)
    assert cloud.network.ports == {}


def test_a_controller_looks_for_orphans_when_it_starts(cloud: Cloud):
    server_id = cloud.server()
    cloud.stop_controller()
    kept = dict(cloud.network.ports)
    cloud.start_controller()
    cloud.delete(f"/servers/{server_id}")
    cloud.gone(server_id)
    cloud.stop_controller()
    cloud.network.ports.update(kept)
    cloud.start_controller()
    wait_for(lambda: cloud.network.ports, {})


def test_a_users_own_port_is_let_go_and_not_removed(cloud: Cloud):
    port_id = cloud.network.add_port(cloud.network_id, PROJECT_ID)
    server_id = cloud.server(networks=[{"port": port_id}])
    bound = dict(cloud.network.ports[port_id])
    cloud.delete(f"/servers/{server_id}")
    cloud.gone(server_id)
    cloud.network.ports[port_id] = bound
    look(cloud)
    assert cloud.network.ports[port_id]["device_id"] == ""
    assert cloud.network.ports[port_id]["device_owner"] == ""


def test_a_port_whose_owner_a_user_made_up_is_left_alone(cloud: Cloud):
    port_id = cloud.network.add_port(cloud.network_id, PROJECT_ID)
    cloud.network.ports[port_id].update(device_id="mine", device_owner="compute:mine")
    look(cloud)
    assert cloud.network.ports[port_id]["device_id"] == "mine"


def test_the_port_of_a_server_nobody_knows_is_left_alone(cloud: Cloud):
    port_id = cloud.network.add_port(cloud.network_id, PROJECT_ID)
    owner = {"device_owner": "compute:nova", "binding:host_id": "host-1", "device_id": "unknown"}
    cloud.network.ports[port_id].update(owner)
    look(cloud)
    assert cloud.network.ports[port_id]["device_id"] == "unknown"


def test_ports_of_living_servers_stay_page_by_page(cloud: Cloud, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(orphans, "PAGE", 2)
    monkeypatch.setattr(orphans, "PAGES_AT_ONCE", 1)
    servers = [cloud.server(f"web-{n}") for n in range(3)]
    dead = cloud.server("dead")
    cloud.delete(f"/servers/{dead}")
    cloud.gone(dead)
    owner = {"device_owner": "compute:nova", "binding:host_id": "host-1", "device_id": dead}
    strays = [cloud.network.add_port(cloud.network_id, PROJECT_ID) for _ in range(3)]
    for port_id in strays:
        cloud.network.ports[port_id].update(owner)
    sweep = Orphans(cloud.database, cloud.network_service)
    for _ in range(4):
        sweep.run()
    assert [cloud.network.ports[port_id]["device_id"] for port_id in strays] == [""] * 3
    assert [len(cloud.network.of(server_id)) for server_id in servers] == [1, 1, 1]


def test_a_network_service_that_is_down_only_delays_the_look(cloud: Cloud):
    cloud.network_adapter.silent = True
    look(cloud)


def test_claims_of_a_deleted_server_are_released_and_a_stranger_keeps_its_own(any_cloud: Cloud):
    cloud = any_cloud
    living, dead = cloud.server("living"), cloud.server("dead")
    cloud.delete(f"/servers/{dead}")
    cloud.gone(dead)
    with cloud.database.transaction() as session:
        provider = session.scalar(sa.select(Allocation.provider_id).limit(1))
        for consumer in (dead, "stranger"):
            session.add(Consumer(id=consumer, project_id="p", user_id="u"))
            session.flush()
            session.add(
                Allocation(
                    consumer_id=consumer, provider_id=provider, resource_class="VCPU", used=1
                )
            )
    look(cloud)
    with cloud.database.reading() as session:
        assert set(session.scalars(sa.select(Consumer.id))) == {living, "stranger"}
        assert ledger.usage(session, str(provider))["VCPU"] == 2


def test_a_retried_build_takes_no_given_port_for_one_it_made(cloud: Cloud):
    cloud.worker.stop()
    port_id = cloud.network.add_port(cloud.network_id, PROJECT_ID)
    networks = [{"port": port_id}, {"uuid": cloud.network_id}]
    server_id = cloud.ask(networks=networks).json["server"]["id"]
    wait_for(lambda: cloud.shown(server_id).get("OS-EXT-STS:task_state"), "spawning")
    with cloud.database.transaction() as session:
        session.execute(sa.text("UPDATE servers SET task_state = 'networking'"))
        session.execute(sa.update(Nic).where(Nic.ours).values(port_id=None))
        generation = session.scalar(sa.text("SELECT generation FROM servers"))
    order = contract.BuildServer(server_id=server_id, generation=generation)
    cloud.bus.cast(RequestContext.internal(), order)
    wait_for(lambda: cloud.shown(server_id).get("OS-EXT-STS:task_state"), "spawning")
    with cloud.database.reading() as session:
        known = set(session.scalars(sa.select(Nic.port_id)))
    assert known == set(cloud.network.ports)
    assert len(known) == 2


def attach(cloud: Cloud, server_id: str, volume_id: str) -> None:
    body = {"volumeAttachment": {"volumeId": volume_id}}
    assert cloud.post(f"/servers/{server_id}/os-volume_attachments", body).status_code == 200
    wait_for(lambda: cloud.volumes.volumes[volume_id]["status"], "in-use")


def stray(cloud: Cloud, server_id: str | None, **values: object) -> str:
    """An attachment that the volume service keeps and compute has no row of."""
    volume_id = cloud.volumes.add(PROJECT_ID)
    wanted = {"volume_uuid": volume_id, "instance_uuid": server_id}
    body = {"attachment": wanted}
    made = cloud.volumes.answer("POST", ["attachments"], None, body).json()["attachment"]
    cloud.volumes.attachments[made["id"]].update(values)
    return str(made["id"])


def look_for_strays(cloud: Cloud) -> None:
    Strays(cloud.database, cloud.volume_service).run()


def test_an_attachment_of_a_deleted_server_ends(any_cloud: Cloud):
    cloud = any_cloud
    dead = cloud.server()
    cloud.delete(f"/servers/{dead}")
    cloud.gone(dead)
    lost = stray(cloud, dead)
    volume_id = cloud.volumes.attachments[lost]["volume_id"]
    look_for_strays(cloud)
    assert cloud.volumes.attachments == {}
    assert cloud.volumes.volumes[volume_id]["status"] == "available"


def test_a_living_server_keeps_its_attachments_and_loses_those_it_does_not_have(cloud: Cloud):
    server_id, volume_id = cloud.server(), cloud.volumes.add(PROJECT_ID)
    attach(cloud, server_id, volume_id)
    stray(cloud, server_id)
    look_for_strays(cloud)
    assert [one["volume_id"] for one in cloud.volumes.attachments.values()] == [volume_id]


def test_attachments_that_are_not_computes_are_left_alone(cloud: Cloud):
    server_id = cloud.server()
    reserved = stray(cloud, server_id, connection_info={})
    unknown = stray(cloud, "33333333-3333-4333-8333-333333333333")
    host = stray(cloud, None)
    look_for_strays(cloud)
    assert set(cloud.volumes.attachments) == {reserved, unknown, host}


def test_strays_are_found_page_by_page_and_after_a_silence(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(orphans, "PAGE", 2)
    server_id = cloud.server()
    for _ in range(5):
        stray(cloud, server_id)
    strays = Strays(cloud.database, cloud.volume_service)
    cloud.volume_adapter.silent = True
    strays.run()
    cloud.volume_adapter.silent = False
    for _ in range(8):
        strays.run()
    assert cloud.volumes.attachments == {}


def test_a_controller_looks_for_strays_by_itself(cloud: Cloud):
    server_id = cloud.server()
    cloud.stop_controller()
    stray(cloud, server_id)
    cloud.start_controller()
    wait_for(lambda: cloud.volumes.attachments, {})


def test_a_volume_connected_while_its_server_goes_is_let_go_too(any_cloud: Cloud):
    """What the API process of an attach saves after the removal has looked."""
    cloud = any_cloud
    server_id, volume_id = cloud.server(), cloud.volumes.add(PROJECT_ID)
    attach(cloud, server_id, volume_id)
    (present,) = cloud.volumes.attachments.values()

    def ending(method: str, path: str) -> None:
        if (method, path) != ("DELETE", f"/attachments/{present['id']}"):
            return
        cloud.volume_adapter.before = lambda method, path: None
        made = {**present, "id": "44444444-4444-4444-8444-444444444444"}
        cloud.volumes.attachments[made["id"]] = made
        with cloud.database.transaction() as session:
            session.execute(sa.update(BlockDevice).values(attachment_id=made["id"]))

    cloud.volume_adapter.before = ending
    cloud.delete(f"/servers/{server_id}")
    cloud.gone(server_id)
    assert cloud.volumes.attachments == {}
    assert cloud.volumes.volumes[volume_id]["status"] == "available"
