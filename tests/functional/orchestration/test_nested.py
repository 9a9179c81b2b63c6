"""Stacks inside stacks, hooks, signals and software configuration, on both databases."""

import json

import pytest

from orchestration.db.models import Resource, Stack
from tests.support.waiting import wait_for

INNER = """
heat_template_version: 2018-08-31
parameters: {value: {type: string, default: plain}}
resources:
  thing: {type: OS::Heat::TestResource, properties: {value: {get_param: value}}}
outputs:
  said: {value: {get_attr: [thing, output]}}
  wrong: {value: {get_param: nothing}}
"""
OUTER = """
heat_template_version: 2018-08-31
parameters: {word: {type: string, default: one}}
resources:
  inner: {type: inner.yaml, properties: {value: {get_param: word}}}
  last: {type: OS::Heat::TestResource, properties: {value: {get_attr: [inner, said]}}}
outputs:
  word: {value: {get_attr: [last, output]}}
  wrong: {value: {get_attr: [inner, wrong]}}
"""
FILES = {"inner.yaml": INNER}
GROUP = """
heat_template_version: 2018-08-31
parameters: {many: {type: number, default: 2}}
resources:
  crowd:
    type: OS::Heat::ResourceGroup
    properties:
      count: {get_param: many}
      resource_def:
        type: OS::Heat::TestResource
        properties: {value: "it is %index%"}
outputs:
  said: {value: {get_attr: [crowd, output]}}
"""
THREE = """
heat_template_version: 2018-08-31
resources:
  first: {type: OS::Heat::TestResource}
  second: {type: OS::Heat::TestResource, depends_on: first}
"""
WAIT = """
heat_template_version: 2018-08-31
resources:
  handle: {type: OS::Heat::WaitConditionHandle}
  wait:
    type: OS::Heat::WaitCondition
    properties: {handle: {get_resource: handle}, count: 2, timeout: 600}
outputs:
  data: {value: {get_attr: [wait, data]}}
  url: {value: {get_attr: [handle, endpoint]}}
"""
DEPLOY = """
heat_template_version: 2018-08-31
resources:
  config: {type: OS::Heat::SoftwareConfig, properties: {config: "echo", inputs: [{name: a}]}}
  all:
    type: OS::Heat::SoftwareDeployments
    properties:
      config: {get_resource: config}
      servers: {one: server-1, two: server-2}
      input_values: {a: b}
"""


def outputs(heat, name):
    return {row["output_key"]: row for row in heat.show(name)["outputs"]}


def resources(heat, name, query=""):
    found = heat.call("GET", heat.where(name) + "/resources", query_string=query)
    return {row["resource_name"]: row for row in found.json["resources"]}


def reasons(heat, name):
    found = heat.call("GET", heat.where(name) + "/events", query_string="nested_depth=3").json
    return [(row["resource_name"], row["resource_status_reason"]) for row in found["events"]]


def inside(heat, name, resource):
    """Return the name of the stack that a resource consists of."""
    links = resources(heat, name)[resource]["links"]
    return next(one["href"] for one in links if one["rel"] == "nested").split("/")[-2]


def test_a_template_as_a_type_becomes_a_stack_whose_outputs_are_attributes(heat):
    assert heat.create("s", OUTER, files=FILES).status_code == 201
    heat.wait("s", "CREATE_COMPLETE")
    assert outputs(heat, "s")["word"]["output_value"] == "one"
    assert "Error in inner output wrong" in outputs(heat, "s")["wrong"]["output_error"]
    assert [row["stack_name"] for row in heat.call("GET", "/stacks").json["stacks"]] == ["s"]
    assert set(resources(heat, "s", "nested_depth=2")) == {"inner", "last", "thing"}
    assert resources(heat, "s", "nested_depth=2")["thing"]["parent_resource"] == "inner"


def test_an_update_reaches_the_stack_inside_and_deletion_takes_it_along(heat):
    heat.create("s", OUTER, files=FILES)
    heat.wait("s", "CREATE_COMPLETE")
    before = resources(heat, "s")["inner"]["physical_resource_id"]
    heat.call("PATCH", heat.where("s"), json={"parameters": {"word": "two"}})
    heat.wait("s", "UPDATE_COMPLETE")
    assert outputs(heat, "s")["word"]["output_value"] == "two"
    assert resources(heat, "s")["inner"]["physical_resource_id"] == before
    heat.delete("s")
    wait_for(lambda: heat.show("s"), None)
    with heat.database.reading() as session:
        assert session.query(Stack).filter(Stack.deleted_at.is_(None)).all() == []


