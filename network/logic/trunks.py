"""Trunks: made, filled, emptied and removed."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors as roots
from common.context import RequestContext
from network import errors
from network.db import ports, rows
from network.db import trunks as queries
from network.db.base import new_id
from network.db.lists import Wanted
from network.db.models import Network, Port
from network.db.trunk_models import SubPort, Trunk
from network.logic import ports_input
from network.logic.base import Logic, named, owner
from network.rpc.contract import PORT, Changes

PLAIN = ("name", "description", "admin_state_up")
SUBPORT = "trunk:subport"


class Trunks(Logic):
    """What can be done with trunks."""

    def list(self, ctx: RequestContext, wanted: Wanted) -> list[Trunk]:
        """Return one page of the trunks the caller may see."""
        with self._database.reading() as session:
            return queries.LISTING.fetch(session, queries.visible(ctx), wanted)

    def get(self, ctx: RequestContext, trunk_id: str) -> Trunk:
        """Return one trunk with its sub-ports.  Raises TrunkNotFound."""
        with self._database.reading() as session:
            return queries.get(session, ctx, trunk_id)

    def create(self, ctx: RequestContext, wanted: Sequence[Mapping[str, Any]]) -> Sequence[Trunk]:
        """Make all of the trunks or none.

        Raises OverQuota, PortNotFound, ParentPortInUse, DuplicateSubPort, BadRequest...
        """
        changes: Changes = []
        with self._database.transaction() as session:
            made = []
            for one in wanted:
                trunk, more = self._create(session, ctx, one)
                made.append(trunk)
                changes += more
        self._tell(ctx, *changes)
        return made

    def _create(
        self, session: orm.Session, ctx: RequestContext, wanted: Mapping[str, Any]
    ) -> tuple[Trunk, Changes]:
        inner = wanted.get("sub_ports") or []
        check_different(inner)
        parent = ports.get(session, ctx, wanted["port_id"])
        ports_input.check_own(ctx, parent)
        project_id = owner(ctx, wanted)
        self._quotas.reserve(session, project_id, "trunk")
        rows.lock(session, parent.id)
        used = queries.user_of(session, parent)
        if used is not None:
            raise errors.ParentPortInUse(port_id=parent.id, used=used)
        trunk = Trunk(id=new_id(), project_id=project_id, port_id=parent.id, **named(wanted, PLAIN))
        session.add(trunk)
        session.flush()
        rows.set_tags(session, trunk.id, wanted.get("tags", ()))
        changes = _put_in(session, ctx, trunk, inner)
        return queries.get(session, ctx, trunk.id), changes

    def update(self, ctx: RequestContext, trunk_id: str, wanted: Mapping[str, Any]) -> Trunk:
        """Change a trunk.  Raises TrunkNotFound."""
        with self._database.transaction() as session:
            trunk = queries.get(session, ctx, trunk_id)
            rows.change(trunk, named(wanted, PLAIN))
            session.flush()
            return queries.get(session, ctx, trunk_id)

    def add(self, ctx: RequestContext, trunk_id: str, wanted: Sequence[Mapping[str, Any]]) -> Trunk:
        """Put ports into a trunk.  Raises TrunkNotFound, TrunkDisabled, and as `create`."""
        with self._database.transaction() as session:
            trunk = _enabled(session, ctx, trunk_id)
            check_different(wanted)
            changes = _put_in(session, ctx, trunk, wanted)
            rows.advance(trunk)
            session.flush()
            trunk = queries.get(session, ctx, trunk_id)
        self._tell(ctx, *changes)
        return trunk

    def remove(
        self, ctx: RequestContext, trunk_id: str, wanted: Sequence[Mapping[str, Any]]
    ) -> Trunk:
        """Take ports out of a trunk.  Raises TrunkNotFound, TrunkDisabled, SubPortNotFound."""
        with self._database.transaction() as session:
            trunk = _enabled(session, ctx, trunk_id)
            there = {one.port_id: one for one in trunk.sub_ports}
            for one in wanted:
                if one["port_id"] not in there:
                    raise errors.SubPortNotFound(trunk_id=trunk_id, port_id=one["port_id"])
            changes = _take_out(session, [there[one["port_id"]] for one in wanted])
            rows.advance(trunk)
            session.flush()
            trunk = queries.get(session, ctx, trunk_id)
        self._tell(ctx, *changes)
        return trunk

    def delete(self, ctx: RequestContext, trunk_id: str) -> None:
        """Remove a trunk; its ports stay.  Raises TrunkNotFound, TrunkDisabled."""
        with self._database.transaction() as session:
            trunk = _enabled(session, ctx, trunk_id)
            changes = _take_out(session, trunk.sub_ports)
            rows.delete(session, trunk)
        self._tell(ctx, *changes)


def _enabled(session: orm.Session, ctx: RequestContext, trunk_id: str) -> Trunk:
    trunk = queries.get(session, ctx, trunk_id)
    if not trunk.admin_state_up:
        raise errors.TrunkDisabled(trunk_id=trunk_id)
    rows.lock(session, trunk_id)
    return trunk


def check_different(wanted: Sequence[Mapping[str, Any]]) -> None:
    """Return when no port and no VLAN is named twice, and each has its VLAN.

    Raises BadRequest.
    """
    found: set[object] = set()
    for one in wanted:
        kind, number = one.get("segmentation_type"), one.get("segmentation_id")
        if kind != "inherit" and (kind is None or number is None):
            raise roots.BadRequest(
                reason=f"sub-port {one['port_id']} needs a segmentation_type and segmentation_id"
            )
        keys: list[object] = [one["port_id"], *([(kind, number)] if kind != "inherit" else [])]
        for key in keys:
            if key in found:
                raise roots.BadRequest(reason=f"{key} is there twice among the sub-ports")
            found.add(key)


def _put_in(
    session: orm.Session, ctx: RequestContext, trunk: Trunk, wanted: Sequence[Mapping[str, Any]]
) -> Changes:
    trunk_id = trunk.id
    network_of_parent = sa.select(Port.network_id).where(Port.id == trunk.port_id)
    outer = session.scalars(sa.select(Network).where(Network.id.in_(network_of_parent))).one()
    number = session.scalar(
        sa.select(sa.func.max(SubPort.number)).where(SubPort.trunk_id == trunk.id)
    )
    changes = []
    for place, one in enumerate(wanted, (number or 0) + 1):
        port = ports.get(session, ctx, one["port_id"])
        _check_usable(session, ctx, port, outer)
        kind, vlan = _segment(port, one)
        made = SubPort(
            port_id=port.id,
            trunk_id=trunk_id,
            segmentation_type=kind,
            segmentation_id=vlan,
            number=place,
        )
        session.add(made)
        try:
            session.flush()
        except sa.exc.IntegrityError as error:
            raise errors.DuplicateSubPort(
                segmentation_type=kind, segmentation_id=vlan, trunk_id=trunk_id
            ) from error
        rows.change(port, {"device_owner": SUBPORT, "device_id": trunk.id})
        changes.append((PORT, port.id))
    session.flush()
    return changes


def _check_usable(session: orm.Session, ctx: RequestContext, port: Port, outer: Network) -> None:
    ports_input.check_own(ctx, port)
    used = queries.user_of(session, port)
    if used is not None:
        raise errors.TrunkPortInUse(port_id=port.id, used=used)
    if port.device_id or port.device_owner or port.host:
        raise errors.PortInUse(port_id=port.id, device_id=port.device_id or port.device_owner)
    if port.network.mtu > outer.mtu:
        raise errors.SubPortMtuGreaterThanTrunkPortMtu(
            port_id=port.id, port_mtu=port.network.mtu, trunk_mtu=outer.mtu
        )


def _segment(port: Port, wanted: Mapping[str, Any]) -> tuple[str, int]:
    """Return a sub-port's VLAN: the given one, or its network's."""
    if wanted["segmentation_type"] != "inherit":
        return str(wanted["segmentation_type"]), int(wanted["segmentation_id"])
    if port.network.network_type != "vlan" or port.network.segmentation_id is None:
        raise roots.BadRequest(
            reason=f"sub-port {port.id} cannot inherit a VLAN: its network is a "
            f"{port.network.network_type} one"
        )
    return "vlan", port.network.segmentation_id


def _take_out(session: orm.Session, parted: Sequence[SubPort]) -> Changes:
    changes = []
    for one in parted:
        port = session.get_one(Port, one.port_id)
        rows.change(port, {"device_owner": "", "device_id": ""})
        changes.append((PORT, one.port_id))
        session.delete(one)
    session.flush()
    return changes
