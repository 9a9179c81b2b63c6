"""What dies, and what happens then: lost orders, dead processes, late reports, no room."""

import concurrent.futures
import datetime as dt

import sqlalchemy as sa

from common.context import RequestContext
from compute.db.models import Server
from compute.drivers.base import GuestFault, GuestState
from compute.rpc import contract
from tests.support.compute_cloud import Cloud
from tests.support.waiting import wait_for


def overdue(cloud: Cloud) -> None:
    """Let the deadline of everything under way be over."""
    with cloud.database.transaction() as session:
        past = dt.datetime(2020, 1, 1)
        session.execute(sa.update(Server).where(Server.deadline.is_not(None)).values(deadline=past))


def state(cloud: Cloud, server_id: str) -> str | None:
    found: str | None = cloud.shown(server_id).get("OS-EXT-STS:task_state")
    return found


def test_a_server_nobody_has_room_for_is_in_error_and_says_what_would_have_fitted(cloud: Cloud):
    cloud.post(
        "/flavors",
        {"flavor": {"id": "9", "name": "huge", "ram": 9000, "vcpus": 1, "disk": 1}},
        roles=["admin"],
    )
    answer = cloud.ask(flavorRef="9")
    shown = cloud.wait(answer.json["server"]["id"], "ERROR")
    assert shown["fault"]["message"] == (
        "No valid host was found. No host has 9000 MiB of memory free; "
        "the most is 8192 on 1 of 1 hosts."
    )
    assert cloud.network.ports == {}


def test_projects_get_no_more_than_their_quota_however_many_ask_at_once(any_cloud: Cloud):
    cloud = any_cloud
    with concurrent.futures.ThreadPoolExecutor(14) as crew:
        answers = list(crew.map(lambda n: cloud.ask(f"web-{n}").status_code, range(14)))
    assert sorted(answers) == [202] * 10 + [403] * 4
    assert len(cloud.get("/servers").json["servers"]) == 10


def test_a_build_order_that_was_lost_is_sent_again(cloud: Cloud):
    cloud.stop_controller()
    answer = cloud.ask()
    server_id = answer.json["server"]["id"]
    _erase_queue(cloud, contract.CONTROLLER.queue)
    cloud.start_controller()
    assert state(cloud, server_id) == "scheduling"
    cloud.worker.reporter.report()
    overdue(cloud)
    cloud.wait(server_id, "ACTIVE")


def _erase_queue(cloud: Cloud, name: str) -> None:
    with cloud.bus.connect() as connection:
        connection.default_channel.queue_purge(name)


def test_an_order_that_reached_no_worker_is_sent_again(cloud: Cloud):
    cloud.worker.stop()
    server_id = cloud.ask().json["server"]["id"]
    wait_for(lambda: state(cloud, server_id), "spawning")
    _erase_queue(cloud, f"{contract.WORKER.queue}.host-1")
    cloud.worker.start()
    overdue(cloud)
    cloud.wait(server_id, "ACTIVE")


def test_a_worker_that_dies_while_it_makes_a_guest_finishes_when_it_is_back(cloud: Cloud):
    cloud.worker.driver.delay_s = 1.5
    server_id = cloud.ask().json["server"]["id"]
    wait_for(lambda: ("create", server_id) in cloud.worker.driver.calls)
    cloud.worker.stop()
    cloud.worker.driver.delay_s = 0
    cloud.worker.start()
    overdue(cloud)
    cloud.wait(server_id, "ACTIVE")
    assert len(cloud.network.of(server_id)) == 1
    assert cloud.worker.driver.guests()[server_id] is GuestState.RUNNING


