"""The bus: RabbitMQ through kombu.

Orders and reports are casts: persistent, confirmed by the broker, on quorum queues, acknowledged
after they were handled.  Events go to one topic exchange.  The bus is never the truth: what could
not be sent is logged, and the sender's sweep sends it again.
"""

import contextlib
import logging
import queue
import socket
import threading
import time
from collections.abc import Sequence
from typing import Any

import kombu
from amqp.exceptions import AMQPError
from kombu.exceptions import KombuError

from common import metrics
from common.context import CURRENT_REQUEST, RequestContext
from common.messages import (
    Contract,
    Event,
    Message,
    decode,
    encode,
    handlers_of,
    handles,
)

__all__ = [
    "Bus",
    "Contract",
    "Event",
    "EventListener",
    "Listener",
    "Message",
    "handles",
]
LOG = logging.getLogger(__name__)
EVENTS = kombu.Exchange("cumulet.events", type="topic", durable=True)
LOST: tuple[type[BaseException], ...] = (AMQPError, KombuError, OSError)
BACK_OFF_S = (0.1, 0.3, 1.0, 2.0, 5.0)


def _queue(name: str) -> kombu.Queue:
    return kombu.Queue(
        name,
        exchange=kombu.Exchange(""),
        routing_key=name,
        durable=True,
        queue_arguments={"x-queue-type": "quorum", "x-delivery-limit": 20},
    )


def queue_name(contract: Contract, host: str | None) -> str:
    """Return the queue that a contract's messages for a host, or for anyone, wait in."""
    return f"{contract.queue}.{host}" if host else contract.queue


class Bus:
    """Sending.  One connection, made when first needed, shared by the threads of a process."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._connection: kombu.Connection | None = None
        self._producer: kombu.Producer | None = None
        self._declared: set[str] = set()

    def connect(self, heartbeat_s: int = 30) -> kombu.Connection:
        """Return a new connection of the caller's own.

        heartbeat_s: silence after which either end gives up; 0 where nobody beats in between.
        """
        return kombu.Connection(
            self._url,
            heartbeat=heartbeat_s,
            connect_timeout=5,
            transport_options={"confirm_publish": True, "read_timeout": 15, "write_timeout": 15},
        )

    def cast(
        self,
        ctx: RequestContext,
        message: Message,
        *,
        host: str | None = None,
        deadline: float | None = None,
    ) -> bool:
        """Send a message to the process that serves its contract; say whether the broker has it.

        host: the host whose process is meant, for contracts with one process a host.
        deadline: seconds since the epoch after which nobody needs it any more.
        False is no loss: the sender's database says what is under way, and its sweep sends again.
        """
        name = queue_name(message.contract, host)
        return self._send(message, ctx, deadline, exchange="", routing_key=name, declare=name)

    def publish(self, ctx: RequestContext, event: Event) -> bool:
        """Tell whoever listens to the event's topic."""
        return self._send(
            event, ctx, None, exchange=EVENTS.name, routing_key=event.topic, declare=None
        )

    def ping(self) -> None:
        """Raise OSError or a kombu error unless the broker answers."""
        with self._lock:
            self._open()

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._drop()

    def _send(
        self,
        message: Message,
        ctx: RequestContext,
        deadline: float | None,
        *,
        exchange: str,
        routing_key: str,
        declare: str | None,
    ) -> bool:
        body = encode(message, ctx.to_message(), deadline)
        with self._lock:
            for last in (False, True):
                try:
                    self._publish(body, exchange, routing_key, declare, ctx.request_id)
                    return True
                except LOST as error:
                    self._drop()
                    if last:
                        name = type(message).__name__
                        LOG.warning("the broker did not take %s: %s", name, error)
        return False

    def _publish(
        self, body: bytes, exchange: str, routing_key: str, declare: str | None, request_id: str
    ) -> None:
        producer = self._open()
        if declare is not None and declare not in self._declared:
            _queue(declare)(producer.channel).declare()
            self._declared.add(declare)
        producer.publish(
            body,
            exchange=exchange,
            routing_key=routing_key,
            content_type="application/json",
            content_encoding="utf-8",
            delivery_mode=2,
            correlation_id=request_id,
            timeout=10,
        )

    def _open(self) -> kombu.Producer:
        if self._connection is None or self._producer is None:
            self._connection = self.connect(heartbeat_s=0)
            self._connection.connect()
            channel = self._connection.default_channel
            EVENTS(channel).declare()
            self._producer = kombu.Producer(channel, auto_declare=False)
        return self._producer

    def _drop(self) -> None:
        connection, self._connection, self._producer = self._connection, None, None
        self._declared = set()
        if connection is not None:
            try:
                connection.close()
            except LOST:
                LOG.debug("closing a lost connection failed")


class _Consumer:
    """A connection that is made again whenever it is lost, and drained until stopped."""

    def __init__(self, bus: Bus, name: str) -> None:
        self._bus = bus
        self._name = name
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.connected = threading.Event()

    def start(self) -> None:
        """Run in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End soon; what was not acknowledged goes back to the queue."""
        self._stopped.set()
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join(timeout=10)

    def run(self) -> None:
        """Listen until stopped, through every loss of the broker."""
        failures = 0
        while not self._stopped.is_set():
            try:
                with self._bus.connect() as connection:
                    connection.connect()
                    self._subscribe(connection)
                    self.connected.set()
                    failures = 0
                    self._drain(connection)
            except LOST as error:
                if not self._stopped.is_set():
                    LOG.warning("%s lost the broker: %s", self._name, error)
            finally:
                self.connected.clear()
            self._stopped.wait(BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)])
            failures += 1

    def _subscribe(self, connection: kombu.Connection) -> None:
        raise NotImplementedError

    def _between(self) -> bool:
        """Do what has to be done on the connection's own thread; say whether work is under way."""
        return False

    def _drain(self, connection: kombu.Connection) -> None:
        checked = time.monotonic()
        while not self._stopped.is_set():
            busy = self._between()
            with contextlib.suppress(TimeoutError):
                connection.drain_events(timeout=0.02 if busy else 0.5)
            if time.monotonic() - checked > 10:
                connection.heartbeat_check()
                checked = time.monotonic()


