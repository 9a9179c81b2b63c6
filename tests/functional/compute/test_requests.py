"""What is refused before a row is written, and how lists are read."""

import pytest

from tests.support.compute_cloud import Cloud
from tests.support.tokens import PROJECT_ID


@pytest.mark.parametrize(
    "values",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "a" * 256},
        {"name": 7},
        {"flavorRef": "nothing"},
        {"imageRef": "11111111-2222-3333-4444-555555555555"},
        {"imageRef": ""},
        {"key_name": "nothing"},
        {"networks": [{"uuid": "11111111-2222-3333-4444-555555555555"}]},
        {"networks": [{"uuid": "a-b-c"}]},
        {"metadata": {"a" * 256: "x"}},
        {"metadata": {"": "x"}},
        {"security_groups": [{"name": "nothing"}]},
        {"accessIPv6": "2001:::1"},
        {"user_data": "not base 64!"},
        {"availability_zone": "nowhere"},
        {"unknown": 1},
    ],
)
def test_a_bad_request_is_refused_with_400_in_computes_own_form(cloud: Cloud, values):
    answer = cloud.ask(**{"name": "web", **values})
    assert answer.status_code == 400, answer.text
    assert answer.json["badRequest"]["code"] == 400
    assert cloud.get("/servers").json["servers"] == []


def test_an_image_that_needs_more_than_the_flavor_has_is_refused(cloud: Cloud):
    big = cloud.images.add(min_disk=2)
    hungry = cloud.images.add(min_ram=1024)
    huge = cloud.images.add(size=2 * 1024**3)
    for image_id in (big, hungry, huge):
        assert cloud.ask(imageRef=image_id).status_code == 400


def test_more_than_one_network_has_to_be_chosen_from(cloud: Cloud):
    cloud.network.add(PROJECT_ID, "second", "10.2.0.0/24")
    answer = cloud.ask()
    assert answer.status_code == 409
    assert "Multiple possible networks" in answer.json["conflictingRequest"]["message"]
    assert cloud.ask(version="2.37", networks="none").status_code == 202
    assert cloud.ask(version="2.37").status_code == 400


def test_lists_filter_sort_and_page(cloud: Cloud):
    ids = [cloud.server(name) for name in ("web-1", "web-2", "db-1")]
    assert {one["id"] for one in cloud.get("/servers?name=web").json["servers"]} == set(ids[:2])
    assert cloud.get("/servers?status=SHUTOFF").json["servers"] == []
    assert cloud.get("/servers?status=nonsense").json["servers"] == []
    assert cloud.get("/servers?status=nonsense", "2.38").status_code == 400
    assert cloud.get("/servers?limit=-1").status_code == 400
    assert cloud.get("/servers?limit=text").status_code == 400
    assert cloud.get("/servers?marker=unknown").status_code == 400
    assert cloud.get("/servers?changes-since=2999-01-01T12:34:00Z").json["servers"] == []
    assert cloud.get("/servers?changes-since=yesterday").status_code == 400
    assert len(cloud.get("/servers?flavor=1").json["servers"]) == 3
    assert cloud.get("/servers?image=nothing").json["servers"] == []
    assert len(cloud.get("/servers?ip=10.0.0.2").json["servers"]) == 1
    seen, path = [], "/servers/detail?limit=1&sort_key=display_name&sort_dir=asc"
    while path:
        page = cloud.get(path).json
        seen += [one["name"] for one in page["servers"]]
        path = page.get("servers_links", [{"href": ""}])[0]["href"].partition("/v2.1")[2]
    assert seen == ["db-1", "web-1", "web-2"]


def test_several_servers_are_asked_for_at_once(cloud: Cloud):
    answer = cloud.ask(min_count=2, max_count=3, return_reservation_id=True)
    assert answer.json["reservation_id"].startswith("r-")
    names = [one["name"] for one in cloud.get("/servers").json["servers"]]
    assert sorted(names) == ["web-1", "web-2", "web-3"]


