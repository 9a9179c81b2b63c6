"""kill -9 around volumes in use: what a guest has flushed is there, and nothing is left half-way.

Each round takes one volume through its life while a guest writes checked records to it, and kills
one process at a moment of its own.  CUMULET_KILL_ROUNDS: how many rounds; CUMULET_KILL_SEED: where
they begin.
"""

import contextlib
import os
import random
import shlex
import signal
import subprocess
import threading
import time
from typing import Any

import pytest
from keystoneauth1.exceptions import ClientException
from openstack.exceptions import SDKException

from devstack import doctor, libvirt
from devstack.demo import ssh_command
from tests.acceptance.test_survival import fares
from tests.support.waiting import wait_for

ROUNDS = int(os.environ.get("CUMULET_KILL_ROUNDS", "4"))
SEED = int(os.environ.get("CUMULET_KILL_SEED", "0"))
SETTLES_S = 60
BOOTS_S = 120
LATEST_KILL_S = 4.0
FAILS = (SDKException, ClientException, subprocess.TimeoutExpired)
VICTIMS = (
    *("volume-api", "volume-controller", "volume-worker"),
    *("compute-api", "compute-controller", "compute-worker", "rabbitmq"),
)
HIT = {"kvm": (*VICTIMS, "qemu"), "container": (*VICTIMS, "daemon")}
NOTICES = ("-o", "ServerAliveInterval=2", "-o", "ServerAliveCountMax=3")
"""Has ssh end soon after its guest did."""
RECORD = 4096
MOST_RECORDS = 4000
WRITE = f"""
i=$1
while [ $i -lt {MOST_RECORDS} ]; do
    head -c {RECORD} /dev/urandom >/tmp/record
    sum=$(sha256sum </tmp/record | cut -c 1-64)
    dd if=/tmp/record of=$2 bs={RECORD} seek=$i conv=fsync,notrunc 2>/dev/null || exit 1
    echo $i $sum
    i=$((i + 1))
done
"""
READ = f"""
for i in $(cat); do
    echo $i $(dd if=$1 bs={RECORD} skip=$i count=1 2>/dev/null | sha256sum | cut -c 1-64)
done
"""
FIND = """
for disk in /sys/block/vd*; do
    if [ "$(cat $disk/serial)" = $1 ]; then echo /dev/${disk##*/}; fi
done
"""


@pytest.fixture(scope="module")
def guests(tenant):
    """A guest of each kind."""
    network, group = tenant.network(), tenant.group()
    asked = {kind: tenant.server(network, group, image=f"tiny-{kind}") for kind in HIT}
    return {kind: tenant.logged_in(tenant.reachable(one)) for kind, one in asked.items()}


@pytest.fixture(scope="module")
def locked(tenant):
    """The name of a type whose volumes are encrypted."""
    storage, name = tenant.admin.block_storage, "locked"
    kind = storage.create_type(name=name)
    how = {"provider": "luks", "cipher": "aes-xts-plain64", "key_size": 256}
    storage.create_type_encryption(kind, control_location="front-end", **how)
    yield name
    storage.delete_type(kind)


