"""The intrinsic functions of HOT: what they need, and what they become.

A function is a mapping with one key.  Resolving happens inside out, with a Scope that knows
parameters, resources and their attributes.  Source: HOT specification, "Intrinsic functions".
"""

import hashlib
import itertools
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from orchestration.errors import TemplateInvalid
from orchestration.templates.scope import Function, Scope, spend_on

_CLUMSY = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)


def resolve(scope: Scope, value: Any) -> Any:
    """Return the value with every function in it carried out.  Raises TemplateInvalid."""
    try:
        return _resolved(scope, value)
    except RecursionError as error:
        raise TemplateInvalid(reason="The template's functions are nested too deep.") from error


def _resolved(scope: Scope, value: Any) -> Any:
    scope.spend(1)
    if isinstance(value, list):
        return [_resolved(scope, item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        name, args = next(iter(value.items()))
        if name in LAZY:
            return _called(name, LAZY[name], scope, args)
        if name in FUNCTIONS:
            found = _called(name, FUNCTIONS[name], scope, _resolved(scope, args))
            spend_on(scope, found)
            return found
    return {key: _resolved(scope, item) for key, item in value.items()}


def is_call(value: Any) -> bool:
    """Say whether a value is a function, as opposed to values that may hold some."""
    return isinstance(value, dict) and len(value) == 1 and bool({*value} & {*FUNCTIONS, *LAZY})


def _called(name: str, function: Function, scope: Scope, args: Any) -> Any:
    try:
        return function(scope, args)
    except _CLUMSY as error:
        raise _bad(name, f"cannot work with what it was given ({error})") from error


def needs(value: Any) -> set[str]:
    """Return the names of the resources that a value refers to."""
    return {name for name, _ in references(value)}


def references(value: Any) -> Iterator[tuple[str, str | None]]:
    """Yield (resource, attribute or None) for every reference in a value."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        if len(value) == 1:
            if isinstance(value.get("get_resource"), str):
                yield value["get_resource"], None
            found = value.get("get_attr")
            if isinstance(found, list) and found and isinstance(found[0], str):
                named = len(found) > 1 and isinstance(found[1], str)
                yield found[0], found[1] if named else "show"
        for item in value.values():
            yield from references(item)


def _bad(function: str, problem: str) -> TemplateInvalid:
    return TemplateInvalid(reason=f'Function "{function}": {problem}')


def _walk(found: Any, path: list[Any]) -> Any:
    for step in path:
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and str(step).lstrip("-").isdigit():
            index = int(step)
            found = found[index] if -len(found) <= index < len(found) else None
        else:
            return None
    return found


def _get_param(scope: Scope, args: Any) -> Any:
    path = args if isinstance(args, list) else [args]
    if not path or not isinstance(path[0], str):
        raise _bad("get_param", "needs the name of a parameter")
    found = _walk(scope.parameter(path[0]), path[1:])
    return "" if found is None and len(path) > 1 else found


def _get_resource(scope: Scope, args: Any) -> Any:
    if not isinstance(args, str):
        raise _bad("get_resource", "needs the name of a resource")
    return scope.reference(args)


def _get_attr(scope: Scope, args: Any) -> Any:
    if not isinstance(args, list) or not args or not isinstance(args[0], str):
        raise _bad("get_attr", "needs a list: the resource, the attribute, and a path into it")
    attribute = args[1] if len(args) > 1 else "show"
    found = scope.attribute(args[0], str(attribute))
    return _walk(found, args[2:])


def _get_file(scope: Scope, args: Any) -> Any:
    return scope.file(str(args))


def _text(function: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    if isinstance(value, (str, int, float)):
        return str(value)
    raise _bad(function, f"cannot turn {type(value).__name__} into text")


def _str_replace(scope: Scope, args: Any, *, strict: bool = False) -> Any:
    name = "str_replace_strict" if strict else "str_replace"
    if not isinstance(args, dict) or set(args) != {"template", "params"}:
        raise _bad(name, 'needs "template" and "params"')
    text = _text(name, args["template"])
    params = {str(key): _text(name, value) for key, value in (args["params"] or {}).items()}
    pieces = _replaced(scope, name, text, params, strict)
    scope.spend(sum(len(piece) for piece in pieces))
    return "".join(pieces)


def _replaced(
    scope: Scope, name: str, text: str, params: dict[str, str], strict: bool
) -> list[str]:
    pieces: list[tuple[str, bool]] = [(text, False)]
    for key in sorted(params, key=len, reverse=True):
        if not key:
            raise _bad(name, "an empty key replaces nothing")
        if strict and not any(not done and key in piece for piece, done in pieces):
            raise _bad(name, f"the template holds no {key!r}")
        scope.spend(len(pieces))
        split: list[tuple[str, bool]] = []
        for piece, done in pieces:
            if done:
                split.append((piece, True))
                continue
            for number, part in enumerate(piece.split(key)):
                if number:
                    split.append((params[key], True))
                split.append((part, False))
        pieces = split
    return [piece for piece, _ in pieces]


def _str_replace_strict(scope: Scope, args: Any) -> Any:
    return _str_replace(scope, args, strict=True)


def _str_split(scope: Scope, args: Any) -> Any:
    if not isinstance(args, list) or len(args) not in (2, 3):
        raise _bad("str_split", "needs a delimiter, a string and perhaps an index")
    parts = ("" if args[1] is None else str(args[1])).split(str(args[0]))
    if len(args) == 2:
        return parts
    index = int(args[2])
    if not -len(parts) <= index < len(parts):
        raise _bad("str_split", f"index {index} is beyond the {len(parts)} parts")
    return parts[index]


def _list_join(scope: Scope, args: Any) -> Any:
    if not isinstance(args, list) or len(args) < 2 or not isinstance(args[0], str):
        raise _bad("list_join", "needs a delimiter and one list or more")
    items: list[str] = []
    for part in args[1:]:
        if part is None:
            continue
        if not isinstance(part, list):
            raise _bad("list_join", f"cannot join a {type(part).__name__}")
        items += [_text("list_join", item) for item in part]
    scope.spend(sum(len(item) + len(args[0]) for item in items))
    return args[0].join(items)


def _digest(scope: Scope, args: Any) -> Any:
    if not isinstance(args, list) or len(args) != 2:
        raise _bad("digest", "needs an algorithm and a value")
    if args[0] not in hashlib.algorithms_guaranteed or args[0].startswith("shake"):
        raise _bad("digest", f"algorithm {args[0]} is unknown; sha256 would work")
    return hashlib.new(args[0], str(args[1]).encode(), usedforsecurity=False).hexdigest()


def _map_merge(scope: Scope, args: Any) -> Any:
    merged: dict[str, Any] = {}
    for item in args or []:
        if item is not None and not isinstance(item, dict):
            raise _bad("map_merge", "needs a list of mappings")
        merged.update(item or {})
    return merged


def _map_replace(scope: Scope, args: Any) -> Any:
    if not isinstance(args, list) or len(args) != 2 or not isinstance(args[0], dict):
        raise _bad("map_replace", 'needs a mapping and {"keys": {}, "values": {}}')
    keys, values = args[1].get("keys") or {}, args[1].get("values") or {}
    return {
        keys.get(key, key): values.get(value, value) if _hashable(value) else value
        for key, value in args[0].items()
    }


def _hashable(value: Any) -> bool:
    return not isinstance(value, (dict, list))


def _list_concat(scope: Scope, args: Any) -> Any:
    if not isinstance(args, list) or not all(isinstance(item, (list, type(None))) for item in args):
        raise _bad("list_concat", "needs a list of lists")
    return list(itertools.chain.from_iterable(item or [] for item in args))


def _list_concat_unique(scope: Scope, args: Any) -> Any:
    unique: list[Any] = []
    for item in _list_concat(scope, args):
        scope.spend(1 + len(unique))
        if item not in unique:
            unique.append(item)
    return unique


def _contains(scope: Scope, args: Any) -> Any:
    if not isinstance(args, list) or len(args) != 2:
        raise _bad("contains", "needs a value and a sequence")
    return args[0] in (args[1] or [])


def _filter(scope: Scope, args: Any) -> Any:
    if not isinstance(args, list) or len(args) != 2:
        raise _bad("filter", "needs the values to leave out and a list")
    scope.spend(len(args[1] or []) * len(args[0] or []))
    return [item for item in args[1] or [] if item not in (args[0] or [])]


def _make_url(scope: Scope, args: Any) -> Any:
    if not isinstance(args, dict):
        raise _bad("make_url", "needs a mapping of the URL's parts")
    host = str(args.get("host") or "")
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    user = quote(str(args.get("username") or ""), safe="")
    if user and args.get("password"):
        user += ":" + quote(str(args["password"]), safe="")
    port = f":{args['port']}" if args.get("port") not in (None, "") else ""
    where = (f"{user}@" if user else "") + host + port
    path = quote(str(args.get("path") or ""))
    path = f"/{path}" if where and path and not path.startswith("/") else path
    url = (
        (f"{args['scheme']}:" if args.get("scheme") else "")
        + (f"//{where}" if where else "")
        + path
    )
    if args.get("query"):
        url += "?" + urlencode(args["query"], quote_via=quote)
    return url + (f"#{quote(str(args['fragment']))}" if args.get("fragment") else "")


def _equals(scope: Scope, args: Any) -> bool:
    if not isinstance(args, list) or len(args) != 2:
        raise _bad("equals", "needs two values")
    return bool(args[0] == args[1])


def truth(scope: Scope, value: Any) -> bool:
    """Return a condition's value: a boolean, the name of another, or a function.

    Raises TemplateInvalid for anything else.
    """
    if isinstance(value, str):
        return scope.condition(value)
    found = resolve(scope, value)
    if isinstance(found, bool):
        return found
    if isinstance(found, str) and found.lower() in ("true", "false"):
        return found.lower() == "true"
    raise TemplateInvalid(reason=f"The definition of condition {value!r} is invalid")


def _not(scope: Scope, args: Any) -> bool:
    return not truth(scope, args)


def _and(scope: Scope, args: Any) -> bool:
    return all(truth(scope, item) for item in _conditions("and", args))


def _or(scope: Scope, args: Any) -> bool:
    return any(truth(scope, item) for item in _conditions("or", args))


def _conditions(name: str, args: Any) -> list[Any]:
    if not isinstance(args, list) or len(args) < 2:
        raise _bad(name, "needs two conditions at least")
    return args


def _if(scope: Scope, args: Any) -> Any:
    if not isinstance(args, list) or len(args) not in (2, 3):
        raise _bad("if", "needs a condition, a value, and a value for otherwise")
    chosen = truth(scope, args[0])
    if len(args) == 2:
        return _resolved(scope, args[1]) if chosen else None
    return _resolved(scope, args[1] if chosen else args[2])


def _repeat(scope: Scope, args: Any) -> Any:
    if not isinstance(args, dict) or not {"template", "for_each"} <= set(args):
        raise _bad("repeat", 'needs "template" and "for_each"')
    lists = _resolved(scope, args["for_each"]) or {}
    keys = list(lists)
    values = [list(lists[key] or []) for key in keys]
    nested = str(args.get("permutations", True)).lower() != "false"
    rows = itertools.product(*values) if nested else zip(*values, strict=True)
    template = args["template"]
    made = []
    for row in rows:
        one = _substitute(scope, template, dict(zip(keys, row, strict=True)))
        spend_on(scope, one)
        made.append(_resolved(scope, one))
    return made


def _substitute(scope: Scope, value: Any, params: dict[str, Any]) -> Any:
    if isinstance(value, str):
        if value in params:
            return params[value]
        for key in sorted(params, key=len, reverse=True):
            text = _text("repeat", params[key])
            scope.spend(value.count(key) * len(text))
            value = value.replace(key, text)
        return value
    if isinstance(value, list):
        return [_substitute(scope, item, params) for item in value]
    if isinstance(value, dict):
        return {
            _substitute(scope, key, params): _substitute(scope, item, params)
            for key, item in value.items()
        }
    return value


def _select(scope: Scope, args: Any) -> Any:
    if not isinstance(args, list) or len(args) != 2:
        raise _bad("Fn::Select", "needs an index or key, and a list or mapping")
    key, values = args
    if isinstance(values, str):
        values = json.loads(values)
    if isinstance(values, dict):
        return values.get(key, "")
    index = int(key)
    return (values or [])[index] if -len(values or []) <= index < len(values or []) else ""


def _find_in_map(scope: Scope, args: Any) -> Any:
    found = _walk(args[0], list(args[1:]))
    if found is None:
        raise _bad("Fn::FindInMap", f"there is no {'.'.join(str(step) for step in args[1:])}")
    return found


def _member_list_to_map(scope: Scope, args: Any) -> Any:
    name, value, items = args
    rows: dict[str, dict[str, str]] = {}
    for item in items:
        path, _, content = str(item).partition("=")
        _, number, key = [*path.split(".", 2), "", ""][:3]
        rows.setdefault(number, {})[key] = content
    return {row[name]: row[value] for row in rows.values()}


def _zones(scope: Scope, args: Any) -> Any:
    return ["nova"]


def _yaql(scope: Scope, args: Any) -> Any:
    raise _bad("yaql", "is not offered; filter, map_merge, list_concat and repeat would work")


def _facade(scope: Scope, args: Any) -> Any:
    raise _bad("resource_facade", "is not offered; a parameter given by the outer stack would work")


FUNCTIONS: dict[str, Function] = {
    "Fn::ResourceFacade": _facade,
    "resource_facade": _facade,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _zones,
    "Fn::MemberListToMap": _member_list_to_map,
    "Fn::Select": _select,
    "yaql": _yaql,
    "get_param": _get_param,
    "get_resource": _get_resource,
    "get_attr": _get_attr,
    "get_file": _get_file,
    "str_replace": _str_replace,
    "str_replace_strict": _str_replace_strict,
    "str_split": _str_split,
    "list_join": _list_join,
    "digest": _digest,
    "map_merge": _map_merge,
    "map_replace": _map_replace,
    "list_concat": _list_concat,
    "list_concat_unique": _list_concat_unique,
    "contains": _contains,
    "filter": _filter,
    "make_url": _make_url,
    "equals": _equals,
}
LAZY: dict[str, Function] = {"if": _if, "not": _not, "and": _and, "or": _or, "repeat": _repeat}
