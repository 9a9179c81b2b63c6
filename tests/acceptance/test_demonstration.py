"""What devstack/up shows, and that it may be run again."""

import re

import pytest

from devstack.scratch import UP, command


@pytest.fixture(scope="module")
def shown(cloud):
    """What the first run of the demonstration prints."""
    return command(UP, "--state-dir", str(cloud.state_dir))


def test_both_servers_answer_ssh_on_their_floating_addresses(shown):
    assert re.search(r"the container server answers ssh on \d", shown)
    assert re.search(r"the kvm server answers ssh on \d", shown)


def test_it_says_how_long_each_step_took_and_how_to_go_on(shown):
    assert len(re.findall(r"\[ +\d+\.\ds\]", shown)) >= 4
    assert "ssh -i " in shown and "OS_CLOUD=cumulet" in shown


def test_the_stack_is_complete_and_belongs_to_an_ordinary_member(shown, openstack):
    assert openstack("stack show demo -f value -c stack_status") == "CREATE_COMPLETE"
    assert "member" in openstack("role assignment list --names", cloud_name="cumulet-admin")


def test_a_second_run_keeps_what_is_there(shown, openstack, cloud):
    before = openstack("server list -f value -c ID")
    again = command(UP, "--state-dir", str(cloud.state_dir))
    assert "the kvm server answers ssh" in again
    assert openstack("server list -f value -c ID") == before


def test_the_stack_takes_everything_with_it(shown, openstack):
    openstack("stack delete --yes --wait demo")
    for thing in ("server", "network", "keypair"):
        assert "demo" not in openstack(f"{thing} list -f value -c Name")
    assert openstack("floating ip list -f value") == ""
