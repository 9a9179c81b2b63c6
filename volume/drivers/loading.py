"""Making the driver that the options name, from plain values."""

import pathlib

from oslo_config import cfg

from common.config import certificate_dir, state_path
from volume.drivers.backups import BackupStore
from volume.drivers.base import Driver, PoolFault
from volume.drivers.ceph.driver import RbdDriver
from volume.drivers.ceph.pool import Pool, Where
from volume.drivers.exports import Exports
from volume.drivers.fake import FakeDriver
from volume.drivers.file import FileDriver
from volume.drivers.keys import Keys
from volume.drivers.places import Directory, Place
from volume.drivers.serving import Served


def pool_dir(conf: cfg.ConfigOpts) -> pathlib.Path:
    """Return the directory that holds this host's volumes."""
    return pathlib.Path(str(conf.volume.pool_dir).format(state_dir=state_path(conf))).resolve()


def key_dir(conf: cfg.ConfigOpts) -> pathlib.Path:
    """Return the directory that holds the keys of this host's encrypted volumes."""
    return pathlib.Path(str(conf.volume.key_dir).format(state_dir=state_path(conf))).resolve()


def backups(conf: cfg.ConfigOpts) -> BackupStore:
    """Return what keeps this host's backups.  Raises PoolFault where they cannot be reached."""
    return BackupStore(_place(conf), Keys(key_dir(conf)))


def _place(conf: cfg.ConfigOpts) -> Place:
    options = conf.volume
    if options.backup_driver == "file":
        place = str(options.backup_dir).format(state_dir=state_path(conf))
        return Directory(pathlib.Path(place).resolve())
    from volume.drivers import s3  # costs memory that few need

    access, secret = (_credential(conf, f"backup-s3-{name}-key") for name in ("access", "secret"))
    known = (options.backup_s3_endpoint, options.backup_s3_bucket, options.backup_s3_region)
    return s3.Bucket(s3.Store(*known, access, secret, options.backup_s3_ca))


def _credential(conf: cfg.ConfigOpts, name: str) -> str:
    """Return what a file says that only its owner reads.  Raises PoolFault."""
    path = state_path(conf, "secrets", name)
    try:
        mode = path.stat().st_mode
        found = path.read_text().strip()
    except OSError as error:
        raise PoolFault(
            reason=f"Backups go to an object store; its key has to be in {path}."
        ) from error
    if mode & 0o077:
        raise PoolFault(reason=f"{path} can be read by others; its mode should be 0600.")
    return found


def exports(conf: cfg.ConfigOpts, driver: Driver) -> Exports | None:
    """Return what serves this host's volumes to others, or None where nothing can."""
    if not isinstance(driver, Served):
        return None
    found = Exports(
        state_path(conf, "volume-exports").resolve(),
        driver,
        tls=certificate_dir(conf),
        address=conf.volume.export_address,
    )
    return found if found.able else None


def driver(conf: cfg.ConfigOpts) -> Driver:
    """Return what keeps this host's volumes.  Raises PoolFault when the host cannot run it."""
    found = _driver(conf, conf.volume.command_timeout_s)
    found.probe()
    return found


def _driver(conf: cfg.ConfigOpts, timeout_s: float) -> Driver:
    directory, keys = pool_dir(conf), Keys(key_dir(conf))
    if conf.volume.driver == "rbd":
        scratch = directory / "parts"
        return RbdDriver(Pool(_ceph(conf)), scratch, keys, host=conf.host, timeout_s=timeout_s)
    kind = FakeDriver if conf.volume.driver == "fake" else FileDriver
    return kind(directory, keys, timeout_s=timeout_s)


def _ceph(conf: cfg.ConfigOpts) -> Where:
    options = conf.volume
    return Where(
        pool=options.rbd_pool,
        user=options.rbd_user,
        conf=pathlib.Path(options.rbd_ceph_conf),
        secret=options.rbd_secret_uuid,
        timeout_s=options.rbd_timeout_s,
    )
