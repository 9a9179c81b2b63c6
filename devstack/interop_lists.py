"""Which tests are meant: the lists in tests/interop/lists, other files of ids, expressions."""

import dataclasses
import pathlib
import re
from collections.abc import Sequence

from devstack.control import ROOT
from devstack.progress import Failed

LISTS = ROOT / "tests/interop/lists"
LEFT_OUT = ROOT / "tests/interop/left_out.txt"
INTEROP = tuple(
    f"interop_{service}"
    for service in ("identity", "image", "network", "volume", "compute", "orchestration")
)
EXPRESSION = "regex:"


@dataclasses.dataclass(frozen=True)
class Selection:
    """One list.  left_out: ids that are not run, with the reason.  unknown: ids no suite has."""

    name: str
    ids: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()


def read(name: str, known: Sequence[str]) -> Selection:
    """Return what a name means.

    name: of a list in tests/interop/lists, of a file with an id a line, or `regex:EXPRESSION`.
    known: every id the installed suites have.  Raises Failed when there is no such list.
    """
    if name.startswith(EXPRESSION):
        wanted = [one for one in known if re.search(name.removeprefix(EXPRESSION), one)]
    else:
        wanted = lines(_file(name))
    reasons = dict(_left_out())
    left_out = tuple((one, reasons[one]) for one in wanted if one in reasons)
    here = set(known)
    return Selection(
        name=pathlib.Path(name).stem if not name.startswith(EXPRESSION) else name,
        ids=tuple(one for one in wanted if one in here and one not in reasons),
        left_out=left_out,
        unknown=tuple(one for one in wanted if one not in here and one not in reasons),
    )


def lines(path: pathlib.Path) -> list[str]:
    """Return a file's lines, without empty ones and those that begin with `#`."""
    found = (line.strip() for line in path.read_text().splitlines())
    return [line for line in found if line and not line.startswith("#")]


def check(names: Sequence[str]) -> None:
    """Return when every list exists.  Raises Failed."""
    for name in names:
        if not name.startswith(EXPRESSION):
            _file(name)


def _file(name: str) -> pathlib.Path:
    for path in (pathlib.Path(name), LISTS / name, LISTS / f"{name}.txt"):
        if path.is_file():
            return path
    offered = ", ".join(sorted(path.stem for path in LISTS.glob("*.txt")))
    raise Failed(f"there is no list {name}; there are {offered}")


def _left_out() -> list[tuple[str, str]]:
    """Return ids that no run takes, and why: `<id> <reason>` a line, the id without spaces."""
    found = []
    for line in lines(LEFT_OUT):
        one, _, reason = line.partition(" ")
        found.append((one, reason.strip()))
    return found
