"""Trusts and application credentials."""

import datetime as dt

import pytest

from common import clock


@pytest.fixture
def people(cloud, admin):
    """Ids by name: ann is to trust bob in her project."""
    ids = {name: cloud.user(admin, name) for name in ("ann", "bob")}
    ids["project"] = cloud.call("GET", "/projects?name=ann", admin)["projects"][0]["id"]
    return ids


def wanted(people, **fields):
    return {
        "trust": {
            "trustor_user_id": people["ann"],
            "trustee_user_id": people["bob"],
            "project_id": people["project"],
            "impersonation": True,
            "roles": [{"name": "member"}],
            **fields,
        }
    }


def by_trust(cloud, trust):
    return cloud.auth("bob", scope={"OS-TRUST:trust": {"id": trust["id"]}})


def test_the_trustee_acts_as_the_trustor(cloud, people):
    ann = cloud.login("ann", scope="ann")
    trust = cloud.call("POST", "/OS-TRUST/trusts", ann, wanted(people), 201)["trust"]
    assert [role["name"] for role in trust["roles"]] == ["member"]
    shown = by_trust(cloud, trust)
    assert shown.status_code == 201
    token = shown.json["token"]
    assert token["user"]["id"] == people["ann"]
    assert token["project"]["id"] == people["project"]
    assert token["OS-TRUST:trust"]["trustee_user"]["id"] == people["bob"]
    assert [role["name"] for role in token["roles"]] == ["member", "reader"]
    only = {"OS-TRUST:trust": {"id": trust["id"]}}
    assert cloud.auth("ann", scope=only).status_code == 403


def test_without_impersonation_the_trustee_stays_who_they_are(cloud, people):
    ann = cloud.login("ann", scope="ann")
    body = wanted(people, impersonation=False)
    trust = cloud.call("POST", "/OS-TRUST/trusts", ann, body, 201)["trust"]
    token = by_trust(cloud, trust).json["token"]
    assert token["user"]["id"] == people["bob"]
    assert token["project"]["id"] == people["project"]


@pytest.mark.parametrize("how", ["deleted", "trustor lost the role", "trustee disabled"])
def test_a_trust_that_ends_takes_its_tokens_along(cloud, admin, people, how):
    ann = cloud.login("ann", scope="ann")
    trust = cloud.call("POST", "/OS-TRUST/trusts", ann, wanted(people), 201)["trust"]
    token = {"X-Auth-Token": by_trust(cloud, trust).headers["X-Subject-Token"]}
    assert cloud.works(token)
    member = cloud.role(admin, "member")
    grant = f"/projects/{people['project']}/users/{people['ann']}/roles/{member}"
    if how == "deleted":
        cloud.call("DELETE", f"/OS-TRUST/trusts/{trust['id']}", ann, status=204)
    elif how == "trustee disabled":
        cloud.call("PATCH", f"/users/{people['bob']}", admin, {"user": {"enabled": False}})
    else:
        cloud.call("DELETE", grant, admin, status=204)
    assert not cloud.works(token)
    assert by_trust(cloud, trust).status_code in (401, 403)


def test_a_trust_is_used_as_often_as_was_said(cloud, people):
    ann = cloud.login("ann", scope="ann")
    body = wanted(people, remaining_uses=2)
    trust = cloud.call("POST", "/OS-TRUST/trusts", ann, body, 201)["trust"]
    assert [by_trust(cloud, trust).status_code for _ in range(3)] == [201, 201, 403]
    path = f"/OS-TRUST/trusts/{trust['id']}"
    assert cloud.call("GET", path, ann)["trust"]["remaining_uses"] == 0


def test_a_token_ends_with_its_trust(cloud, people):
    ann = cloud.login("ann", scope="ann")
    end = clock.iso_micro(clock.utcnow() + dt.timedelta(seconds=90))
    trust = cloud.call("POST", "/OS-TRUST/trusts", ann, wanted(people, expires_at=end), 201)
    assert by_trust(cloud, trust["trust"]).json["token"]["expires_at"] == end


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"expires_at": "2001-01-01T00:00:00Z"}, 400),
        ({"expires_at": "tomorrow"}, 400),
        ({"roles": []}, 403),
        ({"roles": [{"name": "admin"}]}, 403),
        ({"roles": [{"id": "unknown"}]}, 404),
        ({"trustee_user_id": "unknown"}, 404),
        ({"remaining_uses": 0}, 400),
        ({"allow_redelegation": True, "remaining_uses": 3}, 400),
    ],
)
def test_a_trust_that_cannot_be_is_refused(cloud, people, fields, status):
    ann = cloud.login("ann", scope="ann")
    cloud.call("POST", "/OS-TRUST/trusts", ann, wanted(people, **fields), status)


