"""The intrinsic functions of HOT."""

import pytest

from orchestration.errors import TemplateInvalid
from orchestration.templates.definition import Definition
from orchestration.templates.template import parse


class Facts:
    def reference(self, name):
        return f"id-of-{name}"

    def attribute(self, name, attribute):
        return {"addresses": {"net": ["10.0.0.1", "10.0.0.2"]}, "missing": None}[attribute]


def value_of(expression, conditions=None, **parameters):
    template = parse(
        {
            "heat_template_version": "2018-08-31",
            "parameters": {name: {"type": "string"} for name in parameters},
            "conditions": conditions or {},
            "resources": {"web": {"type": "OS::Heat::Value", "properties": {"value": "x"}}},
            "outputs": {"it": {"value": expression}},
        }
    )
    definition = Definition(template, parameters, {"hello.txt": "hello"})
    return definition.output("it", Facts())


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"get_param": "color"}, "blue"),
        ({"get_resource": "web"}, "id-of-web"),
        ({"get_attr": ["web", "addresses", "net", 1]}, "10.0.0.2"),
        ({"get_attr": ["web", "missing", "x"]}, None),
        ({"get_file": "hello.txt"}, "hello"),
        ({"list_join": ["-", ["a", "b"], ["c"]]}, "a-b-c"),
        ({"str_split": [",", "a,b,c", 1]}, "b"),
        ({"digest": ["md5", "abc"]}, "900150983cd24fb0d6963f7d28e17f72"),
        ({"map_merge": [{"a": 1, "b": 1}, {"b": 2}]}, {"a": 1, "b": 2}),
        ({"map_replace": [{"a": "b"}, {"keys": {"a": "z"}, "values": {"b": "y"}}]}, {"z": "y"}),
        ({"list_concat": [[1], [2, 1]]}, [1, 2, 1]),
        ({"list_concat_unique": [[1], [2, 1]]}, [1, 2]),
        ({"contains": ["a", ["a", "b"]]}, True),
        ({"filter": [["a"], ["a", "b"]]}, ["b"]),
        ({"equals": [{"get_param": "color"}, "blue"]}, True),
        ({"not": {"equals": [1, 1]}}, False),
        ({"and": [True, {"not": False}]}, True),
        ({"or": [False, {"equals": [1, 2]}]}, False),
        ({"if": [{"equals": [1, 1]}, "yes", "no"]}, "yes"),
        ({"if": ["never", "yes", "no"]}, "no"),
        (
            {"make_url": {"scheme": "http", "host": "::1", "port": 80, "path": "/a b"}},
            "http://[::1]:80/a%20b",
        ),
        (
            {"repeat": {"template": {"port": "<%p%>"}, "for_each": {"<%p%>": ["80", "443"]}}},
            [{"port": "80"}, {"port": "443"}],
        ),
    ],
)
def test_a_function_gives_what_the_specification_says(expression, expected):
    assert value_of(expression, {"never": False}, color="blue") == expected


def test_replacements_do_not_replace_one_another():
    wanted = {"str_replace": {"template": "a b", "params": {"a": "b", "b": "a"}}}
    assert value_of(wanted) == "b a"


def test_strict_replacement_names_the_key_that_is_not_there():
    wanted = {"str_replace_strict": {"template": "abc", "params": {"zzz": "1"}}}
    with pytest.raises(TemplateInvalid, match="zzz"):
        value_of(wanted)


def test_an_unknown_parameter_and_a_missing_file_are_named():
    with pytest.raises(TemplateInvalid, match="shape"):
        value_of({"get_param": "shape"})
    with pytest.raises(TemplateInvalid, match=r"nofile\.txt"):
        value_of({"get_file": "nofile.txt"})
