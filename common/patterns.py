"""Regular expressions that callers bring: matched within a time limit.

A pattern of a few characters can keep the usual engine busy for years, and every other thread
of its process waiting.
"""

import regex

LONGEST = 1000
MATCH_S = 0.2


def check(pattern: str) -> None:
    """Return when the text is a pattern.  Raises ValueError saying what is wrong."""
    if len(pattern) > LONGEST:
        raise ValueError(f"a pattern has at most {LONGEST} characters")
    try:
        regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError) as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error


def fits(pattern: str, text: str) -> bool:
    """Say whether the text begins as the pattern says.  Raises ValueError, as for one too slow."""
    check(pattern)
    try:
        return regex.match(pattern, text, timeout=MATCH_S) is not None
    except TimeoutError as error:
        raise ValueError(f"{pattern!r} takes too long to match") from error


def found(pattern: str, text: str | None) -> bool:
    """Say whether the text holds the pattern; what is no pattern, or too slow, is not found."""
    try:
        return text is not None and regex.search(pattern, text, timeout=MATCH_S) is not None
    except (TimeoutError, regex.error):
        return False