class Listener(_Consumer):
    """Handles the messages of one contract, several at a time, each acknowledged when done.

    handlers: objects with methods marked by `handles`.  host: see Bus.cast.
    prefetch: messages fetched at a time, one a thread by default; with more, no thread waits for
    the broker between two of them.
    A handler that raises has its traceback logged and the message counts as handled: the sweep
    of whoever sent it decides what happens next.
    """

    def __init__(
        self,
        bus: Bus,
        contract: Contract,
        *handlers: object,
        host: str | None = None,
        threads: int = 4,
        prefetch: int | None = None,
    ) -> None:
        super().__init__(bus, f"listener-{queue_name(contract, host)}")
        self._contract = contract
        self._handlers = handlers_of(*handlers)
        self._queue_name = queue_name(contract, host)
        self._threads = threads
        self._prefetch = prefetch or threads
        self._work: queue.Queue[kombu.Message | None] = queue.Queue()
        self._done: queue.Queue[kombu.Message] = queue.Queue()
        self._under_way = 0

    @property
    def busy(self) -> int:
        """How many messages are being handled."""
        return self._under_way

    def run(self) -> None:
        crew = [
            threading.Thread(target=self._carry_out, name=f"{self._name}-{n}", daemon=True)
            for n in range(self._threads)
        ]
        for thread in crew:
            thread.start()
        super().run()
        for _ in crew:
            self._work.put(None)
        for thread in crew:
            thread.join(timeout=5)

    def _subscribe(self, connection: kombu.Connection) -> None:
        channel = connection.default_channel
        self._under_way = 0
        self._done = queue.Queue()
        consumer = kombu.Consumer(
            channel,
            [_queue(self._queue_name)],
            on_message=self._take,
            accept=["json"],
        )
        consumer.qos(prefetch_count=self._prefetch, apply_global=False)
        consumer.consume()

    def _take(self, message: kombu.Message) -> None:
        self._under_way += 1
        self._work.put((message, self._done))  # type: ignore[arg-type]

    def _between(self) -> bool:
        while True:
            try:
                message = self._done.get_nowait()
            except queue.Empty:
                return self._under_way > 0
            self._under_way -= 1
            message.ack()

    def _carry_out(self) -> None:
        while True:
            item: Any = self._work.get()
            if item is None:
                return
            message, done = item
            dispatch(self._contract, self._handlers, message.decode())
            done.put(message)


def dispatch(contract: Contract, handlers: dict[str, Any], body: dict[str, Any]) -> None:
    """Hand one decoded body to its handler; log, never raise."""
    name = body.get("message", "?")
    ctx = RequestContext.from_message(body.get("context") or {})
    mark = CURRENT_REQUEST.set(ctx.request_id)
    try:
        deadline = body.get("deadline")
        if deadline is not None and deadline < time.time():
            LOG.info("%s came after its deadline and is dropped", name)
            return
        if name not in handlers:
            LOG.warning("nobody here handles %s of %s", name, contract.name)
            return
        with metrics.MESSAGE_SECONDS.labels(name).time():
            handlers[name](ctx, decode(contract, body))
        metrics.MESSAGES.labels(name, "handled").inc()
    except Exception:
        metrics.MESSAGES.labels(name, "failed").inc()
        LOG.exception("%s failed", name)
    finally:
        CURRENT_REQUEST.reset(mark)


class EventListener(_Consumer):
    """Hears the events of some contracts while it lives; what it missed it has to ask for.

    on_connect: called after each subscription, for example to fill a gap.
    """

    def __init__(
        self,
        bus: Bus,
        contracts: Sequence[Contract],
        *handlers: object,
        on_connect: Any = None,
    ) -> None:
        super().__init__(bus, f"events-{'-'.join(contract.name for contract in contracts)}")
        self._contracts = contracts
        self._handlers = handlers_of(*handlers)
        self._on_connect = on_connect

    def _subscribe(self, connection: kombu.Connection) -> None:
        topics = [
            message.topic
            for contract in self._contracts
            for message in contract.messages.values()
            if issubclass(message, Event) and message.__name__ in self._handlers
        ]
        mine = kombu.Queue(
            f"events.{socket.gethostname()}.{kombu.uuid()}",
            bindings=[kombu.binding(EVENTS, routing_key=topic) for topic in topics],
            durable=False,
            exclusive=True,
            auto_delete=True,
        )
        consumer = kombu.Consumer(
            connection.default_channel, [mine], on_message=self._hear, accept=["json"], no_ack=True
        )
        consumer.consume()
        if self._on_connect is not None:
            self._on_connect()

    def _hear(self, message: kombu.Message) -> None:
        body = message.decode()
        for contract in self._contracts:
            if body.get("message") in contract.messages:
                dispatch(contract, self._handlers, body)
