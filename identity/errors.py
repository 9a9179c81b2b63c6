"""Identity's errors."""

from common import errors


class Missing(errors.NotFound):
    message = "Could not find {kind}: {id}."


class Duplicate(errors.Conflict):
    message = "Conflict occurred attempting to store {kind} - {reason}."


class AuthenticationFailed(errors.Unauthorized):
    """Wrong password, unknown or disabled user, no role in the scope: the caller is not told."""


class ActionForbidden(errors.Forbidden):
    message = "You are not authorized to perform the requested action: {reason}."


class TokenGone(errors.NotFound):
    """A token that is to prove who somebody is, and is ended or was never one."""

    message = "Could not find token."


class TrustUnusable(errors.Forbidden):
    message = "The trust {trust_id} cannot be used: {reason}."


class PasswordUnacceptable(errors.BadRequest):
    message = "Password validation error: {reason}."


class DomainEnabled(errors.Forbidden):
    message = (
        "You are not authorized to perform the requested action: "
        "Cannot delete a domain that is enabled, please disable it first."
    )


class LimitExceeded(errors.Forbidden):
    message = "Unable to make another {kind}: the user has {limit} already, which is the limit."
