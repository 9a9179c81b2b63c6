"""Stacks from their creation to their end, on both databases."""

import pytest

from orchestration.db.models import Resource
from tests.support.waiting import wait_for

NET = """
heat_template_version: 2018-08-31
description: A network
parameters:
  cidr: {type: string, default: 10.1.0.0/24}
resources:
  net: {type: OS::Neutron::Net}
  subnet:
    type: OS::Neutron::Subnet
    properties: {network: {get_resource: net}, cidr: {get_param: cidr}}
  router:
    type: OS::Neutron::Router
    properties: {external_gateway_info: {network: public}}
  leg:
    type: OS::Neutron::RouterInterface
    properties: {router: {get_resource: router}, subnet: {get_resource: subnet}}
  address:
    type: OS::Neutron::FloatingIP
    properties: {floating_network: public}
outputs:
  address: {value: {get_attr: [address, floating_ip_address]}, description: Where}
"""
SERVER = """
heat_template_version: 2018-08-31
parameters:
  size: {type: string, default: small}
  label: {type: string, default: one}
resources:
  web:
    type: OS::Nova::Server
    properties:
      image: tiny
      flavor: {get_param: size}
      flavor_update_policy: REPLACE
      name: {get_param: label}
"""


def test_a_stack_becomes_what_its_template_says_and_its_outputs_are_known(heat):
    made = heat.create("s", NET)
    assert made.status_code == 201
    assert set(made.json["stack"]) == {"id", "links"}
    stack = heat.wait("s", "CREATE_COMPLETE")
    assert stack["outputs"][0]["output_value"].startswith("203.0.113.")
    assert stack["parameters"]["cidr"] == "10.1.0.0/24"
    made = [path for method, path in heat.cloud.network.calls if method in ("POST", "PUT")]
    assert made.index("/v2.0/networks") < made.index("/v2.0/subnets")
    assert made[-1] == "/v2.0/floatingips"


def test_a_deleted_stack_leaves_nothing_and_its_trust_ends(heat):
    heat.create("s", NET)
    heat.wait("s", "CREATE_COMPLETE")
    where = heat.call("GET", "/stacks/s").headers["location"].partition("p" * 32)[2]
    assert heat.call("DELETE", where).status_code == 204
    wait_for(lambda: heat.call("GET", "/stacks/s").status_code, 404)
    assert heat.cloud.names("networks") == ["public"]
    assert heat.cloud.names("subnets") == heat.cloud.names("routers") == []
    wait_for(lambda: not heat.trusts.living)
    assert heat.call("GET", where).json["stack"]["stack_status"] == "DELETE_COMPLETE"
    assert heat.call("GET", "/stacks").json["stacks"] == []


def test_a_resource_that_fails_fails_the_stack_with_the_services_own_words(heat):
    heat.cloud.network.refuse["server"] = "No valid host was found."
    heat.create("s", SERVER)
    stack = heat.wait("s", "CREATE_FAILED")
    assert "resources.web" in stack["stack_status_reason"]
    assert "No valid host was found." in stack["stack_status_reason"]


def test_rollback_removes_what_was_made(heat):
    heat.cloud.network.refuse["floatingip"] = "No more addresses."
    heat.create("s", NET, disable_rollback=False)
    heat.wait("s", "ROLLBACK_COMPLETE")
    assert heat.cloud.names("networks") == ["public"]


def test_an_update_changes_in_place_what_it_can_and_replaces_what_it_must(heat):
    heat.create("s", SERVER)
    heat.wait("s", "CREATE_COMPLETE")
    heat.cloud.network.add("flavors", id="2", name="large")
    (first,) = heat.cloud.network.rows["servers"]
    where = heat.call("GET", "/stacks/s").headers["location"].partition("p" * 32)[2]
    answer = heat.call("PATCH", where, json={"parameters": {"label": "two"}})
    assert answer.status_code == 202
    heat.wait("s", "UPDATE_COMPLETE")
    assert [*heat.cloud.network.rows["servers"]] == [first]
    assert heat.cloud.names("servers") == ["two"]
    heat.call("PATCH", where, json={"parameters": {"size": "large"}})
    wait_for(lambda: first not in heat.cloud.network.rows["servers"])
    stack = heat.wait("s", "UPDATE_COMPLETE")
    assert stack["parameters"]["label"] == "two"
    assert len(heat.cloud.network.rows["servers"]) == 1


def test_what_a_failed_replacement_was_for_stays_when_it_is_rolled_back(heat):
    heat.create("s", SERVER, disable_rollback=False)
    heat.wait("s", "CREATE_COMPLETE")
    (first,) = heat.cloud.network.rows["servers"]
    where = heat.call("GET", "/stacks/s").headers["location"].partition("p" * 32)[2]
    heat.call("PATCH", where, json={"parameters": {"size": "none"}})
    heat.wait("s", "ROLLBACK_COMPLETE")
    assert [*heat.cloud.network.rows["servers"]] == [first]
    assert len(heat.call("GET", f"{where}/resources").json["resources"]) == 1


def test_an_update_removes_what_the_new_template_leaves_out(heat):
    heat.create("s", NET)
    heat.wait("s", "CREATE_COMPLETE")
    less = NET.partition("  address:\n")[0]
    where = heat.call("GET", "/stacks/s").headers["location"].partition("p" * 32)[2]
    heat.call("PUT", where, json={"template": less})
    heat.wait("s", "UPDATE_COMPLETE")
    assert heat.cloud.network.rows["floatingips"] == {}
    names = {
        row["resource_name"] for row in heat.call("GET", f"{where}/resources").json["resources"]
    }
    assert names == {"net", "subnet", "router", "leg"}


