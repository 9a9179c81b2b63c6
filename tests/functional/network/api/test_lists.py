"""Filters, fields, pages, tags, quotas, and what the API says of itself."""

import pytest


@pytest.fixture
def ann(light_cloud):
    for name in ("c", "a", "b"):
        light_cloud.ann.make("network", name=name, description=f"net {name}")
    return light_cloud.ann


def names(answer):
    return [one["name"] for one in answer["networks"]]


def test_lists_are_filtered_by_any_attribute_and_repeated_ones_mean_or(ann):
    assert names(ann.get("/networks", name=["a", "b"], sort_key="name")) == ["a", "b"]
    assert names(ann.get("/networks", description="net c")) == ["c"]
    assert names(ann.get("/networks", shared="true")) == []
    assert len(names(ann.get("/networks", admin_state_up="True", status="ACTIVE"))) == 3
    assert len(names(ann.get("/networks", nonsense="x"))) == 3


def test_fields_leave_the_rest_out(ann):
    shown = ann.get("/networks", fields=["id", "name"], name="a")["networks"]
    assert shown[0].keys() == {"id", "name"}
    one = ann.get(f"/networks/{shown[0]['id']}", fields="id")
    assert one == {"network": {"id": shown[0]["id"]}}


def test_pages_are_linked_in_both_directions(ann):
    first = ann.get("/networks", limit=2, sort_key="name")
    assert names(first) == ["a", "b"]
    links = {link["rel"]: link["href"] for link in first["networks_links"]}
    assert links.keys() == {"next", "previous"}
    marker = first["networks"][-1]["id"]
    second = ann.get("/networks", limit=2, sort_key="name", marker=marker)
    assert names(second) == ["c"]
    assert [link["rel"] for link in second["networks_links"]] == ["previous"]
    back = ann.get(
        "/networks", limit=2, sort_key="name", marker=second["networks"][0]["id"], page_reverse=True
    )
    assert names(back) == ["a", "b"]
    assert names(ann.get("/networks", sort_key="name", sort_dir="desc")) == ["c", "b", "a"]


def test_tags_are_set_filtered_by_and_removed(ann):
    network = ann.get("/networks", name="a")["networks"][0]["id"]
    path = f"/networks/{network}/tags"
    assert ann.ask("PUT", path, {"tags": ["red", "blue"]}).json == {"tags": ["blue", "red"]}
    assert ann.ask("PUT", f"{path}/green").status_code == 201
    assert ann.ask("GET", f"{path}/green").status_code == 204
    assert names(ann.get("/networks", tags="red,blue")) == ["a"]
    assert names(ann.get("/networks", **{"not-tags": "red"}, sort_key="name")) == ["b", "c"]
    assert ann.ask("DELETE", f"{path}/red").status_code == 204
    assert ann.refused("GET", f"{path}/red") == (404, "TagNotFound")
    assert ann.ask("DELETE", path).status_code == 204
    assert ann.get(path) == {"tags": []}


def test_ports_are_found_by_address_and_by_device(light_cloud):
    ann = light_cloud.ann
    network = ann.make("network")["id"]
    subnet = ann.make("subnet", network_id=network, cidr="10.0.0.0/24")["id"]
    fixed = [{"subnet_id": subnet, "ip_address": "10.0.0.77"}]
    port = ann.make("port", network_id=network, fixed_ips=fixed, device_id="s1")["id"]
    ann.make("port", network_id=network)
    for wanted in ("ip_address=10.0.0.77", "ip_address_substr=0.77"):
        assert [p["id"] for p in ann.get("/ports", fixed_ips=wanted)["ports"]] == [port]
    assert [p["id"] for p in ann.get("/ports", device_id="s1")["ports"]] == [port]
    assert len(ann.get("/ports", fixed_ips=f"subnet_id={subnet}")["ports"]) == 3


def test_quotas_are_set_by_administrators_and_kept(light_cloud):
    ann, admin = light_cloud.ann, light_cloud.admin
    path = "/quotas/project-ann"
    assert ann.refused("PUT", path, {"quota": {"network": 5}}) == (403, "PolicyNotAuthorized")
    assert admin.ask("PUT", path, {"quota": {"network": 1}}).json["quota"]["network"] == 1
    ann.make("network")
    full = ann.ask("POST", "/networks", {"network": {}})
    assert (full.status_code, full.json["NeutronError"]["type"]) == (409, "OverQuota")
    assert "1 of 1" in full.json["NeutronError"]["message"]
    assert ann.get(f"{path}/details")["quota"]["network"] == {"limit": 1, "used": 1, "reserved": 0}
    assert [q["project_id"] for q in admin.get("/quotas")["quotas"]] == ["project-ann"]
    assert admin.ask("DELETE", path).status_code == 204
    assert ann.get(path)["quota"] == ann.get(f"{path}/default")["quota"]
    assert ann.refused("GET", "/quotas/project-ben")[0] == 403


def test_the_api_says_what_it_is(light_cloud):
    client = light_cloud.client
    assert client.simulate_get("/").json["versions"][0]["id"] == "v2.0"
    for path in ("/v2.0", "/v2.0/"):
        named = {one["name"] for one in client.simulate_get(path).json["resources"]}
        assert {"network", "subnet", "port"} <= named
    ann = light_cloud.ann
    known = {one["alias"] for one in ann.get("/extensions")["extensions"]}
    assert {"router", "external-net", "security-group", "extraroute", "net-mtu"} <= known
    assert ann.get("/extensions/router")["extension"]["alias"] == "router"
    assert ann.refused("GET", "/extensions/no-such") == (404, "ExtensionNotFound")
    assert ann.refused("GET", "/networks/") == (404, "NetworkNotFound")
    assert len(ann.get("/availability_zones")["availability_zones"]) == 2


def test_the_use_of_addresses_is_counted(light_cloud):
    network = light_cloud.ann.make("network")["id"]
    light_cloud.ann.make("subnet", network_id=network, cidr="10.0.0.0/24")
    light_cloud.ann.make("port", network_id=network)
    path = f"/network-ip-availabilities/{network}"
    found = light_cloud.admin.get(path)["network_ip_availability"]
    assert (found["total_ips"], found["used_ips"]) == (253, 2)
    assert light_cloud.ann.refused("GET", path)[0] == 403
