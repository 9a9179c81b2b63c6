"""What orchestration itself offers to its resource types: stacks, configurations, signals."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from orchestration.drivers.base import Nested, Node


@dataclasses.dataclass(frozen=True)
class Progress:
    """How a stack fares.  settled: whether nothing is under way in it."""

    action: str
    status: str
    reason: str

    @property
    def settled(self) -> bool:
        """Say whether nothing is under way."""
        return self.status != "IN_PROGRESS"


@dataclasses.dataclass(frozen=True)
class Member:
    """One resource of a stack, as a resource type around it sees it."""

    name: str
    type: str
    reference: str
    attributes: Mapping[str, Any]
    status: str
    created_at: dt.datetime


class Home(Protocol):
    """Each method is a transaction of its own."""

    def now(self) -> dt.datetime:
        """Return the time."""

    def nest(self, node: "Node", nested: "Nested") -> str:
        """Begin to make a stack inside, once; return its id."""

    def nested_of(self, node: "Node") -> str | None:
        """Return the id of the stack inside, if there is one."""

    def renest(self, node: "Node", nested: "Nested") -> None:
        """Begin to change the stack inside, once for each time its parent asks."""

    def differs(self, node: "Node", nested: "Nested") -> bool:
        """Say whether `renest` has anything to do."""

    def unnest(self, node: "Node") -> None:
        """Begin to remove the stack inside."""

    def act(self, node: "Node", action: str) -> None:
        """Begin to check, suspend or resume the stack inside."""

    def progress(self, node: "Node") -> Progress | None:
        """Return how the stack inside fares, None when it is gone."""

    def outputs(self, node: "Node") -> Sequence[Mapping[str, Any]]:
        """Return the outputs of the stack inside."""

    def members(self, node: "Node") -> Sequence[Member]:
        """Return the resources of the stack inside."""

    def data(self, node_id: str) -> Mapping[str, Any]:
        """Return what a resource remembers now."""

    def remember(self, node: "Node", **values: Any) -> None:
        """Add to what a resource remembers."""

    def amend(self, node_id: str, change: Callable[[Mapping[str, Any]], dict[str, Any]]) -> None:
        """Change what a resource remembers, one change after the other."""

    def wake(self, node_id: str) -> None:
        """Have a resource that waits, and those that require it, looked at again."""

    def sibling(self, project_id: str, reference: str) -> "Node | None":
        """Return the resource of a project's stacks that `get_resource` stands for.

        Its metadata holds `properties` and `type`.
        """

    def signal_url(self, node: "Node") -> str:
        """Return a URL by which the resource can be signalled without a token."""

    def config(self, project_id: str, config_id: str) -> Mapping[str, Any]:
        """Return a software configuration.  Raises ResourceFailed when there is none."""

    def add_config(self, node: "Node", config_id: str, values: Mapping[str, Any]) -> None:
        """Write a software configuration down, once."""

    def drop_config(self, project_id: str, config_id: str) -> None:
        """Remove a software configuration unless something still uses it."""

    def deployment(self, deployment_id: str) -> Mapping[str, Any] | None:
        """Return a software deployment."""

    def deploy(self, node: "Node", deployment_id: str, values: Mapping[str, Any]) -> None:
        """Write a software deployment down, or change it."""

    def drop_deployment(self, deployment_id: str) -> None:
        """Remove a software deployment and the configuration it used."""
