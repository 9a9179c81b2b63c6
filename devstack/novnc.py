"""noVNC's pages, from this machine's own package archive, unpacked beside the system.

Installed the usual way the package brings node.js and numpy, and of all that only the pages are
used.
"""

import fcntl
import pathlib
import shutil
import tempfile

from common import errors, process
from devstack.progress import Failed

CACHE = pathlib.Path("/var/cache/cumulet/novnc")
PAGES = CACHE / "usr/share/novnc"


def fetch() -> pathlib.Path:
    """Return the directory of the pages, fetched once for all clouds of the machine.

    Raises Failed.
    """
    if PAGES.is_dir():
        return PAGES
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    with open(CACHE.parent / ".novnc.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not PAGES.is_dir():
            _unpack()
    return PAGES


def _unpack() -> None:
    draft = pathlib.Path(tempfile.mkdtemp(prefix=".novnc-", dir=CACHE.parent))
    try:
        script = 'cd "$0" && apt-get -qq -o APT::Sandbox::User=root download novnc'
        process.run(["sh", "-c", script, str(draft)], timeout_s=300)
        package = next(draft.glob("novnc_*.deb"))
        process.run(["dpkg-deb", "-x", str(package), str(draft / "tree")], timeout_s=60)
        (draft / "tree").chmod(0o755)
        (draft / "tree").rename(CACHE)
    except (errors.CloudError, OSError, StopIteration) as error:
        raise Failed(f"noVNC's pages could not be fetched: {error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
