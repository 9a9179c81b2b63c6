"""Volumes on several hosts: used over the network, and moved; each host has a pool of its own."""

import datetime as dt
import functools
import os
import signal
import subprocess
import time
import uuid

import pytest

from common import qcow2 as formats
from tests.functional.volume.test_encrypted import encrypted_type
from tests.support.waiting import wait_for
from volume.db.models import Service, Volume
from volume.drivers import showing

ACTOR = {"roles": ("service", "admin")}


@pytest.fixture
def other(cloud):
    return cloud.second()


def write(pool, volume_id, byte, offset="0"):
    path = (pool / "volumes" / volume_id).resolve()
    done = io(["-f", path.suffix[1:], str(path)], f"write -P {byte} {offset} 64k")
    assert done.returncode == 0, done


def holds(pool, one_id, byte, offset="0", room="volumes"):
    path = (pool / room / one_id).resolve()
    found = io(["-r", "-U", "-f", path.suffix[1:], str(path)], f"read -P {byte} {offset} 64k")
    assert found.returncode == 0, found
    return b"failed" not in found.stdout


def io(words, *commands):
    ordered = [word for command in commands for word in ("-c", command)]
    return subprocess.run(
        ["qemu-io", *words, *ordered], capture_output=True, check=False, timeout=40
    )


def reach(info, tls, *commands, tls_host=None, patience_s=5):
    """Use what another host serves, with a host's certificate."""
    where = f"server.type=inet,server.host={info['address']},server.port={info['port']}"
    secured = f"tls-creds=tls,tls-hostname={tls_host or info['tls_hostname']}"
    words = [f"--object=tls-creds-x509,id=tls,dir={tls},endpoint=client", "--image-opts"]
    name = f"driver=nbd,{where},export={info['name']},{secured},open-timeout={patience_s}"
    return io([*words, name], *commands)


def attach(cloud, volume_id, host):
    return cloud.attached(volume_id, str(uuid.uuid4()), host)


def end(cloud, attachment):
    answer = cloud.call("DELETE", f"/attachments/{attachment['id']}", **ACTOR)
    assert answer.status_code == 200, answer.text


def served(cloud):
    homes = (cloud.directory / "volume-exports").glob("*")
    return [home for home in homes if showing.daemon(home) is not None]


def works(info, tls, byte=7):
    done = reach(info, tls, f"write -P {byte} 0 64k", f"read -P {byte} 0 64k", "flush")
    return done.returncode == 0 and b"failed" not in done.stdout and not done.stderr


def refused(info, tls, **more):
    return reach(info, tls, "read 0 512", patience_s=0, **more).returncode != 0


def test_a_volume_is_used_on_another_host_by_its_certificate_until_it_is_detached(any_cloud):
    cloud = any_cloud
    other, third = cloud.second(), cloud.second("host-c")
    volume_id = cloud.volume()
    attachment = attach(cloud, volume_id, other.name)
    info = attachment["connection_info"]
    assert info["driver_volume_type"] == "nbd"
    assert info["tls_hostname"] == info["host"] == cloud.conf.host
    assert "device_path" not in info
    assert works(info, other.tls)
    assert refused(info, third.tls)
    assert refused(info, other.tls, tls_host="host-c")
    end(cloud, attachment)
    cloud.wait(volume_id, "available")
    wait_for(lambda: served(cloud), [])
    assert refused(info, other.tls)
    assert holds(cloud.pool, volume_id, 7)


def test_a_volume_for_its_own_host_is_a_file(cloud, other):
    info = attach(cloud, cloud.volume(), cloud.conf.host)["connection_info"]
    assert info["driver_volume_type"] == "file"
    assert served(cloud) == []


def test_a_host_without_a_certificate_serves_nothing_and_says_so(cloud, other):
    volume_id = cloud.volume()
    cloud.stop_worker()
    (cloud.directory / "host-tls" / "server-key.pem").unlink()
    cloud.start_worker()
    wanted = {
        "volume_uuid": volume_id,
        "instance_uuid": str(uuid.uuid4()),
        "connector": {"host": other.name},
    }

    def told():
        answer = cloud.call("POST", "/attachments", {"attachment": wanted}, **ACTOR)
        if answer.status_code == 200:  # the host has not reported yet
            end(cloud, answer.json["attachment"])
        return answer.status_code == 400 and "serves no volumes" in answer.text

    wait_for(told)
    cloud.wait(volume_id, "available")


