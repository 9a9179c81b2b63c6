"""What a template means: sections, order, conditions, and the mistakes it can hold."""

from typing import Any

import pytest

from orchestration.errors import TemplateInvalid
from orchestration.templates import parameters
from orchestration.templates.definition import Definition, order
from orchestration.templates.template import parse

VERSION = "heat_template_version: 2018-08-31\n"


def define(text, **values):
    return Definition(parse(VERSION + text), values, {})


def test_a_resource_comes_after_those_it_refers_to():
    definition = define(
        """
resources:
  last: {type: OS::Heat::Value, properties: {value: {get_resource: middle}}}
  middle: {type: OS::Heat::Value, properties: {value: {get_attr: [first, value]}}}
  first: {type: OS::Heat::Value, properties: {value: 1}}
"""
    )
    assert order(definition.requires) == ["first", "middle", "last"]


def test_a_port_waits_for_the_subnets_of_its_network_and_a_floating_address_for_the_router():
    definition = define(
        """
resources:
  net: {type: OS::Neutron::Net}
  subnet: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.0.0.0/24}}
  port: {type: OS::Neutron::Port, properties: {network: {get_resource: net}}}
  router: {type: OS::Neutron::Router}
  leg:
    type: OS::Neutron::RouterInterface
    properties: {router: {get_resource: router}, subnet: {get_resource: subnet}}
  address: {type: OS::Neutron::FloatingIP, properties: {floating_network: public}}
"""
    )
    assert definition.requires["port"] == {"net", "subnet"}
    assert definition.requires["address"] == {"leg"}


def test_a_circle_is_refused_naming_those_in_it():
    with pytest.raises(TemplateInvalid, match="Circular Dependency Found: a, b"):
        define(
            """
resources:
  a: {type: OS::Heat::None, depends_on: b}
  b: {type: OS::Heat::None, depends_on: a}
"""
        )


def test_a_reference_that_leads_nowhere_is_refused_by_name():
    with pytest.raises(TemplateInvalid, match="nobody"):
        define("resources:\n  a: {type: OS::Heat::None, depends_on: nobody}\n")


def test_a_resource_whose_condition_is_false_is_left_out():
    definition = define(
        """
conditions: {big: {equals: [{get_param: size}, big]}}
resources:
  always: {type: OS::Heat::None, depends_on: sometimes}
  sometimes: {type: OS::Heat::None, condition: big}
""",
        size="small",
    )
    assert set(definition.resources) == {"always"}
    assert definition.requires["always"] == set()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("heat_template_version: 1999-01-01", "1999-01-01"),
        (VERSION + "resourcez: {}", "resourcez"),
        (VERSION + "resources: {a: {typ: x}}", "typ"),
        (VERSION + "resources: {a: {properties: {}}}", "type"),
        (VERSION + "outputs: {a: {description: x}}", "value"),
        ("a: [unclosed", "Error parsing"),
    ],
)
def test_a_template_that_is_wrong_is_refused_naming_the_place(text, problem):
    with pytest.raises(TemplateInvalid, match=problem):
        parse(text)


@pytest.mark.parametrize(
    ("schema", "given", "expected"),
    [
        ({"type": "number"}, "12", 12),
        ({"type": "boolean"}, "yes", True),
        ({"type": "comma_delimited_list"}, "a, b", ["a", "b"]),
        ({"type": "json"}, '{"a": 1}', {"a": 1}),
        ({"type": "string"}, 12, "12"),
    ],
)
def test_a_parameter_gets_its_own_type(schema, given, expected):
    assert parameters.resolve({"p": schema}, {"p": given}, {})["p"] == expected


@pytest.mark.parametrize(
    ("schema", "given", "problem"),
    [
        ({"type": "number"}, {"p": "many"}, "many"),
        ({"type": "string"}, {}, "was not provided"),
        ({"type": "string"}, {"p": "x", "q": "y"}, "q"),
        ({"type": "number", "constraints": [{"range": {"max": 3}}]}, {"p": 4}, "out of range"),
        ({"type": "string", "constraints": [{"length": {"min": 3}}]}, {"p": "ab"}, "length"),
        ({"type": "string", "constraints": [{"allowed_values": ["a"]}]}, {"p": "b"}, "allowed"),
        ({"type": "string", "constraints": [{"allowed_pattern": "[a-z]+"}]}, {"p": "A"}, "match"),
    ],
)
def test_a_parameter_out_of_bounds_is_refused_by_name(schema, given, problem):
    with pytest.raises(TemplateInvalid, match=problem):
        parameters.resolve({"p": schema}, given, {})


def test_hidden_parameters_are_shown_as_stars():
    schemas: dict[str, dict[str, Any]] = {
        "p": {"type": "string", "hidden": True},
        "q": {"type": "json"},
    }
    shown = parameters.shown(schemas, {"p": "secret", "q": {"a": 1}})
    assert shown == {"p": "******", "q": '{"a": 1}'}
