"""A verifier asks identity as little as it can, and never believes a revoked token."""

import pytest

from common.auth import IdentityUnavailable, Verifier
from common.context import RequestContext
from common.contracts import identity as contract
from common.revocations import Revocation
from common.tokens import TokenInvalid
from tests.support.tokens import Authority


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def authority(clock):
    return Authority(clock)


def hear(verifier: Verifier, sequence: int = 0) -> None:
    verifier.hear(RequestContext(), contract.RevocationsAlive(sequence=sequence))


def rule(clock: Clock, sequence: int, **fields) -> Revocation:
    return Revocation(
        sequence=sequence, issued_before=clock.now, expires_at=clock.now + 60, **fields
    )


def test_the_caller_is_who_the_token_says(authority):
    token = authority.token(roles=["reader"], user_id="u1", project_id="p1")
    ctx = authority.verifier().authenticate(token, "req-1")
    assert (ctx.user_id, ctx.project_id, ctx.roles) == ("u1", "p1", ("reader",))
    assert (ctx.request_id, ctx.token) == ("req-1", token)


def test_a_verifier_that_hears_identity_does_not_ask_it(authority):
    verifier = authority.verifier()
    hear(verifier)
    for _ in range(3):
        verifier.check(authority.token())
    assert authority.asked == []


def test_after_silence_each_token_is_checked_with_identity(authority, clock):
    verifier = authority.verifier()
    hear(verifier)
    token = authority.token()
    clock.now += 9
    verifier.check(token)
    assert authority.asked == [token]
    authority.revoke(token)
    with pytest.raises(TokenInvalid):
        verifier.check(token)


def test_silence_and_no_answer_refuse_every_token(authority, clock, monkeypatch):
    verifier = authority.verifier()

    def silent(token):
        raise IdentityUnavailable()

    monkeypatch.setattr(authority, "alive", silent)
    with pytest.raises(IdentityUnavailable):
        verifier.check(authority.token())


def test_a_rule_ends_a_token_that_was_checked_before(authority, clock):
    verifier = authority.verifier()
    hear(verifier)
    token = authority.token(user_id="u1")
    verifier.check(token)
    event = contract.TokensRevoked(sequence=1, rule=rule(clock, 1, user_id="u1").to_dict())
    verifier.revoke(RequestContext(), event)
    with pytest.raises(TokenInvalid):
        verifier.check(token)
    verifier.check(authority.token(user_id="u2"))


def test_a_missed_rule_is_fetched_when_the_next_one_comes(authority, clock):
    verifier = authority.verifier()
    hear(verifier)
    token = authority.token(user_id="u1")
    authority.rules = [rule(clock, 1, user_id="u1"), rule(clock, 2, user_id="u2")]
    event = contract.TokensRevoked(sequence=2, rule=authority.rules[1].to_dict())
    verifier.revoke(RequestContext(), event)
    with pytest.raises(TokenInvalid):
        verifier.check(token)


def test_a_missed_rule_is_fetched_when_a_sign_of_life_shows_the_gap(authority, clock):
    verifier = authority.verifier()
    hear(verifier)
    token = authority.token(user_id="u1")
    authority.rules = [rule(clock, 1, user_id="u1")]
    hear(verifier, sequence=1)
    with pytest.raises(TokenInvalid):
        verifier.check(token)


def test_a_new_key_is_fetched_when_a_token_names_it(authority, clock):
    verifier = Verifier(authority, clock=clock)
    verifier.check(authority.token())
    newer = Authority(clock)
    both = authority.keys() | {"newer": newer.keys()["test-key"]}
    authority.keys = lambda: both  # type: ignore[method-assign]
    clock.now += 6
    from common import tokens

    verifier.check(tokens.sign(newer.claims(), newer._key, "newer"))


def test_an_expired_token_is_refused_though_it_was_good_before(authority, clock):
    verifier = authority.verifier()
    token = authority.token(lifetime_s=5)
    verifier.check(token)
    clock.now += 5
    with pytest.raises(TokenInvalid):
        verifier.check(token)
