"""The command line of devstack/up; the system's own Python reads it too."""

import argparse

from devstack import instance

ABOUT = """Brings a whole cloud up on this machine and shows it at work.  May be run again at any
time: what is there already is kept."""


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(prog="devstack/up", description=ABOUT)
    parser.add_argument(
        "--state-dir",
        default=instance.DEFAULT_STATE_DIR,
        help="directory that holds all the cloud keeps (%(default)s)",
    )
    parser.add_argument(
        "--port-offset",
        type=_offset,
        metavar="N",
        help="number added to every port, or `auto` for a block of free ports",
    )
    parser.add_argument("--dashboard", action="store_true", help="serve Horizon too, from now on")
    parser.add_argument("--no-demo", action="store_true", help="stop before the demonstration")
    return parser.parse_args(argv)


def environments(argv: list[str] | None) -> list[str]:
    """Return the names of the virtual environments that a cloud needs beside the main one."""
    wanted = arguments(argv)
    old = instance.known(wanted.state_dir)
    return ["dashboard"] if wanted.dashboard or (old and old.dashboard) else []


def _offset(text: str) -> str:
    if text != "auto" and not (text.isdigit() and int(text) < 50_000):
        raise argparse.ArgumentTypeError("a number below 50000, or `auto`")
    return text


if __name__ == "__main__":
    print(*environments(None))
