"""/resource_types, /template_versions, /build_info, /validate and the version documents."""

from typing import Any

import falcon

from common import http
from common.policy import Policy
from orchestration import errors
from orchestration.api.base import context
from orchestration.drivers.base import LIST, MAP, Property
from orchestration.drivers.registry import TYPES
from orchestration.logic import definitions
from orchestration.policies import stacks as policies
from orchestration.schemas import stacks as schemas
from orchestration.templates import functions, template
from orchestration.templates.parameters import text


class TypesResource:
    """/v1/{project_id}/resource_types"""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def on_get(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._policy.authorize(context(req, project_id), policies.TYPES)
        wanted = req.get_param("name") or ""
        resp.media = {"resource_types": sorted(name for name in TYPES if wanted in name)}

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str
    ) -> None:
        self._policy.authorize(context(req, project_id), policies.TYPES)
        kind = TYPES.get(name)
        if kind is None:
            raise errors.ResourceTypeNotFound(type=name)
        shown = {"show": "Detailed information about resource.", **kind.attributes}
        resp.media = {
            "resource_type": name,
            "description": (kind.__doc__ or "").partition("\n")[0],
            "properties": {key: _schema(rule) for key, rule in kind.properties.items()},
            "attributes": {key: {"description": words} for key, words in shown.items()},
            "support_status": {
                "status": "SUPPORTED",
                "version": None,
                "message": None,
                "previous_status": None,
            },
        }


def _schema(rule: Property) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": rule.description,
        "type": rule.type,
        "required": rule.required,
        "update_allowed": rule.updatable,
        "immutable": False,
    }
    if rule.default is not None:
        found["default"] = rule.default
    if rule.allowed:
        found["constraints"] = [{"allowed_values": list(rule.allowed)}]
    if rule.type == LIST and rule.items is not None:
        found["schema"] = {"*": _schema(rule.items)}
    if rule.type == MAP and rule.keys:
        found["schema"] = {key: _schema(inner) for key, inner in rule.keys.items()}
    return found


class TemplateVersionsResource:
    """/v1/{project_id}/template_versions"""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def on_get(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._policy.authorize(context(req, project_id), policies.TYPES)
        resp.media = {
            "template_versions": [
                {"version": f"heat_template_version.{name}", "type": "hot", "aliases": []}
                for name in sorted([*template.VERSIONS, *template.CODENAMES])
            ]
        }

    def on_get_functions(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, version: str
    ) -> None:
        self._policy.authorize(context(req, project_id), policies.TYPES)
        name = version.removeprefix("heat_template_version.")
        if name not in template.VERSIONS and name not in template.CODENAMES:
            raise errors.ResourceTypeNotFound(type=version)
        resp.media = {
            "template_functions": [
                {"functions": key, "description": (call.__doc__ or key).partition("\n")[0]}
                for key, call in sorted({**functions.FUNCTIONS, **functions.LAZY}.items())
            ]
        }


class BuildInfoResource:
    """/v1/{project_id}/build_info"""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def on_get(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._policy.authorize(context(req, project_id), policies.TYPES)
        resp.media = {"api": {"revision": "cumulet"}, "engine": {"revision": "cumulet"}}


class ValidateResource:
    """/v1/{project_id}/validate"""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def on_post(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.VALIDATE)
        wanted = http.body(req, schemas.VALIDATE)
        parsed = template.parse(wanted.get("template") or {})
        given = {**_examples(parsed), **(wanted.get("parameters") or {})}
        found, _ = definitions.request(
            {**wanted, "parameters": given},
            stack_id="",
            stack_name="validated",
            project_id=str(ctx.project_id),
        )
        resp.media = {
            "Description": parsed.description,
            "Parameters": {name: _parameter(name, s) for name, s in parsed.parameters.items()},
            "Environment": found.environment.to_dict(),
        }


def _examples(parsed: template.Template) -> dict[str, Any]:
    """Return a value for each parameter that has no default, so that the rest can be checked."""
    plain = {"number": 0, "boolean": False, "json": {}, "comma_delimited_list": []}
    found = {}
    for name, schema in parsed.parameters.items():
        allowed = [
            rule["allowed_values"][0]
            for rule in schema.get("constraints") or []
            if isinstance(rule, dict) and rule.get("allowed_values")
        ]
        if "default" not in schema and not schema.get("constraints"):
            found[name] = plain.get(str(schema.get("type")), "")
        elif "default" not in schema and allowed:
            found[name] = allowed[0]
    return found


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    names = {"comma_delimited_list": "CommaDelimitedList", "json": "Json"}
    kind = str(schema.get("type"))
    found = {
        "Type": names.get(kind, kind.capitalize()),
        "Description": schema.get("description", ""),
        "NoEcho": str(schema.get("hidden", False)).lower(),
        "Label": schema.get("label", name),
    }
    if "default" in schema:
        found["Default"] = text(schema["default"])
    return found


class VersionsResource:
    """/ and /v1: which versions there are."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.status = falcon.HTTP_300
        resp.media = {
            "versions": [
                {
                    "id": "v1.0",
                    "status": "CURRENT",
                    "links": [{"href": f"{req.prefix}/v1/", "rel": "self"}],
                }
            ]
        }
