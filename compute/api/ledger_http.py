"""What all of the Placement API has in common beside the other APIs' common parts."""

import email.utils
from collections.abc import Collection, Mapping
from typing import Any

import falcon

from common import errors as roots
from common import http
from common.policy import Policy, Rule
from compute import errors

Version = tuple[int, int]
JSON = "application/json"


def require(req: falcon.Request, policy: Policy, rule: Rule, *, since: Version = (1, 0)) -> Version:
    """Return the microversion of a request that may be made.

    Raises PolicyForbids, NotFound before `since`, NotAcceptable when JSON will not do.
    """
    policy.authorize(req.context.ctx, rule)
    version: Version = req.context.version
    if version < since:
        raise roots.NotFound()
    return version


def wants_json(req: falcon.Request) -> None:
    """Return when the caller takes JSON.  Raises NotAcceptable."""
    if req.get_header("Accept") and not req.client_accepts(JSON):
        raise roots.NotAcceptable(reason=f"Only {JSON} is provided")


def is_json(req: falcon.Request) -> None:
    """Return when the request's body is JSON.  Raises UnsupportedMediaType."""
    kind = (req.content_type or "None").partition(";")[0].strip()
    if kind != JSON:
        raise roots.UnsupportedMediaType(
            reason=f"The media type {kind} is not supported, use {JSON}"
        )


def body(req: falcon.Request, schema: Mapping[str, Any]) -> Any:
    """Return the request's body, checked.  Raises UnsupportedMediaType, LedgerBadRequest."""
    is_json(req)
    try:
        document = http.json_body(req)
    except roots.BadRequest as error:
        raise errors.LedgerBadRequest(reason=f"Malformed JSON: {error}") from error
    check(document, schema)
    return document


def check(
    document: Any, schema: Mapping[str, Any], before: str = "JSON does not validate: "
) -> None:
    """Return when a document is as the schema says.  Raises LedgerBadRequest.

    before: how the refusal begins.
    """
    problem = http.problem(document, schema)
    if problem is not None:
        steps = "".join(f"[{step!r}]" for step in list(problem.schema_path)[:-1])
        raise errors.LedgerBadRequest(
            reason=f"{before}{problem.message}\n\nFailed validating '{problem.validator}' in "
            f"schema{steps}"
        )


def known_only(req: falcon.Request, names: Collection[str]) -> None:
    """Return when the query names nothing else.  Raises LedgerBadRequest."""
    for name in req.params:
        if name not in names:
            raise errors.LedgerBadRequest(
                reason="Invalid query string parameters: Additional properties are not allowed "
                f"('{name}' was unexpected)"
            )


def one(req: falcon.Request, name: str) -> str | None:
    """Return a parameter's value, the last of several, or None."""
    given = req.params.get(name)
    if isinstance(given, list):
        return str(given[-1])
    return None if given is None else str(given)


def dated(req: falcon.Request, resp: falcon.Response) -> None:
    """Say when what is answered was read, and that it may change, from 1.15 on."""
    if req.context.version >= (1, 15):
        resp.set_header("Last-Modified", email.utils.formatdate(usegmt=True))
        resp.set_header("Cache-Control", "no-cache")


def answer(req: falcon.Request, resp: falcon.Response, media: Any) -> None:
    """Answer with JSON."""
    resp.media = media
    dated(req, resp)


def content_type_needed(req: falcon.Request) -> None:
    """Return when a body says what it is.  Raises LedgerBadRequest."""
    if req.content_length and not req.content_type:
        raise errors.LedgerBadRequest(reason="content-type header required when content-length > 0")
