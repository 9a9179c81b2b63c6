"""Guests of both kinds on one network: what reaches what, and what they learn of themselves."""

import pytest

KINDS = ("tiny-container", "tiny-kvm")


@pytest.fixture(scope="module")
def guests(person):
    """A guest of each kind on one network; only ssh is let in."""
    network = person.network()
    group = person.group(("tcp", 22))
    found = {
        kind: person.server(kind, network, group, user_data=USER_DATA, metadata={"color": "green"})
        for kind in KINDS
    }
    return found, group


USER_DATA = "IyEvYmluL3NoCmVjaG8gaGVsbG8gPiAvdG1wL2Zyb20tdXNlci1kYXRhCg=="
PING = ("ping", "-c", "2", "-W", "2")
FETCH = ("wget", "-q", "-O", "-")


@pytest.mark.parametrize("kind", KINDS)
def test_a_guest_answers_ssh_under_its_own_name(person, guests, kind):
    server, address, _ = guests[0][kind]
    assert person.ssh(address, "hostname").stdout.strip() == server.name


@pytest.mark.parametrize("kind", KINDS)
def test_a_guest_runs_its_user_data(person, guests, kind):
    _, address, _ = guests[0][kind]
    done = person.ssh(address, "timeout 20 sh -c 'until cat /tmp/from-user-data; do sleep 1; done'")
    assert done.stdout.strip().endswith("hello")


@pytest.mark.parametrize("kind", KINDS)
def test_a_guest_reads_its_own_metadata_and_no_other(person, guests, kind):
    server, address, _ = guests[0][kind]
    url = "http://169.254.169.254/openstack/latest/meta_data.json"
    told = person.ssh(address, "timeout", "20", *FETCH, url).stdout
    assert server.id in told
    assert '"color": "green"' in told or '"color":"green"' in told


@pytest.mark.parametrize("kind", KINDS)
def test_a_console_log_holds_what_the_guest_printed(person, guests, kind):
    server, address, _ = guests[0][kind]
    person.ssh(address, "true")
    assert person.cli("console", "log", "show", server.id).strip()


def test_what_a_security_group_does_not_allow_does_not_arrive_until_it_does(person, guests):
    found, group = guests
    (_, here, _), (_, _, there) = found["tiny-container"], found["tiny-kvm"]
    assert person.ssh(here, *PING, there, ok=False).returncode != 0
    rule = person.sdk.network.create_security_group_rule(
        security_group_id=group,
        direction="ingress",
        ethertype="IPv4",
        protocol="icmp",
        remote_group_id=group,
    )
    assert person.ssh(here, "timeout 20 sh -c 'until ping -c 1 -W 1 " + there + "; do :; done'")
    assert person.ssh(found["tiny-kvm"][1], *PING, found["tiny-container"][2])
    person.sdk.network.delete_security_group_rule(rule)
    person.ssh(here, "timeout 20 sh -c 'while ping -c 1 -W 1 " + there + "; do :; done'")


def test_one_guest_logs_in_to_the_other_over_their_network(person, guests):
    found, _ = guests
    (_, here, _), (_, _, there) = found["tiny-kvm"], found["tiny-container"]
    done = person.ssh(here, f"timeout 10 nc -w 5 {there} 22 </dev/null", ok=False)
    assert "SSH-2.0" in done.stdout


def test_two_tenants_with_the_same_range_do_not_meet(person, guests, someone):
    stranger = someone()
    network = stranger.network()
    group = stranger.group(("tcp", 22), ("icmp", None))
    _, address, inside = stranger.server("tiny-container", network, group)
    assert inside.startswith("10.30.0.")
    _, _, there = guests[0]["tiny-kvm"]
    assert stranger.ssh(address, "hostname").stdout
    if there != inside:
        assert stranger.ssh(address, *PING, there, ok=False).returncode != 0
    done = stranger.ssh(address, f"timeout 5 nc -w 3 {there} 22 </dev/null", ok=False)
    mine = stranger.ssh(address, "cat /etc/hostname").stdout.strip()
    assert "SSH-2.0" not in done.stdout or there == inside, mine
