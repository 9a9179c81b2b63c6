"""Whatever a client sends, the Orchestration API answers, and in its own words."""

import json
from typing import Any

from tests.support import fuzz
from tests.support.hostile_requests import Target

PROJECT = "p" * 32


def is_error(status: int, text: str) -> bool:
    fault = json.loads(text)
    return fault["code"] == status and set(fault["error"]) == {"message", "traceback", "type"}


VALUES = {
    "anyOf": [
        {"type": "string", "maxLength": 10},
        {},
        {"type": "object", "properties": {"get_param": {"enum": ["p", "q", None, ["p", 0, {}]]}}},
        {"type": "object", "properties": {"get_resource": {"enum": ["a", "b", "", 1]}}},
        {"type": "object", "properties": {"get_attr": {"enum": [["a", "name"], ["a"], [], "a"]}}},
        {
            "type": "object",
            "properties": {
                name: {}
                for name in (
                    *("str_replace", "list_join", "str_split", "repeat", "digest", "if", "yaql"),
                    *("map_merge", "get_file", "resource_facade", "Fn::Join", "not", "equals"),
                )
            },
        },
        {"const": {"str_replace": {"template": "a%", "params": {"%": None}}}},
        {"const": {"str_replace": {"template": "a", "params": {"": [1]}}}},
        {"const": {"list_join": [None, [{}, 1]]}},
        {"const": {"digest": ["md5", 7]}},
        {"const": {"repeat": {"template": {"%a%": 1}, "for_each": {"%a%": {"b": None}}}}},
    ]
}
TYPES: list[Any] = [
    *("OS::Nova::Server", "OS::Neutron::Net", "OS::Neutron::Port", "OS::Neutron::Subnet"),
    *("OS::Heat::ResourceGroup", "OS::Heat::RandomString", "OS::Heat::None", "OS::Nope", 7, {}),
    *("OS::Neutron::SecurityGroup", "OS::Neutron::FloatingIP", "OS::Heat::Value", "a.yaml", None),
]
RESOURCE = {
    "type": "object",
    "properties": {
        "type": {"enum": TYPES},
        "properties": {
            "type": "object",
            "patternProperties": {"^(name|network|cidr|value|count|resource_def)$": VALUES},
        },
        "depends_on": {"enum": ["a", "b", ["a"], [[]], 7, {"a": 1}]},
        "condition": VALUES,
        "metadata": VALUES,
        "deletion_policy": {"enum": ["Retain", "delete", 7, None, []]},
    },
    "required": ["type"],
}
TEMPLATE = {
    "type": "object",
    "properties": {
        "heat_template_version": {
            "enum": ["2018-08-31", "2013-05-23", "rocky", "2999-01-01", 20180831, None, []]
        },
        "parameters": {
            "type": "object",
            "properties": {
                "p": {
                    "type": "object",
                    "properties": {
                        "type": {"enum": ["string", "number", "json", "boolean", "nope", 7, []]},
                        "default": {},
                        "hidden": {},
                        "constraints": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "properties": {
                                    "range": {},
                                    "length": {},
                                    "allowed_values": {},
                                    "allowed_pattern": {"enum": ["(", "^a$", 7, None, "(a+)+$"]},
                                    "custom_constraint": {},
                                },
                            },
                        },
                    },
                },
                "q": {},
            },
        },
        "conditions": {"type": "object", "properties": {"c": VALUES}},
        "resources": {"type": "object", "properties": {"a": RESOURCE, "b": RESOURCE}},
        "outputs": {
            "type": "object",
            "properties": {"o": {"type": "object", "properties": {"value": VALUES}}},
        },
    },
    "required": ["heat_template_version", "resources"],
}
STACK = {
    "type": "object",
    "properties": {
        "stack_name": {"enum": ["s0", "s1", "s2", "s3", "s4", "s5"]},
        "template": TEMPLATE,
        "parameters": {"type": "object", "properties": {"p": {}, "q": {}}},
        "environment": {
            "type": "object",
            "properties": {"parameters": {}, "resource_registry": {}, "parameter_defaults": {}},
        },
        "files": {"type": "object", "properties": {"a.yaml": {"type": "string"}}},
        "timeout_mins": {"enum": [1, 60, None, 2**70]},
        "disable_rollback": {"type": "boolean"},
        "tags": {"enum": ["a,b", "", ",", None]},
    },
    "required": ["stack_name", "template"],
}
GOOD = {
    "heat_template_version": "2018-08-31",
    "parameters": {
        "p": {"type": "string", "default": "x", "constraints": [{"length": {"min": 1}}]}
    },
    "conditions": {"c": {"equals": [{"get_param": "p"}, "x"]}},
    "resources": {
        "a": {"type": "OS::Heat::Value", "properties": {"value": {"get_param": "p"}}},
        "b": {
            "type": "OS::Neutron::Net",
            "condition": "c",
            "depends_on": ["a"],
            "properties": {"name": {"str_replace": {"template": "n-$x", "params": {"$x": "1"}}}},
        },
    },
    "outputs": {"o": {"value": {"list_join": [",", [{"get_attr": ["b", "name"]}, "y"]]}}},
}
EXAMPLES = [
    {"const": {"stack_name": f"s{n}", "template": GOOD, "parameters": {"p": "v"}}} for n in range(6)
]
BASE = "/v1/{project_id}"
CHANGE = {"anyOf": [STACK, {"type": "object", "properties": {"template": TEMPLATE}}]}


def test_no_request_makes_the_api_fail_or_tell_what_it_is_made_of(heat):
    template = {
        "heat_template_version": "2018-08-31",
        "resources": {"a": {"type": "OS::Heat::None"}},
    }
    ids = [heat.create(f"s{n}", template).json["stack"]["id"] for n in range(4)]
    fuzz.run(
        Target(
            heat.client.app,
            {"member": {"X-Auth-Token": "member"}, "reader": {"X-Auth-Token": "reader"}},
            is_error,
            bodies={
                ("POST", f"{BASE}/stacks"): [STACK, *EXAMPLES],
                ("POST", f"{BASE}/stacks/preview"): [STACK, *EXAMPLES],
                ("POST", f"{BASE}/validate"): [CHANGE, *EXAMPLES],
                ("PUT", f"{BASE}/stacks/{{name}}/{{stack_id}}"): [CHANGE, *EXAMPLES],
                ("PATCH", f"{BASE}/stacks/{{name}}/{{stack_id}}"): [CHANGE, *EXAMPLES],
            },
            known={
                "project": [PROJECT],
                "name": ["s0", "s1", "s2", "s3"],
                "stack": ids,
                "resource": ["a"],
                "output": ["o"],
            },
        )
    )
