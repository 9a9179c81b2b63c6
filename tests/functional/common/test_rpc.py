"""The bus on a real broker: orders arrive, survive a crash, and are acknowledged when handled."""

import json
import multiprocessing
import threading

import kombu
import pytest

from common.context import RequestContext
from common.messages import Contract, Event, Message, handles
from common.rpc import Bus, EventListener, Listener
from tests.support.waiting import wait_for

ORDERS = Contract("tests.worker", version="1.0")
NEWS = Contract("tests.events", version="1.0")


class Paint(Message, contract=ORDERS):
    color: str
    coats: int = 1


class Painted(Event, contract=NEWS, topic="tests.painted"):
    color: str


class Painter:
    def __init__(self):
        self.seen = []
        self.fail = False
        self.gate = threading.Event()
        self.gate.set()

    @handles(Paint)
    def paint(self, ctx, order):
        self.gate.wait(10)
        self.seen.append((order.color, ctx.request_id, ctx.project_id))
        if self.fail:
            raise RuntimeError("out of paint")

    @handles(Painted)
    def hear(self, ctx, event):
        self.seen.append(event.color)


@pytest.fixture
def bus(bus_url):
    found = Bus(bus_url)
    yield found
    found.close()


@pytest.fixture
def painter():
    return Painter()


@pytest.fixture
def listening(bus, painter):
    listener = Listener(bus, ORDERS, painter, host="h1", threads=2)
    listener.start()
    assert listener.connected.wait(15)
    yield listener
    listener.stop()


CTX = RequestContext(project_id="p1", token="secret")


def test_an_order_reaches_the_host_it_is_for_with_its_request(bus, painter, listening):
    assert bus.cast(CTX, Paint(color="red"), host="h1")
    assert bus.cast(CTX, Paint(color="blue"), host="h2")
    wait_for(lambda: painter.seen, [("red", CTX.request_id, "p1")])


def test_an_order_sent_before_anybody_listens_waits(bus, painter):
    bus.cast(CTX, Paint(color="red"), host="h1")
    listener = Listener(bus, ORDERS, painter, host="h1")
    listener.start()
    wait_for(lambda: len(painter.seen), 1)
    listener.stop()


def listen_for_ever(url, begun):
    class Stuck:
        @handles(Paint)
        def paint(self, ctx, order):
            begun.set()
            threading.Event().wait()

    Listener(Bus(url), ORDERS, Stuck(), host="h1").run()


def test_an_order_whose_process_was_killed_is_delivered_again(bus, bus_url, painter):
    spawn = multiprocessing.get_context("spawn")
    begun = spawn.Event()
    victim = spawn.Process(target=listen_for_ever, args=(bus_url, begun))
    victim.start()
    bus.cast(CTX, Paint(color="red"), host="h1")
    assert begun.wait(20)
    victim.kill()
    victim.join()
    listener = Listener(bus, ORDERS, painter, host="h1")
    listener.start()
    wait_for(lambda: len(painter.seen), 1)
    listener.stop()


def test_a_handler_that_fails_does_not_stop_the_next_order(bus, painter, listening):
    painter.fail = True
    bus.cast(CTX, Paint(color="red"), host="h1")
    bus.cast(CTX, Paint(color="blue"), host="h1")
    wait_for(lambda: len(painter.seen), 2)


def test_orders_are_carried_out_side_by_side(bus, painter, listening):
    painter.gate.clear()
    bus.cast(CTX, Paint(color="red"), host="h1")
    bus.cast(CTX, Paint(color="blue"), host="h1")
    wait_for(lambda: listening.busy, 2)
    painter.gate.set()
    wait_for(lambda: listening.busy, 0)


def test_events_reach_everybody_who_listens(bus):
    ears = [Painter(), Painter()]
    listeners = [EventListener(bus, [NEWS], ear) for ear in ears]
    for listener in listeners:
        listener.start()
        assert listener.connected.wait(10)
    bus.publish(CTX, Painted(color="red"))
    wait_for(lambda: [ear.seen for ear in ears], [["red"], ["red"]])
    for listener in listeners:
        listener.stop()


def test_a_broker_that_is_gone_costs_a_warning_and_no_error(painter):
    lost = Bus("amqp://nobody:x@127.0.0.1:1/%2F")
    assert lost.cast(CTX, Paint(color="red")) is False


def test_a_message_from_a_newer_minor_version_loses_only_what_is_unknown(bus, painter, listening):
    body = {"message": "Paint", "version": "1.7", "fields": {"color": "red", "gloss": 3}}
    with bus.connect() as connection:
        producer = kombu.Producer(connection.default_channel)
        producer.publish(
            json.dumps(body),
            exchange="",
            routing_key="tests.worker.v1.h1",
            content_type="application/json",
            content_encoding="utf-8",
        )
    wait_for(lambda: [seen[0] for seen in painter.seen], ["red"])
