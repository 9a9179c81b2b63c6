"""What a guest uses: a question to its host, and the answer by topic."""

import threading
import uuid
from typing import Any

from common import errors
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus, EventListener, handles
from compute.db import servers as queries
from compute.db.models import Nic, Server
from compute.rpc import contract


class HostSilent(errors.Unavailable):
    message = "The server's host did not answer within {timeout_s} s."


class NoFigures(errors.Conflict):
    message = "Instance {server_id} has no diagnostics: {reason}"


class Diagnostics:
    """Asks hosts for guests' figures.  It listens for answers from the first question on."""

    def __init__(self, database: Database, bus: Bus, *, timeout_s: float = 10.0) -> None:
        self._database = database
        self._bus = bus
        self._timeout_s = timeout_s
        self._guard = threading.Lock()
        self._listener: EventListener | None = None
        self._waiting: dict[str, tuple[threading.Event, list[contract.FiguresRead]]] = {}

    def read(self, ctx: RequestContext, server_id: str) -> tuple[Server, list[Nic], dict[str, Any]]:
        """Return a server, its ports, and its figures as worker.figures answers them.

        Raises ServerNotFound, NoFigures for a guest that does not run, HostSilent.
        """
        with self._database.reading() as session:
            server = queries.get(session, ctx, server_id)
            nics = queries.nics_of(session, [server_id])[server_id]
        if server.host is None:
            raise NoFigures(server_id=server_id, reason="it has no host yet")
        answer = self._ask(ctx, server, [nic.port_id for nic in nics if nic.port_id])
        if answer.fault:
            raise NoFigures(server_id=server_id, reason=answer.fault)
        return server, nics, dict(answer.figures)

    def _ask(
        self, ctx: RequestContext, server: Server, port_ids: list[str]
    ) -> contract.FiguresRead:
        self._listen()
        question = uuid.uuid4().hex
        answered = threading.Event()
        answers: list[contract.FiguresRead] = []
        with self._guard:
            self._waiting[question] = (answered, answers)
        try:
            order = contract.ReadFigures(server_id=server.id, question=question, port_ids=port_ids)
            self._bus.cast(ctx, order, host=server.host)
            if not answered.wait(self._timeout_s):
                raise HostSilent(timeout_s=self._timeout_s)
        finally:
            with self._guard:
                del self._waiting[question]
        return answers[0]

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

    @handles(contract.FiguresRead)
    def answered(self, ctx: RequestContext, answer: contract.FiguresRead) -> None:
        """Hand the answer to whoever asked here; other processes' answers pass by."""
        with self._guard:
            waiting = self._waiting.get(answer.question)
        if waiting is not None:
            waiting[1].append(answer)
            waiting[0].set()
