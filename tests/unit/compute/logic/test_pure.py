"""Host names, fingerprints and other small truths."""

import pytest

from common import errors
from compute.logic import keypairs
from compute.logic.checks import canonical_ipv6
from compute.logic.creation import hostname_of

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH0nnZ8JSvHDaKmeKUG5QRTSbMWrYIE2n1iCNbTcM1lO me@example"


@pytest.mark.parametrize(
    ("name", "hostname"),
    [
        ("Web 1", "web-1"),
        ("web.example.org", "web-example-org"),
        ("---", "server"),
        ("a" * 80, "a" * 63),
        ("ünï", "n"),
    ],
)
def test_a_servers_name_becomes_a_host_name(name, hostname):
    assert hostname_of(name) == hostname


def test_ipv6_addresses_come_back_in_their_shortest_form():
    assert canonical_ipv6("2001:0db8:0:0::1") == "2001:db8::1"
    with pytest.raises(errors.BadRequest):
        canonical_ipv6("2001:::1")


def test_a_made_key_has_a_fingerprint_and_a_private_half():
    public, private = keypairs.generate()
    assert len(keypairs.fingerprint(public).split(":")) == 16
    assert "PRIVATE KEY" in private


@pytest.mark.parametrize("bad", ["", "ssh-rsa", "ssh-rsa !!!!", "ssh-rsa AAAA", "junk " + "x" * 9])
def test_what_is_no_key_is_refused(bad):
    with pytest.raises(errors.BadRequest):
        keypairs.fingerprint(bad)
