"""Agents: the daemons that the engine hears of."""

from tests.support.waiting import wait_for


def test_an_agent_is_there_once_the_engine_heard_of_it(light_cloud):
    cloud = light_cloud
    cloud.controller.sweep()
    found = wait_for(lambda: cloud.admin.get("/agents")["agents"])
    assert [(one["host"], one["alive"]) for one in found] == [("here", True)]
    assert cloud.ann.get("/agents") == {"agents": []}
    path = f"/agents/{found[0]['id']}"
    assert cloud.ann.refused("GET", path) == (403, "PolicyNotAuthorized")
    described = cloud.admin.ask("PUT", path, {"agent": {"description": "the only one"}})
    assert described.json["agent"]["description"] == "the only one"
    down = {"agent": {"admin_state_up": False}}
    assert cloud.admin.refused("PUT", path, down) == (400, "AgentAlwaysUp")
    assert cloud.admin.refused("DELETE", path) == (409, "AgentAlive")
    assert cloud.admin.get("/agents", agent_type="DHCP agent") == {"agents": []}


def test_what_routes_is_the_one_provider_of_its_service(light_cloud):
    found = light_cloud.ann.get("/service-providers")["service_providers"]
    assert found == [{"service_type": "L3_ROUTER_NAT", "name": "ovn", "default": True}]
