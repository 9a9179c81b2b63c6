"""Bootstrap can run again, and brings what changed up to date."""

import dataclasses

from identity.logic.bootstrap import Bootstrap
from tests.support.identity_cloud import ROUNDS, WANTED


def catalog(cloud):
    return cloud.auth().json["token"]["catalog"]


def test_a_second_run_changes_nothing(cloud, admin):
    before = catalog(cloud)
    Bootstrap(cloud.work, ROUNDS).run(WANTED)
    assert catalog(cloud) == before
    assert cloud.works(admin)


def test_a_new_password_and_a_new_url_take_the_old_ones_place(cloud, admin):
    moved = {**WANTED.endpoints, "identity": "http://127.0.0.1:5999/v3"}
    Bootstrap(cloud.work, ROUNDS).run(
        dataclasses.replace(WANTED, admin_password="new", endpoints=moved)
    )
    assert not cloud.works(admin)
    assert cloud.auth().status_code == 401
    shown = cloud.auth(password="new").json["token"]["catalog"]
    urls = {e["url"] for s in shown for e in s["endpoints"] if s["type"] == "identity"}
    assert urls == {"http://127.0.0.1:5999/v3"}


def test_service_users_act_as_services_and_administrators(cloud):
    shown = cloud.auth("compute", "service secret", "service").json["token"]
    assert {role["name"] for role in shown["roles"]} >= {"service", "admin"}
