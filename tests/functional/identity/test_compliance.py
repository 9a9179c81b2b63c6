"""What an operator may ask of passwords."""

import datetime as dt
import pathlib
from collections.abc import Iterator

import pytest

from common import clock
from tests.support import identity_cloud
from tests.support.identity_cloud import PASSWORD, Cloud, Lockout


@pytest.fixture
def cloud(database_url: str, tmp_path: pathlib.Path) -> Iterator[Cloud]:
    """Identity that locks out after two wrong passwords, and remembers two."""
    made = identity_cloud.build(database_url, tmp_path, lockout=Lockout(2, 5), history=2)
    yield made
    made.database.close()


def test_two_wrong_passwords_lock_a_user_out_for_a_while(cloud, admin, monkeypatch):
    cloud.user(admin, "ann")
    for _ in range(2):
        assert cloud.auth("ann", "wrong", "ann").status_code == 401
    assert cloud.auth("ann", PASSWORD, "ann").status_code == 401
    later = clock.utcnow() + dt.timedelta(seconds=6)
    monkeypatch.setattr(clock, "utcnow", lambda: later)
    assert cloud.auth("ann", PASSWORD, "ann").status_code == 201
    assert cloud.auth("ann", "wrong", "ann").status_code == 401
    assert cloud.auth("ann", PASSWORD, "ann").status_code == 201


def test_the_latest_passwords_may_not_come_back(cloud, admin):
    user_id = cloud.user(admin, "ann")

    def change(old: str, new: str, status: int) -> None:
        ann = cloud.login("ann", old, "ann")
        body = {"user": {"original_password": old, "password": new}}
        cloud.call("POST", f"/users/{user_id}/password", ann, body, status)

    change(PASSWORD, PASSWORD, 400)
    change(PASSWORD, "second", 204)
    change("second", PASSWORD, 400)
    change("second", "third", 204)
    change("third", PASSWORD, 204)


def test_guessing_at_the_change_of_a_password_locks_out_too(cloud, admin):
    user_id = cloud.user(admin, "ann")
    ann = cloud.login("ann", scope="ann")
    for guess in ("wrong", "wrong", PASSWORD):
        body = {"user": {"original_password": guess, "password": "new"}}
        cloud.call("POST", f"/users/{user_id}/password", ann, body, 401)
    assert cloud.auth("ann", PASSWORD, "ann").status_code == 401


def test_a_service_cannot_be_locked_out(cloud, admin):
    for _ in range(3):
        assert cloud.auth("compute", "wrong", "service").status_code == 401
    assert cloud.auth("compute", "service secret", "service").status_code == 201
