"""What becomes of the work of a controller that died, and of trusts without a stack."""

import datetime as dt
import os
import subprocess

import pytest

from common.clock import utcnow
from orchestration import errors
from orchestration.clients import CloudUnreachable
from orchestration.controller import holders
from orchestration.controller.trusts import TrustKeeper
from orchestration.db.models import Resource
from tests.support.waiting import wait_for

ONE = "heat_template_version: 2018-08-31\nresources: {net: {type: OS::Neutron::Net}}"
NAMED = f"{ONE[:-2]}, properties: {{name: mine}}}}}}"


def dead_process():
    """The name of a process that has ended."""
    child = subprocess.Popen(["sleep", "100"])
    name = holders.mine("here").replace(f"/{os.getpid()}/", f"/{child.pid}/")
    child.kill()
    child.wait()
    return name


def left_by(heat, holder, template=ONE):
    """Make a stack whose resource somebody works on, for a long time to come."""
    heat.bus.deaf = True
    assert heat.create("s", template).status_code == 201
    with heat.database.transaction() as session:
        row = session.query(Resource).one()
        row.state, row.attempts, row.holder = "running", 1, holder
        row.lease_until = utcnow() + dt.timedelta(hours=1)
        return row.unique_name


def swept(heat):
    heat.engine.sweep()
    return heat.show("s")["stack_status"]


def test_a_dead_controllers_work_is_taken_over_long_before_its_lease_ends(heat):
    left_by(heat, dead_process())
    wait_for(lambda: swept(heat), "CREATE_COMPLETE", timeout_s=10, every_s=0.1)


@pytest.mark.parametrize("template", [ONE, NAMED])
def test_what_it_had_made_is_found_again_by_its_mark(heat, template):
    mark = left_by(heat, dead_process(), template)
    named = {"name": "mine", "description": mark} if template == NAMED else {"name": mark}
    heat.cloud.network.add("networks", **named)
    heat.cloud.network.add("networks", name="mine", description="of somebody else")
    wait_for(lambda: swept(heat), "CREATE_COMPLETE", timeout_s=10, every_s=0.1)
    assert len(heat.cloud.names("networks")) == 3


@pytest.mark.parametrize("holder", [holders.mine("here"), "elsewhere/1/1"], ids=["living", "far"])
def test_a_living_controller_and_one_elsewhere_keep_their_work(heat, holder):
    left_by(heat, holder)
    heat.engine.sweep()
    with heat.database.reading() as session:
        row = session.query(Resource).one()
        assert row.lease_until > utcnow() + dt.timedelta(minutes=30)


def test_another_process_with_a_dead_ones_number_is_not_taken_for_it():
    host, pid, start = holders.mine("here").rsplit("/", 2)
    assert not holders.is_dead(f"{host}/{pid}/{start}", "here")
    assert holders.is_dead(f"{host}/{pid}/{int(start) - 1}", "here")


class Clock:
    def __init__(self):
        self.now = utcnow()

    def __call__(self):
        return self.now


def test_a_trust_without_a_stack_ends_after_a_minute_and_no_other_does(heat):
    heat.create("s", ONE)
    heat.wait("s", "CREATE_COMPLETE")
    (owned,) = heat.trusts.living
    heat.trusts.living.add("alone")
    clock = Clock()
    keeper = TrustKeeper(heat.database, heat.trusts, patience_s=60, clock=clock)
    for seconds, living in ((0, {owned, "alone"}), (59, {owned, "alone"}), (1, {owned})):
        clock.now += dt.timedelta(seconds=seconds)
        keeper.sweep()
        assert heat.trusts.living == living


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (errors.TrustForbidden(reason="a trust's token"), 403),
        (errors.TrustImpossible(reason="no such user"), 502),
        (CloudUnreachable(service="identity", reason="it is down"), 503),
    ],
)
def test_what_identity_says_no_to_is_no_fault_of_orchestration(heat, refusal, status):
    heat.trusts.refusal = refusal
    answer = heat.create("s", ONE)
    assert answer.status_code == answer.json["code"] == status
    assert refusal.facts["reason"] in answer.json["error"]["message"]
    assert heat.show("s") is None
