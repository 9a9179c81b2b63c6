"""What no database keeps and no header repeats is refused at the door of every API."""

import json

import falcon
import pytest
from falcon import testing

from common import errors, http


class Echo:
    def on_get(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        resp.media = dict(req.params)

    def on_post(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        resp.media = http.json_body(req)


@pytest.fixture
def client() -> testing.TestClient:
    spec = http.AppSpec(
        service="things",
        routes=[http.Route("/things/{name}", Echo())],
        render=lambda error, req: {"fault": str(error)},
        authenticator=None,
    )
    return testing.TestClient(http.create_app(spec))


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize(
    "body",
    [
        *('{"a": ["\\u0000"]}', '{"\\u0000": 1}', '["\\ud800"]', "[9223372036854775808]"),
        *("[-9223372036854775809]", "[1e999]", "[NaN]", nested(102), nested(100_000)),
        *(b'["\xed\xa0\x80"]', b"\xff", "9" * 5000, ""),
    ],
)
def test_json_that_no_database_keeps_is_refused(client, body):
    answer = client.simulate_post("/things/a", body=body)
    assert answer.status_code == 400
    assert set(answer.json) == {"fault"}


@pytest.mark.parametrize(
    "document", ["\u00e9\U0001f600\n", 2**63 - 1, -(2**63), 1e308, json.loads(nested(99)), None]
)
def test_other_json_passes_as_it_is(client, document):
    assert client.simulate_post("/things/a", json=[document]).json == [document]


@pytest.mark.parametrize(
    ("path", "query"), [("/things/%00", ""), ("/things/a", "x=%00"), ("/things/a", "%00=1")]
)
def test_a_nul_in_the_address_is_refused(client, path, query):
    assert client.simulate_get(path, query_string=query).status_code == 400


@pytest.mark.parametrize("host", ["a b", "a\x7f", "a/b", 'a"b'])
def test_a_host_that_no_location_could_repeat_is_refused(client, host):
    assert client.simulate_get("/things/a", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["cloud.example:8774", "[::1]:5000", "127.0.0.1"])
def test_an_ordinary_host_is_accepted(client, host):
    assert client.simulate_get("/things/a", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("text", ["ab\n", "ab\n\n", "\nab", "a b"])
def test_a_pattern_ends_where_it_says_and_not_before_a_line_break(text):
    schema = {"type": "string", "pattern": "^[a-z]+$"}
    http.check("ab", schema)
    with pytest.raises(errors.BadRequest):
        http.check(text, schema)
