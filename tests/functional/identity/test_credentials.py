"""Credentials are kept for users, and unreadable in the database."""

import json

import sqlalchemy as sa

from identity.db.models import Credential


def test_a_credential_is_kept_changed_and_removed(cloud, admin):
    user_id = cloud.user(admin, "ann")
    wanted = {"user_id": user_id, "type": "totp", "blob": "very secret"}
    made = cloud.call("POST", "/credentials", admin, {"credential": wanted}, 201)["credential"]
    path = f"/credentials/{made['id']}"
    assert cloud.call("GET", path, admin)["credential"] == made
    assert wanted.items() <= made.items()
    changed = cloud.call("PATCH", path, admin, {"credential": {"blob": "other"}})["credential"]
    assert changed["blob"] == "other"
    found = cloud.call("GET", f"/credentials?user_id={user_id}&type=totp", admin)
    assert found["credentials"] == [changed]
    cloud.call("DELETE", path, admin, status=204)
    cloud.call("GET", path, admin, status=404)


def test_the_database_alone_gives_no_secret_away(cloud, admin):
    user_id = cloud.user(admin, "ann")
    wanted = {"user_id": user_id, "type": "totp", "blob": "very secret"}
    cloud.call("POST", "/credentials", admin, {"credential": wanted}, 201)
    with cloud.database.reading() as session:
        assert "secret" not in session.scalars(sa.select(Credential.blob)).one()


def test_an_ec2_key_is_kept_once(cloud, admin):
    user_id = cloud.user(admin, "ann")
    blob = json.dumps({"access": "a", "secret": "s"})
    wanted = {"user_id": user_id, "type": "ec2", "blob": blob, "project_id": "p"}
    cloud.call("POST", "/credentials", admin, {"credential": wanted}, 201)
    cloud.call("POST", "/credentials", admin, {"credential": wanted}, 409)
    wanted["blob"] = "no json"
    cloud.call("POST", "/credentials", admin, {"credential": wanted}, 400)


def test_users_see_their_own_only(cloud, admin):
    for name in ("ann", "bob"):
        wanted = {"user_id": cloud.user(admin, name), "type": "totp", "blob": name}
        cloud.call("POST", "/credentials", admin, {"credential": wanted}, 201)
    ann = cloud.login("ann", scope="ann")
    assert [c["blob"] for c in cloud.call("GET", "/credentials", ann)["credentials"]] == ["ann"]
    [other] = [
        c for c in cloud.call("GET", "/credentials", admin)["credentials"] if c["blob"] == "bob"
    ]
    cloud.call("GET", f"/credentials/{other['id']}", ann, status=403)


def test_users_make_and_remove_ec2_keys_of_their_own(cloud, admin):
    user_id = cloud.user(admin, "ann")
    cloud.user(admin, "bob")
    ann, bob = cloud.login("ann", scope="ann"), cloud.login("bob", scope="bob")
    project_id = cloud.call("GET", "/projects?name=ann", admin)["projects"][0]["id"]
    path, body = f"/users/{user_id}/credentials/OS-EC2", {"tenant_id": project_id}
    key = cloud.call("POST", path, ann, body, 201)["credential"]
    assert (key["user_id"], key["tenant_id"]) == (user_id, project_id)
    one = f"{path}/{key['access']}"
    assert cloud.call("GET", one, ann)["credential"] == key
    assert cloud.call("GET", path, ann)["credentials"] == [key]
    [kept] = cloud.call("GET", "/credentials?type=ec2", ann)["credentials"]
    assert json.loads(kept["blob"])["secret"] == key["secret"]
    cloud.call("POST", path, ann, {"tenant_id": "unknown"}, 404)
    for method, where in (("POST", path), ("GET", path), ("GET", one), ("DELETE", one)):
        cloud.call(method, where, bob, body if method == "POST" else None, 403)
    cloud.call("DELETE", one, ann, status=204)
    cloud.call("GET", one, ann, status=404)


def test_a_restricted_application_credential_makes_no_ec2_key(cloud, admin):
    user_id = cloud.user(admin, "ann")
    ann = cloud.login("ann", scope="ann")
    wanted = {"application_credential": {"name": "robot"}}
    path = f"/users/{user_id}/application_credentials"
    made = cloud.call("POST", path, ann, wanted, 201)["application_credential"]
    method = {"id": made["id"], "secret": made["secret"]}
    identity = {"methods": ["application_credential"], "application_credential": method}
    robot = cloud.login(identity=identity, scope=None)
    body = {"tenant_id": made["project_id"]}
    cloud.call("POST", f"/users/{user_id}/credentials/OS-EC2", robot, body, 403)