def test_a_daemon_that_died_serves_again_and_so_does_one_whose_order_was_lost(cloud, other):
    volume_id = cloud.volume()
    info = attach(cloud, volume_id, other.name)["connection_info"]
    wait_for(lambda: len(served(cloud)), 1)
    os.kill(showing.daemon(served(cloud)[0]) or 0, signal.SIGKILL)
    wait_for(lambda: works(info, other.tls))
    cloud.stop_worker()
    showing.end(served(cloud)[0])
    cloud.start_worker()
    wait_for(lambda: works(info, other.tls))


def test_a_worker_that_starts_again_leaves_what_it_served_alone(cloud, other):
    info = attach(cloud, cloud.volume(), other.name)["connection_info"]
    wait_for(lambda: len(served(cloud)), 1)
    before = showing.daemon(served(cloud)[0])
    cloud.stop_worker()
    assert works(info, other.tls)
    cloud.start_worker()
    assert showing.daemon(served(cloud)[0]) == before


def test_a_volume_that_is_served_is_snapshotted_by_its_own_host(cloud, other):
    volume_id = cloud.volume()
    info = attach(cloud, volume_id, other.name)["connection_info"]
    wait_for(lambda: works(info, other.tls, 3))
    body = {"snapshot": {"volume_id": volume_id, "force": True}}
    snapshot_id = cloud.call("POST", "/snapshots", body).json["snapshot"]["id"]
    cloud.wait(snapshot_id, "available", "snapshot")
    assert cloud.compute.asked == []
    wait_for(lambda: works(info, other.tls, 4))
    assert holds(cloud.pool, snapshot_id, 3, room="snapshots")
    assert holds(cloud.pool, volume_id, 4)


def test_a_raw_volume_that_is_served_is_not_snapshotted_meanwhile(cloud, other):
    wanted = {"name": "plain", "extra_specs": {"format": "raw"}}
    cloud.call("POST", "/types", {"volume_type": wanted}, admin=True)
    volume_id = cloud.volume(volume_type="plain")
    away = other if volume_id not in pool(other) else cloud
    attach(cloud, volume_id, away.conf.host)
    body = {"snapshot": {"volume_id": volume_id, "force": True}}
    snapshot_id = cloud.call("POST", "/snapshots", body).json["snapshot"]["id"]
    cloud.wait(snapshot_id, "error", "snapshot")
    cloud.wait(volume_id, "in-use")
    assert "detached, it has" in cloud.get("/messages")["messages"][0]["user_message"]


def test_a_volume_that_is_served_grows_before_its_guest_hears_of_it(cloud, other):
    volume_id = cloud.volume()
    info = attach(cloud, volume_id, other.name)["connection_info"]
    answer = cloud.act(volume_id, "os-extend", {"new_size": 2})
    assert answer.status_code == 202, answer.text
    wait_for(lambda: [path for path, _ in cloud.compute.asked], ["/os-server-external-events"])
    done = reach(info, other.tls, "write -P 9 1500M 64k")
    assert done.returncode == 0 and not done.stderr, done
    told = cloud.act(volume_id, "os-extend_volume_completion", {"error": False}, **ACTOR)
    assert told.status_code == 202, told.text
    cloud.wait(volume_id, "in-use")
    assert cloud.get(f"/volumes/{volume_id}")["volume"]["size"] == 2


def test_an_encrypted_volume_is_plain_to_the_host_that_uses_it_and_moves_under_another_key(
    cloud, other
):
    volume_id = cloud.volume(volume_type=encrypted_type(cloud))
    (source,) = [host for host in (cloud, other) if volume_id in pool(host)]
    target = other if source is cloud else cloud
    attachment = attach(cloud, volume_id, target.conf.host)
    info = attachment["connection_info"]
    assert info["encrypted"] is False and "key_path" not in info
    tls = target.directory / "host-tls"
    wait_for(lambda: works(info, tls))
    end(cloud, attachment)
    (before,) = keys(source)
    assert migrate(cloud, volume_id, f"{target.conf.host}@file#file").status_code == 202
    wait_for(lambda: place(cloud, volume_id)[1:], ("success", "available"))
    assert keys(source) == set()
    (after,) = keys(target)
    assert cloud.get(f"/volumes/{volume_id}")["volume"]["encryption_key_id"] == after != before
    layer = (target.pool / "volumes" / volume_id).resolve()
    assert formats.is_encrypted(layer)
    info = attach(cloud, volume_id, source.conf.host)["connection_info"]
    back = source.directory / "host-tls"
    wait_for(lambda: reach(info, back, "read -P 7 0 64k").returncode == 0)
    assert b"failed" not in reach(info, back, "read -P 7 0 64k").stdout


