"""Rules: defaults in code, overrides in a file."""

import pytest

from common import errors, policy
from common.context import RequestContext

OWN = policy.Rule("things:get", policy.READER, "GET /things", "See things.")
WRITE = policy.Rule("things:create", policy.MEMBER, "POST /things", "Make things.")
RULE = policy.Policy([OWN, WRITE])


def who(*roles, project="p", system=False):
    return RequestContext(user_id="u", project_id=project, roles=roles, system=system)


def test_personas_may_do_what_their_role_says():
    assert RULE.allows(who("reader"), OWN)
    assert not RULE.allows(who("reader"), WRITE)
    assert RULE.allows(who("member"), WRITE)
    assert RULE.allows(who("admin"), WRITE)
    assert not RULE.allows(who(), OWN)


def test_another_projects_target_needs_an_administrator():
    target = {"project_id": "other"}
    assert not RULE.allows(who("member"), WRITE, target)
    assert RULE.allows(who("admin"), WRITE, target)


def test_a_refusal_names_the_rule():
    with pytest.raises(errors.PolicyForbids, match="things:create"):
        RULE.authorize(who("reader"), WRITE)


def test_an_operators_file_replaces_a_default(tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text('"things:create": "role:wizard"\n')
    ours = policy.Policy([OWN, WRITE], str(path))
    assert not ours.allows(who("member"), WRITE)
    assert ours.allows(who("wizard"), WRITE)
    assert ours.allows(who("reader"), OWN)


@pytest.mark.parametrize("scope", [{"system": True}, {"domain_id": "d"}])
def test_a_token_of_another_scope_is_refused_with_the_scope_that_would_work(scope):
    ctx = RequestContext(user_id="u", roles=("admin", "member", "reader"), **scope)
    assert not RULE.allows(ctx, WRITE)
    with pytest.raises(errors.ScopeForbids, match="project scope would work"):
        RULE.authorize(ctx, WRITE)
    anywhere = policy.Policy([WRITE], scopes=policy.ANY_SCOPE)
    anywhere.authorize(ctx, WRITE)
