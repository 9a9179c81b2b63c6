"""Runs the public suites of the APIs against a cloud and prints how they went.

Without --cloud it brings up a cloud of its own, as their guidelines want it configured, and takes
it down afterwards.
"""

import argparse
import contextlib
import dataclasses
import json
import pathlib
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence

from openstack import exceptions as sdk

from common import errors
from devstack import (
    instance,
    interop_cloud,
    interop_conf,
    interop_lists,
    interop_web,
    leaks,
    scratch,
)
from devstack.instance import Instance
from devstack.interop_runs import Outcome, Runner
from devstack.progress import Failed, Progress

RESULTS = pathlib.Path("/var/log/cumulet/interop")
MOST_TOLD = 30
HEADINGS = ("list", "passed", "failed", "skipped", "minutes")


def main(argv: list[str] | None = None) -> int:
    """Entry point of devstack/interop, once packages and both virtual environments are there."""
    options = arguments(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the cloud is taken down then, too
    place = pathlib.Path(options.results or RESULTS / time.strftime("%Y%m%d-%H%M%S"))
    try:
        interop_lists.check(options.list)
        with cloud_of(options.cloud, place) as cloud:
            outcomes, left = run(cloud, options, place)
    except (Failed, errors.CloudError, OSError, sdk.SDKException) as error:
        print(f"\ndevstack/interop failed: {error}", file=sys.stderr)
        return 1
    print("", *table(outcomes), sep="\n")
    print(f"left behind: {len(left)}", *left[:MOST_TOLD], sep="\n    ")
    print(f"details: {place}", flush=True)
    if options.json:
        facts = {"lists": [facts_of(one) for one in outcomes], "left": left}
        pathlib.Path(options.json).write_text(json.dumps(facts))
    return 0 if all(whole(one) for one in outcomes) and not left else 1


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(prog="devstack/interop", description=__doc__)
    parser.add_argument(
        "list",
        nargs="*",
        default=interop_lists.INTEROP,
        help="of tests/interop/lists, a file with a test id a line, or regex:EXPRESSION; "
        "without any, the five of interoperability",
    )
    parser.add_argument(
        "--guest", choices=interop_cloud.IMAGES, default="kvm", help="what the test image makes"
    )
    parser.add_argument("--cloud", metavar="STATE_DIR", help="use this one, which runs already")
    parser.add_argument("--api-only", action="store_true", help="do not log in to guests")
    parser.add_argument("--concurrency", type=int, default=2, metavar="N", help="(%(default)s)")
    parser.add_argument("--results", metavar="DIRECTORY", help=f"where details go ({RESULTS}/...)")
    parser.add_argument("--json", metavar="FILE", help="write the table's figures there, too")
    return parser.parse_args(argv)


@contextlib.contextmanager
def cloud_of(state_dir: str | None, place: pathlib.Path) -> Iterator[Instance]:
    """Give the cloud that runs, or one for this run alone, whose logs are kept with the details."""
    if state_dir:
        running = instance.known(state_dir)
        if running is None:
            raise Failed(f"no cloud was made in {state_dir}")
        yield running
        return
    with scratch.cloud("interop", interop_cloud.OPERATOR) as fresh:
        try:
            yield fresh
        finally:
            with contextlib.suppress(OSError):
                shutil.copytree(fresh.state_dir / "log", place / "cloud", dirs_exist_ok=True)


def run(
    cloud: Instance, options: argparse.Namespace, place: pathlib.Path
) -> tuple[list[Outcome], list[str]]:
    """Run the lists and return how each went, having told of it, and what they left behind."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with interop_web.serving(interop_cloud.WEB_IMAGE) as web_image:
        return _run(cloud, options, place, web_image)


def _run(
    cloud: Instance, options: argparse.Namespace, place: pathlib.Path, web_image: str
) -> tuple[list[Outcome], list[str]]:
    progress = Progress()
    with progress.step(f"the cloud in {cloud.state_dir} is ready for the suites"):
        facts = interop_cloud.prepare(cloud, options.guest, web_image)
        interop_conf.write(place, facts, logins=not options.api_only)
    runner = Runner(place)
    known, before, found = runner.known(), leaks.held(cloud), []
    for name in options.list:
        tests = interop_lists.read(name, known)
        progress.doing(f"{tests.name}: {len(tests.ids)} tests")
        found.append(runner.run(tests, options.concurrency))
        tell(found[-1], progress)
    progress.doing("looking for what is left behind")
    return found, leaks.settle(cloud, before)


def tell(one: Outcome, progress: Progress) -> None:
    """Print how a list went: why tests were skipped or left out, and which failed."""
    progress.say(f"{one.name}: {one.passed} passed, {one.failed} failed, {one.skipped} skipped")
    for reason, count in sorted(one.skipping.items()):
        print(f"    skipped {count}: {reason}")
    for test, reason in one.left_out:
        print(f"    left out: {test}: {reason}")
    for test, reason in sorted(one.failing):
        print(f"    FAILED {test}\n        {reason}")
    sys.stdout.flush()


def whole(one: Outcome) -> bool:
    """Tell whether a list passed; those of interoperability leave nothing to be skipped."""
    skips_allowed = one.name not in interop_lists.INTEROP
    return bool(one.passed) and not one.failed and (skips_allowed or not one.skipped)


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the lines of the table."""
    rows = [HEADINGS]
    for one in outcomes:
        figures = (str(one.passed), str(one.failed), str(one.skipped), f"{one.seconds / 60:.1f}")
        rows.append((one.name, *figures))
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return [
        "  ".join(
            [row[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        )
        for row in rows
    ]


def facts_of(one: Outcome) -> dict[str, object]:
    """Return a list's figures as JSON keeps them."""
    kept = {"failed": one.failed, "skipped": one.skipped, "whole": whole(one)}
    return dataclasses.asdict(one) | kept


if __name__ == "__main__":
    sys.exit(main())
