"""Compute takes and refuses the bodies that its published contract takes and refuses.

Each call is made with a good body and with all that one change makes of it: a part taken away, one
too many, another value in its place.  What is refused for its form is refused by both.
"""

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from compute.api.versions import MAXIMUM
from tests.support import published
from tests.support.compute_cloud import Cloud

VERSIONS = ["2.1", "2.57", ".".join(map(str, MAXIMUM))]
ADMIN: dict[str, Any] = {"roles": ["admin"]}
NEVER = "11111111-2222-4333-8444-555555555555"
SERVER = f"/servers/{NEVER}"
OTHERS: tuple[Any, ...] = (None, "", "x", 0, -1, True, [], {}, "y" * 256, {"a": 1}, ["a"], 1.5)
FORM = re.compile(
    "Invalid input|too many|is a required property|dditional properties|is not of type|is too"
    "|should be non|does not match|is not one of|is not valid|does not have|was expected"
    "|unexpected|mismatch"
)
BODIES: list[tuple[str, str, Any]] = [
    ("POST", "/flavors", {"flavor": {"name": "a", "ram": 1, "vcpus": 1, "disk": 0, "id": "1"}}),
    ("PUT", f"/flavors/{NEVER}", {"flavor": {"description": "a"}}),
    ("POST", f"/flavors/{NEVER}/os-extra_specs", {"extra_specs": {"hw:cpu_policy": "shared"}}),
    ("PUT", f"/flavors/{NEVER}/os-extra_specs/a", {"a": "b"}),
    ("POST", f"/flavors/{NEVER}/action", {"addTenantAccess": {"tenant": "a"}}),
    ("POST", f"/flavors/{NEVER}/action", {"removeTenantAccess": {"tenant": "a"}}),
    ("PUT", f"/os-quota-sets/{NEVER}", {"quota_set": {"cores": 5, "force": True}}),
    ("PUT", "/os-quota-class-sets/default", {"quota_class_set": {"cores": 5}}),
    ("PUT", "/os-aggregates/99", {"aggregate": {"name": "b", "availability_zone": "z"}}),
    ("POST", "/os-aggregates/99/action", {"add_host": {"host": "a"}}),
    ("POST", "/os-aggregates/99/action", {"remove_host": {"host": "a"}}),
    ("POST", "/os-aggregates/99/action", {"set_metadata": {"metadata": {"a": "b"}}}),
    ("POST", "/os-aggregates/99/images", {"cache": [{"id": NEVER}]}),
    (
        "POST",
        "/os-server-external-events",
        {"events": [{"name": "network-changed", "server_uuid": NEVER}]},
    ),
    ("PUT", "/os-hosts/none", {"status": "enable"}),
    ("PUT", SERVER, {"server": {"name": "a"}}),
    ("POST", f"{SERVER}/metadata", {"metadata": {"a": "b"}}),
    ("PUT", f"{SERVER}/metadata", {"metadata": {"a": "b"}}),
    ("PUT", f"{SERVER}/metadata/a", {"meta": {"a": "b"}}),
    ("PUT", f"{SERVER}/tags", {"tags": ["a"]}),
    ("POST", f"{SERVER}/os-interface", {"interfaceAttachment": {"net_id": NEVER}}),
    ("POST", f"{SERVER}/os-volume_attachments", {"volumeAttachment": {"volumeId": NEVER}}),
    ("PUT", f"{SERVER}/os-volume_attachments/{NEVER}", {"volumeAttachment": {"volumeId": NEVER}}),
    ("POST", f"{SERVER}/shares", {"share": {"share_id": NEVER}}),
    *(
        ("POST", f"{SERVER}/action", body)
        for body in (
            {"reboot": {"type": "SOFT"}},
            {"rebuild": {"imageRef": NEVER, "name": "a", "metadata": {"a": "b"}}},
            {"resize": {"flavorRef": "1"}},
            {"confirmResize": None},
            {"revertResize": None},
            {"createImage": {"name": "a", "metadata": {"a": "b"}}},
            {"createBackup": {"name": "a", "backup_type": "daily", "rotation": 1}},
            {"os-getConsoleOutput": {"length": 5}},
            {"os-resetState": {"state": "active"}},
            {"lock": None},
            {"lock": {"locked_reason": "a"}},
            {"unlock": None},
            {"pause": None},
            {"unpause": None},
            {"suspend": None},
            {"resume": None},
            {"os-start": None},
            {"os-stop": None},
            {"shelve": None},
            {"shelveOffload": None},
            {"unshelve": None},
            {"unshelve": {"availability_zone": "nova"}},
            {"rescue": {"adminPass": "a"}},
            {"unrescue": None},
            {"restore": None},
            {"forceDelete": None},
            {"trigger_crash_dump": None},
            {"changePassword": {"adminPass": "a"}},
            {"migrate": None},
            {"migrate": {"host": None}},
            {"os-migrateLive": {"host": None, "block_migration": "auto"}},
            {"evacuate": {"host": "a"}},
            {"addSecurityGroup": {"name": "a"}},
            {"removeSecurityGroup": {"name": "a"}},
            {"addFloatingIp": {"address": "10.0.0.1"}},
            {"removeFloatingIp": {"address": "10.0.0.1"}},
            {"addFixedIp": {"networkId": NEVER}},
            {"removeFixedIp": {"address": "10.0.0.1"}},
            {"injectNetworkInfo": None},
        )
    ),
]
CREATED: list[tuple[str, str, Any]] = [
    (
        "POST",
        "/servers",
        {
            "server": {
                "name": "a",
                "imageRef": NEVER,
                "flavorRef": "none",
                "networks": [{"uuid": NEVER}],
                "metadata": {"a": "b"},
                "security_groups": [{"name": "a"}],
                "min_count": 1,
                "max_count": 2,
                "config_drive": True,
                "key_name": "a",
                "user_data": "YQ==",
                "availability_zone": "a",
                "accessIPv4": "10.0.0.1",
                "accessIPv6": "::1",
                "adminPass": "a",
                "OS-DCF:diskConfig": "AUTO",
                "return_reservation_id": True,
                "block_device_mapping_v2": [
                    {
                        "uuid": NEVER,
                        "source_type": "image",
                        "destination_type": "local",
                        "boot_index": 0,
                    }
                ],
            },
            "os:scheduler_hints": {"group": NEVER},
        },
    ),
    ("POST", "/os-keypairs", {"keypair": {"name": "a", "public_key": "ssh-rsa a"}}),
    ("POST", "/os-server-groups", {"server_group": {"name": "a", "policies": ["affinity"]}}),
    (
        "POST",
        "/os-server-groups",
        {
            "server_group": {
                "name": "a",
                "policy": "anti-affinity",
                "rules": {"max_server_per_host": 2},
            }
        },
    ),
    ("POST", "/os-aggregates", {"aggregate": {"name": "a", "availability_zone": "z"}}),
]


