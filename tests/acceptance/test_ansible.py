"""A three-tier environment by Ansible's collection for OpenStack: made, unchanged, taken away."""

import os
import re
import subprocess

import pytest

from devstack import clouds
from devstack.control import ROOT

PLAYBOOKS = ROOT / "tests/playbooks"
LIMIT_S = 600
pytestmark = pytest.mark.timeout(1500)
INSTALL = "set -e; . devstack/bootstrap.sh; shared_venv .venv-ansible requirements-ansible.lock"


@pytest.fixture(scope="module")
def ansible():
    """The directory of Ansible's programs, in an environment of its own."""
    subprocess.run(["bash", "-c", INSTALL], cwd=ROOT, check=True, timeout=LIMIT_S)
    return (ROOT / ".venv-ansible").resolve() / "bin"


@pytest.fixture
def play(cloud, ansible, tmp_path):
    """Runs a playbook as the demo member; returns what its recap counts."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    public = key.with_suffix(".pub").read_text().strip()

    def run(name):
        done = subprocess.run(
            [ansible / "ansible-playbook", PLAYBOOKS / name, "-e", f"public_key='{public}'"],
            env={
                **os.environ,
                "PATH": f"{ansible}:{os.environ['PATH']}",
                "OS_CLIENT_CONFIG_FILE": str(cloud.clouds_file),
                "OS_CLOUD": "cumulet",
                "ANSIBLE_HOME": str(tmp_path),
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_PYTHON_INTERPRETER": str(ansible / "python"),
            },
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
        recap = done.stdout.rpartition("PLAY RECAP")[2]
        return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", recap)}

    return run


def test_a_second_run_changes_nothing_and_a_third_leaves_nothing(cloud, play):
    api = clouds.connect(cloud, "cumulet")
    try:
        first = play("three_tiers.yml")
        assert first["changed"] > 8
        statuses = {server.name: server.status for server in api.compute.servers(name="tiers-")}
        assert statuses == dict.fromkeys(("tiers-web", "tiers-app", "tiers-db"), "ACTIVE")
        assert play("three_tiers.yml")["changed"] == 0
    finally:
        gone = play("three_tiers_away.yml")
    assert gone["changed"] > 5
    assert play("three_tiers_away.yml")["changed"] == 0
    assert not [network for network in api.network.networks() if "tiers" in network.name]
    api.close()
