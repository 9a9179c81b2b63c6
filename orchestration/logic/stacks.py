"""What can be done with a stack: each use case is one transaction, then a word to the engine."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from common import paging
from common.clock import Clock, utcnow
from common.context import RequestContext
from common.db import Database
from common.states import Verb
from orchestration import errors, states
from orchestration.clients import Trusts
from orchestration.db import events, resources, stacks
from orchestration.db.models import Stack
from orchestration.logic import definitions, plans, records, traversals
from orchestration.logic.definitions import Owner, Tree
from orchestration.templates import environment

CANCELLABLE = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS")
Tell = Callable[[RequestContext, str], object]


@dataclasses.dataclass(frozen=True)
class Preview:
    """What a template would make, without making it."""

    stack: Stack
    tree: Tree


class Stacks:
    """The stacks of all projects; each method sees those the caller may see.

    tell: asks the engine to look at a stack.  hidden: tags that keep stacks out of lists.
    """

    def __init__(
        self,
        database: Database,
        tell: Tell,
        trusts: Trusts,
        *,
        most_per_project: int,
        hidden: Sequence[str] = (),
        clock: Clock = utcnow,
    ) -> None:
        self._database = database
        self._tell = tell
        self._trusts = trusts
        self._most = most_per_project
        self._hidden = tuple(hidden)
        self._clock = clock

    def create(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Stack:
        """Begin to make a stack and return it.

        Raises TemplateInvalid, StackExists, StackQuota.
        """
        record = wanted.get("adopt_stack_data")
        adopted = None if record is None else records.read_adopted(record)
        stack, tree = self._drafted(ctx, _adopting(wanted, adopted))
        if adopted is not None:
            stack.action, stack.status_reason = states.ADOPT.running, "Stack ADOPT started"
        self._check_room(ctx, stack.name)
        if self._acts_for_a_stack(ctx):
            stack.trust_id = ctx.trust_id
            self._insert(ctx, stack, tree, adopted)
        else:
            self._insert_with_trust(ctx, stack, tree, adopted)
        self._tell(ctx, stack.id)
        return stack

    def _acts_for_a_stack(self, ctx: RequestContext) -> bool:
        """Say whether a stack of ours asks, by its trust: a trust cannot be passed on."""
        if ctx.trust_id is None:
            return False
        with self._database.reading() as session:
            return stacks.acts_by(session, ctx.trust_id, str(ctx.project_id))

    def _insert_with_trust(
        self, ctx: RequestContext, stack: Stack, tree: Tree, adopted: Mapping[str, Any] | None
    ) -> None:
        trust_id = self._trusts.create(
            str(ctx.token), str(ctx.user_id), str(ctx.project_id), ctx.roles
        )
        stack.trust_id = trust_id
        try:
            self._insert(ctx, stack, tree, adopted)
        except Exception:
            self._trusts.delete(trust_id)
            raise

    def preview(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Preview:
        """Return what `create` would make.  Raises TemplateInvalid."""
        stack, tree = self._drafted(ctx, wanted, stack_id="None")
        return Preview(stack=stack, tree=tree)

    def validate(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Tree:
        """Return what a template means, without a value for each parameter.

        Raises TemplateInvalid.
        """
        owner = Owner("", "validated", str(ctx.project_id))
        return definitions.request(wanted, owner, complete=False)

    def list(
        self, ctx: RequestContext, page: paging.Page, *, show_hidden: bool = False, **filters: Any
    ) -> Sequence[Stack]:
        """Return one page of stacks; filters as in db.stacks.list."""
        if not show_hidden:
            filters["no_tag"] = (*filters.get("no_tag", ()), *self._hidden)
        with self._database.reading() as session:
            found: Sequence[Stack] = stacks.list(session, ctx, page, **filters)
            return found

    def get(self, ctx: RequestContext, name_or_id: str) -> Stack:
        """Return one stack.  Raises EntityNotFound."""
        with self._database.reading() as session:
            return stacks.get(session, str(ctx.project_id), name_or_id)

    def update(
        self, ctx: RequestContext, stack_id: str, wanted: Mapping[str, Any], *, keep: bool
    ) -> Stack:
        """Begin to change a stack.

        keep: what the request leaves out stays as it was (PATCH).
        Raises TemplateInvalid, EntityNotFound, ActionInProgress, StackUnfit.
        """
        tree = self._requested(self.get(ctx, stack_id), wanted, keep=keep)
        with self._database.transaction() as session:
            stack = stacks.get(session, str(ctx.project_id), stack_id)
            self._begin(session, stack, states.UPDATE, wanted.get("timeout_mins"))
            if "disable_rollback" in wanted:
                stack.disable_rollback = wanted["disable_rollback"]
            if "tags" in wanted or not keep:
                stack.tags = tags_of(wanted)
            now = self._clock()
            traversals.change(session, stack, tree.request, tree.definition, now)
        self._tell(ctx, stack.id)
        return stack

    def preview_update(
        self, ctx: RequestContext, stack_id: str, wanted: Mapping[str, Any], *, keep: bool
    ) -> plans.Changes:
        """Return what `update` would do: (name, type) of resources, by kind of change.

        Raises TemplateInvalid, EntityNotFound.
        """
        before = self.get(ctx, stack_id)
        tree = self._requested(before, wanted, keep=keep)
        with self._database.reading() as session:
            rows = resources.of(session, before.id)
        return plans.changes(before, rows, tree.request, tree.definition)

    def act(self, ctx: RequestContext, stack_id: str, verb: Verb) -> None:
        """Begin to check, suspend or resume a stack.  Raises as `update`."""
        with self._database.transaction() as session:
            stack = stacks.get(session, str(ctx.project_id), stack_id)
            self._begin(session, stack, verb, None)
            traversals.go_round(session, stack)
        self._tell(ctx, stack.id)

    def cancel(self, ctx: RequestContext, stack_id: str, *, rollback: bool) -> None:
        """End an update under way, and go back to what was before it if so asked.

        Raises EntityNotFound, NotCancellable.
        """
        with self._database.transaction() as session:
            stack = stacks.get(session, str(ctx.project_id), stack_id)
            status = f"{stack.action}_{stack.status}"
            allowed = ("UPDATE_IN_PROGRESS",) if rollback else CANCELLABLE
            if status not in allowed or stack.parent_id is not None:
                raise errors.NotCancellable(name=stack.name, status=status)
            rows = traversals.cancel(session, stack, self._clock())
            if rollback:
                traversals.roll_back(session, stack, rows, self._clock())
        self._tell(ctx, stack.id)

    def delete(self, ctx: RequestContext, stack_id: str) -> None:
        """Begin to remove a stack; one that is being removed already goes on being removed.

        Raises EntityNotFound.
        """
        with self._database.transaction() as session:
            stack = stacks.get(session, str(ctx.project_id), stack_id)
            if stack.deleted_at is not None:
                raise errors.EntityNotFound(stack=stack_id)
            if (stack.action, stack.status) != ("DELETE", states.IN_PROGRESS):
                self._begin(session, stack, states.DELETE, None)
                traversals.go_away(session, stack, keep_retained=True)
        self._tell(ctx, stack.id)

    def _requested(self, before: Stack, wanted: Mapping[str, Any], *, keep: bool) -> Tree:
        owner = Owner(before.id, before.name, before.project_id)
        return definitions.request(wanted, owner, before=before, keep=keep)

    def _drafted(
        self, ctx: RequestContext, wanted: Mapping[str, Any], stack_id: str | None = None
    ) -> tuple[Stack, Tree]:
        owner = Owner(stack_id or str(uuid.uuid4()), wanted["stack_name"], str(ctx.project_id))
        tree = definitions.request(wanted, owner)
        now = self._clock()
        timeout_mins = wanted.get("timeout_mins") or 60
        stack = traversals.row_of(
            owner.stack_id,
            owner.stack_name,
            tree.request,
            project_id=owner.project_id,
            user_id=str(ctx.user_id),
            user_name=ctx.user_name,
            tags=tags_of(wanted),
            timeout_mins=timeout_mins,
            disable_rollback=wanted.get("disable_rollback", True),
            deadline=now + dt.timedelta(minutes=timeout_mins),
            created_at=now,
        )
        return stack, tree

    def _check_room(self, ctx: RequestContext, name: str) -> None:
        with self._database.reading() as session:
            if stacks.count(session, str(ctx.project_id)) >= self._most:
                raise errors.StackQuota(limit=self._most)
            try:
                stacks.get(session, str(ctx.project_id), name)
            except errors.EntityNotFound:
                return
        raise errors.StackExists(name=name)

    def _insert(
        self, ctx: RequestContext, stack: Stack, tree: Tree, adopted: Mapping[str, Any] | None
    ) -> None:
        with self._database.transaction() as session:
            stacks.turn(session, str(ctx.project_id))
            if stacks.count(session, str(ctx.project_id)) >= self._most:
                raise errors.StackQuota(limit=self._most)
            stacks.add(session, stack)
            events.of_stack(session, stack, self._clock())
            plans.towards(session, stack, [], tree.definition, self._clock())
            if adopted is not None:
                records.adopt(session, stack, adopted)

    def _begin(self, session: Any, stack: Stack, verb: Verb, timeout_mins: int | None) -> None:
        minutes = timeout_mins or stack.timeout_mins
        now = self._clock()
        traversals.begin(session, stack, verb, now + dt.timedelta(minutes=minutes), now)
        stack.timeout_mins = minutes


def _adopting(wanted: Mapping[str, Any], adopted: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return a request with what the adopted stack was made of, unless it says otherwise."""
    if adopted is None:
        return wanted
    given = wanted.get("environment")
    sources = [adopted.get("environment"), *([given] if given else [])]
    return {
        **wanted,
        "template": adopted["template"],
        "environment": environment.merged(sources),
        "files": {**(adopted.get("files") or {}), **(wanted.get("files") or {})},
    }


def tags_of(wanted: Mapping[str, Any]) -> list[str]:
    """Return the tags that a request gives, separated by commas."""
    given = wanted.get("tags") or ""
    return [tag.strip() for tag in str(given).split(",") if tag.strip()]
