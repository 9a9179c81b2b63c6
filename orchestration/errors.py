"""What orchestration refuses, in words the author of a template can use."""

from common import errors


class StackNotFound(errors.NotFound):
    message = "The Stack ({stack}) could not be found."


class ResourceNotFound(errors.NotFound):
    message = "The Resource ({resource}) could not be found in Stack {stack}."


class EventNotFound(errors.NotFound):
    message = "The Event ({event}) could not be found."


class OutputNotFound(errors.NotFound):
    message = "Specified output key {output} not found."


class ResourceTypeNotFound(errors.NotFound):
    message = "The Resource Type ({type}) could not be found."


class StackExists(errors.Conflict):
    message = "The Stack ({name}) already exists."


class StackBusy(errors.Conflict):
    message = "Stack {name} already has an action ({action}) in progress."


class StackUnfit(errors.Conflict):
    message = "Stack {name} is {status} and cannot {verb} now."


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


class ResourceFailed(errors.CloudError):
    """A resource could not be made, changed or removed; the reason is for the stack's owner."""

    message = "{reason}"
