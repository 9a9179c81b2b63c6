"""Query parameters that nobody knows, from the microversion on that refuses them."""

import re

import falcon

from common import errors
from compute.schemas import queries

_VARIABLE = re.compile(r"\{[^}]*\}")


def refuse_unknown(req: falcon.Request) -> None:
    """Return when the call knows every parameter of the request's query.  Raises BadRequest."""
    if req.method != "GET" or not req.params or req.context.version is None:
        return
    path = _VARIABLE.sub("{}", (req.uri_template or "").removeprefix("/v2.1"))
    wrong = queries.unknown(path or "/", req.context.version, req.params)
    if wrong:
        raise errors.BadRequest(
            reason=f"Invalid query parameters: {', '.join(wrong)} (there is no such parameter "
            "at this microversion)"
        )
