"""Times in the query of a list."""

import pytest

from common import errors
from image.logic import filters


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "now"])
def test_a_time_outside_the_calendar_is_refused(text):
    with pytest.raises(errors.BadRequest):
        filters._moment("created_at", text)
