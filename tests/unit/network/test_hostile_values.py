"""Digits that are no numbers, in bodies and in filters."""

import pytest

from common import errors
from network.api import requests
from network.db import lists


@pytest.mark.parametrize("text", ["\u00b2", "--1", "9" * 5000, "-", ""])
def test_text_that_is_no_number_is_none(text):
    assert lists._typed(int, text) is None
    with pytest.raises(errors.BadRequest):
        requests.checked({"n": text}, {"properties": {"n": {"type": "integer"}}})