class Guest:
    """One server, and what it does with a volume."""

    def __init__(self, tenant, kind, where):
        self.tenant, self.kind, self.where = tenant, kind, where
        self.id = where.server.id

    def command(self, script, *words):
        """Return the command line that runs a script as root."""
        text = f"set -- {' '.join(words)}\n{script}"
        quoted = shlex.quote(text)
        words = ("sudo", "sh", "-c", quoted)
        ssh, *rest = ssh_command(self.tenant.key, self.where.floating, *words)
        return [ssh, *NOTICES, *rest]

    def run(self, script, *words, given=""):
        """Run a script as root; return its output, or None when it failed."""
        done = subprocess.run(
            self.command(script, *words),
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout if done.returncode == 0 else None

    def disk(self, volume):
        """Return what the guest calls a volume that it has."""
        if self.kind == "container":
            rows = told(lambda: list(self.tenant.api.compute.volume_attachments(self.id)))
            return next((row.device for row in rows if row.volume_id == volume.id), None)
        return (self.run(FIND, volume.id[:20]) or "").strip() or None

    def wake(self):
        """Have the guest run, whatever happened to it."""
        reach(lambda: self.run("echo awake") is not None, self.start, {True}, BOOTS_S)

    def start(self):
        """Have the guest started if it is off."""
        if self.tenant.api.compute.get_server(self.id).status == "SHUTOFF":
            self.tenant.api.compute.start_server(self.id)


class Writer:
    """Writes records until told to stop.  kept: the sums of those that were flushed."""

    def __init__(self, guest, disk, first, kept):
        command = guest.command(WRITE, str(first), disk)
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._kept = kept
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout or ():
            number, _, sum_ = line.strip().partition(" ")
            if len(sum_) == 64:
                self._kept[int(number)] = sum_

    def alive(self):
        return self._process.poll() is None

    def stop(self):
        self._process.terminate()
        self._process.wait(10)
        self._reader.join(10)


def told(ask):
    """Return an answer, which may take the service a while."""
    answers: list[Any] = []

    def look():
        answers.append(ask())
        return "told"

    reach(look, lambda: None, {"told"})
    return answers[-1]


def reach(look, act, goal, patience_s=SETTLES_S):
    """Act until what is looked at is in the goal; calls may fail meanwhile, but not for long."""
    deadline, seen = time.monotonic() + patience_s, None
    while time.monotonic() < deadline:
        with contextlib.suppress(*FAILS):
            seen = look()
            if seen in goal:
                return seen
            act()
        time.sleep(0.1)
    raise AssertionError(f"not {goal} after {patience_s} s, but {seen}")


class Life:
    """One volume's life in a guest."""

    def __init__(self, tenant, guest, name):
        self.tenant, self.guest, self.name = tenant, guest, name
        self.storage, self.compute = tenant.api.block_storage, tenant.api.compute
        self.kept, self.then = {}, {}

    def status(self):
        found = list(self.storage.volumes(name=self.name))
        return found[0].status if found else "none"

    def make(self):
        def act():
            if self.status() == "none":
                self.storage.create_volume(size=1, name=self.name)
            elif self.status() == "error":
                self.drop()

        reach(self.status, act, {"available"})
        (self.volume,) = told(lambda: list(self.storage.volumes(name=self.name)))

    def drop(self):
        for one in self.storage.volumes(name=self.name):
            if one.status in ("available", "error", "error_deleting"):
                self.storage.delete_volume(one)

    def attach(self, guest):
        def act():
            if self.status() == "available":
                self.compute.create_volume_attachment(guest.id, volume_id=self.volume.id)

        reach(self.status, act, {"in-use"})
        disks: list[str | None] = []

        def seen():
            disks.append(guest.disk(self.volume))
            return disks[-1] is not None

        reach(seen, guest.start, {True}, BOOTS_S)
        return disks[-1]

    def detach(self, guest):
        def act():
            if self.status() == "in-use":
                self.compute.delete_volume_attachment(guest.id, self.volume.id)

        reach(self.status, act, {"available"})

    def snapshot(self):
        """Have a snapshot made while the guest writes; what was flushed before is in it."""
        self.then = dict(self.kept)
        name = f"{self.name}-then"

        def look():
            found = list(self.storage.snapshots(name=name))
            return found[0].status if found else "none"

        def act():
            if look() == "none":
                self.storage.create_snapshot(volume_id=self.volume.id, name=name, force=True)
            elif look() == "error":
                self.storage.delete_snapshot(next(iter(self.storage.snapshots(name=name))))

        reach(look, act, {"available"})

    def extend(self, size):
        def act():
            if self.status() in ("in-use", "available"):
                self.storage.extend_volume(self.volume, size)

        def look():
            found = self.storage.get_volume(self.volume.id)
            return found.size, found.status

        reach(look, act, {(size, "in-use"), (size, "available")})

    def retype(self, named):
        """Have the volume kept another way while the guest writes."""

        def look():
            found = self.storage.get_volume(self.volume.id)
            return found.volume_type, found.status

        def act():
            if self.status() == "in-use":
                self.guest.start()
                self.storage.retype_volume(self.volume, named, "on-demand")

        reach(look, act, {(named, "in-use")}, BOOTS_S)

    def backup(self):
        name = f"{self.name}-kept"

        def look():
            found = list(self.storage.backups(name=name))
            return found[0].status if found else "none"

        def act():
            if look() == "none":
                self.storage.create_backup(volume_id=self.volume.id, name=name, force=True)
            elif look() == "error":
                self.storage.delete_backup(next(iter(self.storage.backups(name=name))))

        reach(look, act, {"available"})

    def check(self, guest, kept):
        """Compare what a guest reads with what was flushed."""
        disk = self.attach(guest)
        numbers = "\n".join(map(str, kept))

        def read():
            text = guest.run(READ, disk, given=numbers)
            return () if text is None else (text,)

        (text,) = wait_for(read, timeout_s=SETTLES_S)
        seen = dict(line.split() for line in text.splitlines())
        assert {int(number): one for number, one in seen.items()} == kept
        self.detach(guest)

    def end(self):
        for list_, delete in (
            (self.storage.backups, self.storage.delete_backup),
            (self.storage.snapshots, self.storage.delete_snapshot),
        ):
            mine = lambda list_=list_: [  # noqa: E731
                one for one in list_() if one.name.startswith(self.name)
            ]

            def act(mine=mine, delete=delete):
                for one in mine():
                    if one.status in ("available", "error", "error_deleting"):
                        delete(one)

            reach(lambda mine=mine: len(mine()), act, {0})
        reach(self.status, self.drop, {"none"})


def strike(cloud, guest, victim):
    """Kill one process; guests' own ones by what they belong to."""
    if victim == "qemu":
        pids = [pid for pid in libvirt.qemus(cloud.state_dir, cloud.tag) if _of(pid, guest.id)]
    elif victim == "daemon":
        pids = [pid for pid in _daemons() if _of(pid, guest.id)]
    else:
        pids = [fares(cloud)[victim]["pid"]]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _daemons():
    found = subprocess.run(["pgrep", "qemu-storage"], stdout=subprocess.PIPE, check=False)
    return [int(pid) for pid in found.stdout.split()]


def _of(pid, word):
    try:
        with open(f"/proc/{pid}/cmdline") as line:
            return word in line.read()
    except OSError:
        return False


@pytest.mark.parametrize("number", range(SEED, SEED + ROUNDS))
def test_a_volume_in_use_outlives_a_kill(cloud, tenant, guests, locked, number):
    chance = random.Random(number)
    both = [Guest(tenant, kind, where) for kind, where in guests.items()]
    guest = chance.choice(both)
    victim, moment = chance.choice(HIT[guest.kind]), chance.uniform(0, LATEST_KILL_S)
    print(f"round {number}: {guest.kind}, {victim} after {moment:.2f} s")
    life = Life(tenant, guest, f"killed-{number}")
    killer = threading.Timer(moment, strike, (cloud, guest, victim))
    killer.start()
    try:
        life.make()
        disk = life.attach(guest)
        writer = Writer(guest, disk, 0, life.kept)
        enough = lambda: len(life.kept) > 5 or not writer.alive() or not killer.is_alive()  # noqa: E731
        wait_for(enough, timeout_s=SETTLES_S)
        life.snapshot()
        life.extend(2)
        if chance.random() < 0.5:
            life.backup()
        if chance.random() < 0.5:
            life.retype(locked)
        wait_for(lambda: not killer.is_alive(), timeout_s=LATEST_KILL_S * 2)
        writer.stop()
        guest.wake()
        life.detach(guest)
        for reader in both:
            life.check(reader, life.kept)
        life.end()
    finally:
        killer.join()
    reach(lambda: tuple(doctor.complaints(cloud)), lambda: None, {()})
