"""The roots of all errors: a parent brings the HTTP status, a child the sentence."""

from http import HTTPStatus
from typing import ClassVar


class CloudError(Exception):
    """Something that a caller is told about.

    status: the HTTP status of the answer.  message: the sentence, with the facts by name.
    Raises KeyError when a fact that the sentence names was not given.
    """

    status: ClassVar[int] = 500
    message: ClassVar[str] = "An unexpected error occurred."
    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.message.format(**facts))

    @property
    def title(self) -> str:
        """The status in words, such as `Not Found`."""
        return HTTPStatus(self.status).phrase


class BadRequest(CloudError):
    status = 400
    message = "{reason}"


class Unauthorized(CloudError):
    status = 401
    message = "The request you have made requires authentication."
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Keystone uri=/v3"}


class Forbidden(CloudError):
    status = 403
    message = "{reason}"


class NotFound(CloudError):
    status = 404
    message = "The resource could not be found."


class MethodNotAllowed(CloudError):
    status = 405
    message = "The method {method} is not allowed for this resource."


class NotAcceptable(CloudError):
    status = 406
    message = "{reason}"


class Conflict(CloudError):
    status = 409
    message = "{reason}"


class Gone(CloudError):
    status = 410
    message = "{reason}"


class TooLarge(CloudError):
    status = 413
    message = "The request body is larger than the {limit} bytes that are accepted here."


class UnsupportedMediaType(CloudError):
    status = 415
    message = "{reason}"


class RangeNotSatisfiable(CloudError):
    status = 416
    message = "{reason}"


class NotImplementedHere(CloudError):
    status = 501
    message = "{reason}"


class BadGateway(CloudError):
    status = 502
    message = "{reason}"


class Unavailable(CloudError):
    status = 503
    message = "{reason}"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "2"}


class DatabaseUnavailable(Unavailable):
    message = "The database does not answer; try again in a moment."


class PolicyForbids(Forbidden):
    message = "Policy doesn't allow {rule} to be performed."


class ScopeForbids(PolicyForbids):
    message = (
        "Policy doesn't allow {rule} to be performed with a token of {given} scope; "
        "one of {wanted} scope would work."
    )
