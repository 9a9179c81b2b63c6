"""Access rules: the only requests that a token of a limited application credential may make."""

import functools
import re
from collections.abc import Iterable

_STEP = re.compile(r"\*\*|\*|\{[^/{}]*\}")


def text(service: str, method: str, path: str) -> str:
    """Return the form in which a token carries a rule: `compute GET /v2.1/servers/*`."""
    return f"{service} {method} {path}"


def permitted(rules: Iterable[str], service: str, method: str, path: str) -> bool:
    """Say whether any rule allows the request.

    In a rule's path `*` and `{name}` stand for one step, `**` for any number of them.
    Source: Identity API v3, application credential attribute `access_rules`.
    """
    for rule in rules:
        its_service, its_method, its_path = rule.split(" ", 2)
        if (its_service, its_method) == (service, method) and _pattern(its_path).fullmatch(path):
            return True
    return False


@functools.lru_cache(maxsize=1024)
def _pattern(path: str) -> re.Pattern[str]:
    parts, end = [], 0
    for step in _STEP.finditer(path):
        parts.append(re.escape(path[end : step.start()]))
        parts.append(".*" if step.group() == "**" else "[^/]+")
        end = step.end()
    return re.compile("".join(parts) + re.escape(path[end:]))
