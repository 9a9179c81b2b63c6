"""What clients ask of stacks beyond their lives: by name, in advance, by tag."""

import pytest

from tests.functional.orchestration.test_stacks import NET, SERVER


def path(heat, name):
    return heat.call("GET", f"/stacks/{name}").headers["location"].partition("p" * 32)[2]


@pytest.mark.parametrize(
    ("method", "rest"),
    [("GET", ""), ("PUT", ""), ("PATCH", ""), ("GET", "/events"), ("POST", "/actions")],
)
def test_a_name_alone_leads_to_the_stack_whatever_is_asked(heat, method, rest):
    heat.create("s", NET)
    answer = heat.call(method, f"/stacks/s{rest}", json={} if method != "GET" else None)
    assert answer.status_code == 302
    assert answer.headers["location"].endswith(path(heat, "s") + rest)


@pytest.mark.parametrize("rest", ["events", "resources", "template", "actions"])
def test_a_part_of_a_stack_cannot_be_deleted_by_name(heat, rest):
    heat.create("s", NET)
    assert heat.call("DELETE", f"/stacks/s/{rest}").status_code == 405
    heat.wait("s", "CREATE_COMPLETE")


def changes(heat, name, **body):
    answer = heat.call("PATCH", f"{path(heat, name)}/preview", json=body)
    assert answer.status_code == 200
    return {
        kind: {row["resource_name"] for row in rows}
        for kind, rows in answer.json["resource_changes"].items()
        if rows
    }


def test_an_update_can_be_seen_before_it_is_made(heat):
    heat.create("s", NET)
    heat.wait("s", "CREATE_COMPLETE")
    others = {"net", "router", "address"}
    assert changes(heat, "s") == {"unchanged": {"net", "subnet", "router", "leg", "address"}}
    found = changes(heat, "s", parameters={"cidr": "10.2.0.0/24"})
    assert found == {"unchanged": others | {"leg"}, "replaced": {"subnet"}}
    more = NET.replace("  leg:", "  more: {type: OS::Neutron::Net}\n  arm:")
    assert changes(heat, "s", template=more) == {
        "unchanged": others | {"subnet"},
        "added": {"more", "arm"},
        "deleted": {"leg"},
    }
    assert heat.show("s")["stack_status"] == "CREATE_COMPLETE"


def test_an_update_in_place_is_told_from_a_replacement(heat):
    heat.create("s", SERVER)
    heat.wait("s", "CREATE_COMPLETE")
    assert changes(heat, "s", parameters={"label": "two"}) == {"updated": {"web"}}
    assert changes(heat, "s", parameters={"size": "other"}) == {"replaced": {"web"}}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("tags=red", {"a", "b"}),
        ("tags=red&tags=blue", {"b"}),
        ("tags-any=blue", {"b"}),
        ("not-tags=red&not-tags=blue", {"a", "c"}),
        ("not-tags-any=red", {"c"}),
        ("tags=re", set()),
    ],
)
def test_stacks_are_found_by_their_tags(heat, wanted, found):
    for name, tags in (("a", "red"), ("b", "red,blue"), ("c", "")):
        heat.create(name, SERVER, tags=tags)
    rows = heat.call("GET", "/stacks", query_string=wanted).json["stacks"]
    assert {row["stack_name"] for row in rows} == found


def test_a_preview_says_which_resources_need_which(heat):
    answer = heat.call("POST", "/stacks/preview", json={"stack_name": "s", "template": NET})
    rows = {row["resource_name"]: row for row in answer.json["stack"]["resources"]}
    assert rows["net"]["required_by"] == ["subnet"]
    assert rows["subnet"]["required_by"] == ["leg"]
