"""The table of a cloud's processes."""

import pytest

from devstack import processes, settings
from devstack.instance import API_PATHS, Instance
from devstack.ovs_packages import Programs


@pytest.fixture
def table(tmp_path):
    cloud = Instance(tmp_path, 10_000)
    settings.write(cloud)
    return processes.daemons(cloud, Programs("system")) + processes.services(cloud)


def test_every_process_waits_for_processes_of_the_table_alone(table):
    names = {process.name for process in table}
    assert len(names) == len(table)
    for process in table:
        assert set(process.after) <= names


def test_no_two_processes_wait_for_each_other(table):
    started: set[str] = set()
    left = list(table)
    while left:
        ready = [process for process in left if set(process.after) <= started]
        assert ready, [process.name for process in left]
        started |= {process.name for process in ready}
        left = [process for process in left if process not in ready]


def test_the_slowest_to_start_comes_first(table):
    assert [process.name for process in table[:2]] == ["epmd", "rabbitmq"]


def test_every_target_is_a_function_that_can_be_imported(table):
    for process in table:
        assert callable(processes.resolve(process.target)) if process.target else process.argv


def test_no_secret_is_on_a_command_line(table, tmp_path):
    words = " ".join(word for process in table for word in (*process.argv, *process.arguments))
    for secret in (tmp_path / "secrets").iterdir():
        assert secret.read_text().strip() not in words


def test_the_catalog_gets_an_endpoint_of_every_api(tmp_path):
    found = processes.endpoints(Instance(tmp_path, 10_000))
    assert f"--endpoint=compute=http://127.0.0.1:18774{API_PATHS['compute']}" in found
    assert len(found) == len(API_PATHS)
