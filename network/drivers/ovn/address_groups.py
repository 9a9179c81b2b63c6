"""Address groups become two address sets each, one a family."""

from network.drivers.base import AddressGroupSpec
from network.drivers.ovn.rows import REVISION, Rows

GROUP_ID = "cumulet:address_group_id"


def set_name(group_id: str, family: str) -> str:
    """The set's name, without its $.  family: ip4 or ip6."""
    return f"ag_{group_id.replace('-', '_')}_{family}"


def ensure_address_group(rows: Rows, spec: AddressGroupSpec) -> None:
    for family, mark in (("ip4", "."), ("ip6", ":")):
        row = rows.ensure("Address_Set", set_name(spec.address_group_id, family))
        own = {GROUP_ID: spec.address_group_id, REVISION: str(spec.revision)}
        addresses = sorted(one for one in spec.addresses if mark in one)
        rows.set(row, addresses=addresses, external_ids=own)


def delete_address_group(rows: Rows, group_id: str) -> None:
    for family in ("ip4", "ip6"):
        row = rows.get("Address_Set", set_name(group_id, family))
        if row is not None:
            row.delete()
