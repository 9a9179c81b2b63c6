"""The demonstration: an ordinary member makes a stack of two servers and logs in to both."""

import functools
import pathlib
import subprocess
import time
from collections.abc import Callable
from typing import Any

from devstack import clouds
from devstack.instance import Instance
from devstack.progress import Failed, Progress

TEMPLATE = pathlib.Path(__file__).resolve().parent / "demo.yaml"
STACK = "demo"
USER = "cloud"
STACK_TIMEOUT_S = 300
SSH_TIMEOUT_S = 120


def run(cloud: Instance, progress: Progress) -> None:
    """Make the stack unless it is there, and return once both servers answer ssh.

    Raises Failed saying what did not happen.
    """
    key = key_file(cloud)
    member = clouds.connect(cloud, "cumulet")
    with progress.step("the stack of a virtual machine and a container is complete"):
        stack = _stack(member, key.with_suffix(".pub").read_text().strip(), progress)
    outputs = {output["output_key"]: output["output_value"] for output in stack.outputs}
    for kind in ("container", "kvm"):
        address = outputs[f"{kind}_address"]
        with progress.step(f"the {kind} server answers ssh on {address}"):
            await_ssh(key, address, functools.partial(wake, member, f"{STACK}-{kind}"))
    _explain(cloud, key, outputs)


def key_file(cloud: Instance) -> pathlib.Path:
    """Return the private key of the demonstration, generated once."""
    path = cloud.state_dir / "secrets" / "demo_key"
    if not path.exists():
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "demo", "-f", str(path)]
        subprocess.run(make, check=True, capture_output=True)
    return path


def _stack(member: Any, public_key: str, progress: Progress) -> Any:
    """Return the finished stack, with its outputs."""
    stack = member.orchestration.find_stack(STACK)
    if stack is not None and stack.status.endswith("_FAILED"):
        member.orchestration.delete_stack(stack)
        member.orchestration.wait_for_delete(stack, wait=STACK_TIMEOUT_S)
        stack = None
    if stack is None:
        stack = member.orchestration.create_stack(
            name=STACK, template=TEMPLATE.read_text(), parameters={"public_key": public_key}
        )
    deadline = time.monotonic() + STACK_TIMEOUT_S
    while True:
        stack = member.orchestration.get_stack(stack.id)
        if stack.status.endswith("_COMPLETE"):
            return stack
        if stack.status.endswith("_FAILED") or time.monotonic() > deadline:
            raise Failed(f"stack {STACK} is {stack.status}: {stack.status_reason}")
        progress.doing(f"waiting for the stack: {stack.status}")
        time.sleep(0.1)


def ssh_command(key: pathlib.Path, address: str, *words: str, user: str = USER) -> list[str]:
    """Return the command line that runs something in a server."""
    options = {
        "BatchMode": "yes",
        "ConnectTimeout": "2",
        "LogLevel": "ERROR",
        "StrictHostKeyChecking": "no",
        "UserKnownHostsFile": "/dev/null",
        "IdentitiesOnly": "yes",
    }
    flags = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    return ["ssh", *flags, "-i", str(key), f"{user}@{address}", *words]


def wake(member: Any, name: str) -> None:
    """Start a server that is off, as all are after devstack/down or a reboot."""
    server = member.compute.find_server(name, ignore_missing=False)
    if server.status == "SHUTOFF" and server.task_state is None:
        member.compute.start_server(server)


def await_ssh(key: pathlib.Path, address: str, wake: Callable[[], None]) -> None:
    """Return once the server runs a command for us.  Raises Failed with ssh's last words.

    wake: called after each failure.  The server may still be shown as running when it is off,
    until its host reports.
    """
    deadline = time.monotonic() + SSH_TIMEOUT_S
    while True:
        done = subprocess.run(
            ssh_command(key, address, "true"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SSH_TIMEOUT_S,
            check=False,
        )
        if done.returncode == 0:
            return
        if time.monotonic() > deadline:
            raise Failed(f"{address} does not answer ssh: {done.stderr.strip()[-200:]}")
        wake()
        time.sleep(0.1)


def _explain(cloud: Instance, key: pathlib.Path, outputs: dict[str, str]) -> None:
    """Say how to log in and how to use the cloud."""
    print("\nLog in:")
    for kind in ("kvm", "container"):
        print(f"    ssh -i {key} {USER}@{outputs[f'{kind}_address']}    # {kind}")
    print(f"Use the cloud:\n    {clouds.offer(cloud)}")
    print("    .venv/bin/openstack server list")
    print("As the administrator: OS_CLOUD=cumulet-admin")
