"""Hostile requests for every route of an API, and what must be true of every answer.

target = Target(app, callers={"admin": headers, "member": headers}, is_error=...)
fuzz.run(target)

Deterministic.  CUMULET_FUZZ_REQUESTS asks for more requests than the few of an ordinary run, and
CUMULET_FUZZ_SEED for others.
"""

import collections
import contextlib
import dataclasses
import json
import logging
import os
import pathlib
import re
import sys
import traceback
import urllib.parse
import uuid
from collections.abc import Iterator
from typing import Any
from unittest import mock

import falcon.inspect
import falcon.testing
import hypothesis
from hypothesis import strategies as st

from common import http
from tests.support.hostile import Id, Raw
from tests.support.hostile_requests import (
    WRITING,
    Headers,
    Request,
    Target,
    requests,
    segments,
    singular,
)

REQUESTS = int(os.environ.get("CUMULET_FUZZ_REQUESTS", "150"))
SEED = int(os.environ.get("CUMULET_FUZZ_SEED", "0"))
ROOT = pathlib.Path(__file__).resolve().parents[2]
LEAKS = re.compile(
    "|".join(map(re.escape, (str(ROOT), sys.prefix, "Traceback (most", "sqlalchemy", "psycopg")))
)


@dataclasses.dataclass(frozen=True)
class Answer:
    status: int
    headers: Headers
    text: str


