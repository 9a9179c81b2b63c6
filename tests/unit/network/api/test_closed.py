"""Every route of Networking is closed to a token without a role."""

import pathlib

from falcon import testing

from common.db import Database
from common.policy import Policy
from common.rpc import Bus
from network import app, cli
from tests.support.network_cloud import options
from tests.support.tokens import Authority

METHODS = ("get", "post", "put", "delete", "patch")


def test_a_token_without_a_role_opens_nothing(tmp_path: pathlib.Path):
    database = Database(f"sqlite:///{tmp_path}/never.db")
    services = cli.services(options(), database, Bus("amqp://nobody"))
    policy, authority = Policy(app.RULES), Authority()
    client = testing.TestClient(app.create(policy, services, authority.verifier()))
    headers = authority.headers(roles=[])
    asked = 0
    for route in app.routes(policy, services):
        end = f"_{route.suffix}" if route.suffix else ""
        for method in METHODS:
            if route.public or not hasattr(route.resource, f"on_{method}{end}"):
                continue
            path = route.path.replace("{", "").replace("}", "")
            answer = client.simulate_request(method.upper(), path, headers=headers, json={})
            assert answer.status_code == 403, f"{method} {route.path}: {answer.text}"
            asked += 1
    assert asked > 60


def test_without_a_token_there_is_a_401_in_this_apis_form(tmp_path: pathlib.Path):
    database = Database(f"sqlite:///{tmp_path}/never.db")
    services = cli.services(options(), database, Bus("amqp://nobody"))
    client = testing.TestClient(app.create(Policy(app.RULES), services, Authority().verifier()))
    answer = client.simulate_get("/v2.0/networks")
    assert answer.status_code == 401
    assert answer.json["NeutronError"]["type"] == "HTTPUnauthorized"


def test_every_rule_has_a_name_of_its_own():
    names = [rule.name for rule in app.RULES]
    assert len(names) == len(set(names))
