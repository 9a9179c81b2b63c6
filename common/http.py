"""The falcon app every API is: request ids, tokens, body and query checks, errors, health."""

import dataclasses
import ipaddress
import json
import logging
import math
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import falcon
import jsonschema
import jsonschema.validators
import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Histogram

from common import access, errors
from common.auth import Authenticator
from common.context import CURRENT_REQUEST, RequestContext, new_request_id
from common.metrics import REGISTRY
from common.microversions import Microversions

LOG = logging.getLogger(__name__)
MAX_BODY = 1024 * 1024
MAX_DEPTH = 100
MAX_NUMBER = 2**63
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_HOST = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:%\[\]-]*")
Render = Callable[[errors.CloudError, falcon.Request], Any]
Check = Callable[[], None]


@dataclasses.dataclass(frozen=True)
class Route:
    """One path and its resource.  suffix: falcon's, for a second path on the same resource.

    public: whether it answers without a token.  upload: whether its body may exceed MAX_BODY.
    public_methods: those that answer without a token where the others do not.
    """

    path: str
    resource: object
    suffix: str | None = None
    public: bool = False
    upload: bool = False
    public_methods: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class AppSpec:
    """All that makes an API's app.

    render: the body of an error, in this API's form: a dict is sent as JSON.
    authenticator: None for an API without tokens.
    health: checks by name, each raising when unwell; `/healthz` answers 503 with the cause.
    reroute: called with each request before a route is looked for; it may change the path.
    prepare: called with each request once its caller is known.
    request_id_header: an older header that old clients read the request's id from, or None.
    """

    service: str
    routes: Sequence[Route]
    render: Render
    authenticator: Authenticator | None
    microversions: Microversions | None = None
    health: Mapping[str, Check] = dataclasses.field(default_factory=dict)
    reroute: Callable[[falcon.Request], None] | None = None
    prepare: Callable[[falcon.Request], None] | None = None
    request_id_header: str | None = None


def create_app(spec: AppSpec) -> falcon.App:
    """Return the WSGI app of one API."""
    gate = _Gate(spec)
    app = falcon.App(middleware=[gate])
    app.req_options.auto_parse_qs_csv = False
    app.req_options.keep_blank_qs_values = True
    app.resp_options.default_media_type = falcon.MEDIA_JSON
    handler = falcon.media.JSONHandler(dumps=_dumps)
    app.resp_options.media_handlers[falcon.MEDIA_JSON] = handler
    for route in spec.routes:
        gate.add(route)
        options = {"suffix": route.suffix} if route.suffix else {}
        app.add_route(route.path, route.resource, **options)
    app.add_route("/healthz", _Health(spec.health))
    app.add_route("/metrics", gate.metrics)
    app.add_error_handler(Exception, gate.failed)
    app.add_error_handler(falcon.HTTPError, gate.refused_by_falcon)
    app.add_error_handler(errors.CloudError, gate.refused)
    return app


def _dumps(media: object) -> str:
    return json.dumps(media, separators=(",", ":"), default=str)


