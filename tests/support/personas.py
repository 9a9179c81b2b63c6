"""Everybody whom policies tell apart, and every API as these see it.

A call of `Api.ask` sends one request in this process and stops where policy has let it in: what
answers is the rule, and whether it opened.
"""

import contextlib
import dataclasses
import re
import types
from collections.abc import Iterator, Sequence
from typing import Any

import falcon.testing
from oslo_config import cfg

import compute.app
import compute.config
import compute.urls
import identity.app
import image.app
import network.app
import network.cli
import orchestration.app
import volume.api.versions
import volume.app
import volume.clients
import volume.config
import volume.logic.services
import volume.urls
from common import config, errors, http
from common.auth import Authenticator
from common.context import RequestContext
from common.db import Database
from common.http import Route
from common.microversions import Microversions
from common.policy import ANY_SCOPE, PROJECT_SCOPE, Policy, Rule
from common.rpc import Bus
from compute.api import versions
from compute.clients import ImageService, NetworkService, VolumeService
from compute.logic import services
from identity.db.models import Domain, Model, Project, Role, User
from image.drivers.fake import FakeStore
from orchestration.logic.rooms import Logic
from tests.support.neighbours import Adapter, Images, Network
from tests.support.network_cloud import options

ROLES = ("reader", "member", "manager", "admin")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
OWN = {
    "project_id": "p",
    "user_id": "u",
    "domain_id": "d",
    "user_domain_id": "d",
    "actor_domain_id": "d",
    "role_name": "member",
    "trustor_user_id": "u",
    "trustee_user_id": "u",
}
LOOKS = "project admin"  # comes as far as policy everywhere
TRUST = {
    "trustor_user_id": "u",
    "trustee_user_id": "u",
    "impersonation": False,
    "project_id": "p",
    "roles": [{"name": "member"}],
}
SPECIAL: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v3/OS-TRUST/trusts"): {"json": {"trust": TRUST}},
    ("POST", "/v3/OS-TRUST/trusts/"): {"json": {"trust": TRUST}},
    ("GET", "/v3/OS-TRUST/trusts"): {"query_string": "trustor_user_id=u"},
    ("GET", "/v3/OS-TRUST/trusts/"): {"query_string": "trustor_user_id=u"},
    ("HEAD", "/v3/OS-TRUST/trusts"): {"query_string": "trustor_user_id=u"},
    ("HEAD", "/v3/OS-TRUST/trusts/"): {"query_string": "trustor_user_id=u"},
    ("GET", "/usages"): {"query_string": "project_id=p"},
}


def persona(scope: str, role: str) -> RequestContext:
    """Return the caller with a role, and those it implies, in a scope."""
    held = ROLES[: ROLES.index(role) + 1] if role in ROLES else ()
    roles = ("service",) if role == "service" else tuple(reversed(held))
    where: dict[str, Any] = {"system": scope == "system"}
    if scope == "domain":
        where["domain_id"] = "d"
    if scope == "project":
        where |= {"project_id": "p", "project_domain_id": "d"}
    return RequestContext(user_id="u", user_domain_id="d", roles=roles, token="t", **where)


PERSONAS = {
    f"{scope} {role}": persona(scope, role)
    for scope, roles in (
        ("project", (*ROLES, "service")),
        ("domain", ROLES),
        ("system", ROLES),
    )
    for role in roles
}


class Opened(errors.CloudError):
    """Policy let the request in."""

    status = 418
    message = "{rule}"


class Masks:
    """The authenticator: a token is a persona's name."""

    def authenticate(self, token: str, request_id: str) -> RequestContext:
        return dataclasses.replace(PERSONAS[token], request_id=request_id)


@dataclasses.dataclass(frozen=True)
class Api:
    """One API with its rules."""

    name: str
    routes: Sequence[Route]
    rules: Sequence[Rule]
    scopes: Sequence[str] = PROJECT_SCOPE
    microversions: Microversions | None = None

    def calls(self) -> Iterator[tuple[str, str]]:
        """Yield (method, path) of everything that asks for a token."""
        for route in self.routes:
            for method in METHODS:
                end = f"_{route.suffix}" if route.suffix else ""
                public = route.public or method in route.public_methods
                if not public and hasattr(route.resource, f"on_{method.lower()}{end}"):
                    yield method, route.path

    def client(self) -> falcon.testing.TestClient:
        """Return a client of the whole API."""
        authenticator: Authenticator = Masks()
        spec = http.AppSpec(
            service=self.name,
            routes=self.routes,
            render=lambda error, req: {"error": str(error)},
            authenticator=authenticator,
            microversions=self.microversions,
        )
        return falcon.testing.TestClient(http.create_app(spec))


