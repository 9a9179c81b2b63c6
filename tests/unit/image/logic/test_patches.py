"""JSON patches as pure functions."""

import pytest

from common.errors import BadRequest
from image import errors
from image.logic import patches


def names(path: str) -> str:
    return patches.parse([{"op": "remove", "path": path}], "2.1")[0].name


@pytest.mark.parametrize(
    ("path", "name"), [("/a", "a"), ("/a~1b", "a/b"), ("/~0", "~"), ("/~01", "~1")]
)
def test_a_pointer_names_one_attribute(path, name):
    assert names(path) == name


@pytest.mark.parametrize("path", ["a", "/", "", "/a/b", "/~", "/a~3", None, 7])
def test_other_pointers_are_refused(path):
    with pytest.raises(BadRequest):
        names(path)


@pytest.mark.parametrize("document", [{}, "x", [1], [{}], [{"op": "test", "path": "/a"}]])
def test_other_documents_are_refused(document):
    for version in ("2.1", "2.0"):
        with pytest.raises(BadRequest):
            patches.parse(document, version)


def test_steps_see_what_those_before_them_did():
    steps = [
        patches.Operation("add", "colour", "red"),
        patches.Operation("replace", "colour", "blue"),
        patches.Operation("remove", "shape"),
    ]
    assert patches.apply({"shape": "round"}, steps) == {"colour": "blue"}
    with pytest.raises(errors.PropertyMissing):
        patches.apply({}, steps[1:])
