"""The supervisor, on small real processes."""

import os
import pathlib
import signal

from devstack import control
from tests.support.supervised import supervised
from tests.support.waiting import wait_for

FOREVER: dict[str, object] = {"argv": ["sleep", "1000"]}


def fares(cloud, name):
    found = control.ask(cloud, "status")
    assert found is not None
    return found[name]


def alive(pid):
    stat = pathlib.Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_killed_process_is_started_again(tmp_path):
    with supervised(tmp_path, daemon=FOREVER) as cloud:
        first = fares(cloud, "daemon")["pid"]
        os.kill(first, signal.SIGKILL)
        second = wait_for(lambda: fares(cloud, "daemon")["pid"] not in (0, first))
        assert second and fares(cloud, "daemon")["restarts"] == 1


def test_a_process_starts_once_what_it_needs_has_ended_well(tmp_path):
    wait = f"while [ ! -e {tmp_path}/go ]; do sleep 0.01; done"
    first: dict[str, object] = {"argv": ["sh", "-c", wait], "once": True}
    with supervised(tmp_path, first=first, second={**FOREVER, "after": ["first"]}) as cloud:
        assert fares(cloud, "second")["state"] == "waiting"
        (tmp_path / "go").touch()
        wait_for(lambda: fares(cloud, "second")["state"], "ready")


def test_a_step_that_keeps_failing_is_told_as_failed(tmp_path):
    with supervised(tmp_path, step={"argv": ["false"], "once": True}) as cloud:
        wait_for(lambda: fares(cloud, "step")["state"], "failed")


def test_what_a_process_prints_is_in_its_log(tmp_path):
    with supervised(tmp_path, talker={"argv": ["echo", "hello"], "once": True}) as cloud:
        wait_for(lambda: fares(cloud, "talker")["state"], "ready")
    assert (tmp_path / "log/talker.log").read_text() == "hello\n"


def test_processes_end_with_a_supervisor_that_is_killed(tmp_path):
    with supervised(tmp_path, daemon=FOREVER) as cloud:
        daemon = fares(cloud, "daemon")["pid"]
        os.kill(control_pid(tmp_path), signal.SIGKILL)
        wait_for(lambda: not alive(daemon))


def test_a_guest_outlives_the_supervisor_and_the_process_that_made_it(tmp_path):
    make = f"setsid sh -c 'echo $$ > {tmp_path}/guest; exec sleep 1000' & sleep 1000"
    with supervised(tmp_path, worker={"argv": ["sh", "-c", make]}) as cloud:
        guest = int(wait_for(lambda: read(tmp_path / "guest")))
        os.kill(fares(cloud, "worker")["pid"], signal.SIGKILL)
        wait_for(lambda: fares(cloud, "worker")["restarts"], 1)
        assert alive(guest)
        os.kill(control_pid(tmp_path), signal.SIGKILL)
        wait_for(lambda: not alive(control_pid(tmp_path)))
        assert alive(guest)
        os.kill(guest, signal.SIGKILL)


def test_processes_stop_before_what_they_need(tmp_path):
    def speaker(name):
        say = f"trap 'echo {name} >> {tmp_path}/order; exit 0' TERM; while :; do sleep 0.02; done"
        return {"argv": ["bash", "-c", say]}

    broker, user = speaker("broker"), {**speaker("user"), "after": ["broker"]}
    with supervised(tmp_path, broker=broker, user=user) as cloud:
        wait_for(lambda: fares(cloud, "user")["state"], "ready")
        wait_for(lambda: b"trap" in read(f"/proc/{fares(cloud, 'user')['pid']}/cmdline"))
        wait_for(lambda: children_of(fares(cloud, "user")["pid"]))
    assert (tmp_path / "order").read_text().split() == ["user", "broker"]


def control_pid(state_dir):
    return int((state_dir / "pid/supervisor.pid").read_text())


def children_of(pid):
    return read(f"/proc/{pid}/task/{pid}/children")


def read(path):
    try:
        return pathlib.Path(path).read_bytes()
    except OSError:
        return b""
