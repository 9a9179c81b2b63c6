"""Limits of the host's kernel."""

import pathlib

from compute.drivers.container import host


def test_limits_are_raised_and_never_lowered(tmp_path: pathlib.Path):
    instances = tmp_path / "fs/inotify/max_user_instances"
    watches = tmp_path / "fs/inotify/max_user_watches"
    instances.parent.mkdir(parents=True)
    instances.write_text("128\n")
    watches.write_text("99999999\n")
    host.raise_limits(tmp_path)
    assert instances.read_text() == "1048576\n"
    assert watches.read_text() == "99999999\n"
