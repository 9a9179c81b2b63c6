"""Tokens say what was signed, and nothing else is believed."""

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from common import tokens
from common.errors import Unauthorized
from common.tokens import KeyUnknown, TokenInvalid
from tests.support.tokens import KEY_ID, Authority


def test_a_token_says_all_that_was_signed():
    authority = Authority()
    claims = authority.claims(
        roles=["admin", "member"], trust_id="t1", methods=("password", "token")
    )
    signed = tokens.sign(claims, ed25519_key(), "k")
    assert tokens.verify(signed, {"k": ed25519_key().public_key()}, claims.issued_at) == claims


def test_every_scope_survives_the_way_through_a_token():
    authority = Authority()
    for scope in ({"system": True}, {"domain_id": "d", "domain_name": "D"}, {"project_id": None}):
        claims = authority.claims(**scope)
        signed = tokens.sign(claims, ed25519_key(), "k")
        assert tokens.verify(signed, {"k": ed25519_key().public_key()}, 0) == claims


def test_a_full_token_stays_well_under_a_kibibyte():
    claims = Authority().claims(roles=["admin", "manager", "member", "reader"], trust_id="f" * 32)
    assert len(tokens.sign(claims, ed25519_key(), "k" * 16)) < 900


def test_a_token_counts_until_the_moment_it_expires():
    authority = Authority(clock=lambda: 1000.0)
    token = authority.token(lifetime_s=10)
    assert tokens.verify(token, authority.keys(), 1009.9)
    with pytest.raises(TokenInvalid):
        tokens.verify(token, authority.keys(), 1010.0)


def test_a_token_signed_by_another_key_of_the_same_name_is_refused():
    with pytest.raises(TokenInvalid):
        tokens.verify(Authority().token(), Authority().keys(), 0)


def test_an_unknown_key_is_told_apart_so_that_it_can_be_fetched():
    with pytest.raises(KeyUnknown):
        tokens.verify(Authority().token(), {}, 0)


@pytest.mark.parametrize("changed", ["", "x", "a.b.c", "....", "\x00", "é.é.é"])
def test_what_is_no_token_is_refused(changed):
    with pytest.raises(Unauthorized):
        tokens.verify(changed, Authority().keys(), 0)


def test_a_changed_claim_breaks_the_signature():
    authority = Authority()
    header, _, signature = authority.token().split(".")
    _, forged, _ = authority.token(roles=["admin"]).split(".")
    with pytest.raises(TokenInvalid):
        tokens.verify(f"{header}.{forged}.{signature}", authority.keys(), 0)


def test_unsigned_and_symmetric_algorithms_are_refused():
    import jwt

    authority = Authority()
    for algorithm, key in (("none", ""), ("HS256", b"k" * 32)):
        forged = jwt.encode({"sub": "u"}, key, algorithm=algorithm, headers={"kid": KEY_ID})
        with pytest.raises(TokenInvalid):
            tokens.verify(forged, authority.keys(), 0)


def test_the_claims_name_every_field_they_have():
    names = {field.name for field in dataclasses.fields(tokens.Claims)}
    assert names == set(tokens._SHORT)


_KEY = ed25519.Ed25519PrivateKey.generate()


def ed25519_key() -> ed25519.Ed25519PrivateKey:
    return _KEY
