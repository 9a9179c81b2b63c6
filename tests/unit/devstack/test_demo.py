"""The demonstration's template, and the clients' configuration."""

import stat
from types import SimpleNamespace
from unittest import mock

import pytest
import yaml

from devstack import clouds, demo, settings
from devstack.instance import Instance
from devstack.testing import Count, counted

WANTED = {
    "OS::Nova::KeyPair": 1,
    "OS::Nova::Server": 2,
    "OS::Neutron::Net": 1,
    "OS::Neutron::Subnet": 1,
    "OS::Neutron::Router": 1,
    "OS::Neutron::RouterInterface": 1,
    "OS::Neutron::SecurityGroup": 1,
    "OS::Neutron::Port": 2,
    "OS::Neutron::FloatingIP": 2,
}


def test_the_template_makes_both_kinds_of_server_on_one_network():
    template = yaml.safe_load(demo.TEMPLATE.read_text())
    kinds = [resource["type"] for resource in template["resources"].values()]
    assert {kind: kinds.count(kind) for kind in kinds} == WANTED
    assert {"kvm_address", "container_address"} <= set(template["outputs"])


@pytest.mark.parametrize(
    ("status", "task_state", "started"),
    [("SHUTOFF", None, True), ("SHUTOFF", "powering-on", False), ("ACTIVE", None, False)],
)
def test_only_a_server_that_is_off_and_idle_is_started(status, task_state, started):
    member = mock.Mock()
    server = SimpleNamespace(status=status, task_state=task_state)
    member.compute.find_server.return_value = server
    demo.wake(member, "demo-kvm")
    assert member.compute.start_server.called == started


def test_clouds_yaml_names_the_member_and_the_administrator(tmp_path):
    cloud = Instance(tmp_path, 100)
    settings.write(cloud)
    clouds.write(cloud)
    found = yaml.safe_load(cloud.clouds_file.read_text())["clouds"]
    assert found["cumulet"]["auth"]["username"] == "demo"
    assert found["cumulet-admin"]["auth"]["auth_url"] == "http://127.0.0.1:5100/v3"
    assert stat.S_IMODE(cloud.clouds_file.stat().st_mode) == 0o600


def test_another_cloud_is_offered_by_its_file(tmp_path):
    assert str(tmp_path / "clouds.yaml") in clouds.offer(Instance(tmp_path))


def test_a_report_counts_errors_as_failures_and_leaves_skips_out(tmp_path):
    report = tmp_path / "report.xml"
    cases = "<testcase/><testcase><error/></testcase><testcase><failure/></testcase>"
    skipped = "<testcase><skipped/></testcase>"
    report.write_text(f"<testsuites><testsuite>{cases}{skipped}</testsuite></testsuites>")
    assert counted(report) == Count(passed=1, failed=2)
