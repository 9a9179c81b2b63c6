"""What is lost on the way is made good, and what happens at once stays sound."""

import concurrent.futures
from collections.abc import Iterator

import pytest

from network.drivers.base import Kind
from tests.support.network_cloud import NetworkCloud
from tests.support.waiting import wait_for

AT_ONCE = 20


@pytest.fixture
def restless(sqlite_url: str, bus_url: str) -> Iterator[NetworkCloud]:
    """A service that compares ten times a second."""
    made = NetworkCloud(sqlite_url, bus_url, interval_s=0.1)
    made.start()
    yield made
    made.stop()


def lose_orders(cloud: NetworkCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing that the API says reach the controller, as when it dies after the commit."""
    monkeypatch.setattr(cloud.bus, "cast", lambda *_args, **_kwargs: False)


def make_port(cloud: NetworkCloud) -> tuple[str, str, str]:
    network = cloud.ann.make("network")["id"]
    subnet = cloud.ann.make("subnet", network_id=network, cidr="10.0.0.0/24")["id"]
    return network, subnet, cloud.ann.make("port", network_id=network)["id"]


def test_what_was_committed_and_never_told_reaches_the_engine(restless, monkeypatch):
    lose_orders(restless, monkeypatch)
    network, subnet, port = make_port(restless)
    spec = restless.held(Kind.PORT, port)
    assert restless.held(Kind.NETWORK, network)
    assert restless.held(Kind.SUBNET, subnet).metadata_address == "10.0.0.2"
    assert [address for _, address, _ in spec.fixed_ips] == ["10.0.0.3"]


def test_a_lost_change_and_a_lost_deletion_are_made_good(restless, monkeypatch):
    _, _, port = make_port(restless)
    restless.held(Kind.PORT, port)
    lose_orders(restless, monkeypatch)
    restless.ann.change("port", port, admin_state_up=False)
    wait_for(lambda: restless.held(Kind.PORT, port).admin_state_up is False)
    restless.ann.remove("port", port)
    restless.gone(Kind.PORT, port)


def test_an_engine_that_was_away_is_brought_up_to_date(restless):
    restless.engine.broken = True
    network, _, port = make_port(restless)
    assert restless.ann.show("port", port)["status"] == "DOWN"
    restless.engine.broken = False
    restless.engine.bind(port)
    assert restless.held(Kind.NETWORK, network)
    wait_for(lambda: restless.ann.show("port", port)["status"], "ACTIVE")


def test_a_port_that_came_up_unnoticed_becomes_active(restless, monkeypatch):
    _, _, port = make_port(restless)
    restless.held(Kind.PORT, port)
    monkeypatch.setattr(restless.engine, "_watchers", [])
    restless.engine.bind(port)
    wait_for(lambda: restless.ann.show("port", port)["status"], "ACTIVE")


def at_once(cloud: NetworkCloud, network: str) -> list[int]:
    """Ask for many ports at the same time and return the statuses of the answers."""
    body = {"port": {"network_id": network}}
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as crew:
        asked = [crew.submit(cloud.ann.ask, "POST", "/ports", body) for _ in range(AT_ONCE)]
        return [one.result().status_code for one in asked]


def test_ports_made_at_once_never_share_an_address(cloud):
    network = cloud.ann.make("network")["id"]
    cloud.ann.make("subnet", network_id=network, cidr="10.0.0.0/24")
    assert at_once(cloud, network) == [201] * AT_ONCE
    made = cloud.ann.get("/ports", network_id=network)["ports"]
    held = sorted(int(p["fixed_ips"][0]["ip_address"].split(".")[3]) for p in made)
    assert held == list(range(2, AT_ONCE + 3))


def test_a_quota_holds_against_requests_made_at_once(cloud):
    network = cloud.ann.make("network")["id"]
    cloud.ann.make("subnet", network_id=network, cidr="10.0.0.0/24")
    cloud.admin.ask("PUT", "/quotas/project-ann", {"quota": {"port": 10}})
    statuses = at_once(cloud, network)
    assert sorted(statuses) == [201] * 10 + [409] * 10
    owners = cloud.ann.get("/ports", device_owner="")["ports"]
    assert len(owners) == 10


def test_a_bulk_request_that_fails_leaves_nothing(cloud):
    network = cloud.ann.make("network")["id"]
    cloud.ann.make("subnet", network_id=network, cidr="10.0.0.0/29", enable_dhcp=False)
    body = {"ports": [{"network_id": network}] * 6}
    assert cloud.ann.refused("POST", "/ports", body) == (409, "IpAddressGenerationFailure")
    assert cloud.ann.get("/ports")["ports"] == []
    assert cloud.ann.ask("POST", "/ports", {"ports": body["ports"][:5]}).status_code == 201
