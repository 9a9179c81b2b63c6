"""Horizon, the dashboard of one cloud: its environment, its static files, its process.

It lives in a virtual environment of its own, `.venv-dashboard`, with exactly what
`requirements-dashboard.lock` names; its settings are in `devstack/horizon`.  The static files
depend on nothing else, so they are collected and compressed once, in that environment.  What
belongs to one cloud lies in `<state directory>/dashboard`.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import subprocess
import urllib.request
from collections.abc import Iterator

from devstack import settings
from devstack.control import ROOT
from devstack.instance import MARK, Instance
from devstack.progress import Failed, Progress

VENV = ROOT / ".venv-dashboard"
CODE = ROOT / "devstack/horizon"
THREADS = 8
STATIC_TIMEOUT_S = 600


def prepare(cloud: Instance, progress: Progress) -> None:
    """Make the directories, and the static files unless they are there.

    Raises Failed naming the log.
    """
    for place in (directory(cloud), directory(cloud) / "sessions"):
        place.mkdir(mode=0o700, exist_ok=True)
    stamp = static().with_suffix(".mark")
    with _alone():
        if stamp.exists() and stamp.read_text() == _mark():
            return
        with progress.step("the dashboard's static files are collected and compressed"):
            _manage(cloud, "collectstatic", "--noinput", "--clear", "--verbosity=0")
            _manage(cloud, "compress", "--force", "--verbosity=0")
        settings.private(stamp, _mark())


def directory(cloud: Instance) -> pathlib.Path:
    """Return where the sessions are, and an operator's own settings."""
    return cloud.state_dir / "dashboard"


def static() -> pathlib.Path:
    """Return where the static files are."""
    return VENV.resolve() / "static"


def environment(cloud: Instance) -> dict[str, str]:
    """Return the variables by which Horizon's settings know the cloud."""
    return {
        MARK: str(cloud.state_dir),
        "CUMULET_IDENTITY_URL": cloud.url("identity") + "/v3",
        "CUMULET_STATIC": str(static()),
        "DJANGO_SETTINGS_MODULE": "openstack_dashboard.settings",
        "PYTHONPATH": str(CODE),
        "PYTHONWARNINGS": "ignore",
    }


def argv(cloud: Instance) -> list[str]:
    """Return the command line of the process that serves it."""
    return [
        "env",
        *(f"{name}={value}" for name, value in environment(cloud).items()),
        str(VENV.resolve() / "bin/gunicorn"),
        f"--bind=127.0.0.1:{cloud.port('dashboard')}",
        f"--chdir={directory(cloud)}",
        "--worker-class=gthread",
        f"--threads={THREADS}",
        "--timeout=120",
        "--graceful-timeout=3",
        "--worker-tmp-dir=/dev/shm",
        "--no-control-socket",
        "--log-level=warning",
        "dashboard_wsgi:application",
    ]


def ready(cloud: Instance) -> bool:
    """Tell whether the page to log in is served."""
    try:
        with urllib.request.urlopen(login_url(cloud), timeout=20) as page:  # noqa: S310
            return b"id_username" in page.read()
    except OSError:
        return False


def login_url(cloud: Instance) -> str:
    """Return where people log in."""
    return cloud.url("dashboard") + "/auth/login/"


def offer(cloud: Instance) -> str:
    """Return what a person has to know to log in; passwords are named by their files."""
    vault = cloud.state_dir / "secrets"
    return (
        f"{cloud.url('dashboard')}/ as demo or admin; the passwords are in "
        f"{vault / 'demo'} and {vault / 'admin'}"
    )


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Keep others that share the environment from making the same files."""
    with VENV.resolve().with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _mark() -> str:
    """Return what the static files depend on, beyond the environment that they lie in."""
    text = (CODE / "local/local_settings.py").read_bytes()
    return hashlib.sha256(text).hexdigest()


def _manage(cloud: Instance, *words: str) -> None:
    log = cloud.log("dashboard-static")
    with log.open("ab") as output:
        done = subprocess.run(
            [VENV.resolve() / "bin/python", "-m", "django", *words],
            cwd=directory(cloud),
            env={**os.environ, **environment(cloud)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            timeout=STATIC_TIMEOUT_S,
            check=False,
        )
    if done.returncode:
        raise Failed(f"{words[0]} of the dashboard's static files failed", log)
