"""What the user sees while a command works: one line a step, with the seconds since the start."""

import contextlib
import sys
import time
from collections.abc import Iterator


class Failed(Exception):
    """A step that did not work.  log: where to read why."""

    def __init__(self, sentence: str, log: object = None) -> None:
        super().__init__(sentence if log is None else f"{sentence}; see {log}")


class Progress:
    """Prints steps; on a terminal, the step under way too."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._live = sys.stdout.isatty()

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._began

    def say(self, line: str) -> None:
        """Print a finished step."""
        print(f"{self._clear()}[{self.elapsed_s:5.1f}s] {line}", flush=True)

    def doing(self, line: str) -> None:
        """Show what is being waited for, until the next line."""
        if self._live:
            print(f"{self._clear()}[{self.elapsed_s:5.1f}s] {line} ...", end="", flush=True)

    @contextlib.contextmanager
    def step(self, line: str) -> Iterator[None]:
        """Show a step while it runs, and how long it took."""
        self.doing(line)
        began = time.monotonic()
        yield
        self.say(f"{line} ({time.monotonic() - began:.1f} s)")

    def _clear(self) -> str:
        return "\r\x1b[K" if self._live else ""
