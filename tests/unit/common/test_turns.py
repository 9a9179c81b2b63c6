"""One order at a time for each server, none out of date, none twice at once."""

import threading

from common.turns import Turns


def test_an_order_older_than_the_newest_heard_of_does_not_matter():
    turns = Turns()
    with turns.take("s", 3) as matters:
        assert matters
    with turns.take("s", 2) as matters:
        assert not matters
    with turns.take("s", 3) as matters:
        assert matters


def test_the_same_order_twice_at_once_is_carried_out_once():
    turns = Turns()
    with turns.take("s", 1) as first, turns.take("s", 1) as second:
        assert (first, second) == (True, False)


def test_a_newer_order_waits_and_overtakes_what_is_queued_behind():
    turns = Turns()
    seen = []
    begun, go_on = threading.Event(), threading.Event()

    def hold():
        with turns.take("s", 1):
            begun.set()
            go_on.wait(5)

    def newer():
        with turns.take("s", 2) as matters:
            seen.append(matters)

    threads = [threading.Thread(target=hold)]
    threads[0].start()
    begun.wait(5)
    threads.append(threading.Thread(target=newer))
    threads[1].start()
    assert seen == []
    go_on.set()
    for thread in threads:
        thread.join(5)
    assert seen == [True]


def test_two_servers_do_not_wait_for_each_other():
    turns = Turns()
    with turns.take("a", 1) as one, turns.take("b", 1) as other:
        assert one and other
