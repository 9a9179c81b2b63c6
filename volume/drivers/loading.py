"""Making the driver that the options name, from plain values."""

import pathlib

from oslo_config import cfg

from common.config import state_path
from volume.drivers.backups import BackupStore
from volume.drivers.base import Driver
from volume.drivers.file import FileDriver
from volume.drivers.keys import Keys


def pool_dir(conf: cfg.ConfigOpts) -> pathlib.Path:
    """Return the directory that holds this host's volumes."""
    return pathlib.Path(str(conf.volume.pool_dir).format(state_dir=state_path(conf))).resolve()


def key_dir(conf: cfg.ConfigOpts) -> pathlib.Path:
    """Return the directory that holds the keys of this host's encrypted volumes."""
    return pathlib.Path(str(conf.volume.key_dir).format(state_dir=state_path(conf))).resolve()


def backups(conf: cfg.ConfigOpts) -> BackupStore:
    """Return what keeps this host's backups."""
    place = str(conf.volume.backup_dir).format(state_dir=state_path(conf))
    return BackupStore(pathlib.Path(place).resolve())


def driver(conf: cfg.ConfigOpts) -> Driver:
    """Return what keeps this host's volumes.  Raises PoolFault when the host cannot run it."""
    keys = Keys(key_dir(conf))
    found = FileDriver(pool_dir(conf), keys, timeout_s=conf.volume.command_timeout_s)
    found.probe()
    return found