def test_a_volume_for_several_servers_is_used_on_several_hosts_at_once(cloud, other):
    third = cloud.second("host-c")
    wanted = {"name": "several", "extra_specs": {"multiattach": "<is> True"}}
    cloud.call("POST", "/types", {"volume_type": wanted}, admin=True)
    volume_id = cloud.volume(volume_type="several")
    hosts = [host for host in (cloud, other, third) if volume_id not in pool(host)]
    used = [attach(cloud, volume_id, host.conf.host) for host in hosts]
    for byte, (host, one) in enumerate(zip(hosts, used, strict=True), start=1):
        write_from = functools.partial(works, one["connection_info"], host.directory / "host-tls")
        wait_for(functools.partial(write_from, byte))
    end(cloud, used[0])
    first = used[0]["connection_info"]
    wait_for(lambda: refused(first, hosts[0].directory / "host-tls"))
    assert works(used[1]["connection_info"], hosts[1].directory / "host-tls", 9)


def pool(host):
    return {one.name for one in (host.pool / "volumes").iterdir()}


def keys(host):
    return {one.name for one in (host.directory / "volume-keys").iterdir()}


def migrate(cloud, volume_id, host, **more):
    return cloud.act(volume_id, "os-migrate_volume", {"host": host, **more}, admin=True)


def place(cloud, volume_id):
    shown = cloud.get(f"/volumes/{volume_id}", admin=True)["volume"]
    return shown["os-vol-host-attr:host"], shown["migration_status"], shown["status"]


@pytest.mark.parametrize("kind", ["qcow2", "raw"])
def test_a_volume_moves_to_another_host_with_its_content(any_cloud, kind):
    cloud = any_cloud
    other = cloud.second()
    here = f"{cloud.conf.host}@file#file"
    switch = {"host": other.name + "@file", "binary": "cinder-volume"}
    assert cloud.call("PUT", "/os-services/disable", switch, admin=True).status_code == 200
    wanted = {"name": kind, "extra_specs": {"format": kind}}
    cloud.call("POST", "/types", {"volume_type": wanted}, admin=True)
    volume_id = cloud.volume(volume_type=kind)
    write(cloud.pool, volume_id, 5)
    assert place(cloud, volume_id) == (here, None, "available")
    answer = migrate(cloud, volume_id, f"{other.name}@file#file", lock_volume=True)
    assert answer.status_code == 202, answer.text
    there = f"{other.name}@file#file"
    wait_for(lambda: place(cloud, volume_id), (there, "success", "available"))
    assert holds(other.pool, volume_id, 5)
    assert cloud.layers() == set()
    assert served(cloud) == []
    assert migrate(cloud, volume_id, here).status_code == 202
    wait_for(lambda: place(cloud, volume_id), (here, "success", "available"))
    assert holds(cloud.pool, volume_id, 5)
    assert list((other.pool / "layers").iterdir()) == []


def test_a_volume_that_cannot_move_is_refused_with_a_reason(cloud, other):
    cloud.call(
        "PUT",
        "/os-services/disable",
        {"host": other.name + "@file", "binary": "cinder-volume"},
        admin=True,
    )
    volume_id = cloud.volume()
    there = f"{other.name}@file#file"
    reasons = {
        migrate(cloud, volume_id, "nowhere@file#file"): "there is no nowhere",
        migrate(cloud, volume_id, f"{cloud.conf.host}@file#file"): "already",
        cloud.act(volume_id, "os-migrate_volume", {"cluster": "one"}, admin=True): "no cluster",
    }
    cloud.snapshot(volume_id)
    reasons[migrate(cloud, volume_id, there)] = "snapshots"
    used = cloud.volume()
    attach(cloud, used, cloud.conf.host)
    reasons[migrate(cloud, used, there)] = "detached it can"
    for answer, reason in reasons.items():
        assert answer.status_code == 400, answer.text
        assert reason in answer.text
    assert cloud.act(volume_id, "os-migrate_volume", {"host": there}).status_code == 403


