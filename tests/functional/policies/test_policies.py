"""Every route of every service, tried by every persona, and the table of who may do what."""

import pytest

from tests.functional.policies import write
from tests.support import personas, policy_table

APIS = {api.name: api for api in personas.every()}


@pytest.mark.parametrize("name", APIS)
def test_every_route_opens_to_the_personas_its_rule_names(name):
    api = APIS[name]
    client, passing = api.client(), policy_table.may(api)
    wrong = []
    for method, path, rule in policy_table.asked(api):
        for who in personas.PERSONAS:
            status, _ = personas.ask(client, method, path, who)
            expected = personas.Opened.status if who in passing[rule] else 403
            if status != expected:
                wrong.append(f"{method} {path} by {who}: {status}, by {rule} it is {expected}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", APIS)
def test_a_role_may_do_what_those_below_it_may(name):
    for rule, who in policy_table.may(APIS[name]).items():
        for scope in ("project", "domain", "system"):
            held = [f"{scope} {role}" in who for role in personas.ROLES]
            assert held == sorted(held), f"{rule}: {sorted(who)}"


@pytest.mark.parametrize("name", [name for name in APIS if name != "identity"])
def test_only_tokens_of_a_project_open_anything_but_identity(name):
    for rule, who in policy_table.may(APIS[name]).items():
        assert all(one.startswith("project ") for one in who), rule


def test_the_document_is_what_the_code_says():
    """Write it anew with `python -m tests.functional.policies.write`."""
    assert write.PATH.read_text() == policy_table.document()