def test_a_failure_inside_names_the_way_to_it_and_the_next_update_mends_it(heat):
    bad = INNER.replace("value: {get_param: value}", "fail: true")
    heat.create("s", OUTER, files={"inner.yaml": bad})
    reason = heat.wait("s", "CREATE_FAILED")["stack_status_reason"]
    assert "resources.inner: resources.thing: Test Resource failed thing" in reason
    heat.call("PUT", heat.where("s"), json={"template": OUTER, "files": FILES})
    heat.wait("s", "UPDATE_COMPLETE")
    assert outputs(heat, "s")["word"]["output_value"] == "one"


def test_a_dead_controllers_stack_inside_is_found_and_not_made_twice(heat):
    heat.bus.deaf = True
    heat.create("s", OUTER, files=FILES)
    heat.bus.deaf = False
    heat.engine.sweep()
    heat.wait("s", "CREATE_COMPLETE")
    heat.engine.stop()
    with heat.database.transaction() as session:
        row = session.query(Resource).filter_by(name="inner").one()
        row.state, row.attributes, row.physical_id, row.begun = "running", None, None, False
        row.attempts, row.lease_until = 1, None
        stack = session.get_one(Stack, row.stack_id)
        stack.action, stack.status = "CREATE", "IN_PROGRESS"
    heat.start_engine().sweep()
    heat.wait("s", "CREATE_COMPLETE")
    with heat.database.reading() as session:
        assert session.query(Stack).count() == 2


def test_a_parked_resource_is_looked_at_even_when_its_news_was_lost(heat):
    heat.create("s", WAIT)
    wait_for(lambda: resources(heat, "s")["wait"]["resource_status"], "CREATE_IN_PROGRESS")
    heat.bus.deaf = True
    for _ in range(2):
        heat.call("POST", heat.where("s") + "/resources/handle/signal", json={})
    heat.bus.deaf = False
    heat.engine.sweep()
    heat.wait("s", "CREATE_COMPLETE")


def test_a_group_grows_and_shrinks_in_place(heat):
    heat.create("s", GROUP)
    heat.wait("s", "CREATE_COMPLETE")
    assert outputs(heat, "s")["said"]["output_value"] == ["it is 0", "it is 1"]
    heat.call("PATCH", heat.where("s"), json={"parameters": {"many": 3}})
    heat.wait("s", "UPDATE_COMPLETE")
    assert len(outputs(heat, "s")["said"]["output_value"]) == 3
    heat.call("PATCH", heat.where("s"), json={"parameters": {"many": 1}})
    wait_for(lambda: outputs(heat, "s")["said"]["output_value"], ["it is 0"])


def test_a_stack_inside_itself_is_refused(heat):
    again = INNER.replace("OS::Heat::TestResource", "inner.yaml")
    answer = heat.create("s", OUTER, files={"inner.yaml": again})
    assert answer.status_code == 400
    assert "Recursion depth exceeds" in answer.json["error"]["message"]


def test_a_file_that_did_not_come_along_is_named(heat):
    answer = heat.create("s", OUTER)
    assert answer.status_code == 400
    assert "inner.yaml" in answer.json["error"]["message"]


@pytest.mark.parametrize("when", ["pre", "post"])
def test_a_resource_stands_still_at_its_hook_until_that_is_cleared(heat, when):
    hook = f"{when}-create"
    registry = {"resources": {"fir*": {"hooks": hook}}}
    heat.create("s", THREE, environment={"resource_registry": registry})
    paused = ("first", f"CREATE paused until Hook {hook} is cleared")
    wait_for(lambda: paused in reasons(heat, "s"))
    assert resources(heat, "s")["second"]["resource_status"] == "INIT_COMPLETE"
    signal = heat.where("s") + "/resources/first/signal"
    assert heat.call("POST", signal, json={"unset_hook": "pre-delete"}).status_code == 400
    assert heat.call("POST", signal, json={"unset_hook": hook}).status_code == 200
    heat.wait("s", "CREATE_COMPLETE")
    assert ("first", f"Hook {hook} is cleared") in reasons(heat, "s")


def test_a_wait_condition_waits_for_its_signals_and_a_signed_url_needs_no_token(heat):
    heat.create("s", WAIT)
    wait_for(lambda: resources(heat, "s")["wait"]["resource_status"], "CREATE_IN_PROGRESS")
    url = outputs(heat, "s")["url"]["output_value"].removeprefix("http://heat.test:8004")
    body = {"id": "a", "data": "here"}
    assert heat.client.simulate_post(url, json=body).status_code == 200
    assert heat.client.simulate_post(url[:-1] + "x", json=body).status_code == 403
    assert heat.call("POST", heat.where("s") + "/resources/handle/signal").status_code == 200
    heat.wait("s", "CREATE_COMPLETE")
    assert json.loads(outputs(heat, "s")["data"]["output_value"]) == {"a": "here", "2": None}