def test_nobody_trusts_in_somebody_else_s_name(cloud, admin, people):
    bob = cloud.login("bob", scope="bob")
    cloud.call("POST", "/OS-TRUST/trusts", bob, wanted(people), 403)
    cloud.call("POST", "/OS-TRUST/trusts", admin, wanted(people), 403)


def test_both_parties_see_a_trust_and_only_the_trustor_ends_it(cloud, admin, people):
    ann, bob = cloud.login("ann", scope="ann"), cloud.login("bob", scope="bob")
    cloud.user(admin, "eve")
    eve = cloud.login("eve", scope="eve")
    trust = cloud.call("POST", "/OS-TRUST/trusts", ann, wanted(people), 201)["trust"]
    path = f"/OS-TRUST/trusts/{trust['id']}"
    for party in (ann, bob, admin):
        assert cloud.call("GET", path, party)["trust"] == trust
    assert cloud.call("GET", f"{path}/roles", bob)["roles"] == trust["roles"]
    role = trust["roles"][0]["id"]
    assert cloud.call("GET", f"{path}/roles/{role}", bob)["role"]["name"] == "member"
    mine = f"/OS-TRUST/trusts/?trustor_user_id={people['ann']}"
    assert cloud.call("GET", mine, ann)["trusts"] == [trust]
    cloud.call("GET", path, eve, status=403)
    cloud.call("GET", "/OS-TRUST/trusts", eve, status=403)
    cloud.call("DELETE", path, bob, status=403)


def test_a_trust_is_passed_on_narrower_each_time(cloud, admin, people):
    cloud.user(admin, "cid")
    cid = cloud.call("GET", "/users?name=cid", admin)["users"][0]["id"]
    ann = cloud.login("ann", scope="ann")
    body = wanted(people, allow_redelegation=True, redelegation_count=1)
    first = cloud.call("POST", "/OS-TRUST/trusts", ann, body, 201)["trust"]
    bob = {"X-Auth-Token": by_trust(cloud, first).headers["X-Subject-Token"]}
    wide = wanted(people, trustee_user_id=cid, allow_redelegation=True, redelegation_count=1)
    cloud.call("POST", "/OS-TRUST/trusts", bob, wide, 403)
    narrow = wanted(people, trustee_user_id=cid)
    second = cloud.call("POST", "/OS-TRUST/trusts", bob, narrow, 201)["trust"]
    assert second["redelegated_trust_id"] == first["id"]
    scope = {"OS-TRUST:trust": {"id": second["id"]}}
    token = cloud.login("cid", scope=scope)
    cloud.call("DELETE", f"/OS-TRUST/trusts/{first['id']}", ann, status=204)
    assert not cloud.works(token)


def with_secret(cloud, made):
    identity = {
        "methods": ["application_credential"],
        "application_credential": {"id": made["id"], "secret": made["secret"]},
    }
    return cloud.auth(identity=identity, scope=None)


def make(cloud, headers, user_id, status=201, **fields):
    body = {"application_credential": {"name": "robot", **fields}}
    answer = cloud.call("POST", f"/users/{user_id}/application_credentials", headers, body, status)
    return answer["application_credential"] if status == 201 else answer


def test_an_application_credential_logs_in_with_its_secret(cloud, people):
    ann = cloud.login("ann", scope="ann")
    made = make(cloud, ann, people["ann"], roles=[{"name": "reader"}])
    shown = with_secret(cloud, made).json["token"]
    assert shown["user"]["name"] == "ann"
    assert [role["name"] for role in shown["roles"]] == ["reader"]
    assert shown["application_credential"]["restricted"] is True
    assert with_secret(cloud, {**made, "secret": "wrong"}).status_code == 401
    path = f"/users/{people['ann']}/application_credentials"
    [listed] = cloud.call("GET", f"{path}?name=robot", ann)["application_credentials"]
    assert "secret" not in listed
    make(cloud, ann, people["ann"], status=409)


