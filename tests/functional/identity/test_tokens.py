"""Tokens as clients see them."""

import pytest

from tests.support.identity_cloud import PASSWORD, Cloud, client

UNAUTHORIZED = {
    "error": {
        "code": 401,
        "message": "The request you have made requires authentication.",
        "title": "Unauthorized",
    }
}


def test_a_token_is_described_as_it_was_created(cloud):
    created = cloud.auth()
    token = created.headers["X-Subject-Token"]
    headers = {"X-Auth-Token": token, "X-Subject-Token": token}
    shown = cloud.client.simulate_get("/v3/auth/tokens", headers=headers)
    assert shown.status_code == 200
    assert shown.json == created.json
    assert [role["name"] for role in shown.json["token"]["roles"]] == [
        "admin",
        "manager",
        "member",
        "reader",
    ]
    urls = [e["url"] for s in shown.json["token"]["catalog"] for e in s["endpoints"]]
    project_id = shown.json["token"]["project"]["id"]
    assert f"http://127.0.0.1:8004/v1/{project_id}" in urls
    assert cloud.client.simulate_head("/v3/auth/tokens", headers=headers).status_code == 200


def test_nocatalog_leaves_the_catalog_out(cloud):
    assert "catalog" not in cloud.auth(query="nocatalog").json["token"]


@pytest.mark.parametrize(
    ("user", "password", "scope"),
    [
        ("admin", "wrong", "admin"),
        ("nobody", PASSWORD, "admin"),
        ("admin", PASSWORD, "service"),
        ("admin", PASSWORD, "no such project"),
        ("admin", PASSWORD, {"domain": {"id": "default"}}),
        ("admin", "", "admin"),
        ("compute", "service secret", {"system": {"all": True}}),
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(cloud, user, password, scope):
    answer = cloud.auth(user, password, scope)
    assert answer.status_code == 401
    assert answer.json == UNAUTHORIZED


@pytest.mark.parametrize(
    "identity",
    [
        {"methods": ["password"]},
        {"methods": ["password"], "password": {"user": {"id": 5, "password": PASSWORD}}},
        {"methods": ["oauth1"], "oauth1": {}},
    ],
)
def test_methods_that_prove_nothing_are_401(cloud, identity):
    assert cloud.auth(identity=identity, scope=None).status_code == 401


def test_a_token_that_is_ended_or_none_is_not_found(cloud):
    answer = cloud.auth()
    token = answer.headers["X-Subject-Token"]
    ended = {"X-Auth-Token": token, "X-Subject-Token": token}
    cloud.call("DELETE", "/auth/tokens", ended, status=204)
    for given in (token, "nonsense"):
        identity = {"methods": ["token"], "token": {"id": given}}
        assert cloud.auth(identity=identity, scope=None).status_code == 404


@pytest.mark.parametrize("body", [{}, {"auth": {}}, {"auth": {"identity": {"methods": "x"}}}])
def test_a_body_that_is_no_request_for_a_token_is_400(cloud, body):
    answer = cloud.client.simulate_post("/v3/auth/tokens", json=body)
    assert answer.status_code == 400
    assert answer.json["error"]["title"] == "Bad Request"


def test_system_scope_is_for_those_with_a_role_on_the_system(cloud):
    shown = cloud.auth(scope={"system": {"all": True}}).json["token"]
    assert shown["system"] == {"all": True}
    assert "project" not in shown


def test_without_a_scope_the_default_project_counts(cloud, admin):
    user_id = cloud.user(admin, "ann")
    assert "project" not in cloud.auth("ann", scope=None).json["token"]
    project_id = cloud.call("GET", "/projects?name=ann", admin)["projects"][0]["id"]
    change = {"user": {"default_project_id": project_id}}
    cloud.call("PATCH", f"/users/{user_id}", admin, change)
    assert cloud.auth("ann", scope=None).json["token"]["project"]["id"] == project_id
    assert "project" not in cloud.auth("ann", scope="unscoped").json["token"]


def test_rescoping_keeps_the_end_and_the_audit_chain(cloud, admin):
    first = cloud.auth(scope="unscoped")
    identity = {"methods": ["token"], "token": {"id": first.headers["X-Subject-Token"]}}
    second = cloud.auth(identity=identity)
    old, new = first.json["token"], second.json["token"]
    assert new["expires_at"] == old["expires_at"]
    assert new["audit_ids"][1:] == old["audit_ids"]
    assert new["methods"] == ["token", "password"]
    assert new["project"]["name"] == "admin"


def test_an_ended_token_is_not_found_and_opens_nothing(cloud, admin):
    dead = cloud.login()
    subject = {**admin, "X-Subject-Token": dead["X-Auth-Token"]}
    call = cloud.client.simulate_request
    assert call("DELETE", "/v3/auth/tokens", headers=subject).status_code == 204
    for method in ("GET", "HEAD", "DELETE"):
        assert call(method, "/v3/auth/tokens", headers=subject).status_code == 404
    assert not cloud.works(dead)
    assert cloud.works(admin)


def test_an_ended_token_is_refused_by_every_process_at_once(cloud: Cloud):
    other = client(cloud.database, cloud.work, cloud.ring)
    token = cloud.login()
    assert other.simulate_get("/v3/auth/catalog", headers=token).status_code == 200
    both = {**token, "X-Subject-Token": token["X-Auth-Token"]}
    cloud.client.simulate_delete("/v3/auth/tokens", headers=both)
    assert other.simulate_get("/v3/auth/catalog", headers=token).status_code == 401


def test_nobody_else_s_token_is_shown_to_a_member(cloud, admin):
    cloud.user(admin, "ann")
    ann = cloud.login("ann", scope="ann")
    subject = {**ann, "X-Subject-Token": admin["X-Auth-Token"]}
    answer = cloud.client.simulate_get("/v3/auth/tokens", headers=subject)
    assert answer.status_code == 403
    assert answer.json["error"]["message"] == (
        "You are not authorized to perform the requested action: identity:validate_token."
    )
    own = {**ann, "X-Subject-Token": ann["X-Auth-Token"]}
    assert cloud.client.simulate_get("/v3/auth/tokens", headers=own).status_code == 200


def test_keys_and_revocations_are_public_and_gapless(cloud, admin):
    keys = cloud.call("GET", "/OS-CUMULET/keys", {})["keys"]
    assert [key["id"] for key in keys] == list(cloud.ring.public())
    before = cloud.call("GET", "/OS-CUMULET/revocations?after=0", {})
    for _ in range(3):
        token = cloud.login()
        both = {**token, "X-Subject-Token": token["X-Auth-Token"]}
        cloud.client.simulate_delete("/v3/auth/tokens", headers=both)
    after = cloud.call("GET", f"/OS-CUMULET/revocations?after={before['sequence']}", {})
    numbers = [rule["sequence"] for rule in after["revocations"]]
    assert numbers == [before["sequence"] + n for n in (1, 2, 3)]
    assert after["sequence"] == numbers[-1]


def test_a_token_outlives_the_rotation_of_its_key(cloud, admin):
    cloud.ring.add()
    assert cloud.works(admin)
    assert cloud.works(cloud.login())


def test_versions_are_listed_without_a_token(cloud):
    listed = cloud.client.simulate_get("/")
    assert listed.status_code == 300
    [version] = listed.json["versions"]["values"]
    one = cloud.client.simulate_get("/v3/")
    assert one.status_code == 200
    assert one.json["version"] == version
    assert version["status"] == "stable"
