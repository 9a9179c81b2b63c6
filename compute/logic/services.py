"""All of compute's logic, wired once."""

import dataclasses

from oslo_config import cfg

from common import clock
from common.db import Database
from common.rpc import Bus
from compute.clients import ImageService, NetworkService, VolumeService
from compute.logic.addresses import Addresses
from compute.logic.aggregates import Aggregates
from compute.logic.assisting import Assisting
from compute.logic.console import Console
from compute.logic.consoles import RemoteConsoles
from compute.logic.creation import Creation
from compute.logic.details import Details, Tags
from compute.logic.devices import Devices
from compute.logic.diagnostics import Diagnostics
from compute.logic.external_events import ExternalEvents
from compute.logic.flavors import Flavors
from compute.logic.floating_ips import FloatingIps
from compute.logic.groups import ServerSecurityGroups
from compute.logic.hosts import Hosts
from compute.logic.images import Images
from compute.logic.interfaces import Interfaces
from compute.logic.keypairs import Keypairs
from compute.logic.ledger import Ledger
from compute.logic.mappings import Mappings
from compute.logic.migrations import Migrations
from compute.logic.moving import Moving
from compute.logic.networks import Networks
from compute.logic.passwords import Passwords
from compute.logic.placement import Placement
from compute.logic.projects import Quotas, ServerGroups, Usage
from compute.logic.rebuilding import Rebuilding
from compute.logic.rescuing import Rescuing
from compute.logic.resizing import Resizing
from compute.logic.restoring import Restoring
from compute.logic.security_groups import SecurityGroups
from compute.logic.servers import Servers
from compute.logic.shelving import Shelving
from compute.logic.snapshots import Snapshots
from compute.logic.swapping import Swapping


@dataclasses.dataclass(frozen=True)
class Services:
    """What the API's resources ask."""

    creation: Creation
    servers: Servers
    console: Console
    consoles: RemoteConsoles
    groups: ServerSecurityGroups
    details: Details
    tags: Tags
    interfaces: Interfaces
    flavors: Flavors
    keypairs: Keypairs
    quotas: Quotas
    usage: Usage
    server_groups: ServerGroups
    hosts: Hosts
    placement: Placement
    ledger: Ledger
    aggregates: Aggregates
    security_groups: SecurityGroups
    rebuilding: Rebuilding
    snapshots: Snapshots
    resizing: Resizing
    moving: Moving
    shelving: Shelving
    restoring: Restoring
    rescuing: Rescuing
    passwords: Passwords
    networks: Networks
    floating_ips: FloatingIps
    images: Images
    external_events: ExternalEvents
    addresses: Addresses
    migrations: Migrations
    diagnostics: Diagnostics
    devices: Devices
    swapping: Swapping
    assisting: Assisting
    volumes: VolumeService


def wire(
    conf: cfg.ConfigOpts,
    database: Database,
    bus: Bus,
    images: ImageService,
    network: NetworkService,
    volumes: VolumeService,
) -> Services:
    """Return the logic of one API process."""
    options = conf.compute
    addresses = Addresses(database, network)
    assisting = Assisting(database, bus, volumes, clock.utcnow)
    quota = {name: conf.compute_quota[name] for name in conf.compute_quota}
    return Services(
        creation=Creation(
            database,
            bus,
            images,
            network,
            Mappings(images, volumes),
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
            reclaim_s=options.reclaim_instance_interval_s,
        ),
        console=Console(bus),
        consoles=RemoteConsoles(
            database, clock.utcnow, lifetime_s=options.console_token_lifetime_s
        ),
        groups=ServerSecurityGroups(database, network, clock.utcnow),
        details=Details(database, clock.utcnow, quota),
        tags=Tags(database, clock.utcnow),
        interfaces=Interfaces(database, bus, network, clock.utcnow),
        flavors=Flavors(database, clock.utcnow),
        keypairs=Keypairs(database, clock.utcnow, quota),
        quotas=Quotas(database, quota),
        usage=Usage(database, clock.utcnow),
        server_groups=ServerGroups(database, clock.utcnow, quota),
        hosts=Hosts(
            database,
            clock.utcnow,
            down_after_s=options.host_down_s,
            default_zone=options.availability_zone,
        ),
        placement=Placement(database, clock.utcnow),
        ledger=Ledger(database),
        aggregates=Aggregates(database, bus, images, clock.utcnow),
        security_groups=SecurityGroups(network),
        rebuilding=Rebuilding(database, bus, images, volumes, clock.utcnow, quota=quota),
        snapshots=Snapshots(database, bus, images, clock.utcnow, quota=quota),
        resizing=Resizing(
            database,
            bus,
            clock.utcnow,
            quota=quota,
            grace_s=options.shutdown_timeout_s,
            host_down_s=options.host_down_s,
            default_zone=options.availability_zone,
        ),
        shelving=Shelving(
            database,
            bus,
            images,
            clock.utcnow,
            grace_s=options.shutdown_timeout_s,
            default_zone=options.availability_zone,
        ),
        rescuing=Rescuing(database, bus, images, clock.utcnow, grace_s=options.shutdown_timeout_s),
        passwords=Passwords(database, bus, clock.utcnow),
        restoring=Restoring(database, bus, clock.utcnow, quota=quota),
        moving=Moving(database, clock.utcnow, host_down_s=options.host_down_s),
        networks=Networks(network),
        floating_ips=FloatingIps(database, network),
        images=Images(images, quota["metadata_items"]),
        external_events=ExternalEvents(database, addresses, assisting),
        addresses=addresses,
        migrations=Migrations(database),
        diagnostics=Diagnostics(database, bus),
        assisting=assisting,
        devices=Devices(database, bus, volumes, clock.utcnow),
        swapping=Swapping(database, bus, volumes, clock.utcnow),
        volumes=volumes,
    )
