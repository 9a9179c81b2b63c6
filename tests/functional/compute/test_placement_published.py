"""Placement answers what its published request files expect."""

import pytest

from tests.support import gabbits

CORS = frozenset({"cors_valid_options_request", "non-cors_options_request_not_allowed"})
"""This API is asked by services, never by a browser."""
OTHER_WORDS = frozenset(
    {
        "basic-http_bad_content_length_not_int",
        "granular_bogus_suffix",
        "granular_bogus_length",
        "microversion_bad_format_string_raises_400",
        "microversion_bad_format_multidot_raises_400",
        "microversion_root_has_microversion_header",
        "microversion_latest_microversion_is_1.39",
    }
)
"""The same status in other words, or a header's name in other letters."""
OPTIONS = frozenset(
    {
        "allocations-post_confirm_only_post",
        "basic-http_405_on_bad_method_at_root",
        "basic-http_405_on_bad_options_method_on_app",
        "reshaper_reshaper_is_post_only",
    }
)
"""OPTIONS is answered by every API here."""
PLAIN_TEXT = frozenset(
    {"bug-1674694_404_with_other_accept", "microversion_other_accept_header_bad_version"}
)
"""A refusal is JSON here, whatever was asked for."""
EMPTY_JSON = frozenset(
    {
        "resource-classes_post_new_resource_class",
        "resource-provider_post_new_resource_provider_-_old_microversion",
        "traits_create_a_trait",
        "traits_create_custom_trait_1",
        "traits_create_custom_trait_2",
        "traits_create_custom_another_trait",
        "traits_post_new_resource_provider",
    }
)
"""An empty answer carries the type that the API's answers have."""
KNOWN = CORS | OTHER_WORDS | OPTIONS | PLAIN_TEXT | EMPTY_JSON


@pytest.mark.parametrize("name", gabbits.names())
def test_the_published_requests_of(name: str):
    failed = gabbits.run(name)
    wrong = {test: why for test, why in failed.items() if test not in KNOWN}
    assert not wrong, "\n".join(f"{test}: {why}" for test, why in wrong.items())
    assert {test for test in KNOWN if test.startswith(f"{name}_")} <= failed.keys()
