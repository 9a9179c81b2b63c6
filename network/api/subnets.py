"""Subnets over HTTP."""

from network.api.resources import Noun
from network.db.subnets import LISTING
from network.policies import subnets as policies
from network.schemas import subnets as schemas
from network.views.subnets import subnet

SUBNETS = Noun(
    name="subnet",
    plural="subnets",
    listing=LISTING,
    view=subnet,
    rules=policies.RULES,
    create=schemas.CREATE,
    update=schemas.UPDATE,
)
