"""What orchestration's processes tell each other."""

from common.messages import Contract, Message

CONTROLLER = Contract("orchestration.controller", version="1.0")


class Advance(Message, contract=CONTROLLER):
    """Look which resources of the stack are ready to be worked on, and work on them."""

    stack_id: str
