"""What a user may have of credentials holds when many are asked for at once."""

import pytest

from tests.support import identity_cloud
from tests.support.crowd import crowd

CALLERS, LIMIT = 20, 10


@pytest.fixture
def cloud(database_url, tmp_path):
    """An identity service whose operator allows ten of each."""
    made = identity_cloud.build(
        database_url, tmp_path, application_credentials=LIMIT, credentials=LIMIT
    )
    yield made
    made.database.close()


def test_a_user_has_no_more_application_credentials_than_allowed(cloud):
    user_id = cloud.user(cloud.login(), "ann")
    headers = cloud.login("ann", scope="ann")
    path = f"/v3/users/{user_id}/application_credentials"

    def add(number):
        body = {"application_credential": {"name": f"c{number}"}}
        return cloud.client.simulate_post(path, headers=headers, json=body)

    assert crowd(CALLERS, add) == {201: LIMIT, 403: CALLERS - LIMIT}
    found = cloud.client.simulate_get(path, headers=headers).json["application_credentials"]
    assert len(found) == LIMIT


def test_a_user_has_no_more_credentials_than_allowed(cloud):
    admin = cloud.login()
    user_id = cloud.user(admin, "ann")

    def add(number):
        wanted = {"user_id": user_id, "type": "cert", "blob": str(number)}
        body = {"credential": wanted}
        return cloud.client.simulate_post("/v3/credentials", headers=admin, json=body)

    assert crowd(CALLERS, add) == {201: LIMIT, 403: CALLERS - LIMIT}
    found = cloud.call("GET", f"/credentials?user_id={user_id}", admin)["credentials"]
    assert len(found) == LIMIT
