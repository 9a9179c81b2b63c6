"""Keeps one cloud's processes: starts them in order, starts again what dies, ends them in order.

It has one thread, so that it can fork at any time.  It imports what Cumulet's processes need once
and forks them, so that they share that memory.  Guests whose own parents end become its
children; it reaps them and never ends them.

Control socket, one line a connection: `status` answers with JSON, `down` ends everything,
`restart NAME` ends one process, which then starts again.
"""

import argparse
import dataclasses
import gc
import json
import os
import pathlib
import selectors
import signal
import socket
import sys
import threading
import time

from devstack import children, instance, leftovers, ovs, processes
from devstack.processes import Process

BACK_OFF_S = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)
CALM_S = 30.0
READY_TIMEOUT_S = 45.0
STOP_TIMEOUT_S = 8.0


@dataclasses.dataclass
class Kept:
    """One process and how it fares.  state: waiting, starting, ready, failed, or stopped."""

    process: Process
    state: str = "waiting"
    pid: int = 0
    probe: int = 0
    deaths: int = 0
    restarts: int = 0
    started: float = 0.0
    start_at: float = 0.0
    ready_at: float = 0.0


class Supervisor:
    """The loop."""

    def __init__(self, cloud: instance.Instance, found: list[Process]) -> None:
        self._cloud = cloud
        self._kept = {process.name: Kept(process) for process in found}
        self._began = time.monotonic()
        self._stopping = False
        self._end_guests = False
        self._selector = selectors.DefaultSelector()

    def begin(self) -> None:
        """Listen to signals and to the control socket, and start what needs nothing else."""
        self._listen()
        self.step(0)

    def add(self, found: list[Process]) -> None:
        """Keep more processes."""
        self._kept |= {process.name: Kept(process) for process in found}

    def run(self) -> None:
        """Keep the processes until told to stop; then end them."""
        while not self._stopping:
            self.step(self._patience())
        self._stop_all()
        if self._end_guests:
            leftovers.end_guests(self._cloud)
        self._cloud.control_socket.unlink(missing_ok=True)

    def step(self, patience_s: float | None) -> None:
        """Start what may start, then handle what happens within the time given."""
        for kept in self._kept.values():
            if kept.state == "waiting" and not self._stopping and self._may_start(kept):
                self._start(kept)
        for key, _ in self._selector.select(patience_s):
            key.data(key.fileobj)
        self._reap()

    def _listen(self) -> None:
        read, write = socket.socketpair()
        for end in (read, write):
            end.setblocking(False)
        signal.set_wakeup_fd(write.fileno())
        self._wake = (read, write)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told_to_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(read, selectors.EVENT_READ, lambda waker: waker.recv(4096))
        self._cloud.control_socket.unlink(missing_ok=True)
        control = socket.socket(socket.AF_UNIX)
        control.bind(str(self._cloud.control_socket))
        self._cloud.control_socket.chmod(0o600)
        control.listen(16)
        self._selector.register(control, selectors.EVENT_READ, self._answer)

    def _told_to_stop(self, *_: object) -> None:
        self._stopping = True

    def _patience(self) -> float | None:
        due = [kept.start_at for kept in self._kept.values() if kept.state == "waiting"]
        later = [moment for moment in due if moment > time.monotonic()]
        return max(0.0, min(later) - time.monotonic()) if later else None

    def _may_start(self, kept: Kept) -> bool:
        before = (self._kept[name] for name in kept.process.after if name in self._kept)
        return time.monotonic() >= kept.start_at and all(
            other.ready_at > 0 and other.state != "failed" for other in before
        )

    def _start(self, kept: Kept) -> None:
        kept.pid = children.start(kept.process, self._cloud.state_dir)
        kept.started = time.monotonic()
        kept.state = "starting"
        if kept.process.ready is not None:
            kept.probe = children.probe(
                kept.process, kept.process.ready, self._cloud.state_dir, READY_TIMEOUT_S
            )
        elif not kept.process.once:
            self._became_ready(kept)

    def _became_ready(self, kept: Kept) -> None:
        kept.state = "ready"
        kept.ready_at = time.monotonic()
        self._wake[1].send(b"r")

    def _reap(self) -> None:
        by_pid = {kept.pid: kept for kept in self._kept.values() if kept.pid}
        by_probe = {kept.probe: kept for kept in self._kept.values() if kept.probe}
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if pid in by_pid:
                self._ended(by_pid[pid], os.waitstatus_to_exitcode(status))
            elif pid in by_probe:
                self._probed(by_probe[pid], os.waitstatus_to_exitcode(status))

    def _probed(self, kept: Kept, status: int) -> None:
        kept.probe = 0
        if status == 0 and kept.state == "starting":
            self._became_ready(kept)
        elif kept.state == "starting":
            self._log(f"{kept.process.name} is not ready after {READY_TIMEOUT_S} s: ending it")
            children.send(kept.pid, signal.SIGKILL)

    def _ended(self, kept: Kept, status: int) -> None:
        kept.pid = 0
        if kept.probe:
            children.send(kept.probe, signal.SIGKILL)
            kept.probe = 0
        if self._stopping:
            kept.state = "stopped"
            return
        if kept.process.once and status == 0:
            self._became_ready(kept)
            return
        calm = time.monotonic() - kept.started > CALM_S
        kept.deaths = 0 if calm else kept.deaths + 1
        kept.restarts += 1
        pause = BACK_OFF_S[min(kept.deaths, len(BACK_OFF_S) - 1)]
        kept.start_at = time.monotonic() + pause
        kept.state = "failed" if kept.process.once and kept.deaths >= 3 else "waiting"
        self._log(f"{kept.process.name} ended with status {status}; {kept.state}, {pause} s")

    def _answer(self, control: socket.socket) -> None:
        client, _ = control.accept()
        with client:
            client.settimeout(1)
            try:
                words = client.recv(256).decode().split()
                client.sendall((json.dumps(self._obey(words)) + "\n").encode())
            except OSError as error:
                self._log(f"a control connection failed: {error}")

    def _obey(self, words: list[str]) -> dict[str, object]:
        if words[:1] == ["down"]:
            self._stopping = self._end_guests = True
        elif words[:1] == ["restart"] and words[1] in self._kept:
            children.send(self._kept[words[1]].pid, signal.SIGTERM)
        return {name: self._fares(kept) for name, kept in self._kept.items()}

    def _fares(self, kept: Kept) -> dict[str, object]:
        return {
            "state": kept.state,
            "pid": kept.pid,
            "restarts": kept.restarts,
            "ready_after_s": round(kept.ready_at - self._began, 2) if kept.ready_at else None,
        }

    def _stop_all(self) -> None:
        """End the processes in turns: each before those that it needs."""
        left = [kept for kept in self._kept.values() if kept.pid]
        while left:
            needed = {name for kept in left for name in kept.process.after}
            turn = [kept for kept in left if kept.process.name not in needed] or left
            self._stop(turn)
            left = [kept for kept in left if kept not in turn]

    def _stop(self, turn: list[Kept]) -> None:
        for number, patience_s in ((signal.SIGTERM, STOP_TIMEOUT_S), (signal.SIGKILL, 2.0)):
            for kept in turn:
                children.send(kept.pid, number) if kept.pid else None
            deadline = time.monotonic() + patience_s
            while any(kept.pid for kept in turn) and time.monotonic() < deadline:
                self.step(max(0.0, deadline - time.monotonic()))

    def _log(self, line: str) -> None:
        print(f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} {line}", flush=True)


def main(argv: list[str] | None = None) -> int:
    """Keep the cloud of a state directory until SIGTERM."""
    parser = argparse.ArgumentParser(prog="cumulet-supervisor")
    parser.add_argument("--state-dir", required=True, type=pathlib.Path)
    cloud = instance.known(parser.parse_args(argv).state_dir)
    if cloud is None:
        print("no cloud was made in this state directory", file=sys.stderr)
        return 1
    children.become_reaper()
    (cloud.state_dir / "pid/supervisor.pid").write_text(f"{os.getpid()}\n")
    programs = ovs.fetch()
    os.environ |= ovs.environment(cloud.state_dir, programs)
    supervisor = Supervisor(cloud, processes.daemons(cloud, programs))
    supervisor.begin()
    wanted = processes.services(cloud)
    processes.preload(wanted)
    gc.collect()
    gc.freeze()
    if threading.active_count() > 1:
        print("importing the services started threads, which forks cannot share", file=sys.stderr)
        return 1
    supervisor.add(wanted)
    supervisor.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
