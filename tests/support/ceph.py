"""A Ceph cluster of one monitor, one manager and one store, which keeps all in memory.

Everything listens on loopback; everything is gone afterwards.
"""

import contextlib
import os
import pathlib
import shutil
import subprocess
import uuid
from collections.abc import Iterator

import pytest

from tests.support import ports
from tests.support.waiting import wait_for
from volume.drivers.base import PoolFault
from volume.drivers.ceph import library
from volume.drivers.ceph.pool import Where

POOL, USER = "volumes", "cumulet"
PROGRAMS = ("ceph-mon", "ceph-mgr", "ceph-osd", "ceph-authtool", "monmaptool", "ceph")
PEOPLE = {
    "mon.": {"mon": "allow *"},
    "client.admin": {"mon": "allow *", "osd": "allow *", "mgr": "allow *"},
    "mgr.x": {"mon": "allow profile mgr", "osd": "allow *"},
    "osd.0": {"mon": "allow profile osd", "osd": "allow *", "mgr": "allow profile osd"},
    f"client.{USER}": {"mon": "profile rbd", "osd": f"profile rbd pool={POOL}"},
}
CONF = """
[global]
fsid = {fsid}
mon_host = v1:127.0.0.1:{port}
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
run_dir = {home}
keyring = {home}/keyring
log_file = {home}/$name.log
admin_socket = {home}/$name.asok
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
crash_dir = {home}
mon_data = {home}/mon
mgr_data = {home}/mgr
osd_data = {home}/osd
osd_objectstore = memstore
memstore_device_bytes = 4294967296
mgr_initial_modules =
mon_data_avail_crit = 0
mon_allow_pool_size_one = true
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
"""


@contextlib.contextmanager
def running(home: pathlib.Path) -> Iterator[Where]:
    """Run a cluster with one pool, and yield how it is reached; skip where there is no Ceph.

    Only where CUMULET_CEPH is set: the library of Ceph 16 aborts the process that uses it once in
    hundreds of calls, and that is here the one that runs all tests.
    """
    if not os.environ.get("CUMULET_CEPH"):
        pytest.skip("Ceph is tested with CUMULET_CEPH=1: its library may abort the tests' process")
    lacking = [name for name in PROGRAMS if shutil.which(name) is None]
    try:
        for name in ("rados", "rbd"):
            library.load(name)
    except PoolFault as error:
        lacking.append(str(error))
    if lacking:
        pytest.skip(f"Ceph cannot be started, since this is missing: {', '.join(lacking)}")
    home.mkdir(parents=True)
    cluster = _Cluster(home)
    try:
        cluster.start()
        yield Where(POOL, USER, home / "ceph.conf", timeout_s=20)
    finally:
        cluster.stop()


class _Cluster:
    """home: the directory of everything."""

    def __init__(self, home: pathlib.Path) -> None:
        self._home = home
        self._daemons: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Return once the pool takes what is written."""
        [port] = ports.free(1)
        fsid, osd = str(uuid.uuid4()), str(uuid.uuid4())
        (self._home / "ceph.conf").write_text(CONF.format(fsid=fsid, port=port, home=self._home))
        keyring, monmap = str(self._home / "keyring"), str(self._home / "monmap")
        for name, rights in PEOPLE.items():
            caps = [word for kind, what in rights.items() for word in ("--cap", kind, what)]
            new = [] if pathlib.Path(keyring).exists() else ["-C"]
            self._run("ceph-authtool", keyring, *new, "--gen-key", "-n", name, *caps)
        for name in ("mon", "mgr", "osd"):
            (self._home / name).mkdir()
        address = f"[v1:127.0.0.1:{port}]"
        self._run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", address, monmap)
        self._ceph("ceph-mon", "-i", "a", "--mkfs", "--monmap", monmap, "--keyring", keyring)
        self._daemon("ceph-mon", "-i", "a")
        self._daemon("ceph-mgr", "-i", "x")
        self._ceph("ceph", "osd", "new", osd)
        self._ceph("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self._daemon("ceph-osd", "-i", "0")
        self._ceph("ceph", "osd", "pool", "create", POOL)
        wait_for(lambda: "active+clean" in self._ceph("ceph", "pg", "stat"), timeout_s=60)
        wait_for(lambda: POOL in self._ceph("ceph", "df"), timeout_s=60)

    def stop(self) -> None:
        """End all daemons."""
        for daemon in reversed(self._daemons):
            daemon.kill()
            daemon.wait(20)

    def _daemon(self, *words: str) -> None:
        command = ["setpriv", "--pdeathsig", "KILL", words[0]]
        command += ["-c", str(self._home / "ceph.conf"), *words[1:], "-f"]
        quiet = subprocess.DEVNULL
        self._daemons.append(subprocess.Popen(command, stdout=quiet, stderr=quiet))

    def _ceph(self, program: str, *words: str) -> str:
        return self._run(program, "-c", str(self._home / "ceph.conf"), *words)

    def _run(self, *words: str) -> str:
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout
