"""Free ranges of subnet pools."""

import ipaddress

import pytest

from network import errors
from network.logic import prefixes


def nets(*texts):
    return [ipaddress.ip_network(text) for text in texts]


@pytest.mark.parametrize(
    ("taken", "length", "found"),
    [
        ([], 26, "10.0.0.0/26"),
        (["10.0.0.0/28"], 28, "10.0.0.16/28"),
        (["10.0.0.0/28"], 26, "10.0.0.64/26"),
        (["10.0.0.64/26"], 26, "10.0.0.0/26"),
        (["10.0.0.0/25", "10.0.0.128/26"], 26, "10.0.0.192/26"),
        (["10.0.0.0/25", "10.0.0.192/26"], 25, None),
    ],
)
def test_the_lowest_aligned_range_that_nothing_touches_is_free(taken, length, found):
    free = prefixes.first_free(nets("10.0.0.0/24"), nets(*taken), length)
    assert (free and str(free)) == found


def test_the_next_prefix_is_looked_at_when_one_is_full():
    free = prefixes.first_free(nets("10.1.0.0/24", "10.0.0.0/24"), nets("10.0.0.0/24"), 24)
    assert str(free) == "10.1.0.0/24"


def test_what_is_taken_out_of_a_prefix_leaves_its_rest():
    left = prefixes.without(nets("10.0.0.0/24"), nets("10.0.0.0/25"))
    assert [str(net) for net in left] == ["10.0.0.128/25"]
    with pytest.raises(errors.IllegalSubnetPoolPrefixUpdate):
        prefixes.without(nets("10.0.0.0/24"), nets("10.1.0.0/25"))


def test_quota_counts_addresses_or_64s():
    assert [prefixes.units(net) for net in nets("10.0.0.0/24", "fd00::/64", "fd00::/62")] == [
        256,
        1,
        4,
    ]
