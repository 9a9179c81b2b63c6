"""Image's errors."""

from typing import ClassVar

from common import errors


class ImageNotFound(errors.NotFound):
    message = "Failed to find image {image_id}"


class ImageNotYours(errors.Forbidden):
    message = "You are not permitted to modify image {image_id}: another project owns it."


class ImageExists(errors.Conflict):
    message = "Image ID {image_id} already exists!"


class ImageProtected(errors.Forbidden):
    message = "Image {image_id} is protected and cannot be deleted."


class ImageBusy(errors.Conflict):
    message = "Image {image_id} has status {status} and cannot {verb} now."


class ImageDeactivated(errors.Forbidden):
    message = "The requested image has been deactivated. Image data download is forbidden."


class NotDeactivatable(errors.Forbidden):
    message = "Not allowed status for {verb} of image {image_id}: {status}."


class ImageGone(errors.Gone):
    message = (
        "Image {image_id} was deleted, or its upload given up, while data still arrived; "
        "nothing of it was kept."
    )


class FormatsUnset(errors.BadRequest):
    message = "Properties {names} must be set prior to saving data."


class ContentRefused(errors.UnsupportedMediaType):
    """The bytes are not what the image says they are, or would reach beyond themselves."""

    message = "Image {image_id} was refused: {reason}"


class UploadInterrupted(errors.BadRequest):
    message = "The upload of image {image_id} ended after {received} bytes; nothing was kept."


class ImageTooLarge(errors.TooLarge):
    message = "The size of image {image_id} must not exceed {limit} bytes."


class StoreFull(errors.TooLarge):
    message = "Image storage is full: {free} bytes are free."


class QuotaExceeded(errors.TooLarge):
    message = (
        "Quota exceeded for {resource}: the request needs {requested} more, {used} of {limit} "
        "are used."
    )


class TooMany(errors.TooLarge):
    """An image has more of something than is accepted."""

    message = (
        "The limit has been exceeded on the number of allowed image {what}: {count} of {limit}."
    )


class TagNotFound(errors.NotFound):
    message = "Image {image_id} has no tag {tag!r}."


class MemberNotFound(errors.NotFound):
    message = "Image {image_id} has no member {member_id}."


class MemberExists(errors.Conflict):
    message = "Member {member_id} is duplicated for image {image_id}"


class NotShared(errors.Forbidden):
    message = "Only shared images have members; the visibility of {image_id} is {visibility}."


class NotTheMember(errors.Forbidden):
    message = "Only member {member_id} itself may answer whether it takes image {image_id}."


class AttributeReadOnly(errors.Forbidden):
    message = "Attribute '{name}' is read-only."


class AttributeReserved(errors.Forbidden):
    message = "Attribute '{name}' is reserved."


class AttributeFixed(errors.Forbidden):
    message = "Attribute {name} can be only replaced for a queued image."


class AttributeNeeded(errors.Forbidden):
    message = "Property {name} may not be removed."


class PropertyMissing(errors.Conflict):
    message = "Property {name} does not exist."


class OwnerFixed(errors.Forbidden):
    message = "Only an administrator may give an image to another project."


class DataMissing(errors.CloudError):
    """The row says there is data, the store has none: somebody has to come."""

    status: ClassVar[int] = 500
    message = "The data of image {image_id} is missing from the store."


class DataUnreachable(errors.Unavailable):
    message = "The data of image {image_id} cannot be fetched: {reason}"


class LocationRefused(errors.BadRequest):
    message = "Image {image_id} cannot have its data at {url}: {reason}"


class LocationsFixed(errors.BadRequest):
    message = (
        "The addresses of image {image_id} can only be replaced by the same ones with other "
        "metadata; add a new one at /locations/-."
    )


class LastLocation(errors.Forbidden):
    message = "Image {image_id} cannot be without a location; delete the image instead."


class LocationUnknown(errors.BadRequest):
    message = "Image {image_id} has no location {index}: it has {count}, and they count from 0."


class InStore(errors.Forbidden):
    message = "Location {index} is in a store; DELETE /v2/stores/{store}/{image_id} takes it away."


class HashesDiffer(errors.Conflict):
    message = "{name} of image {image_id} must be {wanted}, not {given}."


class NamespaceNotFound(errors.NotFound):
    message = "Metadata definition namespace={name} was not found."


class NamespaceProtected(errors.Forbidden):
    message = (
        "Metadata definition namespace {name} is protected and cannot be deleted; set `protected` "
        "to false first."
    )


class DefinitionNotFound(errors.NotFound):
    message = "The metadata definition {kind} with name={name} was not found in {namespace}."


class MetadefExists(errors.Conflict):
    message = "A metadata definition {kind} with name={name} already exists."


class AssociationNotFound(errors.NotFound):
    message = "Namespace {namespace} is not associated with resource type {name}."


class TaskNotFound(errors.NotFound):
    message = "No task found with ID {task_id}"


class ImportRefused(errors.BadRequest):
    message = "The import cannot be done: {reason}"


class StoreUnknown(errors.BadRequest):
    message = "Store {store} is not known; these are: {known}."


class StoreHasNone(errors.NotFound):
    message = "Image {image_id} is not in store {store}."


class OnlyCopy(errors.Forbidden):
    message = "Store {store} has the only copy of image {image_id}; delete the image instead."


class CopiesComplete(errors.Conflict):
    message = "Image {image_id} is in every store that was asked for already."
