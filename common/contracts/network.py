"""What network tells everybody."""

from common.messages import Contract, Event

EVENTS = Contract("network.events", version="1.0")


class PortChanged(Event, contract=EVENTS, topic="network.port.changed"):
    """A port came up, went down, or lost its address or its whole self."""

    port_id: str
    device_id: str
    status: str
