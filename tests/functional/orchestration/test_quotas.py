"""A project's limit of stacks holds when many are asked for at once."""

from tests.support.crowd import crowd

CALLERS, LIMIT = 20, 5  # as in conftest
TEMPLATE = {"heat_template_version": "2018-08-31", "resources": {}}


def test_a_project_has_no_more_stacks_than_allowed(heat):
    seen = crowd(CALLERS, lambda number: heat.create(f"stack-{number}", TEMPLATE))
    assert seen == {201: LIMIT, 403: CALLERS - LIMIT}
    assert len(heat.call("GET", "/stacks").json["stacks"]) == LIMIT
