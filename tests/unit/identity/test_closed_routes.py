"""Every route is closed to a token without a role, but for what is everybody's own."""

import re
import types
from typing import Any

import pytest
from falcon import testing

from common import http
from common.context import RequestContext
from identity import app
from identity.errors import Missing

SELF_SERVICE = {
    ("GET", "/v3/auth/catalog"),
    ("GET", "/v3/auth/projects"),
    ("GET", "/v3/auth/domains"),
    ("GET", "/v3/auth/system"),
    ("GET", "/v3/regions"),
    ("HEAD", "/v3/regions"),
    ("GET", "/v3/regions/{region_id}"),
    ("HEAD", "/v3/regions/{region_id}"),
    ("GET", "/v3/credentials"),  # one's own
    ("HEAD", "/v3/credentials"),
    ("GET", "/v3/registered_limits"),
    ("HEAD", "/v3/registered_limits"),
    ("GET", "/v3/registered_limits/{registered_limit_id}"),
    ("HEAD", "/v3/registered_limits/{registered_limit_id}"),
    ("GET", "/v3/limits"),  # one's own
    ("HEAD", "/v3/limits"),
    ("GET", "/v3/limits/model"),
    ("HEAD", "/v3/limits/model"),
    ("GET", "/v3/auth/tokens"),
    ("HEAD", "/v3/auth/tokens"),
    ("DELETE", "/v3/auth/tokens"),
}


class Nobody:
    """Somebody whose token is good, and gives no role."""

    def authenticate(self, token, request_id):
        return RequestContext(request_id=request_id, user_id="u", project_id="p", token=token)


class Empty:
    """A database in which nothing is found."""

    def __getattr__(self, name):
        def missing(*args, **kwargs):
            raise Missing(kind="thing", id="x")

        return missing


def table():
    nothing: Any = None
    empty: Any = Empty()
    parts = app.Parts(database=nothing, work=empty, ring=nothing, vault=nothing)
    guard: Any = types.SimpleNamespace(source=None, check=None)
    return app.routes(parts, guard)


def calls():
    for route in table():
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
            name = f"on_{method.lower()}" + (f"_{route.suffix}" if route.suffix else "")
            known = (method, route.path) in SELF_SERVICE or method in route.public_methods
            if hasattr(route.resource, name) and not route.public and not known:
                yield method, route.path


@pytest.mark.parametrize(("method", "path"), list(calls()))
def test_a_token_without_a_role_opens_nothing(method, path):
    spec = http.AppSpec(
        service="identity", routes=table(), render=app.render, authenticator=Nobody()
    )
    client = testing.TestClient(http.create_app(spec))
    url = re.sub(r"[{}]", "", path)
    answer = client.simulate_request(method, url, headers={"X-Auth-Token": "t"}, json={})
    assert answer.status_code == 403


def test_nothing_but_versions_keys_and_revocations_is_public():
    public = {route.path for route in table() if route.public}
    assert public == {"/", "/v3", "/v3/", "/v3/OS-CUMULET/keys", "/v3/OS-CUMULET/revocations"}
