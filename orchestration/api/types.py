"""/resource_types, /template_versions, /build_info, /validate and the version documents."""

from typing import Any

import falcon

from common import http, patterns
from common.errors import BadRequest
from common.policy import Policy
from orchestration import errors
from orchestration.api.base import context, flag
from orchestration.drivers.base import LIST, MAP, STRING, Property, ResourceType
from orchestration.drivers.registry import TYPES
from orchestration.logic.stacks import Stacks
from orchestration.policies import stacks as policies
from orchestration.schemas import stacks as schemas
from orchestration.templates import vocabulary
from orchestration.views import previews, type_templates


class TypesResource:
    """/v1/{project_id}/resource_types"""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def on_get(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._policy.authorize(context(req, project_id), policies.TYPES)
        pattern = req.get_param("name") or ""
        found = sorted(name for name in TYPES if patterns.found(pattern, name))
        if flag(req, "with_description"):
            resp.media = {
                "resource_types": [
                    {"resource_type": name, "description": _words(TYPES[name])} for name in found
                ]
            }
        else:
            resp.media = {"resource_types": found}

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
            "description": _words(kind),
            "properties": {key: _schema(rule) for key, rule in kind.properties.items()},
            "attributes": {key: {"description": words} for key, words in shown.items()},
            "support_status": {
                "status": "SUPPORTED",
                "version": None,
                "message": None,
                "previous_status": None,
            },
        }

    def on_get_template(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str
    ) -> None:
        self._policy.authorize(context(req, project_id), policies.TYPES)
        if name not in TYPES:
            raise errors.ResourceTypeNotFound(type=name)
        form = req.get_param("template_type") or "cfn"
        if form not in ("cfn", "hot"):
            raise BadRequest(reason=f"Template type is not supported: {form}; cfn and hot are")
        resp.media = type_templates.of(TYPES[name], hot=form == "hot")


def _words(kind: ResourceType) -> str:
    return (type(kind).__doc__ or "").partition("\n")[0]


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
    constraints: list[dict[str, Any]] = []
    if rule.allowed:
        constraints.append({"allowed_values": list(rule.allowed)})
    if rule.least is not None or rule.most is not None:
        bounds = {"min": rule.least, "max": rule.most}
        noun = "length" if rule.type == STRING else "range"
        constraints.append({noun: {k: v for k, v in bounds.items() if v is not None}})
    if constraints:
        found["constraints"] = constraints
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
        resp.media = {"template_versions": vocabulary.versions()}

    def on_get_functions(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, version: str
    ) -> None:
        self._policy.authorize(context(req, project_id), policies.TYPES)
        found = vocabulary.functions(version, conditions=flag(req, "with_condition_func"))
        if found is None:
            raise errors.TemplateVersionNotFound(version=version)
        resp.media = {"template_functions": found}


class BuildInfoResource:
    """/v1/{project_id}/build_info"""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def on_get(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._policy.authorize(context(req, project_id), policies.TYPES)
        resp.media = {"api": {"revision": "cumulet"}, "engine": {"revision": "cumulet"}}


class ValidateResource:
    """/v1/{project_id}/validate"""

    def __init__(self, policy: Policy, stacks: Stacks) -> None:
        self._policy = policy
        self._stacks = stacks

    def on_post(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.VALIDATE)
        wanted = http.body(req, schemas.VALIDATE)
        nested = flag(req, "show_nested") or wanted.get("show_nested") is True
        resp.media = previews.validated(self._stacks.validate(ctx, wanted), nested=nested)


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
