"""Who may do what: rules with defaults in code, and their enforcement through oslo.policy.

The rows a caller may see are the queries' business; policy says who may do a thing at all.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from oslo_config import cfg
from oslo_policy import policy as oslo

from common import errors
from common.context import RequestContext

ADMIN = "role:admin"
SERVICE = "role:service or role:admin"
_OWN = "(project_id:%(project_id)s and not system_scope:all)"
MANAGER = f"role:admin or (role:manager and {_OWN})"
MEMBER = f"role:admin or (role:member and {_OWN})"
READER = f"role:admin or role:service or (role:reader and {_OWN})"
ANY_READER = "role:admin or role:service or role:reader"
AUTHENTICATED = "@"
PROJECT_SCOPE = ("project",)
ANY_SCOPE = ("project", "domain", "system")


@dataclasses.dataclass(frozen=True)
class Rule:
    """One rule: its name, who passes by default, the calls it guards, and what it allows."""

    name: str
    check: str
    operation: str
    description: str


class Policy:
    """The rules of one service.

    policy_file: a `policy.yaml` whose entries replace the defaults; it need not exist.
    scopes: the kinds of scope whose tokens pass at all; those without scope count for what
    roles they have, which are none.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        policy_file: str | None = None,
        scopes: Sequence[str] = PROJECT_SCOPE,
    ) -> None:
        self.scopes = scopes
        conf = cfg.ConfigOpts()
        conf([], project="cumulet", default_config_files=[])
        self._enforcer = oslo.Enforcer(conf, policy_file=policy_file or "/nonexistent/policy.yaml")
        self._enforcer.suppress_deprecation_warnings = True
        for rule in rules:
            self._enforcer.register_default(
                oslo.DocumentedRuleDefault(
                    rule.name, rule.check, rule.description, _operations(rule.operation)
                )
            )
        self._enforcer.load_rules()
        self._enforcer.use_conf = False  # the file is read once, not looked at on every request

    def authorize(
        self, ctx: RequestContext, rule: Rule, target: Mapping[str, Any] | None = None
    ) -> None:
        """Return when the caller may do what the rule guards.

        target: facts about the resource; without it, the caller's own project.
        Raises PolicyForbids.
        """
        if not self._in_scope(ctx):
            wanted = " or ".join(self.scopes)
            raise errors.ScopeForbids(rule=rule.name, given=ctx.scope, wanted=wanted)
        if not self.allows(ctx, rule, target):
            raise errors.PolicyForbids(rule=rule.name)

    def allows(
        self, ctx: RequestContext, rule: Rule, target: Mapping[str, Any] | None = None
    ) -> bool:
        """Say whether the caller may do what the rule guards."""
        facts = {"project_id": ctx.project_id, "user_id": ctx.user_id} if target is None else target
        allowed = self._enforcer.authorize(rule.name, dict(facts), ctx.credentials())
        return self._in_scope(ctx) and bool(allowed)

    def _in_scope(self, ctx: RequestContext) -> bool:
        return ctx.scope == "nowhere" or ctx.scope in self.scopes


def _operations(operation: str) -> list[dict[str, str]]:
    found = []
    for one in operation.split(","):
        method, _, path = one.strip().partition(" ")
        found.append({"method": method, "path": path})
    return found
