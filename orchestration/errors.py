"""What orchestration refuses, in words the author of a template can use."""

from common import errors


class EntityNotFound(errors.NotFound):
    message = "The Stack ({stack}) could not be found."


class ResourceNotFound(EntityNotFound):
    message = "The Resource ({resource}) could not be found in Stack {stack}."


class EventNotFound(errors.NotFound):
    message = "The Event ({event}) could not be found."


class OutputNotFound(errors.NotFound):
    message = "Specified output key {output} not found."


class ResourceTypeNotFound(errors.NotFound):
    message = "The Resource Type ({type}) could not be found."


class TemplateVersionNotFound(errors.NotFound):
    message = "The Template Version ({version}) could not be found."


class StackExists(errors.Conflict):
    message = "The Stack ({name}) already exists."


class ActionInProgress(errors.Conflict):
    message = "Stack {name} already has an action ({action}) in progress."


class StackUnfit(errors.Conflict):
    message = "Stack {name} is {status} and cannot {verb} now."


class NotCancellable(errors.BadRequest):
    message = (
        "Stack {name} is {status}: only an update under way can be cancelled, of a stack that is "
        "in no other; a creation can be without a rollback."
    )


class StackQuota(errors.Forbidden):
    message = (
        "You have reached the maximum stacks per tenant, {limit}. Please delete some stacks first."
    )


class TrustForbidden(errors.Forbidden):
    message = "Your rights cannot be passed on to the stack: {reason}"


class TrustImpossible(errors.BadGateway):
    message = "No trust could be made for the stack: {reason}"


class TemplateInvalid(errors.BadRequest):
    """The template, its parameters or its environment say something that cannot be."""

    message = "{reason}"


class SignalUnfit(errors.BadRequest):
    message = "Cannot signal resource ({resource}): {type} takes no signals."


class SignalRefused(errors.BadRequest):
    """The resource takes signals, not this one."""

    message = "{reason}"


class SignatureWrong(errors.Forbidden):
    message = "The signature of this URL is not one that was given out for the resource."


class HookUnset(errors.BadRequest):
    message = 'The "{hook}" hook is not defined on Resource "{resource}".'


class SoftwareConfigNotFound(errors.NotFound):
    message = "The Software Config ({config}) could not be found."


class SoftwareDeploymentNotFound(errors.NotFound):
    message = "The Software Deployment ({deployment}) could not be found."


class SoftwareConfigUsed(errors.Conflict):
    message = "Software config ({config}) is used by a deployment; delete that first."


class SnapshotNotFound(errors.NotFound):
    message = "The Snapshot ({snapshot}) for Stack ({stack}) could not be found."


class SnapshotUnfit(errors.BadRequest):
    message = "The Snapshot ({snapshot}) is {status}; only one that is COMPLETE can be restored."


class ResourceFailed(errors.CloudError):
    """A resource could not be made, changed or removed; the reason is for the stack's owner."""

    message = "{reason}"
