"""What every resource of this API does first: whose project is it, and which stack."""

import falcon

from common import errors
from common.context import RequestContext
from orchestration.db.models import Stack
from orchestration.logic.stacks import Stacks


def context(req: falcon.Request, project_id: str) -> RequestContext:
    """Return the caller, once the URL names the project the token is for.

    Raises Forbidden otherwise.
    """
    ctx: RequestContext = req.context.ctx
    if ctx.project_id != project_id:
        raise errors.Forbidden(reason="You are not authorized to complete this action.")
    return ctx


def find(stacks: Stacks, ctx: RequestContext, name: str, stack_id: str) -> Stack:
    """Return the stack that both parts of the URL name.  Raises EntityNotFound."""
    stack = stacks.get(ctx, stack_id)
    if name not in (stack.name, stack.id):
        return stacks.get(ctx, name)
    return stack


def flag(req: falcon.Request, name: str) -> bool:
    """Return whether a query parameter says yes."""
    return (req.get_param(name) or "").lower() in ("true", "1", "yes", "t")
