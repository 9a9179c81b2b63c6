"""What devstack/up demonstrates, with the openstack command, as an ordinary member."""

from devstack.demo import TEMPLATE
from tests.support.waiting import wait_for


def test_a_stack_of_both_kinds_of_server_answers_ssh_and_leaves_nothing(person):
    public_key = person.key.with_suffix(".pub").read_text().strip()
    person.cli(
        "stack", "create", "--wait", "-t", TEMPLATE, "--parameter", f"public_key={public_key}", "s"
    )
    outputs = {
        output["output_key"]: output["output_value"]
        for output in person.cli("stack", "show", "s", "-f", "json")["outputs"]
    }
    assert person.ssh(outputs["container_address"], "id", "-un").stdout.strip() == "cloud"
    assert person.ssh(outputs["kvm_address"], "id", "-un").stdout.strip() == "cloud"
    events = person.cli("stack", "event", "list", "s", "-f", "json")
    assert events[-1]["resource_status"] == "CREATE_COMPLETE"
    assert len(person.cli("stack", "resource", "list", "s", "-f", "json")) == 12
    person.cli("stack", "delete", "--wait", "-y", "s")
    assert person.cli("server", "list", "-f", "json") == []
    assert person.cli("floating", "ip", "list", "-f", "json") == []
    mine = {"project_id": person.project_id}
    wait_for(lambda: list(person.sdk.network.ports(**mine)) == [])
    assert list(person.sdk.network.networks(**mine)) == []
