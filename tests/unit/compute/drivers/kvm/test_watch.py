import queue
import typing

import pytest

from compute.drivers.base import GuestMissing, GuestState
from tests.support.waiting import wait_for

pytest.importorskip("libvirt")


class Host:
    """Guests by id, and the news of them."""

    def __init__(self):
        self.changed: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.states = {}
        self.upkept = 0

    def state(self, server_id):
        if server_id not in self.states:
            raise GuestMissing(server_id=server_id)
        return self.states[server_id]

    def now(self, server_id, state):
        self.states[server_id] = state
        self.changed.put(server_id)

    def upkeep(self):
        self.upkept += 1


def watching():
    from compute.drivers.kvm.watch import Watch

    host, seen = Host(), []
    watch = Watch(typing.cast(typing.Any, host), host.state, lambda: dict(host.states), host.upkeep)
    host.states["a"] = GuestState.RUNNING
    watch.start(lambda *news: seen.append(news))
    return host, watch, seen


def test_what_a_guest_does_by_itself_is_told_once():
    host, _, seen = watching()
    host.now("a", GuestState.OFF)
    host.now("a", GuestState.OFF)
    wait_for(lambda: seen, [("a", GuestState.OFF)])
    wait_for(host.changed.empty)
    assert len(seen) == 1


def test_what_a_guest_does_on_order_is_not_told():
    host, watch, seen = watching()
    with watch.ordered("a"):
        host.now("a", GuestState.OFF)
        wait_for(host.changed.empty)
        host.now("a", GuestState.PAUSED)
    host.now("b", GuestState.RUNNING)
    host.now("a", GuestState.CRASHED)
    wait_for(lambda: seen, [("a", GuestState.CRASHED)])


def test_a_lost_connection_means_that_everyone_is_asked():
    host, _, seen = watching()
    host.states["a"] = GuestState.CRASHED
    host.changed.put(None)
    wait_for(lambda: seen, [("a", GuestState.CRASHED)])
    assert host.upkept == 1


def test_a_guest_that_is_gone_is_no_news():
    host, _, seen = watching()
    del host.states["a"]
    host.changed.put("a")
    host.changed.put(None)
    wait_for(lambda: host.upkept, 1)
    assert seen == []
