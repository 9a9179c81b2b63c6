"""Other services hear of an ended token over the bus."""

import threading
import time
import wsgiref.simple_server
from collections.abc import Iterator

import pytest

from common.auth import IdentityApi, Verifier
from common.rpc import Bus
from common.tokens import TokenInvalid
from identity.logic.work import Herald
from tests.support import identity_cloud
from tests.support.identity_cloud import Cloud
from tests.support.waiting import wait_for


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def cloud(sqlite_url, bus_url, tmp_path) -> Iterator[Cloud]:
    """Identity with its herald on a real broker."""
    made = identity_cloud.build(sqlite_url, tmp_path)
    herald = Herald(made.database, Bus(bus_url), interval_s=0.2)
    herald.start()
    made.work._herald = herald
    yield made
    herald.stop()
    made.database.close()


@pytest.fixture
def url(cloud) -> Iterator[str]:
    """Where identity answers HTTP."""
    server = wsgiref.simple_server.make_server(
        "127.0.0.1", 0, cloud.client.app, handler_class=Quiet
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v3"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def elsewhere(url, bus_url) -> Iterator[Verifier]:
    """The verifier of another service, once it hears identity."""
    verifier = Verifier(IdentityApi(url))
    verifier.listen(Bus(bus_url))
    wait_for(lambda: verifier._heard > 0)
    yield verifier
    verifier.stop()


def refuses(verifier: Verifier, token: str) -> bool:
    try:
        verifier.check(token)
    except TokenInvalid:
        return True
    return False


def test_an_ended_token_is_refused_elsewhere_within_a_second(cloud, elsewhere):
    token = cloud.login()
    dead = cloud.login()["X-Auth-Token"]
    elsewhere.check(dead)
    started = time.monotonic()
    subject = {**token, "X-Subject-Token": dead}
    assert cloud.client.simulate_delete("/v3/auth/tokens", headers=subject).status_code == 204
    wait_for(lambda: refuses(elsewhere, dead), timeout_s=5, every_s=0.005)
    assert time.monotonic() - started < 1
    elsewhere.check(token["X-Auth-Token"])


def test_a_rule_that_the_bus_lost_is_noticed_by_the_next_sign_of_life(cloud, elsewhere):
    herald, cloud.work._herald = cloud.work._herald, None
    dead = cloud.login()
    elsewhere.check(dead["X-Auth-Token"])
    subject = {**dead, "X-Subject-Token": dead["X-Auth-Token"]}
    cloud.client.simulate_delete("/v3/auth/tokens", headers=subject)
    wait_for(lambda: refuses(elsewhere, dead["X-Auth-Token"]), timeout_s=5)
    assert herald is not None


def test_without_identity_and_its_signs_of_life_nothing_is_believed(cloud, url, bus_url):
    token = cloud.login()["X-Auth-Token"]
    late = Verifier(IdentityApi(url), stale_after_s=0)
    late.check(token)
    subject = {"X-Auth-Token": token, "X-Subject-Token": token}
    cloud.client.simulate_delete("/v3/auth/tokens", headers=subject)
    assert refuses(late, token)
