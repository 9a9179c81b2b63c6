"""The contract of Compute as its reference implementation publishes it, read out of the wheel.

Nothing of that package is run but its schema modules: which schema belongs to which call, at which
microversions, and with which status, is read from the controllers' decorators as text.
"""

import ast
import dataclasses
import datetime as dt
import functools
import importlib
import importlib.metadata
import ipaddress
import pathlib
import re
import sys
import types
import urllib.parse
import uuid
from collections.abc import Iterator
from typing import Any

import jsonschema
import jsonschema.validators

Version = tuple[int, int]
FIRST: Version = (2, 1)
LAST: Version = (9, 999)
_EMPTY = ("nova.api", "nova.api.validation", "nova.api.openstack", "nova.api.openstack.compute")


@dataclasses.dataclass(frozen=True)
class Span:
    """Something that holds from one microversion to another, both included."""

    value: Any
    first: Version = FIRST
    last: Version = LAST

    def covers(self, version: Version) -> bool:
        """Say whether it holds at a microversion."""
        return self.first <= version <= self.last


@dataclasses.dataclass
class Operation:
    """One method of one path, or one server action.

    alive: the microversions that know it.  bodies, queries, answers: schemas.  removed: answers
    410 at every microversion.
    """

    method: str
    path: str
    action: str | None = None
    removed: bool = False
    alive: list[Span] = dataclasses.field(default_factory=list)
    statuses: list[Span] = dataclasses.field(default_factory=list)
    bodies: list[Span] = dataclasses.field(default_factory=list)
    queries: list[Span] = dataclasses.field(default_factory=list)
    answers: list[Span] = dataclasses.field(default_factory=list)
    refusals: list[Span] = dataclasses.field(default_factory=list)

    def known(self, version: Version) -> bool:
        """Say whether the call exists at a microversion."""
        return not self.removed and any(span.covers(version) for span in self.alive)

    def at(self, spans: list[Span], version: Version) -> Any:
        """Return what holds at a microversion, or None."""
        return next((span.value for span in spans if span.covers(version)), None)


@functools.cache
def operations() -> tuple[Operation, ...]:
    """Return every call of the published API."""
    with _schema_modules() as schemas:
        return tuple(_operations(_root() / "api/openstack/compute", schemas))


@functools.cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    paths = {one.path for one in operations()}
    ordered = sorted(paths, key=lambda path: [part.startswith("{") for part in path.split("/")])
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in ordered]


def find(method: str, path: str, action: str | None, version: Version) -> Operation | None:
    """Return the call a request means; path: without the prefix /v2.1."""
    template = next((known for regex, known in _paths() if regex.fullmatch(path)), None)
    found = [
        one
        for one in operations()
        if (one.method, one.path, one.action) == (method, template, action)
    ]
    return next((one for one in found if one.known(version)), next(iter(found), None))


def _root() -> pathlib.Path:
    return pathlib.Path(str(importlib.metadata.distribution("nova").locate_file("nova")))


class _Words(types.ModuleType):
    """A module whose every name is the word it stands for in answers."""

    def __getattr__(self, name: str) -> str:
        if name.startswith("__"):
            raise AttributeError(name)
        return {"SOFT_DELETED": "soft-delete"}.get(name, name.lower())


class _schema_modules:
    """While it lasts, the published schema modules can be imported, and only they."""

    def __enter__(self) -> dict[str, Any]:
        self._kept = {name: module for name, module in sys.modules.items() if _theirs(name)}
        for name in self._kept:
            del sys.modules[name]
        _pretend(_root())
        folder = "nova.api.openstack.compute.schemas"
        files = sorted((_root() / "api/openstack/compute/schemas").glob("[a-z]*.py"))
        return {file.stem: importlib.import_module(f"{folder}.{file.stem}") for file in files}

    def __exit__(self, *_: object) -> None:
        for name in [name for name in sys.modules if _theirs(name)]:
            del sys.modules[name]
        sys.modules.update(self._kept)


