"""Running host commands: argument lists, a time limit, and an error that says what failed."""

import logging
import shlex
import subprocess
from collections.abc import Mapping, Sequence

from common import errors

LOG = logging.getLogger(__name__)


class CommandFailed(errors.CloudError):
    message = "{command} failed with status {status_code}: {output}"


class CommandTimeout(errors.CloudError):
    message = "{command} did not finish within {timeout_s} s"


def run(
    argv: Sequence[str],
    *,
    timeout_s: float,
    check: bool = True,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    network_namespace: str | None = None,
    pass_fds: Sequence[int] = (),
) -> str:
    """Run one command and return what it wrote to standard output.

    network_namespace: the name of an `ip netns` namespace to run in; mounts stay as they are.
    check: whether a status other than 0 is an error.
    Raises CommandFailed or CommandTimeout; the command is dead in both cases.
    """
    command = [str(part) for part in argv]
    if network_namespace:
        command = ["nsenter", f"--net=/run/netns/{network_namespace}", "--", *command]
    try:
        done = subprocess.run(
            command,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            timeout=timeout_s,
            env=None if env is None else dict(env),
            pass_fds=pass_fds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandTimeout(command=shlex.join(argv), timeout_s=timeout_s) from error
    except FileNotFoundError as error:
        raise CommandFailed(command=shlex.join(argv), status_code=127, output=str(error)) from error
    output = done.stdout.decode(errors="replace")
    if check and done.returncode:
        detail = (done.stderr.decode(errors="replace").strip() or output.strip())[-500:]
        raise CommandFailed(command=shlex.join(argv), status_code=done.returncode, output=detail)
    return output
