"""What the API tells the controller."""

from common.messages import Contract, Message

CONTROLLER = Contract("network.controller", version="1.0")

NETWORK = "network"
SUBNET = "subnet"
PORT = "port"
SECURITY_GROUP = "security_group"
ROUTER = "router"
ADDRESS_GROUP = "address_group"

Change = tuple[str, str]
Changes = list[Change]


class Sync(Message, contract=CONTROLLER):
    """Bring the engine up to what the rows say now.

    changes: (kind, resource id) pairs in the order they are to be looked at; one whose row is
    gone is removed from the engine.
    """

    changes: list[Change]
