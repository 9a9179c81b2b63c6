"""docs/policies.md, as the code has it."""

from collections.abc import Iterator

from common.policy import PROJECT_SCOPE, Policy, Rule
from tests.support.personas import LOOKS, OWN, PERSONAS, ROLES, Api, ask, every

HEAD = """# Who may do what

Written by `python -m tests.functional.policies.write` from the rules in the code; a test compares.
An operator replaces single rules in `<state directory>/policy/<service>.yaml`, one
`"<rule>": "<check>"` a line.

Roles imply one another: admin > manager > member > reader. A cell names the least of them that
suffices on what is the caller's own: the project's servers, the domain's users, oneself. On what
is somebody else's only administrators act, and services where a rule says so. `service` is the
role of the services' own users. A dash: nobody.

A token of *project* scope works everywhere. Tokens of *domain* and *system* scope are for identity
alone; elsewhere they are refused whatever their roles are. A domain's manager looks after the
users, groups, projects and role assignments of that domain, and passes on the roles manager,
member and reader. Whoever has the role admin administers the whole cloud, wherever it was given.

Whose rows a call finds is not a rule's business: what belongs to a foreign project is not found.
"""
NOBODY = "-"


def document() -> str:
    """Return the whole text."""
    parts = [HEAD]
    for api in every():
        parts += [f"\n## {api.name.capitalize()}\n", *_rules(api), "", *_calls(api)]
    return "\n".join(parts) + "\n"


def asked(api: Api) -> Iterator[tuple[str, str, str]]:
    """Yield method, path, and the name of the rule that guards the call."""
    client = api.client()
    for method, path in api.calls():
        _, rule = ask(client, method, path, LOOKS)
        assert rule is not None, f"{method} {path} asks no rule"
        yield method, path, rule


def may(api: Api) -> dict[str, set[str]]:
    """Return who passes each rule on their own things, by the rule's name."""
    policy = Policy(api.rules, None, api.scopes)
    return {
        rule.name: {who for who, ctx in PERSONAS.items() if policy.allows(ctx, rule, OWN)}
        for rule in api.rules
    }


def _rules(api: Api) -> list[str]:
    scopes = [scope for scope in ("project", "domain", "system") if scope in api.scopes]
    heads = ["least role"] if api.scopes == PROJECT_SCOPE else [f"on a {one}" for one in scopes]
    lines = ["| rule | what it allows | " + " | ".join(heads) + " |"]
    lines.append("|---" * (2 + len(heads)) + "|")
    passing = may(api)
    for rule in sorted(api.rules, key=lambda rule: rule.name):
        cells = [_least(scope, passing[rule.name]) for scope in scopes]
        lines.append(f"| `{rule.name}` | {_sentence(rule)} | " + " | ".join(cells) + " |")
    return lines


def _sentence(rule: Rule) -> str:
    return rule.description.rstrip(".").replace("|", "\\|")


def _least(scope: str, passing: set[str]) -> str:
    """Return the least role that suffices, and `service` where it does, too."""
    held = [role for role in ROLES if f"{scope} {role}" in passing]
    assert held == list(ROLES[len(ROLES) - len(held) :]), "a role implies those below it"
    words = [held[0]] if held else []
    if scope == "project" and "project service" in passing:
        words.append("service")
    return ", ".join(words) or NOBODY


def _calls(api: Api) -> list[str]:
    lines = ["| call | first rule |", "|---|---|"]
    lines += [
        f"| `{method} {path}` | `{rule}` |"
        for method, path, rule in sorted(asked(api), key=lambda call: (call[1], call[0]))
    ]
    return lines
