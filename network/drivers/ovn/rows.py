"""Rows of an OVSDB database as one transaction sees them, and how they are named."""

from collections.abc import Iterable, Mapping
from typing import Any

Row = Any  # ovs.db.idl.Row makes its attributes from the schema

REVISION = "neutron:revision_number"
NETWORK_ID = "neutron:network_id"
DROP_GROUP = "neutron_pg_drop"

Index = dict[str, dict[str, Any]]


def switch_name(network_id: str) -> str:
    return f"neutron-{network_id}"


def router_name(router_id: str) -> str:
    return f"neutron-{router_id}"


def group_name(security_group_id: str) -> str:
    """The port group; OVN makes the address sets `<name>_ip4` and `<name>_ip6` from it."""
    return f"pg_{security_group_id.replace('-', '_')}"


def leg_name(port_id: str) -> str:
    return f"lrp-{port_id}"


class Rows:
    """What one transaction reads and writes; nothing is written that is there already.

    Sets and optional columns are lists, maps are dictionaries, references are rows.
    """

    def __init__(self, tables: Mapping[str, Any], index: Index, transaction: Any) -> None:
        self._tables = tables
        self._index = index
        self._transaction = transaction
        self._inserted: dict[tuple[str, str], Row] = {}

    def get(self, table: str, key: str) -> Row | None:
        """The row that has this key (its name, or what the index was told), or None."""
        inserted = self._inserted.get((table, key))
        if inserted is not None:
            return inserted
        uuid = self._index[table].get(key)
        return None if uuid is None else self._tables[table].rows.get(uuid)

    def all(self, table: str) -> list[Row]:
        return list(self._tables[table].rows.values())

    def insert(self, table: str, key: str = "", **columns: Any) -> Row:
        """Add a row; key: what `get` finds it by later in this transaction."""
        row = self._transaction.insert(self._tables[table])
        for column, value in columns.items():
            setattr(row, column, value)
        if key:
            self._inserted[table, key] = row
        return row

    def ensure(self, table: str, name: str) -> Row:
        """The row of this name, made when it is missing."""
        return self.get(table, name) or self.insert(table, name, name=name)

    def set(self, row: Row, **columns: Any) -> None:
        """Write the columns that differ."""
        for column, value in columns.items():
            try:
                same = _plain(getattr(row, column)) == _plain(value)
            except AttributeError:  # a new row has only what was set
                same = False
            if not same:
                setattr(row, column, value)

    def merge(self, row: Row, column: str, wanted: Mapping[str, str], ours: str) -> None:
        """Make the map hold what is wanted, and of other keys those that don't start with ours."""
        try:
            there = dict(getattr(row, column))
        except AttributeError:
            there = {}
        kept = {key: value for key, value in there.items() if not key.startswith(ours)}
        self.set(row, **{column: {**kept, **wanted}})

    def exchange(
        self, owner: Row, column: str, there: Mapping[Any, Row], wanted: Iterable[Any]
    ) -> list[Any]:
        """Let go of referenced rows nobody wants any more; return what is still to be made."""
        keys = list(wanted)
        for key in there.keys() - set(keys):
            owner.delvalue(column, there[key])
        return [key for key in keys if key not in there]


def held(row: Row, column: str) -> list[Row]:
    """The rows a column refers to; none for a row that was just inserted."""
    try:
        return list(getattr(row, column))
    except AttributeError:
        return []


def facts(row: Row) -> dict[str, str]:
    """The row's external ids."""
    try:
        return dict(row.external_ids)
    except AttributeError:
        return {}


def _plain(value: Any) -> Any:
    """A value that can be compared: references by id, sets without an order."""
    if isinstance(value, dict):
        return {str(key): str(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return sorted(str(getattr(item, "uuid", item)) for item in value)
    return str(value)