def changed(body: Any) -> Iterator[tuple[str, Any]]:
    """Give the body, and all that one change makes of it, each with what was changed."""
    yield "as it is", body
    for path in paths(body):
        where, parent, key = "/".join(map(str, path)), at(body, path[:-1]), path[-1]
        for other in OTHERS:
            if other != parent[key] or type(other) is not type(parent[key]):
                yield f"{where} = {str(other)[:20]!r}", replaced(body, path, other)
        yield f"without {where}", without(body, path)
    for path in [(), *paths(body)]:
        if isinstance(at(body, path), dict):
            where = "/".join(map(str, path))
            yield f"more in {where}", replaced(body, (*path, "nobodyKnowsThis"), "x")


def paths(body: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = (
        body.items()
        if isinstance(body, dict)
        else enumerate(body)
        if isinstance(body, list)
        else ()
    )
    for key, value in items:
        yield (*before, key)
        yield from paths(value, (*before, key))


def at(body: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        body = body[step]
    return body


def replaced(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    found = copy.deepcopy(body)
    at(found, path[:-1])[path[-1]] = value
    return found


def without(body: Any, path: tuple[Any, ...]) -> Any:
    found = copy.deepcopy(body)
    del at(found, path[:-1])[path[-1]]
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_bodies_are_taken_and_refused_as_published(cloud: Cloud, version: str):
    number = tuple(map(int, version.split(".")))
    wrong = []
    for method, path, good in [*BODIES, *CREATED]:
        action = next(iter(good)) if path.endswith("/action") else None
        operation = published.find(method, path, action, number)  # type: ignore[arg-type]
        assert operation is not None, f"{method} {path}"
        if not operation.known(number):  # type: ignore[arg-type]
            continue
        for what, body in changed(good):
            if action is not None and list(body) != [action]:
                continue
            wanted = published.accepts(operation, number, body)  # type: ignore[arg-type]
            answer = cloud.client.simulate_request(
                method, f"/v2.1{path}", json=body, headers=cloud.headers(version, **ADMIN)
            )
            assert answer.status_code < 500, f"{version} {method} {path} {body}: {answer.text}"
            refused = answer.status_code == 400 and bool(FORM.search(answer.text))
            if wanted is not None and wanted is refused:
                word = "taken" if wanted else "refused"
                said = answer.text[-120:]
                wrong.append(f"{version} {method} {path} {action} {what} is {word}: {said}")
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong)
