"""One cloud for the whole run, and tenants in it."""

import os
import subprocess

import pytest

from devstack.instance import Instance
from tests.support.cloud import ROOT, whole_cloud
from tests.support.tenants import Tenant


def pytest_configure(config):
    """Leave out what the SDK announces about its own next versions."""
    for version in ("SDK50", "SDK60"):
        config.addinivalue_line(
            "filterwarnings", f"ignore::openstack.warnings.RemovedIn{version}Warning"
        )


@pytest.fixture(scope="session")
def cloud():
    """A cloud with its flavors, public network and images."""
    with whole_cloud() as found:
        yield found


@pytest.fixture(scope="module")
def tenant(cloud, tmp_path_factory):
    """A project of this module's own; its servers are removed at the end."""
    found = Tenant(cloud, tmp_path_factory.mktemp("keys"))
    yield found
    found.remove_servers()


@pytest.fixture(scope="module")
def stranger(cloud, tmp_path_factory):
    """Another project."""
    found = Tenant(cloud, tmp_path_factory.mktemp("keys"))
    yield found
    found.remove_servers()


@pytest.fixture(scope="session")
def openstack(cloud: Instance):
    """The unmodified command line client, as the demo member."""

    def run(line: str, *, cloud_name: str = "cumulet", check: bool = True) -> str:
        done = subprocess.run(
            [str(ROOT / ".venv/bin/openstack"), *line.split()],
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
            env={
                **os.environ,
                "OS_CLOUD": cloud_name,
                "OS_CLIENT_CONFIG_FILE": str(cloud.clouds_file),
            },
        )
        if check:
            assert done.returncode == 0, done.stderr
        return done.stdout.strip() if check else done.stdout + done.stderr

    return run
