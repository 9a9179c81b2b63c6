"""The images a new cloud offers: built on this machine from its own OS packages, once."""

import concurrent.futures
import dataclasses
import os
import pathlib
import subprocess

from devstack.instance import Instance
from devstack.progress import Failed, Progress

CACHE = pathlib.Path("/var/cache/cumulet/images")
SCRIPTS = pathlib.Path(__file__).resolve().parent / "images"
BUILD_TIMEOUT_S = 1200


@dataclasses.dataclass(frozen=True)
class Recipe:
    """One image.  script: called with the output directory; makes `<name><suffix>` there."""

    name: str
    script: str
    suffix: str
    disk_format: str
    guest: str
    min_disk_gib: int = 1
    min_ram_mib: int = 0

    @property
    def path(self) -> pathlib.Path:
        return CACHE / f"{self.name}{self.suffix}"

    @property
    def properties(self) -> dict[str, str]:
        """What the scheduler and the user read: which kind of guest it is."""
        return {"img_hv_type": self.guest, "os_distro": "debian", "os_type": "linux"}


RECIPES = (
    Recipe("tiny-kvm", "build_kvm.sh", ".qcow2", "qcow2", "qemu", min_ram_mib=96),
    Recipe("tiny-container", "build_container.sh", ".tar.gz", "raw", "lxc"),
    Recipe("debian-container", "build_debian_container.sh", ".tar.zst", "raw", "lxc"),
)


def build(cloud: Instance, progress: Progress) -> None:
    """Build what is missing; a script whose image is there already returns at once.

    Raises Failed naming the log.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(len(RECIPES)) as pool:
        built = pool.map(lambda recipe: _build(cloud, recipe), RECIPES)
        for recipe, fresh in zip(RECIPES, built, strict=True):
            if fresh:
                progress.say(f"image {recipe.name} is built")


def _build(cloud: Instance, recipe: Recipe) -> bool:
    """Run one script; say whether it made the image anew."""
    before = _stamp(recipe.path)
    log = cloud.log(f"image-{recipe.name}")
    with log.open("ab") as output:
        try:
            done = subprocess.run(
                ["nice", str(SCRIPTS / recipe.script), str(CACHE)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=BUILD_TIMEOUT_S,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Failed(f"image {recipe.name} took too long to build", log) from error
    if done.returncode or not recipe.path.exists():
        raise Failed(f"image {recipe.name} could not be built", log)
    return _stamp(recipe.path) != before


def _stamp(path: pathlib.Path) -> tuple[int, int] | None:
    return (path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else None
