"""Networks over HTTP."""

from collections.abc import Mapping
from typing import Any

from common.context import RequestContext
from common.policy import Policy
from network.api.resources import Noun
from network.db.networks import LISTING
from network.policies import networks as policies
from network.schemas import networks as schemas
from network.views.networks import network

SHARING = ("shared", "router:external", "is_default")
PROVIDER = ("provider:network_type", "provider:physical_network", "provider:segmentation_id")


def _further(policy: Policy, ctx: RequestContext, wanted: Mapping[str, Any]) -> None:
    if any(wanted.get(name) for name in SHARING):
        policy.authorize(ctx, policies.SHARE)
    if any(wanted.get(name) is not None for name in PROVIDER):
        policy.authorize(ctx, policies.PROVIDER)


NETWORKS = Noun(
    name="network",
    plural="networks",
    listing=LISTING,
    view=network,
    rules=(policies.READ, policies.CREATE, policies.UPDATE, policies.DELETE),
    create=schemas.CREATE,
    update=schemas.UPDATE,
    further=_further,
)