def test_a_servers_words_are_kept_and_changed(cloud: Cloud):
    server_id = cloud.server(metadata={"role": "web"})
    path = f"/servers/{server_id}"
    assert cloud.put(path, {"server": {"name": "new"}}).json["server"]["name"] == "new"
    assert cloud.put(path, {"server": {"name": ""}}).status_code == 400
    assert cloud.post(f"{path}/metadata", {"metadata": {"a": "1"}}).json == {
        "metadata": {"role": "web", "a": "1"}
    }
    assert cloud.put(f"{path}/metadata/a", {"meta": {"a": "2"}}).json == {"meta": {"a": "2"}}
    assert cloud.put(f"{path}/metadata/a", {"meta": {"b": "2"}}).status_code == 400
    assert cloud.delete(f"{path}/metadata/a").status_code == 204
    assert cloud.get(f"{path}/metadata/a").status_code == 404
    assert cloud.put(f"{path}/tags/blue", None, "2.26").status_code == 201
    assert cloud.put(f"{path}/tags/blue", None, "2.26").status_code == 204
    assert cloud.get("/servers?tags=blue", "2.26").json["servers"][0]["id"] == server_id
    assert cloud.get(f"{path}/tags", "2.25").status_code == 404


def test_key_pairs_are_made_imported_shown_and_removed(cloud: Cloud):
    made = cloud.post("/os-keypairs", {"keypair": {"name": "mine"}})
    assert made.status_code == 200
    key = made.json["keypair"]
    assert "PRIVATE KEY" in key["private_key"]
    again = {"keypair": {"name": "mine", "public_key": key["public_key"]}}
    assert cloud.post("/os-keypairs", again).status_code == 409
    again["keypair"]["name"] = "other"
    assert cloud.post("/os-keypairs", again, "2.2").status_code == 201
    assert [one["keypair"]["name"] for one in cloud.get("/os-keypairs").json["keypairs"]] == [
        "mine",
        "other",
    ]
    assert cloud.post("/os-keypairs", {"keypair": {"name": "x"}}, "2.92").status_code == 400
    server_id = cloud.server(key_name="mine")
    seed = cloud.worker.driver.spec(server_id).seed["openstack/latest/meta_data.json"]
    assert key["public_key"].split()[1].encode() in seed
    assert cloud.delete("/os-keypairs/mine").status_code == 202
    assert cloud.get("/os-keypairs/mine").status_code == 404


def test_flavors_are_managed_by_administrators_and_hidden_where_they_are_not_public(cloud: Cloud):
    wanted = {"id": "7", "name": "mid", "ram": 1024, "vcpus": 2, "disk": 5}
    assert cloud.post("/flavors", {"flavor": wanted}).status_code == 403
    private = wanted | {"os-flavor-access:is_public": False}
    others = "f" * 32
    made = cloud.post("/flavors", {"flavor": private}, roles=["admin"], project_id=others)
    assert made.status_code == 200
    assert cloud.get("/flavors/7").status_code == 404
    access = {"addTenantAccess": {"tenant": PROJECT_ID}}
    shown = cloud.get("/flavors/7/os-flavor-access", roles=["admin"], project_id=PROJECT_ID)
    assert shown.json == {"flavor_access": []}
    assert cloud.post("/flavors/7/action", access, roles=["admin"]).status_code == 200
    assert cloud.post("/flavors/7/action", access, roles=["admin"]).status_code == 409
    assert cloud.get("/flavors/7").json["flavor"]["swap"] == ""
    specs = {"extra_specs": {"hw:cpu": "1"}}
    cloud.post("/flavors/7/os-extra_specs", specs, roles=["admin"])
    assert cloud.get("/flavors/7/os-extra_specs").json == specs
    assert cloud.get("/flavors/7/os-extra_specs/none").status_code == 404
    assert len(cloud.get("/flavors/detail?minRam=600").json["flavors"]) == 1
    assert cloud.delete("/flavors/7", roles=["admin"]).status_code == 202


def test_limits_and_quotas_say_what_is_allowed_and_used(cloud: Cloud):
    cloud.server()
    absolute = cloud.get("/limits").json["limits"]["absolute"]
    assert absolute["totalInstancesUsed"] == 1
    assert absolute["totalRAMUsed"] == 512
    path = f"/os-quota-sets/{PROJECT_ID}"
    assert cloud.get(path).json["quota_set"]["instances"] == 10
    assert "injected_files" not in cloud.get(path, "2.57").json["quota_set"]
    changed = {"quota_set": {"instances": 1}}
    assert cloud.put(path, changed).status_code == 403
    assert cloud.put(path, changed, roles=["admin"]).json["quota_set"]["instances"] == 1
    answer = cloud.ask()
    assert answer.status_code == 403
    assert "Quota exceeded for instances" in answer.json["forbidden"]["message"]
    assert cloud.delete(path, roles=["admin"]).status_code == 202
    assert cloud.get(f"{path}/detail", roles=["admin"]).json["quota_set"]["cores"]["in_use"] == 1
