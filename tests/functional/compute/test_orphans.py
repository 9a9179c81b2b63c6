"""What a death at the worst moment leaves behind, and who clears it away."""

import threading

import pytest
import sqlalchemy as sa
from keystoneauth1 import exceptions

from common.context import RequestContext
from compute.controller import orphans
from compute.controller.orphans import Orphans
from compute.db import ledger
from compute.db.ledger_models import Allocation, Consumer
from compute.db.models import Nic
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
