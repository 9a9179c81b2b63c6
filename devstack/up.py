"""Brings one cloud up: from a state directory, or none, to healthy APIs and a demonstration.

Every step looks at what is there already, so the command may be run again at any time.
"""

import sys
import time
from collections.abc import Callable

from openstack import exceptions as sdk

from common import errors
from devstack import (
    clouds,
    contents,
    control,
    dashboard,
    demo,
    instance,
    leftovers,
    libvirt,
    novnc,
    ovs,
    processes,
    recipes,
    settings,
)
from devstack.instance import Instance
from devstack.options import arguments
from devstack.progress import Failed, Progress

START_TIMEOUT_S = 120


def main(argv: list[str] | None = None) -> int:
    """Entry point of devstack/up, once packages and the virtual environment are there."""
    options = arguments(argv)
    progress = Progress()
    try:
        cloud = instance.pick(options.state_dir, options.port_offset, dashboard=options.dashboard)
        bring_up(cloud, progress)
        clouds.write(cloud)
        recipes.build(cloud, progress)
        contents.create(cloud, progress)
        if options.no_demo:
            print(f"Use the cloud:\n    {clouds.offer(cloud)}")
        else:
            demo.run(cloud, progress)
        if cloud.dashboard:
            print(f"Its dashboard:\n    {dashboard.offer(cloud)}")
    except Failed as error:
        return _failed(str(error))
    except (errors.CloudError, OSError, sdk.SDKException) as error:
        return _failed(f"{error or type(error).__name__}; see the logs in {options.state_dir}/log")
    return 0


def _failed(sentence: str) -> int:
    line = " ".join(sentence.split())
    print(f"\ndevstack/up failed: {line}", file=sys.stderr)
    return 1


def bring_up(cloud: Instance, progress: Progress) -> None:
    """Return once every API of the cloud is healthy."""
    before = instance.known(cloud.state_dir)
    pid = instance.running(cloud.state_dir)
    if pid and before and before.port_offset != cloud.port_offset:
        raise Failed("it runs with other ports; take it down first")
    added = cloud.dashboard and not (before and before.dashboard)
    if added and cloud.port("dashboard") in instance.taken_ports(cloud.port_offset):
        raise Failed(f"port {cloud.port('dashboard')}, the dashboard's, is taken")
    settings.write(cloud)
    if cloud.dashboard:
        dashboard.prepare(cloud, progress)
    why = control.stale(cloud) if pid else ""
    if pid and why:
        with progress.step(f"processes are ended, guests go on: {why}"):
            control.stop(cloud, pid)
    supervisor = None
    if not pid or why:
        prepare(cloud, progress)
        supervisor = control.start(cloud)
    await_health(cloud, progress, lambda: supervisor is None or supervisor.poll() is None)
    progress.say(f"all processes of {cloud.state_dir} are up")


def prepare(cloud: Instance, progress: Progress) -> None:
    """Take away what a killed run left, and make the host ready for the daemons."""
    left = leftovers.end_processes(cloud)
    if left:
        progress.say(f"{left} processes of an earlier run were ended")
    programs = ovs.fetch()
    novnc.fetch()
    taken = instance.taken_ports(cloud.port_offset, dashboard=cloud.dashboard)
    if taken:
        raise Failed(f"port {taken[0]} is taken; choose others with --port-offset")
    ovs.prepare(cloud.state_dir, cloud.tag, programs, gateway=cloud.gateway)
    libvirt.prepare(cloud.state_dir, cloud.tag)
    processes.broker_of(cloud).prepare()
    progress.say("configuration, secrets and the network namespace are in place")


def await_health(cloud: Instance, progress: Progress, alive: Callable[[], bool]) -> None:
    """Return once every process is ready, having told of each."""
    told: set[str] = set()
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        found = control.ask(cloud, "status")
        if found is None and not alive():
            raise Failed("the supervisor ended", cloud.log("supervisor"))
        for name, fares in (found or {}).items():
            if fares["state"] == "ready" and name not in told:
                told.add(name)
                progress.say(f"{name} is up")
            if fares["state"] == "failed" or fares["restarts"] >= 4:
                raise Failed(f"{name} does not start", cloud.log(name))
        waiting = sorted(set(found or {}) - told)
        if found and not waiting:
            return
        if time.monotonic() > deadline:
            first = waiting[0] if waiting else "supervisor"
            raise Failed(f"{first} was not ready in {START_TIMEOUT_S} s", cloud.log(first))
        progress.doing(f"waiting for {', '.join(waiting) or 'the supervisor'}")
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