def test_a_controller_that_dies_between_ports_and_commit_makes_no_second_port(cloud: Cloud):
    cloud.worker.stop()
    server_id = cloud.ask().json["server"]["id"]
    wait_for(lambda: state(cloud, server_id), "spawning")
    with cloud.database.transaction() as session:
        session.execute(sa.update(Server).values(task_state="networking"))
        session.execute(sa.text("UPDATE nics SET port_id = NULL"))
    _erase_queue(cloud, f"{contract.WORKER.queue}.host-1")
    cloud.worker.start()
    overdue(cloud)
    cloud.wait(server_id, "ACTIVE")
    assert len(cloud.network.ports) == 1


def test_a_late_report_of_an_old_generation_changes_nothing(cloud: Cloud):
    server_id = cloud.server()
    with cloud.database.reading() as session:
        generation = session.get_one(Server, server_id).generation
    late = contract.ServerReport(
        server_id=server_id,
        generation=generation - 1,
        verb="stop",
        host="host-1",
        fault="too late",
        at=0.0,
    )
    cloud.bus.cast(RequestContext.internal(), late)
    cloud.post(f"/servers/{server_id}/action", {"os-stop": None})
    shown = cloud.wait(server_id, "SHUTOFF")
    assert "fault" not in shown


def test_a_server_can_be_deleted_while_it_is_built(cloud: Cloud):
    cloud.worker.driver.delay_s = 0.5
    server_id = cloud.ask().json["server"]["id"]
    wait_for(lambda: ("create", server_id) in cloud.worker.driver.calls)
    assert cloud.delete(f"/servers/{server_id}").status_code == 204
    cloud.gone(server_id)
    wait_for(lambda: cloud.worker.driver.guests(), {})
    assert cloud.network.ports == {}


def test_a_server_that_was_scheduled_nowhere_yet_can_be_deleted(cloud: Cloud):
    cloud.stop_controller()
    server_id = cloud.ask().json["server"]["id"]
    assert cloud.delete(f"/servers/{server_id}").status_code == 204
    cloud.start_controller()
    cloud.gone(server_id)
    assert cloud.network.ports == {}
    assert cloud.worker.driver.guests() == {}


def test_a_guest_that_cannot_be_made_leaves_an_error_with_its_reason_and_nothing_else(
    cloud: Cloud,
):
    cloud.worker.driver.fail("create", GuestFault(reason="The host is out of loop devices."))
    server_id = cloud.ask().json["server"]["id"]
    shown = cloud.wait(server_id, "ERROR")
    assert shown["fault"]["message"] == "The host is out of loop devices."
    wait_for(lambda: cloud.network.ports, {})
    assert cloud.delete(f"/servers/{server_id}").status_code == 204
    cloud.gone(server_id)


def test_a_taken_address_fails_the_build_and_says_so(cloud: Cloud):
    cloud.server("first")
    taken = {"uuid": cloud.network_id, "fixed_ip": "10.0.0.2"}
    server_id = cloud.ask(networks=[taken]).json["server"]["id"]
    shown = cloud.wait(server_id, "ERROR")
    assert "in use" in shown["fault"]["message"]


def test_a_server_on_a_host_that_is_down_is_deleted_and_its_guest_when_the_host_is_back(
    cloud: Cloud,
):
    server_id = cloud.server()
    cloud.worker.stop()
    with cloud.database.transaction() as session:
        session.execute(sa.text("UPDATE services SET seen_at = '2020-01-01 00:00:00'"))
    assert cloud.delete(f"/servers/{server_id}").status_code == 204
    cloud.gone(server_id)
    assert cloud.worker.driver.guests() != {}
    cloud.worker.start()
    wait_for(lambda: cloud.worker.driver.guests(), {})


def test_a_guest_that_powers_itself_off_is_shown_as_shutoff(cloud: Cloud):
    server_id = cloud.server()
    cloud.worker.driver.power_off(server_id)
    cloud.wait(server_id, "SHUTOFF")


def test_a_port_of_nobody_is_unplugged(cloud: Cloud):
    cloud.worker.ports.devices["11111111-2222-3333-4444-555555555555"] = "tap"
    cloud.worker.reporter.report()
    wait_for(lambda: cloud.worker.ports.plugged(), set())
