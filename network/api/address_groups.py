"""Address groups over HTTP."""

import falcon

from common import http
from common.policy import Policy
from network.api.resources import Noun
from network.db.address_groups import LISTING
from network.logic.address_groups import AddressGroups
from network.policies import address_groups as policies
from network.schemas import address_groups as schemas
from network.views.address_groups import address_group

ADDRESS_GROUPS = Noun(
    name="address_group",
    plural="address_groups",
    listing=LISTING,
    view=address_group,
    rules=policies.GROUPS,
    create=schemas.CREATE,
    update=schemas.UPDATE,
)


class AddressesResource:
    """/v2.0/address-groups/{id}/add_addresses and remove_addresses"""

    def __init__(self, policy: Policy, groups: AddressGroups) -> None:
        self._policy = policy
        self._groups = groups

    def on_put_add(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.FILL)
        given = http.body(req, schemas.ADDRESSES)["addresses"]
        resp.media = {"address_group": address_group(self._groups.add(ctx, row_id, given), ctx)}

    def on_put_remove(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.FILL)
        given = http.body(req, schemas.ADDRESSES)["addresses"]
        resp.media = {"address_group": address_group(self._groups.remove(ctx, row_id, given), ctx)}
