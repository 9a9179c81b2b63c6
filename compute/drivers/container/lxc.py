"""The runtime: LXC's own programs, and the files and groups they leave behind.

Everything else in this package knows a guest only as started, ended, or frozen, so another
runtime could take this one's place.
"""

import contextlib
import os
import pathlib
import re
import select
import shutil
import signal

from common import process
from compute.drivers.base import GuestFault
from compute.drivers.container.cgroups import Cgroups

_START_S = 60
_EXIT_S = 15
_INSIDE_S = 20
_PATH_INSIDE = "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"
_SIGRTMIN_PLUS_3 = signal.SIGRTMIN + 3
# Without newuidmap on its path LXC, being root, writes the id maps itself and the host needs no
# entry in /etc/subuid; apparmor_parser is where it looks for it.
_PATH = "/usr/sbin:/sbin"


class Runtime:
    """guests: absolute directory of guests' directories, each with its `config`.

    runtime: where their roots are mounted; any user may pass through it, or LXC will not start.
    namespace: name of the network namespace that monitors and guests' links live in, or None.
    """

    def __init__(
        self,
        guests: pathlib.Path,
        runtime: pathlib.Path,
        cgroups: Cgroups,
        namespace: str | None,
    ) -> None:
        self._guests = guests
        self._runtime = runtime
        self._cgroups = cgroups
        self._namespace = namespace

    def version(self) -> str:
        """Return LXC's version.  Raises CommandFailed when it isn't installed."""
        return process.run(["lxc-start", "--version"], timeout_s=10).strip()

    def start(self, server_id: str) -> int:
        """Run a defined guest and return its monitor's process id.  Raises GuestFault."""
        home = self._guests / server_id
        (home / "exit").unlink(missing_ok=True)
        (home / "lxc.log").unlink(missing_ok=True)
        program = shutil.which("lxc-start")
        if program is None:
            raise GuestFault(reason="lxc-start is not installed on this host.")
        argv = ["env", "-i", f"PATH={_PATH}", program, "-n", server_id, "-d"]
        argv += [
            "-P",
            str(self._runtime),
            "-f",
            str(home / "config"),
            "-p",
            str(home / "monitor.pid"),
        ]
        argv += ["-o", str(home / "lxc.log"), "-l", "WARN"]
        try:
            process.run(argv, timeout_s=_START_S, network_namespace=self._namespace)
        except (process.CommandFailed, process.CommandTimeout) as error:
            raise GuestFault(reason=f"The guest did not start: {self._why(home)}") from error
        pid = self.monitor(server_id)
        if pid is None:
            raise GuestFault(reason=f"The guest ended as it started: {self._why(home)}")
        return pid

    def run_inside(self, server_id: str, argv: list[str], *, stdin: bytes) -> None:
        """Run a program of a running guest as its root, bound as the guest is.

        Raises CommandFailed, CommandTimeout.
        """
        command = ["lxc-attach", "-P", str(self._runtime), "-n", server_id, "--clear-env"]
        command += ["--set-var", f"PATH={_PATH_INSIDE}", "--", *argv]
        process.run(command, timeout_s=_INSIDE_S, stdin=stdin, network_namespace=self._namespace)

    def allow_device(self, server_id: str, number: str, *, allowed: bool) -> None:
        """Have the guest's monitor let it use a block device, or not.  Raises GuestFault."""
        if self._cgroups.allow_device(server_id, number, allowed=allowed):
            return
        name = "devices.allow" if allowed else "devices.deny"
        command = ["lxc-cgroup", "-P", str(self._runtime), "-n", server_id, name]
        try:
            process.run([*command, f"b {number} rwm"], timeout_s=_INSIDE_S)
        except (process.CommandFailed, process.CommandTimeout) as error:
            raise GuestFault(reason=f"The guest may not use the device: {error}") from error

    def monitor(self, server_id: str) -> int | None:
        """Return the process id of the guest's living monitor."""
        try:
            pid = int((self._guests / server_id / "monitor.pid").read_text())
            name = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except (OSError, ValueError):
            return None
        ours = name.startswith("[lxc monitor]") and name.rstrip("\0 ").endswith(server_id)
        return pid if ours and str(self._runtime) in name else None

    def exit_kind(self, server_id: str) -> str | None:
        """Return how the guest's last run ended: stop, reboot, crashed, or None for neither."""
        try:
            return (self._guests / server_id / "exit").read_text().strip() or None
        except FileNotFoundError:
            return None

    def mark_exit(self, server_id: str, kind: str) -> None:
        draft = self._guests / server_id / "exit.new"
        draft.write_text(kind + "\n")
        os.replace(draft, draft.with_name("exit"))  # whoever reads it never finds it empty

    def shut_down(self, server_id: str, *, grace_s: float) -> bool:
        """Ask the guest's init to power off; return whether it ended within grace_s."""
        init = self._cgroups.init(server_id)
        pid = self.monitor(server_id)
        if init is None or pid is None:
            return not self._cgroups.populated(server_id)
        with contextlib.suppress(ProcessLookupError):
            os.kill(init, _halt_signal(init))
        return _ended(pid, grace_s)

    def kill(self, server_id: str) -> None:
        """End the guest at once, and its monitor, and clear away what they leave.

        Raises GuestFault when a process refuses to end.
        """
        pid = self.monitor(server_id)
        self._cgroups.kill(server_id)
        if pid is not None and not _ended(pid, _EXIT_S):
            os.kill(pid, signal.SIGKILL)
            _ended(pid, _EXIT_S)
        self._cgroups.remove(server_id)

    def _why(self, home: pathlib.Path) -> str:
        """Return the last complaint in LXC's log that says something."""
        try:
            lines = (home / "lxc.log").read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return "LXC wrote no reason."
        errors = [line.split(" - ", 2)[-1] for line in lines if " ERROR " in line]
        return re.sub(r"^\S+:\S+:\d+ - ", "", errors[0]) if errors else "LXC wrote no reason."


def _halt_signal(init: int) -> int:
    """Return the signal by which this init understands `power off`.

    systemd takes SIGRTMIN+3 by a signalfd, so it blocks it; others catch SIGPWR; busybox SIGUSR2.
    """
    masks = {}
    for line in pathlib.Path(f"/proc/{init}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in ("SigBlk", "SigCgt"):
            masks[name] = int(value, 16)
    if masks["SigBlk"] >> (_SIGRTMIN_PLUS_3 - 1) & 1:
        return _SIGRTMIN_PLUS_3
    if (masks["SigCgt"] | masks["SigBlk"]) >> (signal.SIGPWR - 1) & 1:
        return signal.SIGPWR
    return signal.SIGUSR2


def _ended(pid: int, timeout_s: float) -> bool:
    """Wait for a process that need not be our child; return whether it ended in time."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poller = select.poll()
        poller.register(descriptor, select.POLLIN)
        return bool(poller.poll(timeout_s * 1000))
    finally:
        os.close(descriptor)
