"""Environments: what types and hooks a resource has by name, and inside another."""

import pytest

from orchestration.errors import TemplateInvalid
from orchestration.templates import environment

REGISTRY = {
    "My::Thing": "thing.yaml",
    "OS::Networking::*": "OS::Neutron::*",
    "resources": {
        "web*": {"hooks": "pre-create", "OS::Nova::Server": "server.yaml"},
        "outer": {"inner": {"hooks": ["pre-update", "post-create"]}},
    },
}


@pytest.fixture
def found():
    return environment.parse({"resource_registry": REGISTRY})


def test_types_lead_by_name_by_pattern_and_by_resource(found):
    assert found.target("x", "My::Thing") == "thing.yaml"
    assert found.target("x", "OS::Networking::Port") == "OS::Neutron::Port"
    assert found.target("web1", "OS::Nova::Server") == "server.yaml"
    assert found.target("db1", "OS::Nova::Server") == "OS::Nova::Server"


def test_hooks_are_found_by_pattern_and_inside(found):
    assert found.hooks("web1") == {"pre-create"}
    assert found.hooks("inner") == set()
    assert found.inside("outer", {}).hooks("inner") == {"pre-update", "post-create"}


def test_it_is_shown_as_it_was_given(found):
    assert found.to_dict()["resource_registry"] == REGISTRY


@pytest.mark.parametrize(
    ("registry", "problem"),
    [
        ({"A::B": "C::D", "C::D": "A::B"}, "leads to itself"),
        ({"resources": {"x": {"hooks": "now"}}}, "x.hooks"),
        ({"A::B": 1}, "A::B leads to 1"),
    ],
)
def test_what_cannot_be_is_refused_by_name(registry, problem):
    with pytest.raises(TemplateInvalid, match=problem):
        environment.parse({"resource_registry": registry}).target("x", "A::B")


def test_the_last_of_several_has_the_last_word():
    found = environment.merged([{"parameters": {"a": 1, "b": 1}}, "parameters: {b: 2}"])
    assert found == {"parameters": {"a": 1, "b": 2}}
