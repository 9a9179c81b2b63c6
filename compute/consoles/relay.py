"""Carrying bytes between a browser and a guest until either is gone."""

import os
import select

from compute.consoles.websocket import GOING_AWAY, NORMAL, TRY_LATER, Gone, WebSocket
from compute.drivers.base import Stream

PING_S = 30.0
STUCK_S = 30.0
_CHUNK = 1 << 16


def relay(client: WebSocket, guest: Stream) -> None:
    """Carry bytes both ways; return when one side has ended.  Closes neither the guest's stream
    nor the connection, but says goodbye to the client.
    """
    try:
        while True:
            ready = _ready(client, guest)
            if not ready:
                client.ping()
            if guest.descriptor in ready and not _from_guest(client, guest):
                client.close(GOING_AWAY, "The console ended.")
                return
            if client.fileno() in ready and not _from_client(client, guest):
                client.close(TRY_LATER, "The guest does not take what is typed.")
                return
    except Gone:
        client.close(NORMAL)


def _ready(client: WebSocket, guest: Stream) -> list[int]:
    """Return the descriptors that can be read, when one can or it is time to ask for life."""
    if client.waiting:
        return [client.fileno()]
    return select.select([client.fileno(), guest.descriptor], [], [], PING_S)[0]


def _from_guest(client: WebSocket, guest: Stream) -> bool:
    try:
        data = os.read(guest.descriptor, _CHUNK)
    except OSError:  # a terminal whose other side is closed
        return False
    if data:
        client.send(data)
    return bool(data)


def _from_client(client: WebSocket, guest: Stream) -> bool:
    for data in client.receive():
        rest = data
        while rest:
            if not select.select([], [guest.descriptor], [], STUCK_S)[1]:
                return False
            try:
                rest = rest[os.write(guest.descriptor, rest) :]
            except BlockingIOError:
                continue
            except OSError:
                return True  # the guest's end is read to its end first
    return True
