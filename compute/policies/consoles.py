"""Rules about consoles in a browser."""

from common.policy import ADMIN, MEMBER, Rule

CREATE = Rule(
    "compute:consoles:create",
    MEMBER,
    "POST /servers/{id}/remote-consoles, POST /servers/{id}/action",
    "Open a server's console.",
)
SHOW_TOKEN = Rule(
    "compute:consoles:show_token",
    ADMIN,
    "GET /os-console-auth-tokens/{token}",
    "See where a console's token leads.",
)
RULES = [CREATE, SHOW_TOKEN]