class _Gate:
    """What every request passes on its way in and out."""

    def __init__(self, spec: AppSpec) -> None:
        self._spec = spec
        self._public = {"/healthz", "/metrics"}
        self._public_calls: set[tuple[str, str]] = set()
        self._uploads: set[str] = set()
        self.metrics = _Metrics(spec.service)

    def add(self, route: Route) -> None:
        """Note what is special about a route."""
        if route.public:
            self._public.add(route.path)
        self._public_calls |= {(method, route.path) for method in route.public_methods}
        if route.upload:
            self._uploads.add(route.path)

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        given = req.get_header("X-Openstack-Request-Id") or ""
        valid = given.startswith("req-") and len(given) <= 64 and given.isprintable()
        request_id = given if valid else new_request_id()
        req.context.request_id = request_id
        req.context.started = time.perf_counter()
        req.context.ctx = RequestContext(request_id=request_id)
        req.context.version = None
        CURRENT_REQUEST.set(request_id)
        resp.set_header("x-openstack-request-id", request_id)
        if self._spec.request_id_header:
            resp.set_header(self._spec.request_id_header, request_id)
        _refuse_unusable(req)
        if self._spec.reroute is not None:
            self._spec.reroute(req)

    def process_resource(
        self, req: falcon.Request, resp: falcon.Response, resource: object, params: dict[str, Any]
    ) -> None:
        path = req.uri_template
        if path not in self._uploads:
            length = req.content_length or 0
            chunked = "chunked" in (req.get_header("Transfer-Encoding") or "").lower()
            if length > MAX_BODY or (chunked and req.content_length is None):
                raise errors.TooLarge(limit=MAX_BODY)
        if path not in self._public and (req.method, path) not in self._public_calls:
            self._authenticate(req)
        if self._spec.microversions is not None:
            self._spec.microversions.negotiate(req, resp)
        if self._spec.prepare is not None:
            self._spec.prepare(req)

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: object, succeeded: bool
    ) -> None:
        self.metrics.observe(req, resp)
        if req.method == "HEAD" or resp.status_code in (204, 205, 304):
            resp.text = None
            resp.media = None

    def _authenticate(self, req: falcon.Request) -> None:
        if self._spec.authenticator is None:
            return
        token = req.get_header("X-Auth-Token")
        if not token:
            raise errors.Unauthorized()
        ctx = self._spec.authenticator.authenticate(token, req.context.request_id)
        rules = ctx.access_rules
        if rules and not access.permitted(rules, self._spec.service, req.method, req.path):
            raise errors.Unauthorized()
        req.context.ctx = ctx

    def refused(
        self, req: falcon.Request, resp: falcon.Response, error: errors.CloudError, params: object
    ) -> None:
        """Answer with the API's error body."""
        if error.status >= 500:
            LOG.error("%s %s: %s", req.method, req.path, error)
        resp.status = error.status
        for name, value in error.headers.items():
            resp.set_header(name, value)
        body = self._spec.render(error, req)
        if isinstance(body, (dict, list)):
            resp.media = body
        else:
            resp.content_type = falcon.MEDIA_HTML
            resp.text = body

    def refused_by_falcon(
        self, req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError, params: object
    ) -> None:
        """Answer what falcon found wrong (no such route, bad header) in the API's form."""
        self.refused(req, resp, translate(error, req), params)
        for name, value in dict(error.headers or {}).items():
            resp.set_header(name, value)

    def failed(
        self, req: falcon.Request, resp: falcon.Response, error: Exception, params: object
    ) -> None:
        """Log what nobody expected, and tell the caller only that it happened."""
        LOG.error("%s %s failed", req.method, req.path, exc_info=error)
        self.refused(req, resp, errors.CloudError(), params)


def _refuse_unusable(req: falcon.Request) -> None:
    """Raise BadRequest for an address that no database could look up or no header could repeat."""
    if "\x00" in req.path or "\x00" in req.query_string or "%00" in req.query_string:
        raise errors.BadRequest(reason="The address holds a NUL character.")
    if not _HOST.fullmatch(req.get_header("Host") or ""):
        raise errors.BadRequest(reason="The Host header is malformed.")


def translate(error: falcon.HTTPError, req: falcon.Request) -> errors.CloudError:
    """Return our own error for one of falcon's."""
    status = error.status_code
    reason = error.description or error.title or ""
    if status == 404:
        return errors.NotFound()
    if status == 405:
        return errors.MethodNotAllowed(method=req.method)
    known: dict[int, type[errors.CloudError]] = {
        400: errors.BadRequest,
        406: errors.NotAcceptable,
        413: errors.Conflict,
        415: errors.UnsupportedMediaType,
        416: errors.RangeNotSatisfiable,
    }
    if status in known and status != 413:
        return known[status](reason=reason)
    if status == 413:
        return errors.TooLarge(limit=MAX_BODY)
    return errors.CloudError() if status >= 500 else errors.BadRequest(reason=reason)


