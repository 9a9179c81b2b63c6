"""Passwords match their hashes, and only those."""

import base64
import hashlib
import time

import pytest

from identity.logic import passwords


def test_a_password_matches_its_hash_and_no_other():
    stored = passwords.make("secret", 4)
    assert stored.startswith("$2b$04$")
    assert passwords.matches("secret", stored, 4)
    assert not passwords.matches("Secret", stored, 4)
    assert stored != passwords.make("secret", 4)


def test_a_long_password_counts_up_to_72_bytes():
    stored = passwords.make("x" * 80, 4)
    assert passwords.matches("x" * 72, stored, 4)
    assert not passwords.matches("x" * 71, stored, 4)


def test_scrypt_hashes_from_elsewhere_are_read():
    digest = hashlib.scrypt(b"secret", salt=b"salt", n=16, r=8, p=1, dklen=32)
    salt, check = (base64.b64encode(part).decode().rstrip("=") for part in (b"salt", digest))
    stored = f"$scrypt$ln=4,r=8,p=1${salt}${check}"
    assert passwords.matches("secret", stored, 4)
    assert not passwords.matches("other", stored, 4)


@pytest.mark.parametrize("stored", ["", "plain", "$scrypt$", "$scrypt$ln=30,r=8,p=1$c2FsdA$eA"])
def test_a_broken_hash_matches_nothing(stored):
    assert not passwords.matches("secret", stored, 4)


def test_a_user_who_is_not_there_takes_as_long():
    stored = passwords.make("secret", 8)
    passwords.matches("x", None, 8)  # the decoy is made once
    times = []
    for candidate in (stored, None):
        started = time.thread_time()
        for _ in range(5):
            passwords.matches("wrong", candidate, 8)
        times.append(time.thread_time() - started)
    assert 0.4 < times[0] / times[1] < 2.5
