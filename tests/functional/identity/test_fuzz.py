"""Whatever a client sends, the Identity API answers, and in its own words."""

import json

from tests.support import fuzz
from tests.support.hostile_requests import Target, singular


def is_error(status: int, text: str) -> bool:
    fault = json.loads(text)["error"]
    return set(fault) == {"code", "message", "title"} and fault["code"] == status


def test_no_request_makes_the_api_fail_or_tell_what_it_is_made_of(cloud, admin):
    cloud.user(admin, "ann")
    target = Target(
        cloud.client.app, {"admin": admin, "member": cloud.login("ann", scope="ann")}, is_error
    )
    for kind in ("users", "projects", "domains", "roles", "services", "endpoints"):
        target.known[singular(kind)] = ids = [
            one["id"] for one in cloud.call("GET", f"/{kind}", admin)[kind]
        ]
        target.kept |= set(ids)
    fuzz.run(target)
