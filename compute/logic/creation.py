"""Asking for new servers: checks, quota, rows, and the order to a controller."""

import base64
import binascii
import dataclasses
import datetime as dt
import re
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from compute import errors, states
from compute.clients import ImageService, NetworkService
from compute.db import flavors, keypairs, quotas
from compute.db.ledger_models import Host
from compute.db.models import BlockDevice, Flavor, Keypair, Nic, Server, ServerGroup, ServerTag
from compute.logic import checks, devices, progress, scheduling
from compute.logic.interfaces import new_nic
from compute.logic.mappings import Boot, MappingInvalid, Mappings, Planned
from compute.rpc import contract
from compute.schemas.common import truth

LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclasses.dataclass(frozen=True)
class Facts:
    """What the checks found out about one request."""

    flavor: Flavor
    boot: Boot
    keypair: Keypair | None
    nics: list[checks.NicWanted]
    groups: list[dict[str, str]]
    hints: dict[str, Any]
    zone: str | None
    host: str | None


class Creation:
    """POST /servers, behind its schema."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        images: ImageService,
        network: NetworkService,
        mappings: Mappings,
        clock: Clock,
        *,
        quota: Mapping[str, int],
        default_zone: str,
    ) -> None:
        self._database = database
        self._bus = bus
        self._images = images
        self._mappings = mappings
        self._network = network
        self._clock = clock
        self._quota = quota
        self._default_zone = default_zone

    def create(
        self, ctx: RequestContext, wanted: Mapping[str, Any], hints: Mapping[str, Any]
    ) -> tuple[list[Server], str]:
        """Write the servers down, have them built, and return them with the password.

        Raises BadRequest, QuotaExceeded, PortInUse, AmbiguousNetwork.
        """
        least, most = _counts(wanted)
        facts = self._facts(ctx, wanted, hints)
        password = wanted.get("adminPass") or new_password()
        if most > 1 and any(nic.port_id or nic.address for nic in facts.nics):
            raise roots.BadRequest(
                reason="Unable to launch multiple instances with a single configured port or "
                "address; ask for one server each."
            )
        if most > 1 and any(one.volume_id and not one.multiattach for one in facts.boot.volumes):
            raise MappingInvalid(
                reason="several servers cannot have the same volume; ask for one server each."
            )
        with self._database.transaction() as session:
            items = wanted.get("metadata") or {}
            quotas.require_items(session, ctx.project_id or "", items, self._quota)
            count = self._allowed(session, ctx, facts.flavor, least, most)
            if facts.hints.get("group"):
                group_id = str(facts.hints["group"])
                quotas.require_members(session, ctx.project_id or "", group_id, count, self._quota)
            servers = self._write(session, ctx, wanted, facts, count, password)
        for server in servers:
            order = contract.BuildServer(server_id=server.id, generation=server.generation)
            self._bus.cast(ctx, order)
        return servers, password

    def _facts(
        self, ctx: RequestContext, wanted: Mapping[str, Any], hints: Mapping[str, Any]
    ) -> Facts:
        check_user_data(wanted.get("user_data"))
        zone, host = self._place(ctx, wanted)
        with self._database.reading() as session:
            flavor = self._flavor(session, ctx, str(wanted["flavorRef"]))
            keypair = self._keypair(session, ctx, wanted.get("key_name"))
            _check_group(session, ctx, hints.get("group"))
        boot = self._mappings.read(ctx, wanted, flavor)
        checks.disks_fit(boot.image, flavor_facts(flavor))
        names = [g["name"] for g in wanted.get("security_groups", []) if "name" in g]
        return Facts(
            flavor=flavor,
            boot=boot,
            keypair=keypair,
            nics=checks.networks(self._network, ctx, wanted.get("networks")),
            groups=checks.security_groups(self._network, ctx, names),
            hints=dict(hints),
            zone=zone,
            host=host,
        )

    def _place(
        self, ctx: RequestContext, wanted: Mapping[str, Any]
    ) -> tuple[str | None, str | None]:
        """Return zone and host asked for: fields of their own, or `zone:host:node`."""
        zone, _, rest = (wanted.get("availability_zone") or "").partition(":")
        host = rest.partition(":")[0] or rest.rpartition(":")[2]
        if rest and not ctx.is_admin:
            raise roots.Forbidden(reason="Only administrators may name the host of a server.")
        host = host or wanted.get("host") or wanted.get("hypervisor_hostname") or ""
        with self._database.reading() as session:
            if host and session.scalar(sa.select(Host).where(Host.name == host)) is None:
                raise roots.BadRequest(reason=f"Compute host {host} could not be found.")
            scheduling.require_zone(session, zone, self._default_zone)
        return zone or None, host or None

    def _flavor(self, session: orm.Session, ctx: RequestContext, flavor_id: str) -> Flavor:
        try:
            return flavors.get(session, ctx, flavor_id)
        except errors.FlavorNotFound as error:
            raise roots.BadRequest(reason=str(error)) from error

    def _keypair(
        self, session: orm.Session, ctx: RequestContext, name: str | None
    ) -> Keypair | None:
        if not name:
            return None
        try:
            return keypairs.get(session, ctx.user_id or "", name)
        except errors.KeypairNotFound as error:
            raise roots.BadRequest(reason="Invalid key_name provided.") from error

    def _allowed(
        self, session: orm.Session, ctx: RequestContext, flavor: Flavor, least: int, most: int
    ) -> int:
        """Return how many servers the quota allows, between the least and the most asked for."""
        project_id = ctx.project_id or ""
        for count in range(most, least - 1, -1):
            needed = {
                "instances": count,
                "cores": count * flavor.vcpus,
                "ram": count * flavor.memory_mib,
            }
            try:
                quotas.require(session, project_id, needed, self._quota)
            except errors.QuotaExceeded:
                if count == least:
                    raise
                continue
            return count
        raise AssertionError("least is never above most")

    def _write(
        self,
        session: orm.Session,
        ctx: RequestContext,
        wanted: Mapping[str, Any],
        facts: Facts,
        count: int,
        password: str,
    ) -> list[Server]:
        now = self._clock()
        reservation = f"r-{uuid.uuid4().hex[:8]}"
        servers = []
        for index in range(count):
            name = wanted["name"] if count == 1 else f"{wanted['name']}-{index + 1}"
            server = row(ctx, wanted, facts, name)
            server.reservation_id = reservation
            server.launch_index = index
            server.admin_pass = password
            server.created_at = server.updated_at = now
            session.add(server)
            session.flush()
            session.add_all(_nic_rows(server, facts.nics))
            _add_volumes(session, server, facts.boot.volumes, now)
            for tag in sorted(set(wanted.get("tags", ()))):
                session.add(ServerTag(server_id=server.id, tag=tag))
            progress.begin(session, ctx, server, states.BUILD, now)
            servers.append(server)
        return servers


def _counts(wanted: Mapping[str, Any]) -> tuple[int, int]:
    least = int(wanted.get("min_count", 1))
    most = int(wanted.get("max_count", least))
    if least > most:
        raise roots.BadRequest(reason="min_count must be <= max_count")
    return least, most


def _add_volumes(
    session: orm.Session, server: Server, planned: tuple[Planned, ...], now: dt.datetime
) -> None:
    """Write down the volumes a new server begins with; the one it boots from is its first disk."""
    rows: list[BlockDevice] = []
    for number, one in enumerate(planned):
        own = str(uuid.uuid4())
        root = one.boot_index == 0
        rows.append(
            BlockDevice(
                id=own,
                server_id=server.id,
                volume_id=one.volume_id or own,
                state=devices.RESERVING,
                since=now,
                boot_index=one.boot_index,
                device="/dev/vda" if root else devices.name_for(server, rows, one.device),
                bus=one.bus,
                device_type=one.device_type,
                tag=one.tag,
                delete_on_termination=one.delete_on_termination,
                multiattach=one.multiattach,
                source=dict(one.source),
                created_at=now + dt.timedelta(microseconds=number),
            )
        )
    session.add_all(rows)


def new_password() -> str:
    """Return what an administrator of the guest may log in with when nothing was asked for."""
    return "".join(secrets.choice(LETTERS) for _ in range(12))


def check_user_data(given: str | None) -> None:
    """Return when a guest could read it.  Raises BadRequest."""
    try:
        base64.b64decode(given or "", validate=True)
    except binascii.Error as error:
        raise roots.BadRequest(reason="User data needs to be valid base 64.") from error


def _check_group(session: orm.Session, ctx: RequestContext, group_id: str | None) -> None:
    if not group_id:
        return
    group = session.get(ServerGroup, group_id)
    if group is None or (group.project_id != ctx.project_id and not ctx.is_admin):
        raise roots.BadRequest(reason=f"Instance group {group_id} could not be found.")


def row(ctx: RequestContext, wanted: Mapping[str, Any], facts: Facts, name: str) -> Server:
    """Return the new server's row."""
    flavor = facts.flavor
    return Server(
        id=str(uuid.uuid4()),
        project_id=ctx.project_id,
        user_id=ctx.user_id,
        name=name,
        hostname=wanted.get("hostname") or hostname_of(name),
        description=wanted.get("description"),
        status=states.BUILDING,
        vcpus=flavor.vcpus,
        memory_mib=flavor.memory_mib,
        disk_gib=flavor.disk_gib,
        flavor=flavor_facts(flavor),
        image_id=facts.boot.image["id"] or None,
        image=facts.boot.image,
        key_name=facts.keypair.name if facts.keypair else None,
        public_key=facts.keypair.public_key if facts.keypair else None,
        user_data=wanted.get("user_data"),
        files=checks.files(wanted.get("personality")),
        config_drive=truth(wanted.get("config_drive")),
        disk_config=wanted.get("OS-DCF:diskConfig", "MANUAL"),
        access_ip_v4=wanted.get("accessIPv4") or "",
        access_ip_v6=checks.canonical_ipv6(wanted.get("accessIPv6")),
        details=wanted.get("metadata") or {},
        security_groups=facts.groups,
        zone_wanted=facts.zone,
        host_wanted=facts.host,
        group_id=facts.hints.get("group"),
        hints=facts.hints,
        generation=0,
    )


def _nic_rows(server: Server, wanted: list[checks.NicWanted]) -> list[Nic]:
    return [new_nic(server.id, position, nic) for position, nic in enumerate(wanted)]


def flavor_facts(flavor: Flavor) -> dict[str, Any]:
    """Return the flavor as a server keeps it."""
    return {
        "id": flavor.id,
        "name": flavor.name,
        "vcpus": flavor.vcpus,
        "ram": flavor.memory_mib,
        "disk": flavor.disk_gib,
        "ephemeral": flavor.ephemeral_gib,
        "swap": flavor.swap_mib,
        "extra_specs": flavor.extra_specs,
    }


def hostname_of(name: str) -> str:
    """Return a host name made of a server's name: letters, digits and hyphens, 63 at most."""
    plain = re.sub(r"[ _.]", "-", name)
    plain = re.sub(r"[^a-zA-Z0-9-]+", "", plain).lower()
    return plain.strip("-")[:63].strip("-") or "server"
