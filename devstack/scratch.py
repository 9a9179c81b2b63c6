"""A cloud for one run: own state directory, own ports, taken down and removed at the end."""

import contextlib
import fcntl
import hashlib
import pathlib
import subprocess
from collections.abc import Iterator, Mapping

from devstack import instance, settings
from devstack.control import ROOT
from devstack.instance import Instance
from devstack.progress import Failed

UP, DOWN = str(ROOT / "devstack/up"), str(ROOT / "devstack/down")
PLACE = pathlib.Path("/var/tmp")  # noqa: S108
COMMAND_TIMEOUT_S = 900
Options = Mapping[str, Mapping[str, object]]


def command(*words: str) -> str:
    """Run one of devstack's commands to its end and return what it said.  Raises Failed with it."""
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S, check=False
    )
    if done.returncode:
        raise Failed(f"{' '.join(words)}\n{done.stdout}\n{done.stderr}")
    return done.stdout


@contextlib.contextmanager
def cloud(
    purpose: str, options: Options | None = None, *, keep: bool = False
) -> Iterator[Instance]:
    """Bring a cloud up for the block.

    purpose: part of the state directory's name.  options: what its operator wants otherwise, by
    section.  keep: whether the state directory stays when the cloud goes.
    """
    with _free_place(purpose) as state_dir:
        command(DOWN, "--purge", "--state-dir", str(state_dir))
        if options:
            _override(state_dir, options)
        try:
            command(UP, "--no-demo", "--state-dir", str(state_dir), "--port-offset", "auto")
            found = instance.known(state_dir)
            if found is None:
                raise Failed(f"no cloud was made in {state_dir}")
            yield found
        finally:
            purge = [] if keep else ["--purge"]
            command(DOWN, *purge, "--state-dir", str(state_dir))


def _override(state_dir: pathlib.Path, options: Options) -> None:
    """Write the operator's own file beside the configuration."""
    state_dir.mkdir(mode=0o711, exist_ok=True)
    directory = state_dir / "cumulet.d"
    directory.mkdir(mode=0o755, exist_ok=True)
    text = settings.render(options, "What the operator wants otherwise.")
    settings.private(directory / "operator.conf", text, mode=0o644)


@contextlib.contextmanager
def _free_place(purpose: str) -> Iterator[pathlib.Path]:
    """A state directory that no other run of this checkout uses; a killed run's is used again."""
    mark = hashlib.sha1(str(ROOT).encode(), usedforsecurity=False).hexdigest()[:6]
    for number in range(100):
        place = PLACE / f"cumulet-{purpose}-{mark}-{number}"
        with place.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield place
            return
    raise Failed("every place for a cloud is taken")
