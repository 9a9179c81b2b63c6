"""All the drivers of a host as one: which of them holds a server, and which takes a new one."""

import logging
from collections.abc import Sequence

from common import errors
from compute.drivers.base import Driver, GuestMissing, GuestState, Volumes, Watcher

LOG = logging.getLogger(__name__)


class NoDriver(errors.CloudError):
    message = "This host runs no {kind} guests."


class Guests:
    """The guests of a host, whatever their kind."""

    def __init__(self, drivers: Sequence[Driver]) -> None:
        self.drivers = list(drivers)
        self._homes: dict[str, Driver] = {}

    def taker(self, kind: str) -> Driver:
        """Return the driver that makes guests of a kind; the fake one makes any.

        Raises NoDriver.
        """
        for driver in self.drivers:
            if driver.kind in (kind, "fake"):
                return driver
        raise NoDriver(kind=kind)

    def holder(self, server_id: str) -> Driver:
        """Return the driver that holds a server's guest.  Raises GuestMissing."""
        known = self._homes.get(server_id)
        if known is not None:
            return known
        for driver in self.drivers:
            try:
                driver.state(server_id)
            except GuestMissing:
                continue
            self._homes[server_id] = driver
            return driver
        raise GuestMissing(server_id=server_id)

    def remember(self, server_id: str, driver: Driver) -> None:
        """Note which driver was asked to make a guest."""
        self._homes[server_id] = driver

    def delete(self, server_id: str) -> None:
        """Remove a guest from whichever driver holds any of it."""
        self._homes.pop(server_id, None)
        for driver in self.drivers:
            driver.delete(server_id)

    def states(self) -> dict[str, GuestState]:
        """Return what every guest of the host is doing."""
        found: dict[str, GuestState] = {}
        for driver in self.drivers:
            found |= driver.guests()
        return found

    def images(self) -> set[str]:
        """Return the ids of the images that guests of this host need."""
        found: set[str] = set()
        for driver in self.drivers:
            found |= driver.images()
        return found

    def forget_image(self, image_id: str) -> None:
        """Have every driver remove what it keeps of an image."""
        for driver in self.drivers:
            driver.forget_image(image_id)

    def mend_volumes(self) -> None:
        """Have every driver bring back what running guests' volumes have lost."""
        for driver in self.drivers:
            if isinstance(driver, Volumes):
                driver.mend_volumes()

    def recover(self) -> None:
        """Let every driver re-adopt what runs."""
        for driver in self.drivers:
            driver.recover()

    def watch(self, watcher: Watcher) -> None:
        """Have every driver tell what guests do by themselves."""
        for driver in self.drivers:
            driver.watch(watcher)

    def traits(self) -> list[str]:
        """Return the traits of the host: what drivers say, and the kinds of guests it runs."""
        found = {f"CUSTOM_GUEST_{driver.kind.upper()}" for driver in self.drivers}
        for driver in self.drivers:
            found |= driver.traits()
        return sorted(found)
