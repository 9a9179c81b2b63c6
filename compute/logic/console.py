"""Reading a guest's console: a question to its host, and the answer by topic."""

import logging
import threading
import uuid

from common import errors
from common.context import RequestContext
from common.rpc import Bus, EventListener, handles
from compute.db.models import Server
from compute.rpc import contract

LOG = logging.getLogger(__name__)


class HostSilent(errors.Unavailable):
    message = "The server's host did not answer within {timeout_s} s."


class ConsoleUnreadable(errors.Conflict):
    message = "The console cannot be read: {reason}"


class Console:
    """Asks hosts for console output.  It listens for answers from the first question on."""

    def __init__(self, bus: Bus, *, timeout_s: float = 10.0) -> None:
        self._bus = bus
        self._timeout_s = timeout_s
        self._guard = threading.Lock()
        self._listener: EventListener | None = None
        self._waiting: dict[str, tuple[threading.Event, list[contract.ConsoleRead]]] = {}

    def read(self, ctx: RequestContext, server: Server, lines: int | None) -> str:
        """Return the console's last lines.  Raises HostSilent, ConsoleUnreadable."""
        if server.host is None:
            raise ConsoleUnreadable(reason=f"Instance {server.id} is not ready")
        self._listen()
        question = uuid.uuid4().hex
        answered, answers = threading.Event(), []  # type: ignore[var-annotated]
        with self._guard:
            self._waiting[question] = (answered, answers)
        try:
            order = contract.ReadConsole(server_id=server.id, question=question, lines=lines)
            self._bus.cast(ctx, order, host=server.host)
            if not answered.wait(self._timeout_s):
                raise HostSilent(timeout_s=self._timeout_s)
        finally:
            with self._guard:
                del self._waiting[question]
        if answers[0].fault:
            raise ConsoleUnreadable(reason=answers[0].fault)
        return str(answers[0].output)

    def _listen(self) -> None:
        with self._guard:
            if self._listener is None:
                self._listener = EventListener(self._bus, [contract.ANSWERS], self)
                self._listener.start()
        if not self._listener.connected.wait(self._timeout_s):
            raise HostSilent(timeout_s=self._timeout_s)

    def stop(self) -> None:
        """Listen no more."""
        if self._listener is not None:
            self._listener.stop()

    @handles(contract.ConsoleRead)
    def answered(self, ctx: RequestContext, answer: contract.ConsoleRead) -> None:
        """Hand the answer to whoever asked here; other processes' answers pass by."""
        with self._guard:
            waiting = self._waiting.get(answer.question)
        if waiting is not None:
            waiting[1].append(answer)
            waiting[0].set()
