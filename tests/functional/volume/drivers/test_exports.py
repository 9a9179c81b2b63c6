"""Serving volumes to other hosts: what only the daemons' ports can get wrong."""

import socket
import threading

import pytest

from volume.drivers import exports


def test_a_port_that_is_free_in_a_moment_is_taken_then():
    with socket.create_server(("127.0.0.1", 0)) as before, socket.socket() as after:
        address = before.getsockname()
        after.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        going = threading.Timer(0.2, before.close)
        going.start()
        exports._bind(after, address)
        going.join()
        assert after.getsockname() == address


def test_a_port_that_stays_in_use_is_an_error(monkeypatch):
    monkeypatch.setattr(exports, "_FREE_S", 0.1)
    with (
        socket.create_server(("127.0.0.1", 0)) as held,
        socket.socket() as other,
        pytest.raises(OSError, match="in use"),
    ):
        exports._bind(other, held.getsockname())
