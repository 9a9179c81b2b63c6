"""Another password for the administrator inside a server."""

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from compute import errors, states
from compute.db import servers as queries
from compute.db.models import Server
from compute.logic import orders, progress
from compute.scheduler import request


class NoAgent(roots.Conflict):
    message = (
        "The password of {server_id} cannot be set: a KVM guest takes one by an agent, and its "
        "image does not say that it has one (hw_qemu_guest_agent=yes)."
    )


class Passwords:
    """The action changePassword, behind its schema."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock

    def change(
        self, ctx: RequestContext, server_id: str, password: str, *, over_lock: bool
    ) -> None:
        """Have a running guest set it.

        Raises ServerNotFound, ServerLocked, ServerBusy, NoAgent, BadRequest.
        """
        if any(ord(letter) < 32 for letter in password):
            raise roots.BadRequest(reason="A password holds no control characters.")
        with self._database.transaction() as session:
            server = queries.get(session, ctx, server_id)
            if server.locked and not over_lock:
                raise errors.ServerLocked(server_id=server_id)
            if server.verb is None and server.status == states.ACTIVE and not _takes(server):
                raise NoAgent(server_id=server_id)
            progress.begin(session, ctx, server, states.PASSWORD, self._clock())
            queries.touch(session, server, self._clock(), admin_pass=password)
        message, host = orders.order_for(server, [])
        self._bus.cast(ctx, message, host=host)


def _takes(server: Server) -> bool:
    if request.kind_of(server.flavor, server.image) == "container":
        return True
    agent = server.image.get("properties", {}).get("hw_qemu_guest_agent", "")
    return str(agent).lower() in ("yes", "true", "1")