def test_a_service_that_does_not_answer_for_a_while_only_delays_a_stack(heat):
    heat.cloud.network.down = 4
    heat.create("s", NET)
    heat.wait("s", "CREATE_COMPLETE")
    assert len(heat.cloud.names("networks")) == 2


def test_a_lost_message_is_made_good_by_the_sweep(heat):
    heat.bus.deaf = True
    heat.create("s", NET)
    heat.bus.deaf = False
    heat.engine.sweep()
    heat.wait("s", "CREATE_COMPLETE")


def test_what_a_dead_worker_had_begun_is_found_and_not_made_twice(heat):
    heat.bus.deaf = True
    heat.create(
        "s", "heat_template_version: 2018-08-31\nresources: {net: {type: OS::Neutron::Net}}"
    )
    with heat.database.transaction() as session:
        row = session.query(Resource).one()
        row.state, row.attempts, row.lease_until = "running", 1, None
        heat.cloud.network.add("networks", name=row.unique_name)
    heat.engine.sweep()
    heat.wait("s", "CREATE_COMPLETE")
    assert len(heat.cloud.names("networks")) == 2


def test_a_stack_deleted_while_it_is_made_leaves_nothing(heat):
    heat.cloud.network.made = lambda collection, row: row | {"status": "BUILD", "addresses": {}}
    heat.create("s", SERVER)
    wait_for(lambda: heat.cloud.names("servers"))
    heat.delete("s")
    wait_for(lambda: heat.call("GET", "/stacks/s").status_code, 404)
    assert heat.cloud.names("servers") == []


def test_the_same_name_twice_is_a_conflict(heat):
    heat.create("s", NET)
    assert heat.create("s", NET).status_code == 409


def test_the_sixth_stack_is_refused_naming_the_limit(heat):
    for number in range(5):
        assert heat.create(f"s{number}", SERVER).status_code == 201
    answer = heat.create("s5", SERVER)
    assert answer.status_code == 403
    assert "maximum stacks per tenant, 5" in answer.json["error"]["message"]


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        (NET.replace("Neutron::Net}", "Neutron::Nut}"), "OS::Neutron::Nut"),
        (NET.replace("cidr: {get_param", "sidr: {get_param"), "sidr"),
        (NET.replace("get_resource: net", "get_resource: nat"), "nat"),
    ],
)
def test_a_mistake_in_a_template_is_refused_by_name_and_leaves_nothing(heat, template, problem):
    answer = heat.create("s", template)
    assert answer.status_code == 400
    assert problem in answer.json["error"]["message"]
    assert heat.show("s") is None
    assert not heat.trusts.living


def test_another_projects_stack_is_not_found(heat):
    heat.create("s", NET)
    headers = {"X-Auth-Token": "other"}
    answer = heat.client.simulate_get(f"/v1/{'f' * 32}/stacks/s", headers=headers)
    assert answer.status_code == 404
    answer = heat.client.simulate_get(f"/v1/{'p' * 32}/stacks/s", headers=headers)
    assert answer.status_code == 403


def test_a_reader_sees_stacks_and_changes_none(heat):
    heat.create("s", NET)
    assert heat.call("GET", "/stacks", who="reader").status_code == 200
    assert heat.call("DELETE", heat.where("s"), who="reader").status_code == 403
    body = {"stack_name": "t", "template": NET}
    assert heat.call("POST", "/stacks", who="reader", json=body).status_code == 403


def test_events_tell_in_order_what_happened(heat):
    heat.create("s", SERVER)
    heat.wait("s", "CREATE_COMPLETE")
    where = heat.call("GET", "/stacks/s").headers["location"].partition("p" * 32)[2]
    told = heat.call("GET", f"{where}/events").json["events"]
    assert [(row["resource_name"], row["resource_status"]) for row in told] == [
        ("s", "CREATE_IN_PROGRESS"),
        ("web", "CREATE_IN_PROGRESS"),
        ("web", "CREATE_COMPLETE"),
        ("s", "CREATE_COMPLETE"),
    ]
    one = heat.call("GET", f"{where}/resources/web/events/{told[1]['id']}")
    assert one.json["event"]["resource_type"] == "OS::Nova::Server"


def test_a_preview_shows_the_resources_and_makes_none(heat):
    body = {"stack_name": "s", "template": NET}
    answer = heat.call("POST", "/stacks/preview", json=body)
    assert answer.status_code == 200
    assert len(answer.json["stack"]["resources"]) == 5
    assert heat.show("s") is None


def test_types_versions_and_validation_answer(heat):
    assert "OS::Nova::Server" in heat.call("GET", "/resource_types").json["resource_types"]
    shown = heat.call("GET", "/resource_types/OS::Nova::Server").json
    assert shown["properties"]["flavor"]["required"] is True
    assert heat.call("GET", "/resource_types/OS::No::Thing").status_code == 404
    assert heat.call("GET", "/template_versions").json["template_versions"]
    checked = heat.call("POST", "/validate", json={"template": NET})
    assert checked.json["Parameters"]["cidr"]["Type"] == "String"
    assert heat.call("POST", "/validate", json={"template": {}}).status_code == 400


def test_check_notices_what_somebody_removed_by_hand(heat):
    heat.create("s", SERVER)
    heat.wait("s", "CREATE_COMPLETE")
    where = heat.call("GET", "/stacks/s").headers["location"].partition("p" * 32)[2]
    heat.call("POST", f"{where}/actions", json={"check": None})
    heat.wait("s", "CHECK_COMPLETE")
    heat.cloud.network.rows["servers"].clear()
    heat.call("POST", f"{where}/actions", json={"check": None})
    assert "web" in heat.wait("s", "CHECK_FAILED")["stack_status_reason"]
