"""Who may do what with the resources, events and outputs of stacks."""

from common.policy import MEMBER, READER, Rule
from orchestration.policies.stacks import EVENTS, OUTPUTS, RESOURCES

STACK = "/stacks/{name}/{id}"
SIGNAL = Rule("resource:signal", MEMBER, f"POST {STACK}/resources/{{r}}/signal", "Signal one.")
MARK = Rule("resource:mark_unhealthy", MEMBER, f"PATCH {STACK}/resources/{{r}}", "Call one unwell.")
CONFIGS = Rule("software_configs:index", READER, "GET /software_configs", "List configurations.")
CONFIG = Rule("software_configs:show", READER, "GET /software_configs/{id}", "Show one.")
ADD_CONFIG = Rule("software_configs:create", MEMBER, "POST /software_configs", "Make one.")
DROP_CONFIG = Rule(
    "software_configs:delete", MEMBER, "DELETE /software_configs/{id}", "Remove one."
)
DEPLOYMENTS = Rule(
    "software_deployments:index", READER, "GET /software_deployments", "List deployments."
)
METADATA = Rule(
    "software_deployments:metadata",
    READER,
    "GET /software_deployments/metadata/{server_id}",
    "What a server is told.",
)
DEPLOYMENT = Rule(
    "software_deployments:show", READER, "GET /software_deployments/{id}", "Show one."
)
DEPLOY = Rule("software_deployments:create", MEMBER, "POST /software_deployments", "Deploy.")
CHANGE_DEPLOYMENT = Rule(
    "software_deployments:update", MEMBER, "PUT /software_deployments/{id}", "Change one."
)
DROP_DEPLOYMENT = Rule(
    "software_deployments:delete", MEMBER, "DELETE /software_deployments/{id}", "Remove one."
)

RULES = [
    SIGNAL,
    MARK,
    CONFIGS,
    CONFIG,
    ADD_CONFIG,
    DROP_CONFIG,
    DEPLOYMENTS,
    METADATA,
    DEPLOYMENT,
    DEPLOY,
    CHANGE_DEPLOYMENT,
    DROP_DEPLOYMENT,
]

__all__ = ["EVENTS", "OUTPUTS", "RESOURCES", "RULES"]
