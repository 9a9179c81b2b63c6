"""Refusals before anything is changed."""

import socket

from devstack import instance, preflight


def test_a_taken_port_is_named(tmp_path):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        offset = holder.getsockname()[1] - instance.PORTS["compute"]
        problems = list(preflight.ports(tmp_path, str(offset)))
        assert f"port {holder.getsockname()[1]} is taken; --port-offset chooses others" in problems


def test_a_full_disk_is_refused_with_figures(tmp_path, monkeypatch):
    monkeypatch.setattr(preflight, "FREE_DISK_GIB", 10**6)
    assert "GiB free, and 1000000 GiB are needed" in preflight.first_problem(tmp_path, "auto")


def test_a_missing_file_system_is_named(monkeypatch):
    monkeypatch.setattr(preflight, "FILE_SYSTEMS", ("nosuchfs",))
    assert "the kernel has no nosuchfs file system" in list(preflight.kernel())


def test_an_old_kernel_is_told_which_one_is_needed(monkeypatch):
    monkeypatch.setattr("platform.release", lambda: "5.10.0-amd64")
    assert any("need Linux 5.19" in problem for problem in preflight.kernel())


def test_a_probe_that_fails_does_not_change_this_process():
    assert not preflight.in_child(lambda: 1 / 0)
    assert preflight.in_child(lambda: None)
