"""Runs every check and test, and counts them: the inner part of devstack/test."""

import argparse
import dataclasses
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

from devstack.control import PACKAGES, ROOT

BIN = pathlib.Path(sys.executable).parent
CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "style": ["ruff", "check", "."],
    "types": ["mypy", *PACKAGES, "tests"],
    "imports": ["lint-imports"],
}
SUITES = {
    "unit": ["-n", "2", "tests/unit"],
    "functional": ["-n", "4", "--dist", "worksteal", "tests/functional"],
    "integration": ["tests/integration"],
    "acceptance": ["tests/acceptance"],
}
INTEROP = tuple(  # lists that pass whole
    f"interop_{service}" for service in ("identity", "image", "network", "volume", "orchestration")
)
STAGE_TIMEOUT_S = 1800
NO_TESTS = 5


@dataclasses.dataclass(frozen=True)
class Count:
    """How many passed and failed in one stage."""

    passed: int = 0
    failed: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.passed + other.passed, self.failed + other.failed)


def main(argv: list[str] | None = None) -> int:
    """Run the stages, all of them or those named; the last line is the sum."""
    stages: dict[str, Callable[[], Count]] = {"lint": lint}
    stages |= {name: (lambda name=name: suite(name)) for name in SUITES}  # type: ignore[misc]
    stages["interop"] = interop
    parser = argparse.ArgumentParser(prog="devstack/test", description="Runs all tests.")
    parser.add_argument("stage", nargs="*", choices=[*stages, []], help="only these")
    wanted = parser.parse_args(argv).stage or list(stages)
    total = Count()
    summary = []
    for name in wanted:
        print(f"== {name}", flush=True)
        began = time.monotonic()
        count = stages[name]()
        took = time.monotonic() - began
        summary.append(f"{name}: {count.passed} passed, {count.failed} failed ({took:.0f} s)")
        total += count
    print("", *summary, sep="\n")
    print(f"{total.passed} passed, {total.failed} failed", flush=True)
    return 1 if total.failed or not total.passed else 0


def lint() -> Count:
    """Run the checks; each counts as one test."""
    total = Count()
    for name, command in CHECKS.items():
        good = _run([str(BIN / command[0]), *command[1:]]) == 0
        print(f"{name}: {'passed' if good else 'FAILED'}", flush=True)
        total += Count(passed=good, failed=not good)
    return total


def suite(name: str) -> Count:
    """Run one suite; a run that broke down counts as a failure more."""
    if not any((ROOT / "tests" / name).rglob("test_*.py")):
        return Count()
    with tempfile.TemporaryDirectory() as scratch:
        report = pathlib.Path(scratch, "report.xml")
        command = [str(BIN / "python"), "-m", "pytest", *SUITES[name], f"--junitxml={report}"]
        status = _run(command)
        count = counted(report) if report.exists() else Count()
    broke_down = status not in (0, NO_TESTS) and not count.failed
    return count + Count(failed=int(broke_down))


def interop() -> Count:
    """Run the public suites' lists, with containers as guests."""
    with tempfile.TemporaryDirectory() as scratch:
        report = pathlib.Path(scratch, "report.json")
        command = [str(ROOT / "devstack/interop"), "--guest", "container", f"--json={report}"]
        status = _run([*command, *INTEROP])
        lists = json.loads(report.read_text())["lists"] if report.exists() else []
    count = Count(sum(one["passed"] for one in lists), sum(one["failed"] for one in lists))
    return count + Count(failed=int(status != 0 and not count.failed))


def counted(report: pathlib.Path) -> Count:
    """Return the counts of a JUnit report; an error in set-up or tear-down is a failure."""
    total = Count()
    for case in ElementTree.parse(report).getroot().iter("testcase"):  # noqa: S314
        outcome = {child.tag for child in case}
        if outcome & {"failure", "error"}:
            total += Count(failed=1)
        elif "skipped" not in outcome:
            total += Count(passed=1)
    return total


def _run(command: list[str]) -> int:
    try:
        return subprocess.run(command, cwd=ROOT, timeout=STAGE_TIMEOUT_S, check=False).returncode
    except subprocess.TimeoutExpired:
        print(f"{command[0]} took longer than {STAGE_TIMEOUT_S} s", flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main())