def _theirs(name: str) -> bool:
    return name == "nova" or name.startswith("nova.")


def _pretend(root: pathlib.Path) -> None:
    """Put in modules that hold the constants the schemas use, instead of running the package."""
    for name in ("nova", *_EMPTY):
        module = types.ModuleType(name)
        module.__path__ = [str(root.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = module
    sys.modules["nova.i18n"] = types.ModuleType("nova.i18n")
    sys.modules["nova.i18n"].__dict__["_"] = str
    for name in ("nova.objects", "nova.compute"):
        sys.modules[name] = types.ModuleType(name)
    for name in ("tag", "instance", "external_event"):
        module = types.ModuleType(f"nova.objects.{name}")
        module.__dict__.update(_constants(root / "objects" / f"{name}.py"))
        sys.modules["nova.objects"].__dict__[name] = module
        sys.modules[module.__name__] = module
    words = _Words("nova.compute.vm_states")
    sys.modules["nova.compute"].__dict__["vm_states"] = words
    sys.modules[words.__name__] = words


def _constants(path: pathlib.Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


def _operations(folder: pathlib.Path, schemas: dict[str, Any]) -> Iterator[Operation]:
    tree = ast.parse((folder / "routes.py").read_text())
    controllers: dict[str, list[str]] = {}
    table: list[Any] = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name == "ROUTE_LIST":
                table = node.value.elts  # type: ignore[attr-defined]
            elif isinstance(node.value, ast.Call):
                controllers[name] = [
                    ast.unparse(one)
                    for arg in node.value.args[1:]
                    for one in (arg.elts if isinstance(arg, ast.List) else [arg])
                ]
    files: dict[str, _File] = {}
    for row in table:
        path, methods = row.elts
        if not isinstance(methods, ast.Dict):
            continue
        for key, target in zip(methods.keys, methods.values, strict=True):
            method = ast.literal_eval(key)  # type: ignore[arg-type]
            controller, function = (part for part in target.elts)  # type: ignore[attr-defined]
            for qualified in controllers[ast.unparse(controller)]:
                file, cls = qualified.split(".")
                if file not in files:
                    files[file] = _File(folder / f"{file}.py", schemas)
                yield from files[file].operations(cls, function.value, method, path.value)


class _File:
    """One controller file, read as text."""

    def __init__(self, path: pathlib.Path, schemas: dict[str, Any]) -> None:
        self._tree = ast.parse(path.read_text())
        self._schemas = schemas
        self._names = _constants(path)
        self._aliases = {
            alias.asname or alias.name: alias.name
            for node in self._tree.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }

    def operations(self, cls: str, function: str, method: str, path: str) -> Iterator[Operation]:
        """Return the calls that one route leads to in one controller."""
        body = next(
            (
                one.body
                for one in self._tree.body
                if isinstance(one, ast.ClassDef) and one.name == cls
            ),
            [],
        )
        for node in body:
            if not isinstance(node, ast.FunctionDef):
                continue
            decorated = list(self._decorators(node))
            action = next((args[0] for name, args in decorated if name == "action"), None)
            if node.name != function and (function != "action" or action is None):
                continue
            wanted = action if function == "action" else None
            yield self._operation(Operation(method, path, wanted), decorated)

    def _operation(self, found: Operation, decorated: list[tuple[str, list[Any]]]) -> Operation:
        for name, args in decorated:
            if name == "removed":
                found.removed = True
            elif name == "api_version":
                found.alive.append(_span(None, args))
            elif name in _KINDS:
                getattr(found, _KINDS[name]).append(_span(args[0], args[1:]))
        found.alive = found.alive or [Span(None)]
        return found

    def _decorators(self, node: ast.FunctionDef) -> Iterator[tuple[str, list[Any]]]:
        for one in node.decorator_list:
            if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute):
                given = [*one.args, *(word.value for word in one.keywords)]
                yield one.func.attr, [self._value(arg) for arg in given]

    def _value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = self._aliases.get(node.value.id, node.value.id)
            if module in self._schemas:
                return getattr(self._schemas[module], node.attr)
            return {"MAX_PROXY_API_SUPPORT_VERSION": "2.35"}.get(node.attr)
        if isinstance(node, ast.Name):
            return self._names.get(node.id, {"MAX_PROXY_API_SUPPORT_VERSION": "2.35"}.get(node.id))
        try:
            return ast.literal_eval(node)
        except ValueError:
            return None


_KINDS = {
    "response": "statuses",
    "schema": "bodies",
    "query_schema": "queries",
    "response_body_schema": "answers",
    "expected_errors": "refusals",
}


def _span(value: Any, bounds: list[Any]) -> Span:
    given = [tuple(map(int, bound.split("."))) for bound in bounds if isinstance(bound, str)]
    first = given[0] if given else FIRST
    last = given[1] if len(given) > 1 else LAST
    return Span(value, first, last)  # type: ignore[arg-type]


def complaints(operation: Operation, version: Version, status: int, body: Any) -> list[str]:
    """Return what is wrong with a successful answer.  body: parsed JSON; None: it was empty."""
    wanted = operation.at(operation.statuses, version) or 200
    found = [f"answered {status}, not {wanted}"] if status != wanted else []
    schema = operation.at(operation.answers, version)
    if schema is None:
        return found
    for error in _validator(id(schema), schema).iter_errors(body):
        where = "/".join(str(step) for step in error.absolute_path)
        found.extend(f"{where}: {line}" for line in _reasons(error))
    return found


def accepts(operation: Operation, version: Version, body: Any) -> bool | None:
    """Say whether the published API takes a body; None: it says nothing of bodies."""
    schema = operation.at(operation.bodies, version)
    return None if schema is None else _validator(id(schema), schema).is_valid(body)


def _reasons(error: Any) -> list[str]:
    if not error.context:
        return [error.message[:300]]
    best = min(
        {one.schema_path[0] for one in error.context},
        key=lambda branch: sum(one.schema_path[0] == branch for one in error.context),
    )
    return [
        f"{'/'.join(map(str, one.absolute_path))}: {one.message[:300]}"
        for one in error.context
        if one.schema_path[0] == best
    ]


_VALIDATORS: dict[int, Any] = {}
_FORMATS = jsonschema.FormatChecker(formats=["ipv4", "ipv6", "regex"])


@_FORMATS.checks("uuid")
def _is_uuid(value: object) -> bool:
    try:
        return not isinstance(value, str) or bool(uuid.UUID(value))
    except ValueError:
        return False


@_FORMATS.checks("cidr")
def _is_range(value: object) -> bool:
    try:
        return not isinstance(value, str) or bool(ipaddress.ip_network(value))
    except ValueError:
        return False


@_FORMATS.checks("date-time")
def _is_moment(value: object) -> bool:
    try:
        return not isinstance(value, str) or bool(dt.datetime.fromisoformat(value))
    except ValueError:
        return False


@_FORMATS.checks("uri")
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urllib.parse.urlparse(value).scheme)


def _number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def _least(validator: Any, limit: float, value: Any, schema: Any) -> Iterator[Any]:
    number = _number(value)
    if number is not None and number < limit:
        yield jsonschema.ValidationError(f"{value!r} is less than {limit}")


def _most(validator: Any, limit: float, value: Any, schema: Any) -> Iterator[Any]:
    number = _number(value)
    if number is not None and number > limit:
        yield jsonschema.ValidationError(f"{value!r} is more than {limit}")


_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator, {"minimum": _least, "maximum": _most}
)


def _validator(key: int, schema: Any) -> Any:
    if key not in _VALIDATORS:
        _VALIDATORS[key] = _Validator(schema, format_checker=_FORMATS)
    return _VALIDATORS[key]
