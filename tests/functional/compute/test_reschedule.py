"""A build that fails on one host and is tried on another."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from compute.db import hosts
from compute.db.ledger_models import Allocation, Host
from compute.drivers.base import GuestFault, GuestState
from tests.support.compute_cloud import Cloud, Worker
from tests.support.waiting import wait_for


@pytest.fixture
def second(cloud: Cloud) -> Iterator[Worker]:
    """A second host, with less memory: it is the second choice."""
    worker = Worker(cloud, "host-2")
    worker.memory_mib = 4096
    worker.start()

    def known() -> int:
        with cloud.database.reading() as session:
            return len(hosts.listed(session))

    wait_for(known, 2)
    yield worker
    worker.stop()


def holders(cloud: Cloud) -> list[str]:
    with cloud.database.reading() as session:
        query = sa.select(Host.name).join(Allocation, Allocation.provider_id == Host.id).distinct()
        return list(session.scalars(query))


def test_a_build_that_fails_on_one_host_is_tried_on_another(cloud: Cloud, second: Worker):
    cloud.worker.driver.fail("create", GuestFault(reason="The disk is full."))
    server_id = cloud.server()
    assert second.driver.guests() == {server_id: GuestState.RUNNING}
    wait_for(lambda: cloud.worker.driver.guests(), {})
    assert holders(cloud) == ["host-2"]
    (port,) = cloud.network.of(server_id)
    assert port["binding:host_id"] == "host-2"
    assert cloud.worker.ports.plugged() == set()


def test_when_every_host_fails_the_last_ones_reason_is_told(cloud: Cloud, second: Worker):
    for worker in (cloud.worker, second):
        worker.driver.fail("create", GuestFault(reason=f"The disk of {worker.host} is full."))
    server_id = cloud.ask().json["server"]["id"]
    shown = cloud.wait(server_id, "ERROR")
    assert shown["fault"]["message"] == "The disk of host-2 is full."
    wait_for(lambda: (holders(cloud), cloud.network.of(server_id)), ([], []), timeout_s=60)
    assert cloud.delete(f"/servers/{server_id}").status_code == 204
    cloud.gone(server_id)
