"""What volume tells everybody."""

from common.messages import Contract, Event

EVENTS = Contract("volume.events", version="1.0")


class VolumeChanged(Event, contract=EVENTS, topic="volume.changed"):
    """A volume has another status than before, or is gone (`deleted`)."""

    volume_id: str
    status: str
    project_id: str
