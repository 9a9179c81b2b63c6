"""Compute's errors."""

from typing import ClassVar

from common import errors


class ServerNotFound(errors.NotFound):
    message = "Instance {server_id} could not be found."


class FlavorNotFound(errors.NotFound):
    message = "Flavor {flavor_id} could not be found."


class KeypairNotFound(errors.NotFound):
    message = "Keypair {name} not found for user {user_id}"


class ServerBusy(errors.Conflict):
    message = "Cannot '{verb}' instance {server_id} while it is in {state}"


class NotRescuable(errors.BadRequest):
    message = (
        "Instance {server_id} cannot be rescued: Cannot rescue a volume-backed instance by this "
        "image; one with the property hw_rescue_device or hw_rescue_bus would do."
    )


class ServerLocked(errors.Conflict):
    message = "Instance {server_id} is locked"


class FlavorExists(errors.Conflict):
    message = "Flavor with {what} {value} already exists."


class KeypairExists(errors.Conflict):
    message = "Key pair '{name}' already exists."


class AmbiguousNetwork(errors.Conflict):
    message = "Multiple possible networks found, use a Network ID to be more specific."


class PortInUse(errors.Conflict):
    message = "Port {port_id} is still in use."


class QuotaExceeded(errors.Forbidden):
    message = (
        "Quota exceeded for {resources}: Requested {requested}, but already used {used} of "
        "{limit} {resources}"
    )


class ImageUnusable(errors.BadRequest):
    message = "{reason}"


class NoValidHost(errors.CloudError):
    message = "No valid host was found. {nearest}"


class ProviderChanged(errors.Conflict):
    """Somebody else claimed from the same provider between our reading and our writing."""

    code: ClassVar[str] = "placement.concurrent_update"
    message = "Resource provider {provider_id} was changed by another request; try again."


class LedgerError(errors.CloudError):
    """Something the Placement API refuses; code: what programs tell the refusals apart by."""

    code: ClassVar[str] = "placement.undefined_code"
    message = "{reason}"


class LedgerBadRequest(LedgerError):
    status = 400


class LedgerConflict(LedgerError):
    status = 409


class LedgerMissing(LedgerError):
    status = 404


class BadQueryValue(LedgerBadRequest):
    code = "placement.query.bad_value"


class QueryValueMissing(LedgerBadRequest):
    code = "placement.query.missing_value"


class QueryKeyTwice(LedgerBadRequest):
    code = "placement.query.duplicate_key"


class DuplicateName(LedgerConflict):
    code = "placement.duplicate_name"


class ConcurrentUpdate(LedgerConflict):
    code = "placement.concurrent_update"


class InventoryInUse(LedgerConflict):
    code = "placement.inventory.inuse"


class ProviderInUse(LedgerConflict):
    code = "placement.resource_provider.inuse"


class ProviderIsParent(LedgerConflict):
    code = "placement.resource_provider.cannot_delete_parent"


class ReshapedProviderMissing(LedgerBadRequest):
    code = "placement.resource_provider.not_found"
