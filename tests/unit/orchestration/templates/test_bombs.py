"""Small templates that mean to keep the service busy, or to fill its memory."""

import time
from typing import Any

import pytest

from common import patterns
from orchestration.errors import TemplateInvalid
from orchestration.templates import parameters
from orchestration.templates.definition import Definition, NoFacts, order
from orchestration.templates.template import parse, read

LAUGHS = "a0: &a0 [lol, lol, lol]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
MERGES = "a0: &a0 {k: v}\n" + "".join(
    f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


@pytest.fixture(autouse=True)
def soon():
    """Every one of these is over within seconds."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS,
        MERGES,
        "a: &a [*a]",
        "a: &a {b: *a}",
        f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 1000)}]",
        "- " * 100_000 + "x",
        "a: " + "[" * 5000,
        "? " * 50_000 + "x",
        "a: 1" + ":1" * 150_000,
        "a: " + "1" * 5000,
    ],
    ids=range(10),
)
def test_a_document_that_stands_for_more_than_it_says_is_refused(text):
    with pytest.raises(TemplateInvalid):
        read(text)


def test_aliases_of_a_bearable_size_work():
    assert read("a: &a [1, 2]\nb: *a\nc: {<<: {d: *a}}") == {
        "a": [1, 2],
        "b": [1, 2],
        "c": {"d": [1, 2]},
    }


def nested(levels):
    document: dict[str, Any] = {}
    value = document
    for _ in range(levels):
        value["a"] = {}
        value = value["a"]
    return document


def test_a_document_of_too_many_levels_is_refused_however_it_is_written():
    assert read(nested(50)) == nested(50)
    with pytest.raises(TemplateInvalid, match="nested"):
        read(nested(500))


def grown(levels, step):
    value = "a" * 1000
    for _ in range(levels):
        value = step(value)
    return value


@pytest.mark.parametrize(
    "value",
    [
        {
            "repeat": {
                "for_each": {f"<{n}>": list(range(100)) for n in range(5)},
                "template": "<0>",
            }
        },
        {"repeat": {"for_each": {"x": "y" * 1000, "y": "z" * 1000}, "template": "x" * 9000}},
        {"repeat": {"for_each": {"x": ["y" * 3000], "y": ["z" * 3000]}, "template": "x" * 3000}},
        grown(5, lambda v: {"str_replace": {"template": "a" * 1000, "params": {"a": v}}}),
        grown(5, lambda v: {"list_join": [v, ["a"] * 1000]}),
        [{"get_param": "big"}] * 1000,
        {"list_concat_unique": [{"get_param": "many"}]},
        {"filter": [{"get_param": "many"}, {"get_param": "many"}]},
    ],
    ids=range(8),
)
def test_functions_make_so_much_and_no_more(value):
    known = {"big": {"x": "y" * 100_000}, "many": [str(number) for number in range(50_000)]}
    template = parse(
        {
            "heat_template_version": "2018-08-31",
            "parameters": {name: {"type": "json"} for name in known},
            "outputs": {"it": {"value": value}},
        }
    )
    with pytest.raises(TemplateInvalid, match="make more than"):
        Definition(template, known, {}).output("it", NoFacts())


@pytest.mark.parametrize(
    "value",
    [
        {"str_split": [",", "a,b", "x"]},
        {"str_split": ["", "a"]},
        {"map_merge": 7},
        {"digest": [["md5"], "x"]},
        {"repeat": {"template": "a", "for_each": 7}},
        {"repeat": {"template": "a", "for_each": {"x": [1], "y": [1, 2]}, "permutations": False}},
        {"map_replace": [{"a": 1}, 7]},
        {"make_url": {"query": 7}},
    ],
    ids=range(8),
)
def test_a_function_that_is_given_nonsense_is_the_templates_mistake(value):
    document = {"heat_template_version": "2018-08-31", "outputs": {"it": {"value": value}}}
    with pytest.raises(TemplateInvalid, match="Function"):
        Definition(parse(document), {}, {}).output("it", NoFacts())


@pytest.mark.parametrize(
    "constraint",
    [
        {"allowed_pattern": "(a|a|aa?)+(a|aa)*b\\1?$"},
        {"allowed_pattern": "((("},
        {"allowed_pattern": 7},
        {"allowed_pattern": "a" * 5000},
        {"modulo": {"step": 0, "offset": 0}},
        {"modulo": {"step": 2}},
        {"length": {"min": "x"}},
        {"range": {"min": 7}},
    ],
    ids=range(8),
)
def test_a_constraint_that_cannot_be_checked_in_time_refuses_the_value(constraint):
    schema = {"type": "string", "constraints": [constraint]}
    with pytest.raises(TemplateInvalid, match="Parameter 'it'"):
        parameters.constrain("it", schema, "a" * 5000 + "!")


def test_a_pattern_that_is_too_slow_is_not_found():
    assert not patterns.found("(a|a|aa?)+(a|aa)*b\\1?$", "a" * 5000 + "!")
    assert not patterns.found("(((", "a")
    assert not patterns.found("a", None)
    assert patterns.found("^s.*-[0-9]+$", "server-12")


def test_a_thousand_resources_in_a_row_are_put_in_order_at_once():
    began = time.monotonic()
    names = [f"r{number:04}" for number in range(1000)]
    order({name: set(names[max(0, place - 1) : place]) for place, name in enumerate(names)})
    assert time.monotonic() - began < 5


def test_a_stack_has_a_limited_number_of_resources():
    resources = {f"r{number}": {"type": "OS::Heat::None"} for number in range(1001)}
    with pytest.raises(TemplateInvalid, match="at most 1000"):
        parse({"heat_template_version": "2018-08-31", "resources": resources})
