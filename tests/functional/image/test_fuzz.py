"""Whatever a client sends, the Image API answers, and in its own words."""

from tests.support import fuzz
from tests.support.hostile_requests import Target

PATCH = "application/openstack-images-v2.1-json-patch"
STEPS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "op": {"enum": ["add", "replace", "remove"]},
            "path": {"enum": ["/name", "/tags", "/min_disk", "/x", "/visibility", "/a~1b", "/os"]},
            "value": {},
        },
        "required": ["op", "path", "value"],
    },
}


def is_error(status: int, text: str) -> bool:
    return text.startswith("<html>") and f"<title>{status} " in text


def test_no_request_makes_the_api_fail_or_tell_what_it_is_made_of(cloud):
    cloud.upload(cloud.create(), b"data")
    ids = [cloud.create(), cloud.create(visibility="shared"), cloud.create(tags=["a"])]
    fuzz.run(
        Target(
            cloud.client.app,
            {"admin": {"X-Auth-Token": "admin"}, "member": {"X-Auth-Token": "ann"}},
            is_error,
            error_type="text/html",
            content_types=("application/json", "application/octet-stream", PATCH),
            bodies={("PATCH", "/v2/images/{image_id}"): [STEPS]},
            known={"image": ids},
        )
    )
