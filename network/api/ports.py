"""Ports over HTTP."""

from network.api.resources import Noun
from network.db.ports import LISTING
from network.policies import ports as policies
from network.schemas import ports as schemas
from network.views.ports import port

PORTS = Noun(
    name="port",
    plural="ports",
    listing=LISTING,
    view=port,
    rules=policies.RULES,
    create=schemas.CREATE,
    update=schemas.UPDATE,
)
