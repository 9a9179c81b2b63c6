"""All of volume's logic, wired once."""

import dataclasses

from oslo_config import cfg

from common.db import Database
from common.rpc import Bus


@dataclasses.dataclass(frozen=True)
class Services:
    """What the API's resources ask.  zone: the name of the availability zone."""

    zone: str


def wire(conf: cfg.ConfigOpts, database: Database, bus: Bus) -> Services:
    """Return the logic of one API process."""
    return Services(zone=conf.volume.availability_zone)
