"""All of compute's logic, wired once."""

import dataclasses

from oslo_config import cfg

from common import clock
from common.db import Database
from common.rpc import Bus
from compute.clients import ImageService, NetworkService
from compute.logic.console import Console
from compute.logic.creation import Creation
from compute.logic.groups import ServerSecurityGroups
from compute.logic.servers import Servers


@dataclasses.dataclass(frozen=True)
class Services:
    """What the API's resources ask."""

    creation: Creation
    servers: Servers
    console: Console
    groups: ServerSecurityGroups


def wire(
    conf: cfg.ConfigOpts,
    database: Database,
    bus: Bus,
    images: ImageService,
    network: NetworkService,
) -> Services:
    """Return the logic of one API process."""
    options = conf.compute
    quota = {name: conf.compute_quota[name] for name in conf.compute_quota}
    return Services(
        creation=Creation(
            database,
            bus,
            images,
            network,
            clock.utcnow,
            quota=quota,
            default_zone=options.availability_zone,
        ),
        servers=Servers(
            database,
            bus,
            network,
            clock.utcnow,
            grace_s=options.shutdown_timeout_s,
            host_down_s=options.host_down_s,
        ),
        console=Console(bus),
        groups=ServerSecurityGroups(database, network, clock.utcnow),
    )
