"""Whatever a client sends, the Networking API answers, and in its own words."""

import json

import pytest

from tests.support import fuzz
from tests.support.hostile_requests import Target
from tests.support.network_cloud import ADMIN, ANN, NetworkCloud


@pytest.fixture
def cloud(database_url: str, bus_url: str):
    made = NetworkCloud(database_url, bus_url)
    made.start()
    yield made
    made.stop()


def is_error(status: int, text: str) -> bool:
    fault = json.loads(text)["NeutronError"]
    return set(fault) == {"type", "message", "detail"}


def test_no_request_makes_the_api_fail_or_tell_what_it_is_made_of(cloud):
    admin = cloud.authority.headers(roles=ADMIN, project_id=ANN)
    member = cloud.authority.headers(project_id=ANN)
    fuzz.run(
        Target(cloud.app, {"admin": admin, "member": member}, is_error, known={"project": [ANN]})
    )
