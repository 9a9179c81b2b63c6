"""Using tokens up, by a question to a controller."""

import hashlib

from common.context import RequestContext
from common.rpc import Bus, handles
from compute.rpc import contract
from compute.rpc.asking import Questions


class Redeemer(Questions[contract.ConsoleRedeemed]):
    """host: whose proxy this is."""

    def __init__(self, bus: Bus, host: str, *, timeout_s: float = 10.0) -> None:
        super().__init__(bus, timeout_s=timeout_s)
        self._host = host

    def redeem(self, token: str) -> tuple[str, str] | None:
        """Return the server and the protocol that a token opens, once; None: nothing.

        Raises Unanswered.
        """
        hashed = hashlib.sha256(token.encode(errors="replace")).hexdigest()
        ctx = RequestContext.internal()

        def send(question: str) -> None:
            order = contract.RedeemConsole(token_hash=hashed, question=question, host=self._host)
            self._bus.cast(ctx, order)

        answer = self.ask(send)
        return (answer.server_id, answer.protocol) if answer.server_id else None

    @handles(contract.ConsoleRedeemed)
    def answered(self, ctx: RequestContext, answer: contract.ConsoleRedeemed) -> None:
        """Hand the answer on."""
        self.hear(answer.question, answer)
