"""Every route is closed until a policy opens it."""

from typing import Any

import pytest
from falcon import testing

from common.context import RequestContext
from common.policy import Policy
from orchestration import app
from orchestration.logic.rooms import Logic

NOTHING: Any = None
NO_LOGIC = Logic(NOTHING, NOTHING, NOTHING, NOTHING)
PATHS = [route for route in app.routes(Policy(app.RULES), NO_LOGIC) if not route.public]


class Nobody:
    def authenticate(self, token, request_id):
        return RequestContext(request_id=request_id, user_id="u", project_id="p", roles=())


def calls():
    for route in PATHS:
        for method in ("get", "post", "put", "patch", "delete"):
            name = f"on_{method}" + (f"_{route.suffix}" if route.suffix else "")
            if hasattr(route.resource, name):
                yield method.upper(), route.path


@pytest.mark.parametrize(("method", "path"), list(calls()))
def test_a_token_without_a_role_opens_nothing(method, path):
    client = testing.TestClient(app.build(Policy(app.RULES), NO_LOGIC, Nobody(), {}))
    url = path.replace("{project_id}", "p").replace("{", "").replace("}", "")
    answer = client.simulate_request(method, url, headers={"X-Auth-Token": "t"}, json={})
    assert answer.status_code == 403
