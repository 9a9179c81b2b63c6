"""docs/cli-tour.md, word for word, part by part, with the unmodified command line client."""

import os
import re
import subprocess

import pytest

from devstack.control import ROOT
from tests.support.openstack_client import quick_client

DOCUMENT = (ROOT / "docs/cli-tour.md").read_text()
LIMIT_S = 560
pytestmark = pytest.mark.timeout(600)
TROUBLE = re.compile(r"\bwarning\b|deprecated|retrying|RESP: \[[45]\d\d", re.IGNORECASE)
PLAIN = (
    "token issue",
    "image list",
    "network list",
    "port list",
    "security group list",
    "flavor list",
    "server list --long",
    "keypair list",
    "stack list",
    "limits show --absolute",
)


def parts():
    """The commands of each part of the document, by its title."""
    found = {}
    for section in DOCUMENT.split("\n## ")[1:]:
        blocks = re.findall(r"^```\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
        found[section.partition("\n")[0]] = "".join(blocks)
    return found


def beginning():
    """What somebody types before any part, less the path, which the test has its own idea of."""
    block = re.findall(r"^```\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)[0]
    return block.replace("PATH=$PWD/.venv/bin:$PATH ", "")


def away(commands):
    """Those of the commands that remove what the others made."""
    joined = commands.replace("\\\n", " ")
    return "\n".join(re.findall(r"^.*\b(?:delete|remove)\b.*$", joined, re.MULTILINE))


@pytest.fixture(scope="module")
def client(cloud, tmp_path_factory):
    """The directory that has a quick `openstack` in it."""
    words = {"OS_CLIENT_CONFIG_FILE": str(cloud.clouds_file), "OS_CLOUD": "cumulet"}
    with quick_client(tmp_path_factory.mktemp("client"), words) as binaries:
        yield binaries


@pytest.fixture
def shell(cloud, client, tmp_path):
    """Runs commands as somebody who follows the document would."""

    def run(commands):
        path = f"{client}:{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-xc", beginning() + commands],
            stdin=subprocess.DEVNULL,
            cwd=tmp_path,
            env={**os.environ, "OS_CLIENT_CONFIG_FILE": str(cloud.clouds_file), "PATH": path},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )

    return run


@pytest.mark.parametrize("title", parts())
def test_every_command_of_the_document_works_as_written(shell, title):
    commands = parts()[title]
    done = shell(commands)
    if done.returncode:
        shell("set +e\n" + away(commands))
    assert done.returncode == 0, f"{done.stdout[-1000:]}\n{done.stderr[-3000:]}"


def test_the_client_tries_nothing_twice_and_is_warned_of_nothing(shell):
    for line in PLAIN:
        done = shell(f"openstack --debug {line}")
        assert done.returncode == 0, done.stderr[-3000:]
        trouble = [text for text in done.stderr.splitlines() if TROUBLE.search(text)]
        assert not trouble, f"{line}: {trouble[:5]}"
