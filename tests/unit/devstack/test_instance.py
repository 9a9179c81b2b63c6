"""The facts of a cloud."""

import json
import pathlib

import pytest

from devstack import instance, settings
from devstack.instance import Instance

ELSEWHERE = pathlib.Path("/tmp/elsewhere")


def test_the_default_state_directory_has_the_plain_tag():
    assert Instance(pathlib.Path("/var/lib/cumulet")).tag == "cumulet"


def test_any_other_state_directory_has_a_tag_of_its_own():
    tags = {instance.tag_of(pathlib.Path(f"/tmp/{n}")) for n in range(50)}
    assert len(tags) == 50 and all(len(tag) == 8 for tag in tags)


def test_ports_of_two_clouds_a_hundred_apart_never_meet():
    ports = set(instance.PORTS.values())
    for offset in range(100, 20_000, 100):
        assert not ports & {port + offset for port in ports}


def test_the_gateway_is_the_first_address_of_the_public_network():
    assert Instance(ELSEWHERE, 0, "198.19.7.0/24").gateway == "198.19.7.1/24"


def test_what_was_picked_stays(tmp_path):
    first = instance.pick(tmp_path, "auto")
    first.save()
    assert instance.pick(tmp_path, None) == first
    assert instance.pick(tmp_path, "auto") == first


def test_another_offset_may_be_asked_for_later(tmp_path):
    instance.pick(tmp_path, "auto").save()
    assert instance.pick(tmp_path, "21000").port("identity") == 26000


def test_nothing_is_known_of_a_directory_without_a_cloud(tmp_path):
    assert instance.known(tmp_path) is None


def test_secrets_are_for_root_alone_and_stay_when_written_again(tmp_path):
    cloud = Instance(tmp_path, 10_000)
    settings.write(cloud)
    secret = tmp_path / "secrets/service-compute"
    kept = secret.read_text()
    settings.write(cloud)
    assert secret.read_text() == kept and len(kept) > 20
    assert secret.stat().st_mode & 0o777 == 0o600
    assert secret.parent.stat().st_mode & 0o777 == 0o700


def test_what_the_services_keep_is_for_root_alone_also_where_it_was_not(tmp_path):
    (tmp_path / "db").mkdir(mode=0o755)
    settings.write(Instance(tmp_path, 10_000))
    for name in ("db", "keys", "images", "log"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o700


def test_the_configuration_holds_ports_and_no_secret(tmp_path):
    cloud = Instance(tmp_path, 10_000)
    settings.write(cloud)
    text = cloud.config_file.read_text()
    assert "auth_url = http://127.0.0.1:15000/v3" in text
    for secret in (tmp_path / "secrets").iterdir():
        assert secret.read_text().strip() not in text
    assert json.loads((tmp_path / "instance.json").read_text())["port_offset"] == 10_000


@pytest.mark.parametrize("name", sorted(instance.PORTS))
def test_every_port_is_moved_by_the_offset(name):
    assert Instance(ELSEWHERE, 300).port(name) == instance.PORTS[name] + 300