class _Health:
    """/healthz: 200 when every check passes, else 503 with the causes."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        causes = {}
        for name, check in self._checks.items():
            try:
                check()
            except Exception as error:
                causes[name] = str(error) or type(error).__name__
        resp.status = falcon.HTTP_503 if causes else falcon.HTTP_200
        resp.media = {"status": "unwell" if causes else "well", "causes": causes}


class _Metrics:
    """/metrics, in Prometheus' text form."""

    def __init__(self, service: str) -> None:
        self._registry = CollectorRegistry()
        labels = ["method", "route", "status"]
        self._count = Counter(
            "cumulet_http_requests", "Requests answered.", labels, registry=self._registry
        )
        self._time = Histogram(
            "cumulet_http_seconds", "Time to answer.", ["method", "route"], registry=self._registry
        )
        self._service = service

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.content_type = prometheus_client.CONTENT_TYPE_LATEST
        found = (prometheus_client.generate_latest(each) for each in (self._registry, REGISTRY))
        resp.data = b"".join(found)

    def observe(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Count one answer."""
        route = req.uri_template or "-"
        self._count.labels(req.method, route, resp.status_code).inc()
        started = getattr(req.context, "started", None)
        if started is not None:
            self._time.labels(req.method, route).observe(time.perf_counter() - started)


_FORMATS = jsonschema.FormatChecker(formats=[])


@_FORMATS.checks("uuid")
def _is_uuid(value: object) -> bool:
    plain = str(value).replace("-", "")
    return not isinstance(value, str) or (
        len(plain) == 32 and all(digit in "0123456789abcdefABCDEF" for digit in plain)
    )


@_FORMATS.checks("ipv4", raises=ValueError)
def _is_ipv4(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.IPv4Address(value))


@_FORMATS.checks("ipv6", raises=ValueError)
def _is_ipv6(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.IPv6Address(value))


def _pattern(validator: object, pattern: str, value: object, schema: object) -> Iterator[Any]:
    """The keyword `pattern`, whose `$` is the end alone: Python's lets a line break follow."""
    if isinstance(value, str) and not re.search(re.sub(r"(?<!\\)\$", r"\\Z", pattern), value):
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


_VALIDATOR = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": _pattern})
_VALIDATORS: dict[int, Any] = {}


def problem(document: object, schema: Mapping[str, Any]) -> jsonschema.ValidationError | None:
    """Return the worst of what makes a document unlike the schema, or None."""
    validator = _VALIDATORS.get(id(schema))
    if validator is None:
        validator = _VALIDATOR(schema, format_checker=_FORMATS)
        _VALIDATORS[id(schema)] = validator
    worst: jsonschema.ValidationError | None = jsonschema.exceptions.best_match(
        validator.iter_errors(document)
    )
    return worst


def check(document: object, schema: Mapping[str, Any]) -> None:
    """Return when the document is as the schema says.  Raises BadRequest naming the field."""
    wrong = problem(document, schema)
    if wrong is None:
        return
    where = "/".join(str(step) for step in wrong.absolute_path)
    if where:
        reason = f"Invalid input for field/attribute {where}. {wrong.message}"
    else:
        reason = wrong.message
    raise errors.BadRequest(reason=reason[:1000])


def body(req: falcon.Request, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request's JSON body, checked.

    schema: a JSON Schema kept in a module constant (its validator is made once).
    Raises BadRequest naming the field that is wrong.
    """
    document = json_body(req)
    check(document, schema)
    found: dict[str, Any] = document
    return found


def json_body(req: falcon.Request) -> Any:
    """Return the request's JSON body, unchecked.  Raises BadRequest, TooLarge."""
    raw = req.bounded_stream.read(MAX_BODY + 1)
    if len(raw) > MAX_BODY:
        raise errors.TooLarge(limit=MAX_BODY)
    try:
        document = json.loads(raw.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise errors.BadRequest(
            reason=f"Malformed request body: not valid JSON ({error})"
        ) from error
    _refuse_unstorable(document)
    return document


def _refuse_unstorable(document: object) -> None:
    """Raise BadRequest for what JSON can say and no database keeps, wherever it stands."""
    waiting = [(document, 0)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str) and _UNSTORABLE.search(value):
            raise errors.BadRequest(reason="Text holds NUL or half of a surrogate pair.")
        if isinstance(value, float) and not math.isfinite(value):
            raise errors.BadRequest(reason="A number is too large.")
        if isinstance(value, int) and not -MAX_NUMBER <= value < MAX_NUMBER:
            raise errors.BadRequest(reason="A whole number does not fit in 64 bits.")
        inside = [*value, *value.values()] if isinstance(value, dict) else value
        if isinstance(inside, list):
            if depth == MAX_DEPTH:
                raise errors.BadRequest(reason=f"Nested deeper than {MAX_DEPTH} levels.")
            waiting.extend((one, depth + 1) for one in inside)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def query(req: falcon.Request, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the query string as a dict of lists-or-strings, checked.

    A parameter given once is a string, given more often a list of strings.
    """
    found = dict(req.params)
    check(found, schema)
    return found