def test_a_bad_signal_fails_what_waits_with_its_reason(heat):
    heat.create("s", WAIT)
    wait_for(lambda: resources(heat, "s")["wait"]["resource_status"], "CREATE_IN_PROGRESS")
    body = {"status": "FAILURE", "reason": "the disk is full"}
    heat.call("POST", heat.where("s") + "/resources/handle/signal", json=body)
    assert "the disk is full" in heat.wait("s", "CREATE_FAILED")["stack_status_reason"]


def test_deployments_wait_for_their_servers(heat):
    heat.create("s", DEPLOY)
    found = {}

    def told():
        for server in ("server-1", "server-2"):
            answer = heat.call("GET", f"/software_deployments/metadata/{server}").json["metadata"]
            if answer:
                found[server] = answer[0]
        return len(found)

    wait_for(told, 2)
    for config in found.values():
        inputs = {one["name"]: one["value"] for one in config["inputs"]}
        assert inputs["a"] == "b"
        url = inputs["deploy_signal_id"].removeprefix("http://heat.test:8004")
        assert heat.client.simulate_post(url, json={"deploy_status_code": 0}).status_code == 200
    heat.wait("s", "CREATE_COMPLETE")
    heat.delete("s")
    wait_for(lambda: heat.show("s"), None)
    assert heat.call("GET", "/software_deployments").json["software_deployments"] == []
    assert heat.call("GET", "/software_configs").json["software_configs"] == []


def test_an_unhealthy_resource_is_replaced_by_the_next_update(heat):
    heat.create("s", THREE)
    heat.wait("s", "CREATE_COMPLETE")
    before = resources(heat, "s")["first"]["physical_resource_id"]
    body = {"mark_unhealthy": True, "resource_status_reason": "it smells"}
    assert heat.call("PATCH", heat.where("s") + "/resources/first", json=body).status_code == 200
    assert resources(heat, "s")["first"]["resource_status"] == "CHECK_FAILED"
    heat.call("PUT", heat.where("s"), json={"template": THREE})
    heat.wait("s", "UPDATE_COMPLETE")
    wait_for(lambda: resources(heat, "s")["first"]["resource_status"], "CREATE_COMPLETE")
    assert resources(heat, "s")["first"]["physical_resource_id"] != before


SCALED = """
heat_template_version: 2018-08-31
resources:
  crowd:
    type: OS::Heat::AutoScalingGroup
    properties: {min_size: 1, max_size: 3, resource: {type: OS::Heat::RandomString}}
  more:
    type: OS::Heat::ScalingPolicy
    properties:
      auto_scaling_group_id: {get_resource: crowd}
      adjustment_type: change_in_capacity
      scaling_adjustment: 2
  less:
    type: OS::Heat::ScalingPolicy
    properties:
      auto_scaling_group_id: {get_resource: crowd}
      adjustment_type: percent_change_in_capacity
      scaling_adjustment: -50
outputs:
  size: {value: {get_attr: [crowd, current_size]}}
  values: {value: {get_attr: [crowd, outputs_list, value]}}
  more: {value: {get_attr: [more, alarm_url]}}
"""


def test_a_group_grows_and_shrinks_by_its_policies_and_the_oldest_go(heat):
    heat.create("s", SCALED)
    heat.wait("s", "CREATE_COMPLETE")
    (first,) = outputs(heat, "s")["values"]["output_value"]
    url = outputs(heat, "s")["more"]["output_value"].removeprefix("http://heat.test:8004")
    assert heat.client.simulate_post(url, json={"current": "ok"}).status_code == 200
    assert heat.client.simulate_post(url, json={"current": "alarm"}).status_code == 200
    wait_for(lambda: outputs(heat, "s")["size"]["output_value"], 3)
    assert first in outputs(heat, "s")["values"]["output_value"]
    heat.call("POST", heat.where("s") + "/resources/less/signal")
    wait_for(lambda: outputs(heat, "s")["size"]["output_value"], 2)
    assert first not in outputs(heat, "s")["values"]["output_value"]


def test_a_suspended_stack_takes_what_is_inside_along(heat):
    heat.create("s", OUTER, files=FILES)
    heat.wait("s", "CREATE_COMPLETE")
    heat.call("POST", heat.where("s") + "/actions", json={"suspend": None})
    heat.wait("s", "SUSPEND_COMPLETE")
    assert heat.show(inside(heat, "s", "inner"))["stack_status"] == "SUSPEND_COMPLETE"
    assert heat.call("PATCH", heat.where("s"), json={}).status_code == 409
    heat.call("POST", heat.where("s") + "/actions", json={"resume": None})
    heat.wait("s", "RESUME_COMPLETE")
    assert heat.show(inside(heat, "s", "inner"))["stack_status"] == "RESUME_COMPLETE"
