"""What everybody is told of a volume."""

from common.context import RequestContext
from common.contracts.volume import VolumeChanged
from common.rpc import Bus
from volume.db.models import Volume


def tell(bus: Bus, ctx: RequestContext, volume: Volume, status: str | None = None) -> None:
    """Tell a volume's status, after the commit.  status: `deleted` for one that is gone."""
    event = VolumeChanged(
        volume_id=volume.id, status=status or volume.status, project_id=volume.project_id
    )
    bus.publish(ctx, event)
