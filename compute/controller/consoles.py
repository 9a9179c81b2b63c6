"""Answers consoles' proxies: whose console a token opens."""

from common.context import RequestContext
from common.rpc import Bus, handles
from compute.logic.consoles import RemoteConsoles
from compute.rpc import contract


class Consoles:
    """Takes tokens for the proxies, which know no database."""

    def __init__(self, bus: Bus, consoles: RemoteConsoles) -> None:
        self._bus = bus
        self._consoles = consoles

    @handles(contract.RedeemConsole)
    def redeem(self, ctx: RequestContext, asked: contract.RedeemConsole) -> None:
        """Use the token up, and say what it was for.  One that comes twice opens nothing."""
        server_id, protocol = self._consoles.redeem(asked.token_hash, asked.host)
        answer = contract.ConsoleRedeemed(
            question=asked.question, server_id=server_id, protocol=protocol
        )
        self._bus.publish(ctx, answer)
