"""Every route of Compute and Placement is closed to a token without a role."""

import pathlib

import pytest
from falcon import testing
from oslo_config import cfg

from common import config as shared
from common.db import Database
from common.policy import Policy
from common.rpc import Bus
from compute import app, config, urls
from compute.clients import ImageService, NetworkService, VolumeService
from compute.logic import services
from tests.support.neighbours import Adapter, Images, Network
from tests.support.tokens import Authority

METHODS = ("get", "post", "put", "delete", "patch")


@pytest.fixture
def parts(tmp_path: pathlib.Path) -> tuple[Policy, services.Services, Authority]:
    conf = cfg.ConfigOpts()
    shared.register(conf)
    config.register(conf)
    conf([], project="cumulet", default_config_files=[])
    database = Database(f"sqlite:///{tmp_path}/never.db")
    images = ImageService(Adapter(Images(), str))
    network = NetworkService(Adapter(Network(), str))
    logic = services.wire(
        conf, database, Bus("amqp://nobody"), images, network, VolumeService(Adapter(None, str))
    )
    return Policy(app.RULES), logic, Authority()


@pytest.mark.parametrize("which", ["compute", "placement"])
@pytest.mark.parametrize("version", ["2.1", "2.104"])
def test_a_token_without_a_role_opens_nothing(parts, which, version):
    policy, logic, authority = parts
    if which == "compute":
        routes = urls.compute_routes(policy, logic)
        wsgi = app.compute_app(policy, logic, authority.verifier(), {})
    else:
        routes = urls.placement_routes(policy, logic)
        wsgi = app.placement_app(policy, logic, authority.verifier(), {})
    client = testing.TestClient(wsgi)
    headers = authority.headers(roles=[]) | {"OpenStack-API-Version": f"compute {version}"}
    asked = 0
    for route in routes:
        if route.public:
            continue
        end = f"_{route.suffix}" if route.suffix else ""
        for method in METHODS:
            if not hasattr(route.resource, f"on_{method}{end}"):
                continue
            path = route.path.replace("{", "").replace("}", "")
            answer = client.simulate_request(method.upper(), path, headers=headers, json={})
            assert answer.status_code == 403, f"{method} {route.path}: {answer.text}"
            asked += 1
    assert asked > 15


def test_every_rule_has_its_own_name_and_guards_something():
    names = [rule.name for rule in app.RULES]
    assert len(names) == len(set(names))
    rooms = pathlib.Path(app.__file__).parent
    text = "".join(path.read_text() for path in (rooms / "api").glob("*.py"))
    for module in sorted((rooms / "policies").glob("[a-z]*.py")):
        for line in module.read_text().splitlines():
            name, equals, _ = line.partition(" = Rule(")
            if equals:
                assert f"policies.{name}" in text, f"{name} of {module.name} guards nothing"


def test_old_addresses_mean_the_new_ones():
    seen = []

    def record(environ, start_response):
        seen.append(environ["PATH_INFO"])
        return []

    dispatch = app.by_port({8774: record})
    for path in ("/v2/servers", "/v2.1/" + "a" * 32 + "/servers", "/v2.1/servers", "/v2.1/", "/"):
        dispatch({"SERVER_PORT": "8774", "PATH_INFO": path}, None)
    assert seen == ["/v2.1/servers"] * 3 + ["/v2.1/", "/"]
