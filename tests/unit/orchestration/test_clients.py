"""What other services answer, and what a stack makes of it."""

import pytest
from keystoneauth1 import exceptions as ks_errors

from orchestration.clients import CloudRefused, CloudUnreachable, Service


class Adapter:
    def __init__(self, error):
        self.error = error

    def request(self, path, method, **kwargs):
        raise self.error


@pytest.mark.parametrize("error", [ks_errors.Forbidden("no trust"), ks_errors.Unauthorized("no")])
def test_a_login_that_identity_refuses_is_final(error):
    with pytest.raises(CloudRefused) as caught:
        Service(Adapter(error), "compute").get("/servers")
    assert caught.value.facts["status_code"] == error.http_status
    assert str(caught.value).startswith("identity: ")


@pytest.mark.parametrize(
    "error", [ks_errors.ServiceUnavailable("later"), ks_errors.ConnectFailure("nobody listens")]
)
def test_a_service_that_is_down_is_asked_again_later(error):
    with pytest.raises(CloudUnreachable):
        Service(Adapter(error), "compute").get("/servers")
