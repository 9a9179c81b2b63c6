"""Snapshots of stacks, and stacks that change hands."""

from tests.functional.orchestration.test_nested import INNER, OUTER, inside, outputs
from tests.support.waiting import wait_for

ONE = """
heat_template_version: 2018-08-31
parameters: {word: {type: string, default: one}}
resources:
  thing: {type: OS::Heat::TestResource, properties: {value: {get_param: word}}}
  net: {type: OS::Neutron::Net}
outputs: {word: {value: {get_attr: [thing, output]}}}
"""


def made(heat, template=ONE, **more):
    heat.create("s", template, **more)
    heat.wait("s", "CREATE_COMPLETE")
    return heat.where("s")


def test_a_stack_goes_back_to_its_snapshot(heat):
    where = made(heat)
    taken = heat.call("POST", f"{where}/snapshots", json={"name": "before"})
    assert (taken.status_code, taken.json["status"]) == (200, "IN_PROGRESS")
    heat.wait("s", "SNAPSHOT_COMPLETE")
    (found,) = heat.call("GET", f"{where}/snapshots").json["snapshots"]
    assert (found["name"], found["status"]) == ("before", "COMPLETE")
    heat.call("PATCH", where, json={"parameters": {"word": "two"}})
    heat.wait("s", "UPDATE_COMPLETE")
    assert outputs(heat, "s")["word"]["output_value"] == "two"
    one = f"{where}/snapshots/{found['id']}"
    assert heat.call("POST", f"{one}/restore").status_code == 202
    heat.wait("s", "RESTORE_COMPLETE")
    assert outputs(heat, "s")["word"]["output_value"] == "one"
    assert heat.call("DELETE", one).status_code == 204
    assert heat.call("GET", one).status_code == 404


def test_a_deleted_stack_takes_its_snapshots_along(heat):
    where = made(heat)
    heat.call("POST", f"{where}/snapshots", json={})
    heat.wait("s", "SNAPSHOT_COMPLETE")
    heat.delete("s")
    wait_for(lambda: heat.show("s"), None)
    assert heat.call("GET", f"{where}/snapshots").json["snapshots"] == []


def test_an_abandoned_stack_leaves_its_resources_for_whoever_adopts_them(heat):
    where = made(heat)
    (network,) = set(heat.cloud.names("networks")) - {"public"}
    record = heat.call("DELETE", f"{where}/abandon").json
    wait_for(lambda: heat.show("s"), None)
    assert network in heat.cloud.names("networks")
    body = {"stack_name": "t", "adopt_stack_data": record}
    assert heat.call("POST", "/stacks", json=body).status_code == 201
    heat.wait("t", "ADOPT_COMPLETE")
    assert outputs(heat, "t")["word"]["output_value"] == "one"
    heat.delete("t")
    wait_for(lambda: heat.cloud.names("networks"), ["public"])


def test_what_is_inside_an_abandoned_stack_is_adopted_too(heat):
    where = made(heat, OUTER, files={"inner.yaml": INNER + "  word: {value: 1}"})
    record = heat.call("GET", f"{where}/export").json
    assert heat.call("DELETE", f"{where}/abandon").json == record
    wait_for(lambda: heat.show("s"), None)
    assert heat.call("GET", "/stacks", query_string="show_nested=True").json["stacks"] == []
    heat.call("POST", "/stacks", json={"stack_name": "t", "adopt_stack_data": record})
    heat.wait("t", "ADOPT_COMPLETE")
    thing = record["resources"]["inner"]["resources"]["thing"]["resource_id"]
    found = heat.call("GET", heat.where(inside(heat, "t", "inner")) + "/resources/thing")
    assert found.json["resource"]["physical_resource_id"] == thing


def test_what_is_no_record_of_a_stack_is_not_adopted(heat):
    body = {"stack_name": "t", "adopt_stack_data": {"template": {}}}
    answer = heat.call("POST", "/stacks", json=body)
    assert answer.status_code == 400
    assert "Invalid adopt data" in answer.json["error"]["message"]


def test_the_controllers_show_that_they_live(heat):
    heat.engine.sweep()
    assert heat.call("GET", "/services").status_code == 403
    (found,) = heat.call("GET", "/services", who="admin").json["services"]
    assert (found["binary"], found["status"]) == ("heat-engine", "up")
