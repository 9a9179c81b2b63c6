"""Who may do what with metadata definitions: everybody reads them, administrators write them."""

from common.policy import ADMIN, ANY_READER, Rule

_ALL = "/v2/metadefs/namespaces"
_ONE = f"{_ALL}/{{namespace}}"
_PARTS = ("objects", "properties", "tags")


def _each(method: str, *paths: str) -> str:
    return ", ".join(f"{method} {path}" for path in paths)


LIST = Rule("image:metadefs:list", ANY_READER, f"GET {_ALL}", "List the namespaces one sees.")
SHOW = Rule(
    "image:metadefs:show",
    ANY_READER,
    _each(
        "GET",
        _ONE,
        f"{_ONE}/resource_types",
        *(f"{_ONE}/{part}" for part in _PARTS),
        *(f"{_ONE}/{part}/{{name}}" for part in _PARTS),
    ),
    "Show a namespace and what it defines.",
)
CREATE = Rule("image:metadefs:create", ADMIN, f"POST {_ALL}", "Make a namespace.")
UPDATE = Rule("image:metadefs:update", ADMIN, f"PUT {_ONE}", "Change a namespace.")
DELETE = Rule("image:metadefs:delete", ADMIN, f"DELETE {_ONE}", "Remove a namespace.")
DEFINE = Rule(
    "image:metadefs:define",
    ADMIN,
    ", ".join(
        (
            _each("POST", *(f"{_ONE}/{part}" for part in _PARTS), f"{_ONE}/tags/{{name}}"),
            _each("PUT", *(f"{_ONE}/{part}/{{name}}" for part in _PARTS)),
            _each("DELETE", *(f"{_ONE}/{part}" for part in _PARTS)),
            _each("DELETE", *(f"{_ONE}/{part}/{{name}}" for part in _PARTS)),
        )
    ),
    "Change what a namespace defines.",
)
TYPES = Rule(
    "image:metadefs:resource_types",
    ANY_READER,
    "GET /v2/metadefs/resource_types",
    "List the kinds of resources that definitions can be for.",
)
ASSOCIATE = Rule(
    "image:metadefs:associate",
    ADMIN,
    f"POST {_ONE}/resource_types, DELETE {_ONE}/resource_types/{{name}}",
    "Say which kinds of resources a namespace is for.",
)
RULES = [LIST, SHOW, CREATE, UPDATE, DELETE, DEFINE, TYPES, ASSOCIATE]
