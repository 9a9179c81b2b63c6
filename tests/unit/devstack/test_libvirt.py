import subprocess

import pytest

from devstack import libvirt

pytestmark = pytest.mark.skipif(not libvirt.MODULES.is_dir(), reason="needs libvirt's daemon")


@pytest.fixture
def base(tmp_path, monkeypatch):
    monkeypatch.setattr(libvirt, "MOUNTS", {"run": f"{tmp_path}/host-run", "etc": f"{tmp_path}/e"})
    libvirt.prepare(tmp_path / "state", "cutest")
    return tmp_path / "state" / "libvirt"


def test_a_cloud_keeps_its_host_uuid_and_its_capabilities_over_a_second_prepare(base):
    identity = (base / "host_uuid").read_text()
    module = (base / "modules/libvirt_driver_qemu.so").stat().st_ino
    libvirt.prepare(base.parent, "cutest")
    assert (base / "host_uuid").read_text() == identity
    assert identity.strip() in (base / "etc/libvirtd.conf").read_text()
    assert (base / "modules/libvirt_driver_qemu.so").stat().st_ino == module


def test_two_clouds_are_different_hosts(base, tmp_path):
    libvirt.prepare(tmp_path / "other", "cuother")
    assert (tmp_path / "other/libvirt/host_uuid").read_text() != (base / "host_uuid").read_text()


def test_nobody_reaches_libvirtd_over_the_network(base):
    told = (base / "etc/libvirtd.conf").read_text()
    assert "listen_tcp = 0" in told
    assert "listen_tls = 0" in told
    assert (base / "run").stat().st_mode & 0o077 == 0


def test_libvirtd_runs_in_the_clouds_network_and_in_mounts_of_its_own(base):
    [(name, argv)] = libvirt.commands(base.parent, "cutest")
    assert name == "libvirtd"
    assert argv[:2] == ["nsenter", "--net=/run/netns/cutest"]
    assert "--mount" in argv
    assert "--daemon" not in argv


def test_the_script_that_enters_is_sound(base):
    assert subprocess.run(["sh", "-n", base / "enter"], check=False).returncode == 0
    assert f"mount --bind {base}/run" in (base / "enter").read_text()


def test_a_cloud_that_has_not_started_is_not_ready_and_has_no_guests(base):
    assert not libvirt.ready(base.parent)
    assert libvirt.destroy_all(base.parent, "cutest") == 0
