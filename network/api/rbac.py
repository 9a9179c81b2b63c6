"""Grants over HTTP."""

from network.api.resources import Noun
from network.db.rbac import LISTING
from network.policies import rbac as policies
from network.schemas import rbac as schemas
from network.views.rbac import rbac_policy

RBAC_POLICIES = Noun(
    name="rbac_policy",
    plural="rbac_policies",
    listing=LISTING,
    view=rbac_policy,
    rules=policies.RULES,
    create=schemas.CREATE,
    update=schemas.UPDATE,
)
