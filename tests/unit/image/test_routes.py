"""The house rules: every route is closed until policy opens it."""

import pytest
from falcon import testing

from common.db import Database
from image.app import Parts, create_app, routes
from image.drivers.fake import FakeStore
from tests.support.tokens import Authority

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def parts(authority: Authority) -> Parts:
    return Parts(
        database=Database("sqlite:///never-opened.db"),
        store=FakeStore(),
        authenticator=authority.verifier(),
    )


def guarded() -> list[tuple[str, str]]:
    """Every method of every route that asks for a token."""
    found = []
    for route in routes(parts(Authority())):
        suffix = f"_{route.suffix}" if route.suffix else ""
        for method in METHODS:
            if hasattr(route.resource, f"on_{method.lower()}{suffix}") and not route.public:
                found.append((method, route.path))
    return found


def test_only_the_version_documents_answer_without_a_token():
    public = {route.path for route in routes(parts(Authority())) if route.public}
    assert public == {"/", "/versions", "/v2", "/v2/"}


@pytest.mark.parametrize(("method", "path"), guarded())
def test_a_token_without_a_role_opens_nothing(method, path):
    authority = Authority()
    client = testing.TestClient(create_app(parts(authority)))
    url = path.format(
        image_id="i", tag="t", member_id="m", name="image", namespace="n", store_id="s", task_id="k"
    )
    answer = client.simulate_request(method, url, headers=authority.headers(roles=[]))
    assert answer.status_code == 403


@pytest.mark.parametrize(("method", "path"), guarded())
def test_a_reader_writes_nothing(method, path):
    if method == "GET":
        return
    authority = Authority()
    client = testing.TestClient(create_app(parts(authority)))
    url = path.format(
        image_id="i", tag="t", member_id="m", name="image", namespace="n", store_id="s", task_id="k"
    )
    answer = client.simulate_request(method, url, headers=authority.headers(roles=["reader"]))
    assert answer.status_code == 403
