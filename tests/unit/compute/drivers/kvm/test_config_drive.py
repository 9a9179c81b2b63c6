import shutil
import subprocess

import pytest

from compute.drivers.base import GuestFault
from compute.drivers.kvm import config_drive

pytestmark = pytest.mark.skipif(shutil.which("genisoimage") is None, reason="needs genisoimage")

SEED = {
    "openstack/latest/meta_data.json": b'{"uuid": "1"}',
    "openstack/latest/user_data": bytes(range(256)),
    "ec2/latest/meta-data.json": b"{}",
}


def read(drive, name):
    told = subprocess.run(["isoinfo", "-R", "-i", drive, "-x", f"/{name}"], capture_output=True)
    return told.stdout


def test_every_file_of_the_seed_is_on_the_drive_under_its_own_name(tmp_path):
    config_drive.write(SEED, tmp_path / "config.iso")
    assert {name: read(tmp_path / "config.iso", name) for name in SEED} == SEED


def test_the_drive_carries_the_label_that_guests_look_for(tmp_path):
    config_drive.write(SEED, tmp_path / "config.iso")
    assert (tmp_path / "config.iso").read_bytes()[32808:32840].strip() == b"config-2"


def test_nothing_but_the_drive_is_left_and_only_root_reads_it(tmp_path):
    config_drive.write(SEED, tmp_path / "config.iso")
    assert [entry.name for entry in tmp_path.iterdir()] == ["config.iso"]
    assert (tmp_path / "config.iso").stat().st_mode & 0o077 == 0


def test_a_file_name_that_leads_out_of_the_drive_is_refused(tmp_path):
    with pytest.raises(GuestFault):
        config_drive.write({"../../x": b""}, tmp_path / "config.iso")
    assert list(tmp_path.iterdir()) == []
