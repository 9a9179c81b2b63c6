"""A supervisor of small processes, as a process of its own."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import Iterator

from devstack import children, control, instance, leftovers
from devstack.instance import Instance
from devstack.processes import Process
from devstack.supervisor import Supervisor
from tests.support.waiting import wait_for


@contextlib.contextmanager
def supervised(state_dir: pathlib.Path, **commands: dict[str, object]) -> Iterator[Instance]:
    """Run a supervisor while the block lasts.  commands: fields of Process by name."""
    cloud = Instance(state_dir)
    for name in ("log", "pid", "run"):
        (state_dir / name).mkdir()
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "tests.support.supervised", str(state_dir), json.dumps(commands)],
        cwd=control.ROOT,
        env={**os.environ, instance.MARK: str(state_dir)},
    )
    (state_dir / "pid/supervisor.pid").write_text(str(supervisor.pid))
    try:
        wait_for(lambda: control.ask(cloud, "status"))
        yield cloud
    finally:
        supervisor.send_signal(signal.SIGTERM)
        supervisor.wait(timeout=20)
        leftovers.end_processes(cloud)


def main(state_dir: str, commands: str) -> None:
    children.become_reaper()
    found = [Process(name=name, **fields) for name, fields in json.loads(commands).items()]
    supervisor = Supervisor(Instance(pathlib.Path(state_dir)), found)
    supervisor.begin()
    supervisor.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
