"""Running the suites: which tests there are, one list after the other, and how each test ended."""

import collections
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import time
from collections.abc import Mapping, Sequence

from common import process
from devstack.control import ROOT
from devstack.interop_lists import Selection

VENV = ROOT / ".venv-interop"
TEST_TIMEOUT_S = 600
LIST_TIMEOUT_S = 7200
LISTING_TIMEOUT_S = 300
# Whole classes stay in one process, and so do the steps of one file of requests, which are a
# single story.
GROUPS = r"(heat_tempest_plugin\.tests\.api\.test_heat_api\.[^_]+|([^\.]*\.)*)"
CLASS_STEP = re.compile(r"(setUpClass|tearDownClass|setUpModule|setUp) \((.*)\)")
Ends = Mapping[str, tuple[str, str]]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How one list went.  failing: (id, reason); skipping: how many for each reason."""

    name: str
    passed: int
    failing: tuple[tuple[str, str], ...]
    skipping: Mapping[str, int]
    left_out: tuple[tuple[str, str], ...]
    seconds: float

    @property
    def failed(self) -> int:
        return len(self.failing)

    @property
    def skipped(self) -> int:
        return sum(self.skipping.values())


class Runner:
    """The suites as installed, against what one directory's tempest.conf says."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory

    def known(self) -> list[str]:
        """Return the ids of every test there is."""
        self._configure(self._directory)
        listing = self._stestr(self._directory, "list")
        return [line for line in listing.splitlines() if "." in line and " " not in line]

    def run(self, tests: Selection, concurrency: int) -> Outcome:
        """Run one list and return how it went; each has a directory of its own."""
        place = self._directory / re.sub(r"\W+", "_", tests.name)
        place.mkdir(exist_ok=True)
        self._configure(place)
        began = time.monotonic()
        ends = self._ends(place, tests.ids, concurrency) if tests.ids else {}
        return outcome(tests, ends, time.monotonic() - began)

    def _configure(self, place: pathlib.Path) -> None:
        suites = next(VENV.glob("lib/python3*/site-packages/tempest"))
        text = f"[DEFAULT]\ntest_path={suites}/test_discover\ntop_dir={suites}\n"
        (place / ".stestr.conf").write_text(text + f"group_regex={GROUPS}\n")
        self._stestr(place, "init")

    def _stestr(self, place: pathlib.Path, word: str) -> str:
        return process.run(
            ["env", "-C", str(place), str(VENV / "bin/stestr"), word],
            timeout_s=LISTING_TIMEOUT_S,
            env=self._environment(),
        )

    def _environment(self) -> dict[str, str]:
        """Return this process's environment without what could point to another cloud."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
        return kept | {
            "TEMPEST_CONFIG_DIR": str(self._directory),
            "TEMPEST_CONFIG": "tempest.conf",
            "OS_TEST_TIMEOUT": str(TEST_TIMEOUT_S),
        }

    def _ends(self, place: pathlib.Path, ids: Sequence[str], concurrency: int) -> Ends:
        """Run the tests; a run that takes too long counts for what it had ended."""
        wanted, stream = place / "ids.txt", place / "run.subunit"
        wanted.write_text("".join(f"{one}\n" for one in ids))
        command = [str(VENV / "bin/stestr"), "run", "--load-list", str(wanted), "--subunit"]
        with stream.open("wb") as output, (place / "run.err").open("wb") as errors:
            running = subprocess.Popen(
                [*command, "--concurrency", str(concurrency)],
                cwd=place,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
            )
            try:
                running.wait(LIST_TIMEOUT_S)
            except BaseException as error:
                running.terminate()  # it passes this on to every process it has
                running.wait(30)
                if not isinstance(error, subprocess.TimeoutExpired):
                    raise
        reader = pathlib.Path(__file__).with_name("interop_results.py")
        read = process.run(
            [str(VENV / "bin/python"), str(reader), str(stream)], timeout_s=LISTING_TIMEOUT_S
        )
        return {one: (status, why) for one, (status, why) in json.loads(read).items()}


def outcome(tests: Selection, ends: Ends, seconds: float) -> Outcome:
    """Return how a list went, of how its tests and their classes' steps ended.

    A test that did not run shares the fate of its class, or failed; a class that could not clean
    up after itself is a failure more.
    """
    steps: dict[str, tuple[str, str, str]] = {}
    for one, end in ends.items():
        if found := CLASS_STEP.fullmatch(one):
            steps.setdefault(found[2], (found[1], *end))
    passed, failing = 0, [(one, "the suites have no such test") for one in tests.unknown]
    skipping: collections.Counter[str] = collections.Counter()
    for one in tests.ids:
        status, reason = ends.get(one) or _fate(one, steps)
        if status in ("success", "xfail"):
            passed += 1
        elif status == "skip":
            skipping[reason] += 1
        else:
            failing.append((one, reason))
    for one, (status, reason) in ends.items():
        if one.startswith("tearDownClass") and status not in ("success", "skip"):
            failing.append((one, reason))
    return Outcome(tests.name, passed, tuple(failing), dict(skipping), tests.left_out, seconds)


def _fate(one: str, steps: Mapping[str, tuple[str, str, str]]) -> tuple[str, str]:
    step = steps.get(one.partition("[")[0].rpartition(".")[0])
    if step is None:
        return "fail", "it did not run"
    name, status, reason = step
    return ("skip", reason) if status == "skip" else ("fail", f"{name}: {reason}")