def run(target: Target) -> None:
    """Send the requests, and fail with everything found; print how many got which status."""
    failures: dict[str, str] = {}
    statuses: collections.Counter[int] = collections.Counter()
    with _log() as log:
        schemas = _schemas(target)
        routes = sorted(_routes(target.app))
        # Bodies are where most can go wrong: a route that takes one comes up three times as often.
        routes += 2 * [route for route in routes if route[0] in WRITING]
        wanted = st.sampled_from(routes).flatmap(
            lambda route: requests(target, route, schemas.get(route, []))
        )

        @hypothesis.seed(SEED)
        @hypothesis.settings(
            max_examples=REQUESTS,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(wanted)
        def fire(request: Request) -> None:
            log.clear()
            answer = send(target, request)
            statuses[answer.status] += 1
            for fault in faults(target, request, answer):
                key = f"{fault} of {request.method} {request.template}{' '.join(log)}"
                failures.setdefault(key, _shown(request, answer))

        fire()
    print("statuses", sorted(statuses.items()))
    assert any(200 <= status < 300 for status in statuses), statuses
    assert not failures, "\n\n".join(f"{key}\n{shown}" for key, shown in failures.items())


def _shown(request: Request, answer: Answer) -> str:
    return f"{str(request)[:1500]}\n{answer.status} {answer.headers} {answer.text[:300]}"


def faults(target: Target, request: Request, answer: Answer) -> Iterator[str]:
    """Say what is wrong with an answer."""
    if answer.status >= 500 and not (
        answer.status == 501 and request.template in target.unsupported
    ):
        yield f"status {answer.status}"
    if not answer.headers.get("x-openstack-request-id", "").startswith("req-"):
        yield "no request id"
    if LEAKS.search(answer.text):
        yield "an insight"
    for name, value in answer.headers.items():
        if not re.fullmatch(r"[\t\x20-\x7e\x80-\xff]*", value):
            yield f"unsendable header {name}"
    if answer.status < 400 or request.method == "HEAD":
        return
    if not answer.headers.get("content-type", "").startswith(target.error_type):
        yield "wrong content type"
    if not target.is_error(answer.status, answer.text):
        yield "wrong form of error"


def send(target: Target, request: Request) -> Answer:
    """Send a request as the server in front of the app would hand it on."""
    raw = _body(target, request)
    environ = falcon.testing.create_environ(method="GET", body=raw)
    environ["REQUEST_METHOD"] = request.method
    path = "".join(
        urllib.parse.quote(_resolved(target, part, request.method))
        if isinstance(part, Id)
        else part
        for part in request.path
    )
    environ["PATH_INFO"] = urllib.parse.unquote_to_bytes(path).decode("latin-1")
    environ["QUERY_STRING"] = request.query
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        plain = key in ("CONTENT_TYPE", "CONTENT_LENGTH")
        environ[key if plain else f"HTTP_{key}"] = value
    start = falcon.testing.StartResponseMock()
    chunks = target.app(environ, start)
    data = b"".join(chunks)
    with contextlib.suppress(AttributeError):
        chunks.close()
    answer = Answer(
        status=int(start.status.split()[0]),
        headers={name.lower(): value for name, value in start.headers},
        text=data.decode("utf-8", "replace"),
    )
    _learn(target, answer)
    return answer


def _body(target: Target, request: Request) -> bytes:
    if request.body is None or isinstance(request.body, Raw):
        return request.body or b""
    return json.dumps(_filled(target, request.body, request.method)).encode()


def _filled(target: Target, document: Any, method: str) -> Any:
    if isinstance(document, Id):
        return _resolved(target, document, method)
    if isinstance(document, list):
        return [_filled(target, one, method) for one in document]
    if isinstance(document, dict):
        return {key: _filled(target, one, method) for key, one in document.items()}
    return document


def _resolved(target: Target, wanted: Id, method: str) -> str:
    ids = target.known.get(wanted.kind, [])
    if method not in ("GET", "POST"):
        ids = [one for one in ids if one not in target.kept]
    return ids[wanted.number % len(ids)] if ids else str(uuid.UUID(int=wanted.number))


def _learn(target: Target, answer: Answer) -> None:
    """Note the ids of the things in an answer, by what they are."""
    if answer.status >= 300 or not answer.text.startswith("{"):
        return
    for name, inside in json.loads(answer.text).items():
        kind = singular(name)
        for one in inside if isinstance(inside, list) else [inside]:
            if isinstance(one, dict) and isinstance(one.get("id"), str):
                ids = target.known.setdefault(kind, [])
                if one["id"] not in ids:
                    ids.append(one["id"])
                    del ids[:-50]


def _routes(app: Any) -> Iterator[tuple[str, str]]:
    for route in falcon.inspect.inspect_routes(app):
        for method in route.methods:
            if not method.internal and route.path != "/metrics":
                yield method.method, route.path
    yield "BREW", "/"


def _schemas(target: Target) -> dict[tuple[str, str], list[Any]]:
    """Return what the API checks bodies against, learned by sending it empty ones."""
    found: dict[tuple[str, str], list[Any]] = {key: list(v) for key, v in target.bodies.items()}
    for route in _routes(target.app):
        if route[0] not in WRITING:
            continue
        noun = singular(_collection(route[1]))
        known = found.setdefault(route, [])
        for version in target.version_header[1]:
            known += [one for one in _checked(target, route, {}, version) if one not in known]
            inside = _checked(target, route, {noun: {}}, version)
            known += [whole for one in inside if (whole := _wrapped(noun, one)) not in known]
    return found


def _checked(target: Target, route: tuple[str, str], body: Any, version: str) -> list[Any]:
    """Return the schemas that the API holds an empty object against, sent alone or inside."""
    schemas: list[Any] = []
    original = http.check

    def check(document: Any, schema: Any) -> None:
        if document == {}:
            schemas.append(schema)
        original(document, schema)

    headers = {
        **target.callers[min(target.callers)],
        target.version_header[0]: version,
        "Content-Type": "application/json",
    }
    with mock.patch.object(http, "check", check):
        send(target, Request(*route, tuple(segments(route[1])), "", headers, body))
    return schemas


def _wrapped(noun: str, schema: Any) -> dict[str, Any]:
    properties = {noun: schema}
    return {"type": "object", "properties": properties, "required": [noun]}


def _collection(template: str) -> str:
    words = [word for word in template.split("/") if word and "{" not in word]
    return words[-1] if words else ""


@contextlib.contextmanager
def _log() -> Iterator[list[str]]:
    """Collect where unexpected errors come from, while the block lasts."""
    found: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            error = record.exc_info[1] if record.exc_info else None
            if error is not None:
                frames = traceback.extract_tb(error.__traceback__)
                ours = [
                    f
                    for f in frames
                    if f.filename.startswith(f"{ROOT}/") and ".venv" not in f.filename
                ]
                last = ours[-1] if ours else frames[-1]
                where = f"{last.filename.removeprefix(str(ROOT))}:{last.lineno}"
                found.append(f"\n  {where} {type(error).__name__}: {str(error)[:200]}")
            elif record.levelno >= logging.ERROR:
                found.append(f"\n  {record.getMessage()[:300]}")

    keeper = Keeper()
    loggers = [logging.getLogger(name) for name in ("common.http", "common.db")]
    for logger in loggers:
        logger.addHandler(keeper)
    try:
        yield found
    finally:
        for logger in loggers:
            logger.removeHandler(keeper)
