"""Security groups and their rules over HTTP."""

from network.api.resources import Noun
from network.db import groups as queries
from network.policies import groups as policies
from network.schemas import groups as schemas
from network.views import groups as views

SECURITY_GROUPS = Noun(
    name="security_group",
    plural="security_groups",
    listing=queries.LISTING,
    view=views.security_group,
    rules=policies.GROUPS,
    create=schemas.CREATE,
    update=schemas.UPDATE,
)
SECURITY_GROUP_RULES = Noun(
    name="security_group_rule",
    plural="security_group_rules",
    listing=queries.RULES,
    view=views.rule,
    rules=policies.GROUP_RULES,
    create=schemas.CREATE_RULE,
    update=None,
)
