"""Rules end the tokens they name, in any order they come in."""

from common.revocations import Revocation, RevocationList
from tests.support.tokens import Authority

NOW = 1000.0
AUTHORITY = Authority(clock=lambda: NOW)


def rule(sequence: int = 1, *, before: float = NOW, until: float = NOW + 100, **fields):
    return Revocation(sequence=sequence, issued_before=before, expires_at=until, **fields)


def test_a_rule_needs_every_field_it_names():
    both = rule(user_id="u", project_id="p")
    assert both.matches(AUTHORITY.claims(user_id="u", project_id="p"))
    assert not both.matches(AUTHORITY.claims(user_id="u", project_id="q"))
    assert not both.matches(AUTHORITY.claims(user_id="v", project_id="p"))


def test_a_rule_that_names_nothing_ends_nothing():
    assert not rule().matches(AUTHORITY.claims())


def test_a_token_issued_after_the_rule_lives():
    assert rule(user_id="u").matches(AUTHORITY.claims(user_id="u"))
    assert not rule(user_id="u", before=NOW - 0.001).matches(AUTHORITY.claims(user_id="u"))


def test_a_chain_ends_with_all_that_were_rescoped_from_it():
    chain = rule(audit_chain_id="first")
    assert chain.matches(AUTHORITY.claims(audit_ids=("second", "first")))
    assert chain.matches(AUTHORITY.claims(audit_ids=("first",)))
    assert not rule(audit_id="first").matches(AUTHORITY.claims(audit_ids=("second", "first")))


def test_a_domain_s_rule_ends_its_users_and_those_in_its_projects():
    ended = rule(domain_id="d")
    assert ended.matches(AUTHORITY.claims(user_domain_id="d"))
    assert ended.matches(AUTHORITY.claims(domain_id="d"))
    assert ended.matches(AUTHORITY.claims(project_domain_id="d"))
    assert not ended.matches(AUTHORITY.claims())


def test_a_role_taken_away_in_the_system_ends_system_tokens_only():
    ended = rule(user_id="u", system=True)
    assert ended.matches(AUTHORITY.claims(user_id="u", system=True))
    assert not ended.matches(AUTHORITY.claims(user_id="u"))


def test_the_list_finds_what_a_rule_alone_finds():
    rules = RevocationList()
    rules.add([rule(1, user_id="u", project_id="p"), rule(2, domain_id="d"), rule(3, trust_id="t")])
    assert rules.revoked(AUTHORITY.claims(user_id="u", project_id="p"))
    assert rules.revoked(AUTHORITY.claims(user_domain_id="d", domain_id="e"))
    assert rules.revoked(AUTHORITY.claims(trust_id="t"))
    assert not rules.revoked(AUTHORITY.claims(user_id="u", project_id="q"))


def test_the_sequence_stops_before_a_gap_and_goes_on_once_it_is_filled():
    rules = RevocationList()
    rules.add([rule(1, user_id="a"), rule(3, user_id="c")])
    assert rules.sequence == 1
    assert rules.revoked(AUTHORITY.claims(user_id="c"))
    rules.add([rule(2, user_id="b")])
    assert rules.sequence == 3


def test_expired_rules_are_forgotten_and_the_sequence_stays():
    rules = RevocationList()
    rules.add([rule(1, user_id="a", until=NOW), rule(2, user_id="b")])
    rules.drop_expired(NOW)
    assert not rules.revoked(AUTHORITY.claims(user_id="a"))
    assert rules.revoked(AUTHORITY.claims(user_id="b"))
    assert rules.sequence == 2


def test_a_rule_travels_as_json():
    one = rule(7, user_id="u", system=True)
    assert Revocation(**one.to_dict()) == one
