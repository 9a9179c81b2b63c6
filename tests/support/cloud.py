"""A whole cloud for the acceptance run: own state directory, own ports, taken down at the end."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import subprocess
from collections.abc import Iterator

from devstack import instance
from devstack.instance import Instance

ROOT = pathlib.Path(__file__).resolve().parents[2]
UP, DOWN = str(ROOT / "devstack/up"), str(ROOT / "devstack/down")
PLACE = pathlib.Path("/var/tmp")


def command(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one of devstack's commands to its end."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=900, check=False)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(words)}\n{done.stdout}\n{done.stderr}")
    return done


@contextlib.contextmanager
def whole_cloud() -> Iterator[Instance]:
    """Bring a cloud up for the block; CUMULET_STATE_DIR names one that runs already instead."""
    given = os.environ.get("CUMULET_STATE_DIR")
    if given:
        running = instance.known(given)
        assert running, f"no cloud was made in {given}"
        yield running
        return
    with _free_place() as state_dir:
        command(DOWN, "--purge", "--state-dir", str(state_dir))
        try:
            command(UP, "--no-demo", "--state-dir", str(state_dir), "--port-offset", "auto")
            cloud = instance.known(state_dir)
            assert cloud
            yield cloud
        finally:
            keep = ["--purge"] if not os.environ.get("CUMULET_KEEP_STATE") else []
            command(DOWN, *keep, "--state-dir", str(state_dir))


@contextlib.contextmanager
def _free_place() -> Iterator[pathlib.Path]:
    """A state directory that no other run of this checkout uses; a killed run's is used again."""
    mark = hashlib.sha1(str(ROOT).encode()).hexdigest()[:6]
    for number in range(100):
        place = PLACE / f"cumulet-acceptance-{mark}-{number}"
        with place.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield place
            return
    raise AssertionError("every place for a cloud is taken")
