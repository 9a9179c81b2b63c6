"""Reading a guest's console: a question to its host, and the answer by topic."""

from common import errors
from common.context import RequestContext
from common.rpc import handles
from compute.db.models import Server
from compute.rpc import contract
from compute.rpc.asking import Questions, Unanswered


class HostSilent(errors.Unavailable):
    message = "The server's host did not answer within {timeout_s} s."


class ConsoleUnreadable(errors.Conflict):
    message = "The console cannot be read: {reason}"


class Console(Questions[contract.ConsoleRead]):
    """Asks hosts for console output."""

    def read(self, ctx: RequestContext, server: Server, lines: int | None) -> str:
        """Return the console's last lines.  Raises HostSilent, ConsoleUnreadable."""
        if server.host is None:
            raise ConsoleUnreadable(reason=f"Instance {server.id} is not ready")

        def send(question: str) -> None:
            order = contract.ReadConsole(server_id=server.id, question=question, lines=lines)
            self._bus.cast(ctx, order, host=server.host)

        try:
            answer = self.ask(send)
        except Unanswered as error:
            raise HostSilent(**error.facts) from error
        if answer.fault:
            raise ConsoleUnreadable(reason=answer.fault)
        return answer.output

    @handles(contract.ConsoleRead)
    def answered(self, ctx: RequestContext, answer: contract.ConsoleRead) -> None:
        """Hand the answer on."""
        self.hear(answer.question, answer)
