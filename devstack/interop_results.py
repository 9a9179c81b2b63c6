"""Turns the stream a run of the suites wrote into JSON: {test id: [status, reason]}.

usage: interop_results.py FILE.  Runs on the suites' own Python, which knows the stream's format.
status: `success`, `xfail`, `skip`, `fail` or `uxsuccess`; reason: one line of the details.
"""

import json
import re
import sys
from collections.abc import Mapping
from typing import Any

from subunit import ByteStreamToStreamResult
from testtools import StreamToDict

ERROR = re.compile(r"[\w.]*[A-Z]\w+(: |$)")
LONGEST_REASON = 300


def read(path: str) -> dict[str, tuple[str, str]]:
    """Return how each test ended."""
    found: dict[str, tuple[str, str]] = {}

    def ended(test: dict[str, Any]) -> None:
        if test["id"] and test["status"] not in ("exists", "inprogress", None):
            found[test["id"]] = (test["status"], reason(test["details"]))

    result = StreamToDict(ended)
    result.startTestRun()
    with open(path, "rb") as stream:
        ByteStreamToStreamResult(stream, non_subunit_name="stdout").run(result)
    result.stopTestRun()
    return found


def reason(details: Mapping[str, Any]) -> str:
    """Return the last error's line, and what the service answered with it."""
    text = "\n".join(
        content.as_text()
        for name, content in details.items()
        if "traceback" in name or name == "reason"
    )
    lines = [line for line in text.splitlines() if line.strip() and not line[0].isspace()]
    errors = [line for line in lines if ERROR.match(line) and not line.startswith("Details:")]
    line = (errors or lines or ["no reason given"])[-1].strip()
    answers = [one.strip() for one in text.splitlines() if one.strip().startswith("Details:")]
    if answers and "Details:" not in line:
        line += f" | {answers[-1]}"
    return line[:LONGEST_REASON]


if __name__ == "__main__":
    json.dump(read(sys.argv[1]), sys.stdout)
