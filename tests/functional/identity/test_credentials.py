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
