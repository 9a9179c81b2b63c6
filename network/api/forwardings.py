"""Port forwardings over HTTP."""

from network.api.resources import Noun
from network.db.forwardings import LISTING
from network.policies import forwardings as policies
from network.schemas import forwardings as schemas
from network.views.forwardings import port_forwarding

PORT_FORWARDINGS = Noun(
    name="port_forwarding",
    plural="port_forwardings",
    listing=LISTING,
    view=port_forwarding,
    rules=policies.RULES,
    create=schemas.CREATE,
    update=schemas.UPDATE,
)
