"""QoS policies, their rules and the kinds of rules over HTTP."""

import falcon

from common.policy import Policy
from network import errors
from network.api.resources import Attributes, Noun
from network.db import qos as queries
from network.policies import qos as policies
from network.schemas import qos as schemas
from network.views import qos as views

POLICIES = Noun(
    name="policy",
    plural="policies",
    listing=queries.LISTING,
    view=views.policy,
    rules=policies.POLICIES,
    create=schemas.CREATE,
    update=schemas.UPDATE,
    late=True,
)


def _noun(kind: str, create: Attributes, update: Attributes) -> Noun:
    return Noun(
        name=f"{kind}_rule",
        plural=f"{kind}_rules",
        listing=queries.RULES,
        view=views.rule,
        rules=policies.RULES_OF_POLICIES,
        create=create,
        update=update,
    )


RULE_NOUNS = {
    "bandwidth_limit": _noun("bandwidth_limit", schemas.CREATE_LIMIT, schemas.UPDATE_LIMIT),
    "dscp_marking": _noun("dscp_marking", schemas.CREATE_MARK, schemas.UPDATE_MARK),
    "minimum_bandwidth": _noun("minimum_bandwidth", schemas.CREATE_MINIMUM, schemas.UPDATE_MINIMUM),
}


class RuleTypesResource:
    """/v2.0/qos/rule-types and /v2.0/qos/rule-types/{kind}"""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.TYPES)
        resp.media = {"rule_types": views.rule_types()}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, kind: str) -> None:
        self._policy.authorize(req.context.ctx, policies.TYPE)
        if kind not in views.SHOWN:
            raise errors.QosRuleTypeNotFound(kind=kind, known=", ".join(views.SHOWN))
        resp.media = {"rule_type": views.rule_type(kind, schemas.MARKS)}