def test_a_move_that_fails_leaves_the_volume_where_it_was(cloud, other, monkeypatch):
    volume_id = cloud.volume()
    away = cloud.get(f"/volumes/{volume_id}", admin=True)["volume"]["os-vol-host-attr:host"]
    source, target = (other, cloud) if away.startswith(other.name) else (cloud, other)
    write(source.pool, volume_id, 6)
    (target.pool / "parts").rmdir()
    (target.pool / "parts").write_text("in the way")
    name = f"{target.conf.host}@file#file"
    assert migrate(cloud, volume_id, name).status_code == 202
    wait_for(lambda: place(cloud, volume_id), (away, "error", "available"))
    assert holds(source.pool, volume_id, 6)
    assert not (target.pool / "volumes" / volume_id).is_symlink()
    messages = cloud.get("/messages")["messages"]
    assert volume_id in {one["resource_uuid"] for one in messages}


def test_a_move_goes_on_after_its_target_was_away(cloud, other):
    volume_id = cloud.volume()
    away = cloud.get(f"/volumes/{volume_id}", admin=True)["volume"]["os-vol-host-attr:host"]
    source, target = (other, cloud) if away.startswith(other.name) else (cloud, other)
    write(source.pool, volume_id, 8)
    stop, start = (
        (cloud.stop_worker, cloud.start_worker) if target is cloud else (other.stop, other.start)
    )
    stop()
    name = f"{target.conf.host}@file#file"
    assert migrate(cloud, volume_id, name).status_code == 202
    assert place(cloud, volume_id) == (away, "migrating", "maintenance")
    start()
    wait_for(lambda: place(cloud, volume_id), (name, "success", "available"))
    assert holds(target.pool, volume_id, 8)


def test_a_move_to_a_host_that_is_down_is_given_up(cloud, other):
    cloud.conf.set_override("host_down_s", 1, "volume")
    volume_id = cloud.volume()
    away = place(cloud, volume_id)[0]
    source, target = (other, cloud) if away.startswith(other.name) else (cloud, other)
    name = f"{target.conf.host}@file#file"
    stop = cloud.stop_worker if target is cloud else other.stop
    stop()
    assert migrate(cloud, volume_id, name).status_code == 202
    with cloud.database.transaction() as session:
        at = session.get_one(Service, ("cinder-volume", target.conf.host))
        at.seen_at -= dt.timedelta(minutes=5)
        session.get_one(Volume, volume_id).deadline = at.seen_at
    wait_for(lambda: place(cloud, volume_id), (away, "error", "available"))
    assert "does not answer" in cloud.get("/messages")["messages"][0]["user_message"]
    wait_for(lambda: served(source), [])


def test_a_volume_that_has_arrived_does_not_wait_long_for_the_host_it_left(cloud, other):
    volume_id = cloud.volume()
    away = place(cloud, volume_id)[0]
    source = other if away.startswith(other.name) else cloud
    with cloud.database.transaction() as session:
        volume = session.get_one(Volume, volume_id)
        order = {"source": "nowhere", "target": source.conf.host, "step": "remove", "tries": 30}
        volume.verb, volume.status, volume.generation = "migrate", "maintenance", 9
        volume.previous, volume.migration_status, volume.attempts = "available", "migrating", 37
        volume.order, volume.deadline = order, volume.created_at
    wait_for(lambda: place(cloud, volume_id), (away, "success", "available"))


def test_retyping_moves_a_volume_where_its_new_type_asks_for_another_pool(cloud):
    other = cloud.second()
    other.stop()
    other.conf.set_override("backend", "fast", "volume")
    other.start()
    for name, backend in (("slow", "file"), ("fast", "fast")):
        wanted = {"name": name, "extra_specs": {"volume_backend_name": backend}}
        cloud.call("POST", "/types", {"volume_type": wanted}, admin=True)
    volume_id = cloud.volume(volume_type="slow")
    write(cloud.pool, volume_id, 2)

    def retype(policy):
        wanted = {"new_type": "fast", "migration_policy": policy}
        return cloud.act(volume_id, "os-retype", wanted)

    wait_for(lambda: retype("never").status_code, 400)
    wait_for(lambda: retype("on-demand").status_code, 202)
    wait_for(lambda: place(cloud, volume_id)[1:], ("success", "available"))
    assert place(cloud, volume_id)[0].startswith(other.name)
    assert cloud.get(f"/volumes/{volume_id}")["volume"]["volume_type"] == "fast"
    assert holds(other.pool, volume_id, 2)


def test_many_small_reads_of_another_hosts_volume_take_no_time(cloud, other):
    info = attach(cloud, cloud.volume(), other.name)["connection_info"]
    wait_for(lambda: works(info, other.tls))
    started = time.monotonic()
    done = reach(info, other.tls, *(f"read {4 * (number % 16)}k 4k" for number in range(200)))
    assert done.returncode == 0
    assert time.monotonic() - started < 2  # 40 ms each, where answers come in two halves
