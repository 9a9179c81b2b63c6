"""What functions may ask about a stack, and how much they may make."""

from collections.abc import Callable
from typing import Any, Protocol

MOST = 4 * 1024 * 1024
"""Characters and values that the functions of one template make, the steps between included."""


class Scope(Protocol):
    """What functions may ask about the stack."""

    def parameter(self, name: str) -> Any:
        """Return a parameter's value.  Raises TemplateInvalid when there is none."""

    def reference(self, name: str) -> Any:
        """Return what `get_resource` gives: the id, or the name, of a resource."""

    def attribute(self, name: str, attribute: str) -> Any:
        """Return one attribute of a resource; None while it is not known."""

    def file(self, name: str) -> str:
        """Return the content of a file that came with the template."""

    def condition(self, name: str) -> bool:
        """Return a named condition."""

    def spend(self, amount: int) -> None:
        """Note how much was made: characters and values.  Raises TemplateInvalid at MOST."""


Function = Callable[[Scope, Any], Any]


def spend_on(scope: Scope, made: Any) -> None:
    """Spend as much as a value is long."""
    if isinstance(made, str):
        scope.spend(1 + len(made))
    elif isinstance(made, (list, dict)):
        scope.spend(1)
        for item in made:
            spend_on(scope, item)
        for item in made.values() if isinstance(made, dict) else ():
            spend_on(scope, item)
    else:
        scope.spend(1)