def test_an_application_credential_ends_with_its_tokens(cloud, people):
    ann = cloud.login("ann", scope="ann")
    made = make(cloud, ann, people["ann"])
    robot = {"X-Auth-Token": with_secret(cloud, made).headers["X-Subject-Token"]}
    assert cloud.works(robot)
    path = f"/users/{people['ann']}/application_credentials/{made['id']}"
    cloud.call("DELETE", path, ann, status=204)
    assert not cloud.works(robot)
    assert cloud.works(ann)
    assert with_secret(cloud, made).status_code == 401


def test_a_restricted_one_makes_no_other_and_trusts_nobody(cloud, people):
    ann = cloud.login("ann", scope="ann")
    made = make(cloud, ann, people["ann"])
    robot = {"X-Auth-Token": with_secret(cloud, made).headers["X-Subject-Token"]}
    make(cloud, robot, people["ann"], status=403, name="second")
    cloud.call("POST", "/OS-TRUST/trusts", robot, wanted(people), 403)
    free = make(cloud, ann, people["ann"], name="free", unrestricted=True)
    robot = {"X-Auth-Token": with_secret(cloud, free).headers["X-Subject-Token"]}
    make(cloud, robot, people["ann"], name="third")


def test_no_role_is_passed_on_that_the_user_lacks(cloud, people):
    ann = cloud.login("ann", scope="ann")
    make(cloud, ann, people["ann"], status=400, roles=[{"name": "admin"}])
    make(cloud, ann, people["bob"], status=403)


def test_the_end_of_an_application_credential_is_shown_as_it_was_given(cloud, people):
    ann = cloud.login("ann", scope="ann")
    end = (clock.utcnow() + dt.timedelta(hours=1)).isoformat()
    assert make(cloud, ann, people["ann"], expires_at=end)["expires_at"] == end


def test_a_role_that_came_after_the_token_is_passed_on_but_not_by_a_robot(cloud, admin, people):
    ann = cloud.login("ann", scope="ann")
    free = make(cloud, ann, people["ann"], name="free", unrestricted=True)
    robot = {"X-Auth-Token": with_secret(cloud, free).headers["X-Subject-Token"]}
    new = cloud.call("POST", "/roles", admin, {"role": {"name": "late"}}, 201)["role"]
    grant = f"/projects/{people['project']}/users/{people['ann']}/roles/{new['id']}"
    cloud.call("PUT", grant, admin, status=204)
    made = make(cloud, ann, people["ann"], roles=[{"id": new["id"]}])
    assert [role["name"] for role in with_secret(cloud, made).json["token"]["roles"]] == ["late"]
    make(cloud, robot, people["ann"], status=400, name="more", roles=[{"id": new["id"]}])


def test_access_rules_limit_what_the_token_opens(cloud, people):
    ann = cloud.login("ann", scope="ann")
    rule = {"service": "identity", "method": "GET", "path": "/v3/auth/*"}
    made = make(cloud, ann, people["ann"], access_rules=[rule])
    robot = {"X-Auth-Token": with_secret(cloud, made).headers["X-Subject-Token"]}
    assert cloud.works(robot)
    cloud.call("GET", f"/users/{people['ann']}", robot, status=401)
    path = f"/users/{people['ann']}/access_rules"
    [kept] = cloud.call("GET", path, ann)["access_rules"]
    assert rule.items() <= kept.items()
    cloud.call("DELETE", f"{path}/{kept['id']}", ann, status=403)
    used = f"/users/{people['ann']}/application_credentials/{made['id']}"
    cloud.call("DELETE", used, ann, status=204)
    cloud.call("DELETE", f"{path}/{kept['id']}", ann, status=204)


def test_an_application_credential_s_token_is_not_rescoped(cloud, people):
    ann = cloud.login("ann", scope="ann")
    made = make(cloud, ann, people["ann"])
    token = with_secret(cloud, made).headers["X-Subject-Token"]
    identity = {"methods": ["token"], "token": {"id": token}}
    assert cloud.auth(identity=identity, scope="ann").status_code == 403
