"""Templates in the older form mean what HOT calls the same."""

import pytest

from orchestration.errors import TemplateInvalid
from orchestration.templates.definition import Definition, NoFacts
from orchestration.templates.template import parse

OLD = """
HeatTemplateFormatVersion: '2012-12-12'
Description: old
Parameters:
  Size: {Type: Number, Default: '2', MinValue: 1, MaxValue: 4}
  Kind: {Type: String, Default: small, AllowedValues: [small, large]}
Mappings:
  Sizes: {small: {ram: 64}, large: {ram: 128}}
Conditions:
  Big: {'Fn::Equals': [{Ref: Kind}, large]}
Resources:
  Thing:
    Type: OS::Heat::TestResource
    Properties: {value: {'Fn::Join': ['-', [a, {Ref: Size}]]}}
  Other:
    Type: OS::Heat::TestResource
    DependsOn: Thing
    Properties:
      value: {'Fn::GetAtt': [Thing, output]}
      wait_secs: {'Fn::FindInMap': [Sizes, {Ref: Kind}, ram]}
  Never: {Type: OS::Heat::None, Condition: Big}
Outputs:
  Id: {Value: {Ref: Thing}}
  Name: {Value: {Ref: 'AWS::StackName'}}
  Second: {Value: {'Fn::Select': ['1', [a, b]]}}
"""


class Facts(NoFacts):
    def reference(self, name):
        return f"id of {name}"

    def attribute(self, name, attribute):
        return f"{attribute} of {name}"


def defined(source):
    parsed = parse(source)
    values = {"Size": 2, "Kind": "small", "OS::stack_name": "s"}
    return Definition(parsed, values, {})


def test_parameters_have_their_types_and_constraints():
    found = parse(OLD).parameters
    assert found["Size"]["type"] == "number"
    assert found["Size"]["constraints"] == [{"range": {"min": 1, "max": 4}}]
    assert found["Kind"]["constraints"] == [{"allowed_values": ["small", "large"]}]


def test_functions_conditions_and_order_are_those_of_hot():
    found = defined(OLD)
    assert set(found.resources) == {"Thing", "Other"}
    assert found.properties("Thing", Facts()) == {"value": "a-2"}
    assert found.properties("Other", Facts()) == {"value": "output of Thing", "wait_secs": 64}
    assert found.requires["Other"] == {"Thing"}
    outputs = {name: found.output(name, Facts()) for name in found.outputs()}
    assert outputs == {"Id": "id of Thing", "Name": "s", "Second": "b"}


def test_the_document_stays_as_it_was_written():
    assert "Resources" in parse(OLD).document


def test_an_early_hot_template_may_use_the_older_functions():
    text = "heat_template_version: 2013-05-23\noutputs: {o: {value: {'Fn::Select': [0, [x]]}}}"
    assert Definition(parse(text), {}, {}).output("o", NoFacts()) == "x"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("2012-12-12", "2012-12-13", "2012-12-12"),
        ("Mappings:", "Maps:", "Maps"),
        ("DependsOn", "After", "After"),
        ("MinValue", "Least", "Least"),
    ],
)
def test_what_is_unknown_is_named(old, new, problem):
    with pytest.raises(TemplateInvalid, match=problem):
        parse(OLD.replace(old, new))
