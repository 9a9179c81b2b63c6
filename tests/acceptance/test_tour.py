"""The tour of the README, word for word, and more with the unmodified command line client."""

import io
import json
import os
import re
import subprocess
import tarfile

import pytest

from tests.support.cloud import ROOT
from tests.support.waiting import wait_for

SECTION = "## Five minutes with the client"
PLACE = "PATH=$PWD/.venv/bin:$PATH OS_CLOUD=cumulet"
LIMIT_S = 600


def tour():
    """The commands of the README's tour, in order."""
    section = (ROOT / "README.md").read_text().partition(SECTION)[2].partition("\n## ")[0]
    blocks = re.findall(r"^```\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return "".join(blocks)


def away():
    """Those of its commands that remove what it made."""
    return "\n".join(re.findall(r"^openstack .* (?:delete|remove) .*$", tour(), re.MULTILINE))


@pytest.fixture
def checkout(tmp_path):
    """A directory that looks like the checkout, for what the tour writes; with an image's files."""
    for name in (".venv", "devstack"):
        (tmp_path / name).symlink_to(ROOT / name)
    with tarfile.open(tmp_path / "rootfs.tar.gz", "w:gz") as archive:
        greeting = tarfile.TarInfo("etc/motd")
        greeting.size = 6
        archive.addfile(greeting, io.BytesIO(b"Hello\n"))
    return tmp_path


@pytest.fixture
def shell(cloud, checkout):
    """Runs commands as somebody who has just read the README would."""

    def run(commands):
        return subprocess.run(
            ["bash", "-exc", commands],
            stdin=subprocess.DEVNULL,
            cwd=checkout,
            env={**os.environ, "OS_CLIENT_CONFIG_FILE": str(cloud.clouds_file)},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )

    return run


def test_every_command_of_the_tour_works_as_written_and_leaves_nothing(shell, openstack):
    done = shell(tour())
    if done.returncode:
        shell(f"set +e; export {PLACE}; {away()}")
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    assert re.search(r"^box$", done.stdout, re.MULTILINE), "the server did not tell its name"
    for noun in ("server", "network", "router", "stack", "image", "keypair"):
        left = openstack(f"{noun} list -f value").split()
        assert not {"box", "vm", "tour", "mystack", "mine"} & {*left}


@pytest.fixture(scope="module")
def network(openstack):
    """A network for single servers, removed afterwards."""
    openstack("network create single")
    openstack("subnet create --network single --subnet-range 10.40.0.0/24 single")
    yield "single"
    openstack("network delete single", check=False)


def test_the_catalog_names_every_service(openstack):
    found = json.loads(openstack("catalog list -f json"))
    kinds = {service["Type"] for service in found}
    assert {"identity", "image", "network", "compute", "placement", "orchestration"} <= kinds


def test_images_of_both_kinds_are_there(openstack):
    names = openstack("image list -f value -c Name").split()
    assert {"tiny-kvm", "tiny-container", "debian-container"} <= set(names)


@pytest.mark.parametrize("image", ["tiny-container", "tiny-kvm"])
def test_a_server_is_made_shown_stopped_started_and_deleted(openstack, network, image):
    name = f"single-{image}"
    openstack(f"server create --image {image} --flavor tiny --network {network} --wait {name}")
    shown = f"server show {name} -f value -c status"
    assert openstack(shown) == "ACTIVE"
    for verb, status in (("stop", "SHUTOFF"), ("start", "ACTIVE")):
        openstack(f"server {verb} {name}")
        wait_for(lambda: openstack(shown), status, timeout_s=90)
    wait_for(lambda: openstack(f"console log show {name}"), timeout_s=60)
    openstack(f"server delete --wait {name}")
    assert name not in openstack("server list -f value -c Name")


def test_a_member_may_not_do_what_an_administrator_may(openstack):
    refusal = openstack("user create nobody", check=False)
    assert "403" in refusal


def test_wrong_passwords_are_refused(openstack):
    refusal = openstack("--os-password wrong token issue", check=False)
    assert "401" in refusal
