"""A verb a resource understands, and the states around it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Verb:
    """One thing a resource can go through.

    start: the statuses it may begin in.  running: what is shown meanwhile.
    done: the status afterwards; None leaves the status as it was.
    failed: the status when it went wrong; None leaves the status as it was.
    timeout_s: seconds after which the sweep takes it up again.
    attempts: how often it is ordered before it counts as failed.
    """

    name: str
    start: frozenset[str]
    running: str
    done: str | None = None
    failed: str | None = "ERROR"
    timeout_s: int = 120
    attempts: int = 3
