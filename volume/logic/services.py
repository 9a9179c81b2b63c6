"""All of volume's logic, wired once."""

import dataclasses

from oslo_config import cfg

from common import clock
from common.db import Database
from common.rpc import Bus
from volume import config
from volume.clients import ComputeService, ImageService
from volume.logic.actions import Actions
from volume.logic.attachments import Attachments
from volume.logic.backups import Backups
from volume.logic.cleanup import Cleanup
from volume.logic.clusters import Clusters
from volume.logic.creation import Creation
from volume.logic.group_types import GroupTypes
from volume.logic.groups import Groups
from volume.logic.hosts import Hosts
from volume.logic.managing import Managing
from volume.logic.messages import Messages
from volume.logic.migrating import Migrating
from volume.logic.moving import Moving
from volume.logic.placing import Placing
from volume.logic.qos import Qos
from volume.logic.quotas import Quotas
from volume.logic.snapshots import Snapshots
from volume.logic.transfers import Transfers
from volume.logic.types import Types
from volume.logic.volumes import Volumes


@dataclasses.dataclass(frozen=True)
class Services:
    """What the API's resources ask.  zone: the name of the availability zone."""

    zone: str
    volumes: Volumes
    creation: Creation
    actions: Actions
    migrating: Migrating
    moving: Moving
    snapshots: Snapshots
    attachments: Attachments
    messages: Messages
    types: Types
    qos: Qos
    quotas: Quotas
    hosts: Hosts
    clusters: Clusters
    cleanup: Cleanup
    transfers: Transfers
    managing: Managing
    group_types: GroupTypes
    groups: Groups
    backups: Backups


def quota(conf: cfg.ConfigOpts) -> dict[str, int]:
    """Return the configured limits by resource."""
    return {name: int(conf.volume_quota[name]) for name in conf.volume_quota}


def wire(
    conf: cfg.ConfigOpts,
    database: Database,
    bus: Bus,
    images: ImageService,
    compute: ComputeService,
) -> Services:
    """Return the logic of one API process."""
    now, limits, options = clock.utcnow, quota(conf), conf.volume
    placing = Placing(now, options.host_down_s)
    creation = Creation(
        database,
        bus,
        images,
        placing,
        now,
        quota=limits,
        zone=options.availability_zone,
        default_type=options.default_type,
    )
    snapshots = Snapshots(database, bus, now, quota=limits)
    hosts = Hosts(
        database,
        now,
        backend=config.backend(conf),
        zone=options.availability_zone,
        down_after_s=options.host_down_s,
    )
    return Services(
        zone=options.availability_zone,
        volumes=Volumes(database, bus, now),
        creation=creation,
        actions=Actions(database, bus, images, compute, placing, now, quota=limits),
        migrating=Migrating(database, bus, hosts, now),
        moving=Moving(database, bus, now),
        snapshots=snapshots,
        attachments=Attachments(database, bus, now),
        messages=Messages(database),
        types=Types(database, now, default_type=options.default_type),
        qos=Qos(database, now),
        quotas=Quotas(database, limits),
        hosts=hosts,
        clusters=Clusters(database, hosts),
        cleanup=Cleanup(database, hosts, now),
        backups=Backups(database, bus, snapshots, now, quota=limits),
        group_types=GroupTypes(database, now),
        groups=Groups(
            database,
            bus,
            creation,
            snapshots,
            now,
            quota=limits,
            zone=options.availability_zone,
        ),
        managing=Managing(
            database,
            bus,
            now,
            quota=limits,
            zone=options.availability_zone,
            default_type=options.default_type,
        ),
        transfers=Transfers(database, bus, now, quota=limits),
    )
