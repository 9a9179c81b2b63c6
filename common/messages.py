"""Messages and contracts: frozen dataclasses that both ends import, and how they look as JSON."""

import dataclasses
import json
import typing
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

Fn = TypeVar("Fn", bound=Callable[..., Any])


@dataclasses.dataclass
class Contract:
    """The messages one kind of process listens to.

    version: `major.minor`.  A field added with a default raises the minor; anything else the
    major, which is part of the queue's name.
    """

    name: str
    version: str
    messages: dict[str, type["Message"]] = dataclasses.field(default_factory=dict)

    @property
    def queue(self) -> str:
        """The queue's name without the host: `compute.worker.v1`."""
        return f"{self.name}.v{self.version.split('.')[0]}"

    def fields(self) -> dict[str, dict[str, str]]:
        """Return every message's fields and types, for the test that guards the version."""
        return {
            name: {field.name: str(field.type) for field in dataclasses.fields(message)}  # type: ignore[arg-type]
            for name, message in sorted(self.messages.items())
        }


@typing.dataclass_transform(frozen_default=True)
class Message:
    """One message.  Subclassing with `contract=` makes a frozen dataclass and registers it."""

    contract: ClassVar[Contract]

    def __init_subclass__(cls, *, contract: Contract | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if contract is None:
            return
        dataclasses.dataclass(frozen=True)(cls)
        cls.contract = contract
        contract.messages[cls.__name__] = cls


class Event(Message):
    """A message that anyone may listen to, by topic."""

    topic: ClassVar[str]

    def __init_subclass__(
        cls, *, contract: Contract | None = None, topic: str = "", **kwargs: Any
    ) -> None:
        super().__init_subclass__(contract=contract, **kwargs)
        cls.topic = topic


def handles(message: type[Message]) -> Callable[[Fn], Fn]:
    """Mark a method `(ctx, message)` as the one that carries such messages out."""

    def mark(function: Fn) -> Fn:
        function.__dict__.setdefault("handled_messages", []).append(message)
        return function

    return mark


def handlers_of(*rooms: object) -> dict[str, Callable[..., None]]:
    """Return the marked methods of some objects, by message name."""
    found: dict[str, Callable[..., None]] = {}
    for room in rooms:
        for attribute in dir(type(room)):
            function = getattr(type(room), attribute, None)
            for message in getattr(function, "handled_messages", ()):
                found[message.__name__] = getattr(room, attribute)
    return found


def encode(message: Message, context: dict[str, Any], deadline: float | None = None) -> bytes:
    """Return the JSON body: name, version, fields, who asked, and until when it matters."""
    body = {
        "message": type(message).__name__,
        "version": message.contract.version,
        "fields": dataclasses.asdict(message),  # type: ignore[call-overload]
        "context": context,
        "deadline": deadline,
    }
    return json.dumps(body, separators=(",", ":")).encode()


def decode(contract: Contract, body: dict[str, Any]) -> Message:
    """Return the message; fields that this version does not know are dropped.

    Raises KeyError for an unknown message, TypeError when a field is missing.
    """
    message = contract.messages[body["message"]]
    known = {field.name for field in dataclasses.fields(message)}  # type: ignore[arg-type]
    return message(**{name: value for name, value in body["fields"].items() if name in known})
