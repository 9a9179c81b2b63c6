"""Rules about flavors."""

from common.policy import ADMIN, ANY_READER, Rule

LIST = Rule("compute:flavors:list", ANY_READER, "GET /flavors", "List flavors.")
SHOW = Rule("compute:flavors:show", ANY_READER, "GET /flavors/{id}", "Show a flavor.")
MANAGE = Rule(
    "compute:flavors:manage",
    ADMIN,
    "POST /flavors, PUT /flavors/{id}, DELETE /flavors/{id}",
    "Make, change and remove flavors, their extra specs and who may use them.",
)
RULES = [LIST, SHOW, MANAGE]
