"""Questions by the bus: one goes out as an order, and its answer comes back by topic."""

import threading
import uuid
from collections.abc import Callable
from typing import Generic, TypeVar

from common import errors
from common.messages import Event
from common.rpc import Bus, EventListener
from compute.rpc import contract

Answer = TypeVar("Answer", bound=Event)


class Unanswered(errors.Unavailable):
    message = "No answer came within {timeout_s} s."


class Questions(Generic[Answer]):
    """Asks and waits.  It listens for answers from the first question on.

    A subclass marks the method that calls `hear` with the event that answers.
    """

    def __init__(self, bus: Bus, *, timeout_s: float = 10.0) -> None:
        self._bus = bus
        self._timeout_s = timeout_s
        self._guard = threading.Lock()
        self._listener: EventListener | None = None
        self._waiting: dict[str, tuple[threading.Event, list[Answer]]] = {}

    def ask(self, send: Callable[[str], None]) -> Answer:
        """Return the answer to one question.  Raises Unanswered.

        send: called with the question's id, which its answer carries.
        """
        self._listen()
        question = uuid.uuid4().hex
        answered = threading.Event()
        answers: list[Answer] = []
        with self._guard:
            self._waiting[question] = (answered, answers)
        try:
            send(question)
            if not answered.wait(self._timeout_s):
                raise Unanswered(timeout_s=self._timeout_s)
        finally:
            with self._guard:
                del self._waiting[question]
        return answers[0]

    def hear(self, question: str, answer: Answer) -> None:
        """Hand the answer to whoever asked here; other processes' answers pass by."""
        with self._guard:
            waiting = self._waiting.get(question)
        if waiting is not None:
            waiting[1].append(answer)
            waiting[0].set()

    def stop(self) -> None:
        """Listen no more."""
        if self._listener is not None:
            self._listener.stop()

    def _listen(self) -> None:
        with self._guard:
            if self._listener is None:
                self._listener = EventListener(self._bus, [contract.ANSWERS], self)
                self._listener.start()
        if not self._listener.connected.wait(self._timeout_s):
            raise Unanswered(timeout_s=self._timeout_s)
