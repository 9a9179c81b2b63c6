"""The rooms every API shares: ids, bodies, errors, versions."""

import falcon
from falcon import testing

from common import errors, http
from common.context import RequestContext
from common.microversions import Microversions

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "minLength": 1}},
    "required": ["name"],
    "additionalProperties": False,
}


class Things:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"user": req.context.ctx.user_id, "version": req.context.version}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = http.body(req, SCHEMA)

    def on_delete(self, req: falcon.Request, resp: falcon.Response) -> None:
        raise RuntimeError("secret detail")


class Anyone:
    def authenticate(self, token: str, request_id: str) -> RequestContext:
        if token != "good":
            raise errors.Unauthorized()
        return RequestContext(request_id=request_id, user_id="u1")


def client() -> testing.TestClient:
    spec = http.AppSpec(
        service="things",
        routes=[http.Route("/things", Things()), http.Route("/open", Things(), public=True)],
        render=lambda error, req: {"fault": {"code": error.status, "message": str(error)}},
        authenticator=Anyone(),
        microversions=Microversions("things", (2, 1), (2, 9), "X-Things-Version"),
    )
    return testing.TestClient(http.create_app(spec))


GOOD = {"X-Auth-Token": "good"}


def test_every_answer_carries_a_request_id_and_a_given_one_is_kept():
    given = "req-11111111-1111-1111-1111-111111111111"
    answer = client().simulate_get("/things", headers=GOOD | {"X-Openstack-Request-Id": given})
    assert answer.headers["x-openstack-request-id"] == given
    assert client().simulate_get("/nowhere").headers["x-openstack-request-id"].startswith("req-")


def test_a_request_without_a_valid_token_is_refused_in_the_apis_own_form():
    assert client().simulate_get("/things").status_code == 401
    answer = client().simulate_get("/things", headers={"X-Auth-Token": "bad"})
    assert answer.status_code == 401
    assert answer.json["fault"]["code"] == 401
    assert client().simulate_get("/open").status_code == 200


def test_a_body_that_breaks_the_schema_is_refused_naming_the_field():
    answer = client().simulate_post("/things", json={"name": 3}, headers=GOOD)
    assert answer.status_code == 400
    assert "name" in answer.json["fault"]["message"]
    answer = client().simulate_post("/things", body=b"{nonsense", headers=GOOD)
    assert answer.status_code == 400
    assert "not valid JSON" in answer.json["fault"]["message"]


def test_a_body_over_one_mebibyte_is_refused_before_it_is_read():
    answer = client().simulate_post("/things", body=b"x" * (http.MAX_BODY + 1), headers=GOOD)
    assert answer.status_code == 413


def test_an_unexpected_error_tells_the_caller_nothing_about_the_inside():
    answer = client().simulate_delete("/things", headers=GOOD)
    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_the_microversion_asked_for_is_used_and_repeated():
    answer = client().simulate_get("/things", headers=GOOD | {"X-Things-Version": "2.5"})
    assert answer.json["version"] == [2, 5]
    assert answer.headers["X-Things-Version"] == "2.5"
    headers = GOOD | {"OpenStack-API-Version": "things latest"}
    assert client().simulate_get("/things", headers=headers).json["version"] == [2, 9]
    assert client().simulate_get("/things", headers=GOOD).json["version"] == [2, 1]


def test_a_microversion_out_of_range_is_not_acceptable_and_a_malformed_one_is_bad():
    answer = client().simulate_get("/things", headers=GOOD | {"X-Things-Version": "2.10"})
    assert answer.status_code == 406
    assert "2.9" in answer.json["fault"]["message"]
    answer = client().simulate_get("/things", headers=GOOD | {"X-Things-Version": "2.x"})
    assert answer.status_code == 400


def test_health_names_the_cause_when_a_check_fails():
    def broken() -> None:
        raise errors.DatabaseUnavailable()

    spec = http.AppSpec(
        service="things",
        routes=[],
        render=lambda error, req: str(error),
        authenticator=None,
        health={"database": broken},
    )
    answer = testing.TestClient(http.create_app(spec)).simulate_get("/healthz")
    assert answer.status_code == 503
    assert "database" in answer.json["causes"]


def test_metrics_count_the_answers_by_route():
    app = client()
    app.simulate_get("/things", headers=GOOD)
    text = app.simulate_get("/metrics").text
    assert 'cumulet_http_requests_total{method="GET",route="/things",status="200"} 1.0' in text
