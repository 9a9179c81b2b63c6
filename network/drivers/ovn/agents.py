"""Signs of life: each chassis answers a number that the northbound database is given.

Source: ovn-nb(5), NB_Global nb_cfg; ovn-sb(5), Chassis_Private nb_cfg_timestamp.
"""

import datetime as dt

from network.drivers.base import Heartbeat
from network.drivers.ovn.rows import Row, Rows

CONTROLLER = ("OVN Controller agent", "ovn-controller")
GATEWAY = ("OVN Controller Gateway agent", "ovn-controller")
METADATA = ("OVN Metadata agent", "network-metadata")


def ask(rows: Rows) -> None:
    """Advance the number that all chassis answer with."""
    for row in rows.all("NB_Global"):
        row.nb_cfg = int(row.nb_cfg) + 1


def heard(rows: Rows) -> list[Heartbeat]:
    """When each chassis answered last; the metadata service lives beside its controller."""
    found = []
    for row in rows.all("Chassis_Private"):
        chassis = rows.get("Chassis", row.name)
        if chassis is None or not int(row.nb_cfg_timestamp):
            continue
        moment = dt.datetime.fromtimestamp(int(row.nb_cfg_timestamp) / 1000, dt.UTC)
        moment = moment.replace(tzinfo=None)
        kinds = [GATEWAY if _carries(chassis) else CONTROLLER, METADATA]
        found += [Heartbeat(chassis.hostname, kind, binary, moment) for kind, binary in kinds]
    return found


def _carries(chassis: Row) -> bool:
    options = dict(chassis.other_config).get("ovn-cms-options", "")
    return "enable-chassis-as-gw" in options.split(",")
