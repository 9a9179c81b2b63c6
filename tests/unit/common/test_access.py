"""Access rules allow what they name and nothing else."""

import pytest
from falcon import testing

from common import http
from common.access import permitted
from tests.support.tokens import Authority


@pytest.mark.parametrize(
    ("rule", "method", "path", "expected"),
    [
        ("image GET /v2/images", "GET", "/v2/images", True),
        ("image GET /v2/images", "POST", "/v2/images", False),
        ("image GET /v2/images", "GET", "/v2/images/1", False),
        ("image GET /v2/images/*", "GET", "/v2/images/1", True),
        ("image GET /v2/images/*", "GET", "/v2/images/1/file", False),
        ("image GET /v2/images/{id}/file", "GET", "/v2/images/1/file", True),
        ("image GET /v2/**", "GET", "/v2/images/1/file", True),
        ("image GET /v2.0", "GET", "/v2x0", False),
        ("compute GET /v2/images", "GET", "/v2/images", False),
    ],
)
def test_a_rule_allows_its_request_only(rule, method, path, expected):
    assert permitted([rule], "image", method, path) is expected


def test_every_api_refuses_what_a_token_s_rules_do_not_name():
    class Things:
        def on_get(self, req, resp):
            resp.media = {}

        on_post = on_get

    authority = Authority()
    spec = http.AppSpec(
        service="image",
        routes=[http.Route("/things", Things())],
        render=lambda error, req: {},
        authenticator=authority.verifier(),
    )
    client = testing.TestClient(http.create_app(spec))
    headers = authority.headers(access_rules=("image GET /things",))
    assert client.simulate_get("/things", headers=headers).status_code == 200
    assert client.simulate_post("/things", headers=headers).status_code == 401
    assert client.simulate_post("/things", headers=authority.headers()).status_code == 200
