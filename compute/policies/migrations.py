"""Rules about migrations."""

from common.policy import ADMIN, Rule

LIST = Rule("compute:migrations:list", ADMIN, "GET /os-migrations", "See migrations.")
LIVE = Rule(
    "compute:migrations:live",
    ADMIN,
    "GET /servers/{id}/migrations, DELETE /servers/{id}/migrations/{id}",
    "See and end what moves a server that runs.",
)
RULES = [LIST, LIVE]
