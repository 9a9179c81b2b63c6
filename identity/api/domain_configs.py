"""/v3/domains/{domain_id}/config and /v3/domains/config: a domain's configuration."""

import falcon

from common import http
from common.policy import Policy, Rule
from identity.logic.domain_configs import DomainConfigs
from identity.policies import domains as policies
from identity.schemas import projects as schemas


class DomainConfigsResource:
    """All of it, a group of options, or one option."""

    def __init__(self, policy: Policy, configs: DomainConfigs) -> None:
        self._policy = policy
        self._configs = configs

    def on_get_default(self, req: falcon.Request, resp: falcon.Response, **path: str) -> None:
        self._authorize(req, policies.CONFIG)
        resp.media = {"config": self._configs.defaults(**path)}

    on_head_default = on_get_default

    def on_put_whole(self, req: falcon.Request, resp: falcon.Response, domain_id: str) -> None:
        self._authorize(req, policies.CONFIGURE)
        wanted = http.body(req, schemas.CONFIG)["config"]
        config, new = self._configs.replace(domain_id, wanted)
        resp.status = falcon.HTTP_201 if new else falcon.HTTP_200
        resp.media = {"config": config}

    def on_get(self, req: falcon.Request, resp: falcon.Response, **path: str) -> None:
        self._authorize(req, policies.CONFIG)
        resp.media = {"config": self._configs.get(**path)}

    on_head = on_get
    on_get_whole = on_get
    on_head_whole = on_get

    def on_patch(self, req: falcon.Request, resp: falcon.Response, **path: str) -> None:
        self._authorize(req, policies.CONFIGURE)
        if "option" in path:
            wanted = {path["group"]: http.body(req, schemas.CONFIG_OPTION)["config"]}
        else:
            wanted = http.body(req, schemas.CONFIG)["config"]
        resp.media = {"config": self._configs.update(wanted=wanted, **path)}

    on_patch_whole = on_patch

    def on_delete(self, req: falcon.Request, resp: falcon.Response, **path: str) -> None:
        self._authorize(req, policies.CONFIGURE)
        self._configs.delete(**path)
        resp.status = falcon.HTTP_204

    on_delete_whole = on_delete

    def _authorize(self, req: falcon.Request, rule: Rule) -> None:
        self._policy.authorize(req.context.ctx, rule, {})