def ask(
    client: falcon.testing.TestClient, method: str, path: str, who: str
) -> tuple[int, str | None]:
    """Return the status of one persona's request, and the rule that was asked."""
    url = path.replace("{project_id}", "p").replace("{user_id}", "u").replace("{domain_id}", "d")
    url = re.sub(r"[{}]", "", url)
    headers = {"X-Auth-Token": who, "X-Subject-Token": "t"}
    more = SPECIAL.get((method, path), {"json": {}})
    with doors() as asked:
        answer = client.simulate_request(method, url, headers=headers, **more)
    return answer.status_code, asked[-1] if asked else None


@contextlib.contextmanager
def doors() -> Iterator[list[str]]:
    """For the block, whatever policy lets in goes no further.  Gives the rules that are asked."""
    real = Policy.authorize
    asked: list[str] = []

    def authorize(self: Policy, ctx: Any, rule: Rule, target: Any = None) -> None:
        asked.append(rule.name)
        real(self, ctx, rule, target)
        raise Opened(rule=rule.name)

    Policy.authorize = authorize  # type: ignore[method-assign]
    try:
        yield asked
    finally:
        Policy.authorize = real  # type: ignore[method-assign]


class Everything:
    """A session in which every row exists, and is the personas' own."""

    def get(self, model: type[Model], row_id: Any) -> Any:
        own: dict[type[Model], str] = {User: "u", Project: "p", Domain: "d"}
        facts: dict[str, Any] = {
            **OWN,
            "id": own.get(model, "x"),
            "name": "member",
            "expires_at": None,
        }
        facts |= {"remaining_uses": None, "blob": ""}
        if model is Role:
            facts["domain_id"] = ""
        return types.SimpleNamespace(**facts)

    def scalar(self, query: Any) -> int:
        return 0

    def scalars(self, query: Any) -> list[Any]:
        return []


class Work:
    """Identity's way to its tables."""

    clock = staticmethod(lambda: 0.0)
    lifetime_s = 3600

    @contextlib.contextmanager
    def reading(self) -> Iterator[Any]:
        yield Everything()


def every() -> list[Api]:
    """Return every API, wired to nothing."""
    never = Database("sqlite:////nonexistent/never.db")
    return [
        _identity(),
        _image(never),
        _network(never),
        *_compute(never),
        _orchestration(),
        _volume(never),
    ]


def _identity() -> Api:
    nothing: Any = None
    work: Any = Work()
    vault: Any = types.SimpleNamespace(open=lambda sealed: "")
    parts = identity.app.Parts(database=nothing, work=work, ring=nothing, vault=vault)
    claims = types.SimpleNamespace(user_id="u")
    guard: Any = types.SimpleNamespace(source=None, check=lambda token: claims)
    routes = identity.app.routes(parts, guard)
    return Api("identity", routes, identity.app.RULES, ANY_SCOPE)


def _image(never: Database) -> Api:
    parts = image.app.Parts(database=never, store=FakeStore(), authenticator=Masks())
    return Api("image", image.app.routes(parts), image.app.RULES)


def _network(never: Database) -> Api:
    wired = network.cli.services(options(), never, Bus("amqp://nobody"))
    rules = network.app.RULES
    return Api("network", network.app.routes(Policy(rules), wired), rules)


def _compute(never: Database) -> list[Api]:
    conf = cfg.ConfigOpts()
    config.register(conf)
    compute.config.register(conf)
    conf([], project="cumulet", default_config_files=[])
    images, net = ImageService(Adapter(Images(), str)), NetworkService(Adapter(Network(), str))
    kept = VolumeService(Adapter(None, str))
    wired = services.wire(conf, never, Bus("amqp://nobody"), images, net, kept)
    rules: list[Rule] = []
    placement: list[Rule] = []
    for rule in compute.app.RULES:
        (placement if rule.name.startswith("placement:") else rules).append(rule)
    policy = Policy(compute.app.RULES)
    urls = compute.urls
    return [
        Api("compute", urls.compute_routes(policy, wired), rules, microversions=versions.COMPUTE),
        Api(
            "placement",
            urls.placement_routes(policy, wired),
            placement,
            microversions=versions.PLACEMENT,
        ),
    ]


def _orchestration() -> Api:
    nothing: Any = None
    logic = Logic(nothing, nothing, nothing, nothing)
    routes = orchestration.app.routes(Policy(orchestration.app.RULES), logic)
    return Api("orchestration", routes, orchestration.app.RULES)


def _volume(never: Database) -> Api:
    conf = cfg.ConfigOpts()
    config.register(conf)
    volume.config.register(conf)
    conf([], project="cumulet", default_config_files=[])
    pictures = volume.clients.ImageService(Adapter(Images(), str))
    servers = volume.clients.ComputeService(Adapter(None, str))
    wired = volume.logic.services.wire(conf, never, Bus("amqp://nobody"), pictures, servers)
    rules = volume.app.RULES
    routes = volume.urls.routes(Policy(rules), wired)
    return Api("volume", routes, rules, microversions=volume.api.versions.VOLUME)
