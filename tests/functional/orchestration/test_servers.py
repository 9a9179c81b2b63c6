"""Servers in stacks: what changes in place, and what follows another."""

import pytest

from tests.support.waiting import wait_for

SERVER = """
heat_template_version: 2018-08-31
parameters:
  size: {type: string, default: small}
  policy: {type: string, default: RESIZE}
resources:
  net: {type: OS::Neutron::Net}
  port: {type: OS::Neutron::Port, properties: {network: {get_resource: net}}}
  more: {type: OS::Neutron::Port, properties: {network: {get_resource: net}}}
  web:
    type: OS::Nova::Server
    properties:
      image: tiny
      flavor: {get_param: size}
      flavor_update_policy: {get_param: policy}
      networks: [{port: {get_resource: port}}]
"""


@pytest.fixture
def made(heat):
    """A stack with a server on a port, and a larger flavor to go to."""
    heat.cloud.network.add("flavors", id="2", name="large")
    heat.create("s", SERVER, disable_rollback=False)
    heat.wait("s", "CREATE_COMPLETE")
    return heat


def servers(heat):
    return heat.cloud.network.rows["servers"]


def ports_of(heat, server_id):
    every = heat.cloud.network.rows["ports"].values()
    return [port["id"] for port in every if port.get("device_id") == server_id]


def test_another_flavor_resizes_the_server(made):
    (first,) = servers(made)
    made.call("PATCH", made.where("s"), json={"parameters": {"size": "large"}})
    made.wait("s", "UPDATE_COMPLETE")
    assert [*servers(made)] == [first]
    assert servers(made)[first]["flavor"] == {"id": "2"}


def test_a_refused_resize_is_not_tried_again_by_what_comes_after(made):
    made.cloud.network.refuse["resize"] = "A disk cannot become smaller."
    wanted = {"parameters": {"size": "large"}, "disable_rollback": True}
    made.call("PATCH", made.where("s"), json=wanted)
    reason = made.wait("s", "UPDATE_FAILED")["stack_status_reason"]
    assert "A disk cannot become smaller." in reason
    made.call("POST", f"{made.where('s')}/actions", json={"check": None})
    made.wait("s", "CHECK_COMPLETE")


def test_a_server_that_follows_another_takes_its_port_over(made):
    (first,) = servers(made)
    (port,) = ports_of(made, first)
    wanted = {"size": "large", "policy": "REPLACE"}
    made.call("PATCH", made.where("s"), json={"parameters": wanted})
    made.wait("s", "UPDATE_COMPLETE")
    wait_for(lambda: first not in servers(made))
    (second,) = servers(made)
    assert ports_of(made, second) == [port]


def test_a_port_that_was_taken_over_comes_back_when_the_update_fails(made):
    (first,) = servers(made)
    before = ports_of(made, first)
    made.cloud.network.refuse["server"] = "No valid host was found."
    wanted = {"size": "large", "policy": "REPLACE"}
    made.call("PATCH", made.where("s"), json={"parameters": wanted})
    made.wait("s", "ROLLBACK_COMPLETE")
    assert [*servers(made)] == [first]
    assert ports_of(made, first) == before


def test_another_port_is_put_in_the_place_of_the_first(made):
    (first,) = servers(made)
    other = SERVER.replace("{port: {get_resource: port}}", "{port: {get_resource: more}}")
    before = ports_of(made, first)
    made.call("PATCH", made.where("s"), json={"template": other})
    made.wait("s", "UPDATE_COMPLETE")
    assert [*servers(made)] == [first]
    assert len(ports_of(made, first)) == 1
    assert ports_of(made, first) != before


def test_a_port_without_addresses_of_its_own_is_changed_in_place(made):
    other = SERVER.replace("net}}}", "net}, admin_state_up: false}}")
    made.call("PATCH", made.where("s"), json={"template": other})
    made.wait("s", "UPDATE_COMPLETE")
    ports = made.cloud.network.rows["ports"].values()
    assert [port["admin_state_up"] for port in ports] == [False, False]


SLOW = """
heat_template_version: 2018-08-31
parameters: {wait: {type: number, default: 0}}
resources:
  one:
    type: OS::Heat::TestResource
    properties: {action_wait_secs: {create: {get_param: wait}, update: {get_param: wait}}}
  two: {type: OS::Heat::TestResource, depends_on: one}
"""


def test_a_cancelled_update_goes_back_to_what_was_before(heat):
    heat.create("s", SLOW)
    heat.wait("s", "CREATE_COMPLETE")
    assert (
        heat.call("POST", f"{heat.where('s')}/actions", json={"cancel_update": None}).status_code
        == 400
    )
    heat.call("PATCH", heat.where("s"), json={"parameters": {"wait": 600}})
    heat.wait("s", "UPDATE_IN_PROGRESS")
    heat.call("POST", f"{heat.where('s')}/actions", json={"cancel_update": None})

    def swept():
        heat.engine.sweep()
        return heat.show("s")["stack_status"]

    wait_for(swept, "ROLLBACK_COMPLETE", every_s=0.5)
    assert heat.show("s")["parameters"]["wait"] == "0"


def test_a_creation_can_be_cancelled_and_stays_as_it_is(heat):
    heat.create("s", SLOW, parameters={"wait": 600})
    heat.wait("s", "CREATE_IN_PROGRESS")
    body = {"cancel_without_rollback": None}
    heat.call("POST", f"{heat.where('s')}/actions", json=body)
    assert heat.wait("s", "CREATE_FAILED")["stack_status_reason"] == "Stack CREATE cancelled"
    heat.delete("s")
    wait_for(lambda: heat.show("s"), None)
