"""Whatever a client sends, Compute and Placement answer, and in their own words."""

import json

from falcon import testing

from common.policy import Policy
from compute import app
from compute.schemas import actions
from tests.support import fuzz
from tests.support.hostile_requests import Target

ADMIN = ("admin", "manager", "member", "reader")
VERSIONS = ("compute 2.1", "compute latest", "compute 2.37", "compute 2.73")
NODES = "/v2.1/os-baremetal-nodes"
UNSUPPORTED = frozenset(
    (NODES, f"{NODES}/{{node_id}}", f"{NODES}/{{node_id}}/action", "/v2.1/os-hosts/{name}/{verb}")
)
ACTIONS = [
    *actions.BODIES.values(),
    *({"const": {name: None}} for name in ("os-stop", "os-start", "pause")),
]


def is_error(status: int, text: str) -> bool:
    ((name, fault),) = json.loads(text).items()
    return name == app.FAULTS.get(status, "computeFault") and set(fault) == {"code", "message"}


def is_placement_error(status: int, text: str) -> bool:
    (fault,) = json.loads(text)["errors"]
    return {"status", "title", "detail", "request_id"} <= set(fault)


def callers(cloud):
    return {"admin": cloud.headers(roles=ADMIN), "member": cloud.headers()}


def test_no_request_makes_compute_fail_or_tell_what_it_is_made_of(any_cloud):
    cloud = any_cloud
    servers = [cloud.ask(f"s{n}").json["server"]["id"] for n in range(3)]
    fuzz.run(
        Target(
            cloud.client.app,
            callers(cloud),
            is_error,
            version_header=("OpenStack-API-Version", VERSIONS),
            bodies={("POST", "/v2.1/servers/{server_id}/action"): ACTIONS},
            known={
                "server": servers,
                "flavor": ["1"],
                "image": [cloud.image_id],
                "network": [cloud.network_id],
                "host": ["host-1"],
            },
            unsupported=UNSUPPORTED,
        )
    )


def test_no_request_makes_placement_fail_or_tell_what_it_is_made_of(any_cloud):
    cloud = any_cloud
    placement = app.placement_app(Policy(app.RULES), cloud.logic, cloud.authority.verifier(), {})
    found = testing.TestClient(placement).simulate_get(
        "/resource_providers", headers=cloud.headers(roles=ADMIN)
    )
    fuzz.run(
        Target(
            placement,
            callers(cloud),
            is_placement_error,
            version_header=("OpenStack-API-Version", ("placement 1.0", "placement latest")),
            known={"provider": [one["uuid"] for one in found.json["resource_providers"]]},
        )
    )
