"""Address groups: made, changed and removed."""

from collections.abc import Mapping, Sequence
from typing import Any

from common.context import RequestContext
from network import errors
from network.db import address_groups as queries
from network.db import rows
from network.db.address_group_models import AddressGroup
from network.db.base import new_id
from network.db.lists import Wanted
from network.logic import ranges
from network.logic.base import Logic, named, owner
from network.rpc.contract import ADDRESS_GROUP, Changes

PLAIN = ("name", "description")
MOST = 1000


class AddressGroups(Logic):
    """What can be done with address groups."""

    def list(self, ctx: RequestContext, wanted: Wanted) -> list[AddressGroup]:
        """Return one page of the groups the caller may see."""
        with self._database.reading() as session:
            return queries.LISTING.fetch(session, queries.visible(ctx), wanted)

    def get(self, ctx: RequestContext, group_id: str) -> AddressGroup:
        """Return one group.  Raises AddressGroupNotFound."""
        with self._database.reading() as session:
            return queries.get(session, ctx, group_id)

    def create(
        self, ctx: RequestContext, wanted: Sequence[Mapping[str, Any]]
    ) -> Sequence[AddressGroup]:
        """Make all of the groups or none.  Raises OverQuota, InvalidInput."""
        with self._database.transaction() as session:
            made = []
            for one in wanted:
                project_id = owner(ctx, one)
                self._quotas.reserve(session, project_id, "address_group")
                group = AddressGroup(
                    id=new_id(),
                    project_id=project_id,
                    addresses=_merged([], cidrs(one.get("addresses") or [])),
                    **named(one, PLAIN),
                )
                session.add(group)
                session.flush()
                made.append(queries.get(session, ctx, group.id))
        changes: Changes = [(ADDRESS_GROUP, group.id) for group in made]
        self._tell(ctx, *changes)
        return made

    def update(self, ctx: RequestContext, group_id: str, wanted: Mapping[str, Any]) -> AddressGroup:
        """Change a group's name or description.  Raises AddressGroupNotFound."""
        return self._change(ctx, group_id, lambda group: named(wanted, PLAIN))

    def add(self, ctx: RequestContext, group_id: str, given: Sequence[str]) -> AddressGroup:
        """Add ranges.  Raises AddressGroupNotFound, InvalidInput."""
        more = cidrs(given)
        return self._change(
            ctx, group_id, lambda group: {"addresses": _merged(group.addresses, more)}
        )

    def remove(self, ctx: RequestContext, group_id: str, given: Sequence[str]) -> AddressGroup:
        """Take ranges out.  Raises AddressesNotFound, and as `add`."""
        less = cidrs(given, lone=True)

        def without(group: AddressGroup) -> dict[str, Any]:
            missing = [one for one in less if one not in group.addresses]
            if missing:
                raise errors.AddressesNotFound(
                    addresses=", ".join(missing), address_group_id=group_id
                )
            return {"addresses": [one for one in group.addresses if one not in less]}

        return self._change(ctx, group_id, without)

    def _change(self, ctx: RequestContext, group_id: str, values: Any) -> AddressGroup:
        with self._database.transaction() as session:
            group = queries.get(session, ctx, group_id)
            _check_own(ctx, group)
            rows.lock(session, group_id)
            rows.change(group, values(group))
            session.flush()
            group = queries.get(session, ctx, group_id)
        self._tell(ctx, (ADDRESS_GROUP, group_id))
        return group

    def delete(self, ctx: RequestContext, group_id: str) -> None:
        """Remove a group.  Raises AddressGroupNotFound, AddressGroupInUse."""
        with self._database.transaction() as session:
            group = queries.get(session, ctx, group_id)
            _check_own(ctx, group)
            rule_id = queries.used(session, group_id)
            if rule_id is not None:
                raise errors.AddressGroupInUse(address_group_id=group_id, rule_id=rule_id)
            rows.delete(session, group)
        self._tell(ctx, (ADDRESS_GROUP, group_id))


def _check_own(ctx: RequestContext, group: AddressGroup) -> None:
    """Return when the caller may change a group; for others there is none to be changed.

    Raises AddressGroupNotFound.
    """
    if not ctx.is_admin and group.project_id != ctx.project_id:
        raise errors.AddressGroupNotFound(address_group_id=group.id)


def cidrs(given: Sequence[str], *, lone: bool = False) -> list[str]:
    """Return ranges without host bits.  lone: an address alone is one, too.

    Raises InvalidInput.
    """
    found = []
    for text in given:
        try:
            net = ranges.net_of(text)
        except ValueError as error:
            raise errors.InvalidInput(reason=f"'{text}' is not a valid IP subnet") from error
        if "/" not in text and not lone:
            raise errors.InvalidInput(reason=f"'{text}' needs a prefix length, such as {net}")
        found.append(str(net))
    return found


def _merged(there: Sequence[str], more: Sequence[str]) -> list[str]:
    merged = list(dict.fromkeys([*there, *more]))
    if len(merged) > MOST:
        raise errors.InvalidInput(reason=f"an address group has at most {MOST} addresses")
    return merged
