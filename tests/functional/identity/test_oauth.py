"""OAuth1: a consumer acts with the roles that a user passed on, until the user ends it."""

import base64
import hashlib
import hmac
import secrets
import time
import urllib.parse
from typing import Any

import pytest

HOST = "http://falconframework.org/v3"


def escaped(text: str) -> str:
    return urllib.parse.quote(text, safe="~")


def sign(
    path: str, consumer: dict[str, Any], token: dict[str, str] | None = None, **fields: str
) -> dict[str, str]:
    """The header of a request that a consumer signs; token: an oauth_token and its secret."""
    token = token or {}
    fields = {
        "oauth_nonce": secrets.token_hex(8),
        "oauth_timestamp": str(int(time.time())),
        "oauth_version": "1.0",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_consumer_key": consumer["id"],
        **({"oauth_token": token["oauth_token"]} if token else {}),
        **fields,
    }
    normal = "&".join(sorted(f"{escaped(n)}={escaped(v)}" for n, v in fields.items()))
    base = "&".join(escaped(one) for one in ("POST", HOST + path, normal))
    key = f"{consumer['secret']}&{token.get('oauth_token_secret', '')}"
    digest = hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()
    fields["oauth_signature"] = base64.b64encode(digest).decode()
    header = ", ".join(f'{n}="{escaped(v)}"' for n, v in fields.items())
    return {"Authorization": f"OAuth {header}"}


def post(cloud, path: str, headers: dict[str, str], status: int = 201, body: Any = None) -> Any:
    answer = cloud.client.simulate_post(f"/v3{path}", headers=headers, json=body)
    assert answer.status_code == status, answer.text
    return answer


def told(answer) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(answer.text, keep_blank_values=True))


@pytest.fixture
def consumer(cloud, admin) -> dict[str, Any]:
    body = {"consumer": {"description": "printer"}}
    made = cloud.call("POST", "/OS-OAUTH1/consumers", admin, body, 201)["consumer"]
    shown = cloud.call("GET", f"/OS-OAUTH1/consumers/{made['id']}", admin)["consumer"]
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    return dict(made)


@pytest.fixture
def ann(cloud, admin) -> dict[str, Any]:
    user_id = cloud.user(admin, "ann")
    project_id = cloud.call("GET", "/projects?name=ann", admin)["projects"][0]["id"]
    return {"id": user_id, "project": project_id, "headers": cloud.login("ann", scope="ann")}


def request_token(cloud, consumer, ann) -> dict[str, str]:
    headers = sign("/OS-OAUTH1/request_token", consumer, oauth_callback="oob")
    headers["Requested-Project-Id"] = ann["project"]
    return told(post(cloud, "/OS-OAUTH1/request_token", headers))


def access_token(cloud, admin, consumer, ann) -> dict[str, str]:
    asked = request_token(cloud, consumer, ann)
    path = f"/OS-OAUTH1/authorize/{asked['oauth_token']}"
    body = {"roles": [{"id": cloud.role(admin, "member")}]}
    verifier = cloud.call("PUT", path, ann["headers"], body)["token"]["oauth_verifier"]
    headers = sign("/OS-OAUTH1/access_token", consumer, asked, oauth_verifier=verifier)
    return told(post(cloud, "/OS-OAUTH1/access_token", headers))


def log_in(cloud, consumer, access, status: int = 201, path: str = "/auth/tokens"):
    body = {"auth": {"identity": {"methods": ["oauth1"], "oauth1": {}}}}
    return post(cloud, path, sign("/auth/tokens", consumer, access), status, body)


def test_a_consumer_logs_in_with_what_a_user_passed_on(cloud, admin, consumer, ann):
    access = access_token(cloud, admin, consumer, ann)
    answer = log_in(cloud, consumer, access)
    token = answer.json["token"]
    assert token["user"]["id"] == ann["id"]
    assert token["project"]["id"] == ann["project"]
    assert {role["name"] for role in token["roles"]} == {"member", "reader"}
    assert token["OS-OAUTH1"] == {
        "access_token_id": access["oauth_token"],
        "consumer_id": consumer["id"],
    }
    headers = {"X-Auth-Token": answer.headers["X-Subject-Token"]}
    described = {**headers, "X-Subject-Token": headers["X-Auth-Token"]}
    assert cloud.call("GET", "/auth/tokens", described)["token"] == token
    body = {"auth": {"identity": {"methods": ["token"], "token": {"id": headers["X-Auth-Token"]}}}}
    post(cloud, "/auth/tokens", {}, 403, body)


def test_a_deleted_access_token_ends_what_was_got_with_it(cloud, admin, consumer, ann):
    access = access_token(cloud, admin, consumer, ann)
    headers = {"X-Auth-Token": log_in(cloud, consumer, access).headers["X-Subject-Token"]}
    mine = f"/users/{ann['id']}/OS-OAUTH1/access_tokens"
    [shown] = cloud.call("GET", mine, ann["headers"])["access_tokens"]
    assert shown["id"] == access["oauth_token"]
    assert shown["expires_at"] == access["oauth_expires_at"]
    path = f"{mine}/{shown['id']}"
    [role] = cloud.call("GET", f"{path}/roles", ann["headers"])["roles"]
    assert cloud.call("GET", f"{path}/roles/{role['id']}", ann["headers"])["role"] == role
    assert cloud.works(headers)
    cloud.call("DELETE", path, ann["headers"], status=204)
    assert not cloud.works(headers)
    log_in(cloud, consumer, access, 401)
    cloud.call("GET", path, ann["headers"], status=404)


def test_a_consumer_that_goes_takes_its_tokens_along(cloud, admin, consumer, ann):
    access = access_token(cloud, admin, consumer, ann)
    headers = {"X-Auth-Token": log_in(cloud, consumer, access).headers["X-Subject-Token"]}
    cloud.call("DELETE", f"/OS-OAUTH1/consumers/{consumer['id']}", admin, status=204)
    assert not cloud.works(headers)


def test_nobody_passes_on_what_they_do_not_have(cloud, admin, consumer, ann):
    asked = request_token(cloud, consumer, ann)
    path = f"/OS-OAUTH1/authorize/{asked['oauth_token']}"
    cloud.call("PUT", path, ann["headers"], {"roles": [{"name": "admin"}]}, 403)
    cloud.call("PUT", path, ann["headers"], {"roles": [{"name": "member"}]})
    cloud.call("PUT", path, ann["headers"], {"roles": [{"name": "member"}]}, 403)
    headers = sign("/OS-OAUTH1/access_token", consumer, asked, oauth_verifier="guess")
    post(cloud, "/OS-OAUTH1/access_token", headers, 401)


def test_a_wrong_or_old_signature_opens_nothing(cloud, admin, consumer, ann):
    path, project = "/OS-OAUTH1/request_token", {"Requested-Project-Id": ann["project"]}
    forged = {**consumer, "secret": "guess"}
    post(cloud, path, sign(path, forged) | project, 401)
    old = str(int(time.time()) - 3600)
    post(cloud, path, sign(path, consumer, oauth_timestamp=old) | project, 401)
    post(cloud, path, project, 401)
    post(cloud, path, sign(path, consumer), 400)


def test_a_role_that_the_user_lost_is_not_passed_on(cloud, admin, consumer, ann):
    access = access_token(cloud, admin, consumer, ann)
    role = cloud.role(admin, "member")
    path = f"/projects/{ann['project']}/users/{ann['id']}/roles/{role}"
    cloud.call("DELETE", path, admin, status=204)
    log_in(cloud, consumer, access, 401)
